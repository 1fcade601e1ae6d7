import { badRequest, KafkaError } from "./kafka-error.ts";

/**
 * Reads request bodies as Jackson does for kafka-rest's request classes: text and numbers turn into each other where they
 * can, the last of two equal members counts, and what does not fit is told in Jackson's words with the class names cut to
 * their last part (rest-utils JsonMappingExceptionMapper, JsonParseExceptionMapper, JacksonMessageBodyProvider).
 */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [member: string]: Json };

/** One JSON object of a request class, member by member. */
export class JsonObject {
  readonly #className: string;
  readonly #members: { readonly [member: string]: Json };

  constructor(json: Json, className: string) {
    if (json === null || typeof json !== "object" || Array.isArray(json)) throw cannotDeserialize(className, json);
    this.#className = className;
    this.#members = json as { readonly [member: string]: Json };
  }

  /** 422 for the first member that the class does not have. */
  only(...known: readonly string[]): this {
    const unknown = Object.keys(this.#members).find((name) => !known.includes(name));
    if (unknown !== undefined) throw new KafkaError(422, 422, `Unrecognized field: ${unknown}`);
    return this;
  }

  /** Text; a number or boolean is taken as its text. undefined when absent or null. */
  text(name: string): string | undefined {
    const value = this.#members[name] ?? undefined;
    if (value === undefined) return undefined;
    if (typeof value === "object") throw cannotDeserialize("String", value);
    return String(value);
  }

  integer(name: string, className: "Integer" | "Short" = "Integer"): number | undefined {
    const value = this.#members[name] ?? undefined;
    if (value === undefined) return undefined;
    const most = className === "Short" ? 0x7fff : 0x7fffffff;
    const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    if (typeof number !== "number") throw cannotDeserialize(className, value);
    if (!Number.isFinite(number)) {
      throw badRequest(
        `Cannot deserialize value of type \`${className}\` from String "${value}": not a valid \`${className}\` value`,
      );
    }
    if (Math.abs(number) > most)
      throw badRequest(`Numeric value (${value}) out of range of ${className.toLowerCase()}`);
    return Math.trunc(number);
  }

  boolean(name: string): boolean | undefined {
    const value = this.#members[name] ?? undefined;
    if (value === undefined || typeof value === "boolean") return value;
    if (value === "true" || value === "false") return value === "true";
    if (typeof value === "number") return value !== 0;
    throw cannotDeserialize("Boolean", value);
  }

  oneOf<T extends string>(name: string, className: string, values: readonly T[]): T | undefined {
    const text = this.text(name);
    const value = values.find((candidate) => candidate === text);
    if (text === undefined || value !== undefined) return value;
    throw badRequest(
      `Cannot deserialize value of type \`${className}\` from String "${text}": ` +
        `not one of the values accepted for Enum class: [${values.join(", ")}]`,
    );
  }

  /** Elements of a list; undefined when absent or null. */
  list(name: string, className: string): readonly Json[] | undefined {
    const value = this.#members[name] ?? undefined;
    if (value === undefined || Array.isArray(value)) return value as readonly Json[] | undefined;
    throw cannotDeserialize(className, value);
  }

  /** Members of an object used as a map; undefined when absent or null. */
  map(name: string, className: string): ReadonlyMap<string, Json> | undefined {
    const value = this.#members[name] ?? undefined;
    if (value === undefined) return undefined;
    if (typeof value !== "object" || Array.isArray(value)) throw cannotDeserialize(className, value);
    return new Map(Object.entries(value as { readonly [member: string]: Json }));
  }

  /** The builder's refusal of a class whose property was not given. */
  missing(property: string): KafkaError {
    return badRequest(`Cannot construct instance of \`${this.#className}\`, problem: Null ${property}`);
  }
}

/** What `ImmutableList.copyOf(null)` makes Jackson say. */
export const nullList = (className: string): KafkaError =>
  badRequest(
    `Cannot construct instance of \`${className}\`, problem: Cannot invoke "java.util.Collection.toArray()" because "elements" is null`,
  );

const TOKENS = { string: "VALUE_STRING", number: "VALUE_NUMBER_INT", boolean: "VALUE_TRUE" } as const;

export function cannotDeserialize(className: string, json: Json): KafkaError {
  const kind = Array.isArray(json) ? "Array" : typeof json === "object" ? "Object" : undefined;
  if (kind !== undefined) {
    const token = kind === "Array" ? "START_ARRAY" : "START_OBJECT";
    return badRequest(
      `Cannot deserialize value of type \`${className}\` from ${kind} value (token \`JsonToken.${token}\`)`,
    );
  }
  const token = TOKENS[typeof json as keyof typeof TOKENS];
  return badRequest(
    `Cannot construct instance of \`${className}\` (although at least one Creator exists): ` +
      `no creator from ${token} to deserialize from value (${JSON.stringify(json)})`,
  );
}

/** The body as JSON; undefined when it is empty. Throws 400/400 in the words of Jackson's parser. */
export function parseBody(text: string): Json | undefined {
  if (text.trim() === "") return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw badRequest(syntaxError(text.trim()));
  }
}

function syntaxError(text: string): string {
  const first = text.charCodeAt(0);
  if (first < 32) {
    return `Illegal character ((CTRL-CHAR, code ${first})): only regular white space (\\r, \\n, \\t) is allowed between tokens`;
  }
  const word = /^[A-Za-z_$][\w$]*/.exec(text)?.[0];
  if (word !== undefined && !["true", "false", "null"].includes(word)) {
    return `Unrecognized token '${word}': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')`;
  }
  if (text.startsWith("{") && /[,{]$/.test(text)) return "Unexpected end-of-input within/between Object entries";
  if (text.startsWith("{") && !text.endsWith("}")) {
    return (
      "Unexpected end-of-input: expected close marker for Object (start marker at [Source: REDACTED " +
      "(`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 1])"
    );
  }
  return `Unexpected character ('${text.charAt(0)}' (code ${first})): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')`;
}
