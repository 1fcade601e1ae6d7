import { DocumentError } from "./failure.ts";

/** A JSON value. Numbers that a double cannot hold are `RawNumber`, so that a default of 9223372036854775807 stays one. */
export type Json = null | boolean | number | string | RawNumber | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}
/** What `JSON.rawJSON` gives: an object that JSON.stringify prints as the digits it holds. */
export interface RawNumber {
  readonly rawJSON: string;
  readonly [rawNumber]: true;
}
declare const rawNumber: unique symbol;

/** Source text access (ECMA-262 proposal json-parse-with-source), which workerd, Deno and Node 22 have and TypeScript's library lacks. */
interface JsonWithSource {
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
  rawJSON(text: string): RawNumber;
  isRawJSON(value: unknown): boolean;
}
const json = JSON as unknown as JsonWithSource;

/** Schemas nested deeper than this are refused: everything here and in the validators is recursive. */
export const MAX_DEPTH = 200;

/** Reads a schema text without losing a digit. Throws `DocumentError`: `unparsable-schema` or `too-deep`. */
export function parseSchemaJson(text: string, subject: string): Json {
  if (nesting(text) > MAX_DEPTH) throw new DocumentError({ kind: "too-deep", subject, limit: MAX_DEPTH });
  try {
    return json.parse(text, exactNumber) as Json;
  } catch (error) {
    const reason = error instanceof Error ? `it is not JSON (${error.message})` : "it is not JSON";
    throw new DocumentError({ kind: "unparsable-schema", subject, reason });
  }
}

/**
 * The text with comments taken out: Avro's own parser allows them (avro `Schema.Parser`, Jackson ALLOW_COMMENTS), and published
 * schemas have some. One pass, since what is not closed must not be looked for again and again.
 */
export function withoutComments(text: string): string {
  if (!text.includes("/")) return text;
  const kept: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text.charCodeAt(at) === QUOTE) at = endOfString(text, at);
    const end = text.charCodeAt(at) === SLASH ? endOfComment(text, at) : undefined;
    if (end === undefined) continue;
    kept.push(text.slice(start, at), " ");
    start = end;
    at = end - 1;
  }
  kept.push(text.slice(start));
  return kept.join("");
}

/** Index behind the comment that begins at `start`; undefined when none does. */
function endOfComment(text: string, start: number): number | undefined {
  const next = text[start + 1];
  const mark = next === "/" ? "\n" : next === "*" ? "*/" : undefined;
  if (mark === undefined) return undefined;
  const end = text.indexOf(mark, start + 2);
  return end < 0 ? text.length : end + mark.length;
}

function exactNumber(_key: string, value: unknown, context: { source?: string }): unknown {
  if (typeof value !== "number" || context.source === undefined) return value;
  return fits(value, context.source) ? value : json.rawJSON(context.source);
}

/** Whether the double means the same number as its digits did. Fractions are doubles anyway; whole numbers must be exact. */
function fits(value: number, source: string): boolean {
  if (!Number.isFinite(value)) return false;
  return Number.isSafeInteger(value) || !/^-?\d+$/.test(source);
}

/** A whole number of any size, printed with all its digits; undefined when the text is none. */
export function wholeNumber(text: string): number | RawNumber | undefined {
  if (!/^-?(0|[1-9]\d*)$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : json.rawJSON(text);
}

/** How deep brackets are nested outside strings, counted without recursion. */
export function nesting(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) at = endOfString(text, at);
    else if (char === 0x5b || char === 0x7b) deepest = Math.max(deepest, ++depth);
    else if (char === 0x5d || char === 0x7d) depth--;
  }
  return deepest;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SLASH = 0x2f;

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !json.isRawJSON(value);
}

export function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** Own member only: `__proto__` and `constructor` in a schema are names like any other. */
export function member(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

export function text(object: JsonObject, key: string): string | undefined {
  const value = member(object, key);
  return typeof value === "string" ? value : undefined;
}

/** An object of the entries in this order, those without a value left out. Safe for a key `__proto__`. */
export function objectOf(entries: Iterable<readonly [string, Json | undefined]>): JsonObject {
  const kept: [string, Json][] = [];
  for (const [key, value] of entries) if (value !== undefined) kept.push([key, value]);
  return Object.fromEntries(kept);
}

/** The entries of an object, keys of `first` in that order, then the others by code unit. */
export function orderedEntries(object: JsonObject, first: readonly string[] = []): [string, Json][] {
  const rank = new Map(first.map((key, index) => [key, index]));
  const place = (key: string): number => rank.get(key) ?? first.length;
  return Object.entries(object).sort(([a], [b]) => place(a) - place(b) || compare(a, b));
}

/** The same value with the keys of every object sorted by code unit. */
export function sortedDeep(value: Json): Json {
  if (isArray(value)) return value.map(sortedDeep);
  if (!isObject(value)) return value;
  return objectOf(orderedEntries(value).map(([key, inner]) => [key, sortedDeep(inner)]));
}

/** Order by code unit: the same in every locale. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** One step of a JSON pointer, as it stands in a URI fragment (RFC 6901 sections 3 and 6); `$defs` stays readable. */
export function pointerStep(key: string): string {
  const escaped = key.toWellFormed().replaceAll("~", "~0").replaceAll("/", "~1");
  return encodeURIComponent(escaped).replaceAll("%24", "$");
}

/** The steps of a JSON pointer in a URI fragment, without `#`; undefined when it is not one. */
export function pointerSteps(fragment: string): string[] | undefined {
  if (fragment === "") return [];
  if (!fragment.startsWith("/")) return undefined;
  try {
    return fragment
      .slice(1)
      .split("/")
      .map((step) => decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~"));
  } catch {
    return undefined;
  }
}
