import type { ConfigChange } from "../configs.ts";
import { JsonObject, nullList } from "../jackson.ts";

/** A list of `{name, value, operation}` (kafka-rest AlterConfigBatchRequestData.AlterEntry); `owner` is the class it is in. */
export function readChanges(request: JsonObject, member: string, owner: string): ConfigChange[] {
  const elements = request.list(member, "AlterEntry>");
  if (elements === undefined) throw nullList(owner);
  return elements.map((element) => {
    const entry = new JsonObject(element, "AlterEntry").only("name", "value", "operation");
    const operation = entry.oneOf("operation", "AlterOperation", ["SET", "DELETE"]) ?? "SET";
    const name = entry.text("name");
    if (name === undefined) throw entry.missing("name");
    return { name, operation, value: entry.text("value") ?? null };
  });
}
