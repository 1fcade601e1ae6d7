/** JSON as the API server stores and answers it. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Every value that `path` leads to. A list on the way stands for each of its elements, so `metadata.references.name`
 * gives all names. Nothing there: `[]`.
 */
export function valuesAt(value: Json | undefined, path: readonly string[]): Json[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value.flatMap((element: Json) => valuesAt(element, path));
  const [head, ...rest] = path;
  if (head === undefined) return [value];
  return isObject(value) ? valuesAt(value[head], rest) : [];
}

/** The value at `path` when every step is an object; undefined when something is missing. */
export function memberAt(value: Json | undefined, path: readonly string[]): Json | undefined {
  let current = value;
  for (const step of path) {
    if (!isObject(current)) return undefined;
    current = current[step];
  }
  return current;
}

/** A copy of `value` with `member` at `path`; objects on the way are made when missing. */
export function withMember(value: JsonObject, path: readonly string[], member: Json): JsonObject {
  const [head, ...rest] = path;
  if (head === undefined) return value;
  const below = value[head];
  return { ...value, [head]: rest.length === 0 ? member : withMember(isObject(below) ? below : {}, rest, member) };
}

/** A copy of `value` without what stands at `path`. */
export function withoutMember(value: JsonObject, path: readonly string[]): JsonObject {
  const [head, ...rest] = path;
  if (head === undefined || !(head in value)) return value;
  if (rest.length === 0) {
    const { [head]: _removed, ...others } = value;
    return others;
  }
  const below = value[head];
  return isObject(below) ? { ...value, [head]: withoutMember(below, rest) } : value;
}
