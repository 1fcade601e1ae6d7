import * as v from "valibot";
import { isObject, type Json, type JsonObject, memberAt, withMember, withoutMember } from "./json.ts";
import { Problem } from "./problem.ts";

const operations = v.array(
  v.looseObject({
    op: v.picklist(["x-build-object-tree", "add", "replace", "remove"]),
    path: v.pipe(v.string(), v.startsWith("/")),
    value: v.optional(v.custom<Json>((value) => value !== undefined)),
  }),
);

type Operation = v.InferOutput<typeof operations>[number];

function stepsOf(path: string): string[] {
  return path
    .slice(1)
    .split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function applied(document: JsonObject, operation: Operation): JsonObject {
  const steps = stepsOf(operation.path);
  const present = memberAt(document, steps);
  const parent = memberAt(document, steps.slice(0, -1));
  switch (operation.op) {
    case "x-build-object-tree":
      return isObject(present) ? document : withMember(document, steps, {});
    case "remove":
      if (present === undefined) throw new Problem(400, `${operation.path} does not exist`);
      return withoutMember(document, steps);
    default:
      if (operation.value === undefined) throw new Problem(400, `${operation.path} has no value`);
      if (!isObject(parent)) throw new Problem(400, `the parent of ${operation.path} is not an object`);
      if (operation.op === "replace" && present === undefined)
        throw new Problem(400, `${operation.path} does not exist`);
      return withMember(document, steps, operation.value);
  }
}

/**
 * The sub-resource after a JSON patch whose paths start with its own name. `x-build-object-tree` makes the objects that are
 * missing on the way (agent-sdk pkg/apic/client.go PatchSubResource). Members of lists cannot be addressed. Throws a 400.
 */
export function patchedSub(sub: string, current: Json | undefined, json: Json): Json {
  const parsed = v.safeParse(operations, json);
  if (!parsed.success) throw new Problem(400, "the body is not a JSON patch");
  let document: JsonObject = current === undefined ? {} : { [sub]: current };
  for (const operation of parsed.output) {
    if (stepsOf(operation.path)[0] !== sub) throw new Problem(400, `${operation.path} is not within ${sub}`);
    document = applied(document, operation);
  }
  const value = document[sub];
  if (value === undefined) throw new Problem(400, `the patch removes ${sub} as a whole`);
  return value;
}
