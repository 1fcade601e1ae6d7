/**
 * JSON that loses nothing on its way through: members keep their order (also those that look like numbers) and
 * numbers their digits (`10.0`, 64-bit integers). The registry stores texts that were parsed and written again.
 */

import { compareText } from "./subject-name.ts";

/** A number as it was written. */
export class JsonNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type JsonObject = Map<string, JsonValue>;
export type JsonValue = string | boolean | null | JsonNumber | JsonValue[] | JsonObject;

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they may not stand in a string
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SPACE = /[ \t\r\n]*/y;
const SPACE_AND_COMMENTS = /(?:[ \t\r\n]+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y;
const WORD = /[A-Za-z0-9_$]*/y;
/** Deeper than any schema; the real parser has a limit too. */
const DEEPEST = 500;

class Reader {
  readonly #text: string;
  readonly #isAvro: boolean;
  #at = 0;

  constructor(text: string, isAvro: boolean) {
    this.#text = text;
    this.#isAvro = isAvro;
  }

  document(): JsonValue {
    const value = this.#value(0);
    this.#space();
    if (this.#at < this.#text.length) throw new SyntaxError(`Unexpected character at ${this.#at}`);
    return value;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #space(): void {
    this.#match(this.#isAvro ? SPACE_AND_COMMENTS : SPACE);
  }

  #value(depth: number): JsonValue {
    if (depth > DEEPEST) throw new SyntaxError("Nested too deeply");
    this.#space();
    const next = this.#text[this.#at];
    if (next === undefined) throw new SyntaxError("Unexpected end-of-input");
    if (next === "{") return this.#object(depth);
    if (next === "[") return this.#array(depth);
    if (next === '"') return this.#string();
    return this.#literal();
  }

  #literal(): JsonValue {
    const number = this.#match(NUMBER);
    if (number !== undefined && number !== "") return new JsonNumber(this.#isAvro ? asJavaPrints(number) : number);
    const word = this.#match(WORD) ?? "";
    if (word === "true") return true;
    if (word === "false") return false;
    if (word === "null") return null;
    throw new SyntaxError(
      `Unrecognized token '${word}': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')`,
    );
  }

  #string(): string {
    const text = this.#match(STRING);
    if (text === undefined) throw new SyntaxError(`Unreadable string at ${this.#at}`);
    return JSON.parse(text) as string;
  }

  #take(character: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #array(depth: number): JsonValue[] {
    this.#at++;
    const items: JsonValue[] = [];
    if (this.#take("]")) return items;
    do items.push(this.#value(depth + 1));
    while (this.#take(","));
    if (!this.#take("]")) throw new SyntaxError("Unexpected end-of-input within/between Array entries");
    return items;
  }

  #object(depth: number): JsonObject {
    this.#at++;
    const members: JsonObject = new Map();
    if (this.#take("}")) return members;
    do {
      this.#space();
      const name = this.#string();
      if (!this.#take(":")) throw new SyntaxError(`Expected ':' after "${name}"`);
      members.set(name, this.#value(depth + 1));
    } while (this.#take(","));
    if (!this.#take("}")) throw new SyntaxError("Unexpected end-of-input within/between Object entries");
    return members;
  }
}

/** Throws `SyntaxError`, as `JSON.parse` does. Of a member given twice the last counts. */
export function parseJson(text: string): JsonValue {
  return new Reader(text, false).document();
}

/** As Avro's own parser reads JSON: comments are skipped, a number with a point or an exponent becomes a double. */
export function parseAvroJson(text: string): JsonValue {
  return new Reader(text, true).document();
}

/** What `Double.toString` makes of it: `10.00` is `10.0`, `1e9` is `1.0E9`. Integers stay as they are. */
function asJavaPrints(text: string): string {
  if (/^-?\d+$/.test(text)) return text;
  const value = Number(text);
  const size = Math.abs(value);
  if (value === 0 || (size >= 1e-3 && size < 1e7))
    return Number.isInteger(value) ? `${text.startsWith("-") ? "-" : ""}${size}.0` : String(value);
  const [digits = "", exponent = ""] = value.toExponential().split("e");
  return `${digits.includes(".") ? digits : `${digits}.0`}E${Number(exponent)}`;
}

/** Without white space, as Jackson writes it: control characters as `\u001F`. */
export function writeJson(value: JsonValue): string {
  if (value instanceof JsonNumber) return value.text;
  if (value instanceof Map) {
    return `{${[...value].map(([name, member]) => `${writeText(name)}:${writeJson(member)}`).join(",")}}`;
  }
  if (Array.isArray(value)) return `[${value.map(writeJson).join(",")}]`;
  return typeof value === "string" ? writeText(value) : String(value);
}

const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\b": "\\b",
  "\t": "\\t",
  "\n": "\\n",
  "\f": "\\f",
  "\r": "\\r",
};

/** The same value with the members of every object in order of their names. */
export function sortedJson(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sortedJson);
  if (!(value instanceof Map)) return value;
  return new Map([...value].sort(([a], [b]) => compareText(a, b)).map(([name, member]) => [name, sortedJson(member)]));
}

/** One JSON string, quoted. */
export function writeText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must be escaped
  const escaped = text.replace(/["\\\u0000-\u001f]/g, (character) => {
    const hex = character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
    return SHORT[character] ?? `\\u${hex}`;
  });
  return `"${escaped}"`;
}
