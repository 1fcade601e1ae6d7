import { Ajv } from "ajv";
import formats from "ajv-formats";
import { isObject, type Json, type JsonObject, memberAt } from "./json.ts";
import { type Hash, opened } from "./marketplace-secrets.ts";

/** What a consumer fills in does not fit the definition's schema: the page would not let him send it. */
export class FormRefused extends Error {
  override readonly name = "FormRefused";
}

/** A credential, or the data of an access request, that the marketplace does not show. */
export class NotShown extends Error {
  override readonly name = "NotShown";
}

const ajv = new Ajv({ strict: false, allErrors: true, useDefaults: true });
formats.default(ajv);

/** What is sent of a form: the consumer's entries and the schema's defaults. Throws `FormRefused`. */
export function filledIn(definition: JsonObject | undefined, entries: JsonObject): JsonObject {
  const schema = memberAt(definition, ["spec", "schema"]);
  const filled = structuredClone(entries) as Record<string, Json>;
  if (!isObject(schema)) return filled;
  const fits = ajv.compile(withoutId(schema));
  if (!fits(filled)) throw new FormRefused(ajv.errorsText(fits.errors, { dataVar: "data" }));
  return filled;
}

export interface Keys {
  readonly privateKey: string;
  readonly hash: Hash;
}

/**
 * What the consumer is shown of `data`: each property that the definition marks as encrypted is opened with his key. Throws
 * `NotShown`, which names the property and holds nothing of its value, when one is missing, not encrypted, or for another key.
 */
export function shownData(
  definition: JsonObject | undefined,
  data: Json | undefined,
  keys: Keys,
): Record<string, string> {
  if (!isObject(data)) throw new NotShown("there is no data");
  const schema = memberAt(definition, ["spec", "provision", "schema"]);
  const missing = names(memberAt(schema, ["required"])).filter((name) => data[name] === undefined);
  if (missing.length > 0) throw new NotShown(`the data has no ${missing.join(", ")}`);
  const shown = Object.entries(data).map(([name, value]): [string, string] => {
    const property = memberAt(schema, ["properties", name]);
    // The presence of the keyword counts, not its value (agent-sdk pkg/agent/handler/credential.go).
    const isEncrypted = isObject(property) && "x-axway-encrypted" in property;
    if (!isEncrypted) return [name, typeof value === "string" ? value : JSON.stringify(value)];
    return [name, openedProperty(name, value, keys)];
  });
  return Object.fromEntries(shown);
}

function openedProperty(name: string, value: Json, { privateKey, hash }: Keys): string {
  if (typeof value !== "string") throw new NotShown(`${name} is no text`);
  try {
    return opened(value, privateKey, hash).text;
  } catch (error) {
    throw new NotShown(`${name} cannot be opened: ${error instanceof Error ? error.message : "for no known reason"}`);
  }
}

function names(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((name: Json): name is string => typeof name === "string") : [];
}

/** Two definitions may give the same `$id`, which a validator would take for one. */
function withoutId(schema: JsonObject): JsonObject {
  const { $id: _id, ...others } = schema;
  return others;
}
