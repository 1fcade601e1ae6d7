import { gunzipSync } from "node:zlib";
import type { Rows } from "./rows.ts";

/** Pieces of a secret that are looked for: a text that holds more than twice as much of it in a row holds a piece whole. */
const PIECE = 12;

export interface Found {
  /** What the secret is, never its value. */
  readonly secret: string;
  readonly form: string;
}

/** Secrets under the names by which a failing test tells them, and the search for any form of any part of them. */
export class Secrets {
  readonly #values = new Map<string, string>();
  readonly #pieces = new Map<string, Found>();

  /** Of a PEM every line but the first, which says no more than what kind of key it is. Shorter than eight characters is no secret. */
  add(secret: string, value: string): void {
    const lines = value.split(/\n|\\n/).filter((line) => !line.startsWith("-----"));
    for (const line of lines.length > 1 ? lines.slice(1) : lines) {
      if (line.length < 8 || this.#values.has(line)) continue;
      this.#values.set(line, secret);
      for (const [form, text] of formsOf(line)) {
        for (const piece of piecesOf(text)) this.#pieces.set(piece, { secret, form });
      }
    }
  }

  /** Whether the value, whole, is among them. */
  has(value: string): boolean {
    return this.#values.has(value);
  }

  get names(): ReadonlySet<string> {
    return new Set(this.#values.values());
  }

  /** Which of them the text holds, whole or in part. */
  in(text: string): readonly Found[] {
    const lengths = new Set([...this.#pieces.keys()].map(({ length }) => length));
    const found = new Map<string, Found>();
    for (const length of lengths) {
      for (let start = 0; start + length <= text.length; start++) {
        const hit = this.#pieces.get(text.slice(start, start + length));
        if (hit) found.set(`${hit.secret} ${hit.form}`, hit);
      }
    }
    return [...found.values()];
  }
}

function formsOf(value: string): readonly (readonly [form: string, text: string])[] {
  const bytes = Buffer.from(value);
  // What stands before it in what is encoded moves it by zero, one or two bytes; the first and last characters are mixed with that.
  const shifted = [0, 1, 2].map((shift) => Buffer.concat([Buffer.alloc(shift), bytes]));
  const inner = shifted.map((each, shift) =>
    each
      .toString("base64")
      .replace(/=+$/, "")
      .slice(shift === 0 ? 0 : shift + 1, -1),
  );
  return [
    ["as it is", value],
    ["in JSON", JSON.stringify(value).slice(1, -1)],
    ["percent-encoded", encodeURIComponent(value)],
    ["in hex", bytes.toString("hex")],
    ...inner.map((text) => ["in base64", text] as const),
    ...inner.map((text) => ["in base64url", text.replaceAll("+", "-").replaceAll("/", "_")] as const),
  ];
}

function piecesOf(text: string): readonly string[] {
  if (text.length < PIECE) return [text];
  return Array.from({ length: Math.floor(text.length / PIECE) }, (_, at) => text.slice(at * PIECE, (at + 1) * PIECE));
}

/** Each table's rows as text; what is compressed is opened, and bytes are told as text and in hex. */
export function tablesAsText(rows: Rows): ReadonlyMap<string, string> {
  const texts = [...rows].map(([table, contents]): [string, string] => [
    table,
    contents.flatMap((row) => Object.values(row).map(textOfValue)).join("\n"),
  ]);
  return new Map(texts);
}

function textOfValue(value: unknown): string {
  if (!(value instanceof Uint8Array)) return String(value);
  const isGzip = value[0] === 0x1f && value[1] === 0x8b;
  const bytes = isGzip ? gunzipSync(value) : Buffer.from(value);
  return isGzip ? bytes.toString("utf8") : `${bytes.toString("latin1")}\n${bytes.toString("hex")}`;
}
