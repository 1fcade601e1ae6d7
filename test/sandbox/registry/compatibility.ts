import type { ParsedSchema } from "./formats.ts";

const LEVELS = [
  "NONE",
  "BACKWARD",
  "BACKWARD_TRANSITIVE",
  "FORWARD",
  "FORWARD_TRANSITIVE",
  "FULL",
  "FULL_TRANSITIVE",
] as const;
export type CompatibilityLevel = (typeof LEVELS)[number];

/** undefined for a word that is no level. Case does not matter. */
export function levelOf(text: string): CompatibilityLevel | undefined {
  return LEVELS.find((level) => level === text.toUpperCase());
}

export interface EarlierVersion {
  readonly version: number;
  readonly parsed: () => ParsedSchema;
}

/** Longer texts are cut in messages. */
const LONGEST_TEXT = 10 * 1024;

/**
 * What a new schema breaks, worded as the registry does (schema-registry `client/SchemaValidatorBuilder`); [] when it is
 * compatible.
 *
 * @param earlier the subject's live versions, oldest first
 */
export function checkCompatibility(
  level: CompatibilityLevel,
  schema: ParsedSchema,
  earlier: readonly EarlierVersion[],
): string[] {
  if (level === "NONE") return [];
  const [direction = "BACKWARD", transitive] = level.split("_");
  const latestFirst = [...earlier].reverse();
  for (const each of transitive === undefined ? latestFirst.slice(0, 1) : latestFirst) {
    const messages = compareWith(direction, schema, each);
    if (messages.length > 0) return [...messages, `{validateFields: 'false', compatibility: '${level}'}`];
  }
  return [];
}

function compareWith(direction: string, schema: ParsedSchema, { version, parsed }: EarlierVersion): string[] {
  const old = parsed();
  if (old.type !== schema.type) return ["Incompatible because of different schema type"];
  const backward = direction === "FORWARD" ? [] : schema.incompatibilities(old, "new", "old");
  const forward = direction === "BACKWARD" ? [] : old.incompatibilities(schema, "old", "new");
  // In both directions at once, the old schema is only told with what the new one cannot read.
  const tellsOld = direction === "FULL" ? backward.length > 0 : forward.length + backward.length > 0;
  return [...forward, ...backward, ...(tellsOld ? [`{oldSchemaVersion: ${version}}`, oldText(old.canonical)] : [])];
}

function oldText(text: string): string {
  if (text.length <= LONGEST_TEXT) return `{oldSchema: '${text}'}`;
  return `{oldSchema: <truncated> '${text.slice(0, LONGEST_TEXT)}...'}`;
}
