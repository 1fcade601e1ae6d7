import { ProtoError } from "./model.ts";

const SKIPPED = /(?:\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y;
const WORD = /[A-Za-z0-9_.+-]+/y;
const STRING = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/y;

const ESCAPES: Readonly<Record<string, string>> = { a: "\u0007", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" };

/** Reads a .proto text piece by piece, comments and white space skipped. */
export class Tokens {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#skip();
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  /** The next character, "" at the end. */
  peek(): string {
    return this.#text[this.#at] ?? "";
  }

  /** Takes the character if it is next. */
  take(character: string): boolean {
    if (this.peek() !== character) return false;
    this.#at++;
    this.#skip();
    return true;
  }

  require(character: string): void {
    if (!this.take(character)) this.fail(`expected '${character}'`);
  }

  word(): string {
    return this.#match(WORD) ?? this.fail("expected a word");
  }

  tag(): number {
    const at = this.#at;
    const value = Number(this.word());
    if (Number.isInteger(value)) return value;
    this.#at = at;
    return this.fail("expected an integer");
  }

  /** Neighbouring strings are one. */
  string(): string {
    let found = this.#match(STRING) ?? this.fail("expected a string");
    let text = "";
    for (;;) {
      text += unescapeText(found.slice(1, -1));
      const next = this.#match(STRING);
      if (next === undefined) return text;
      found = next;
    }
  }

  isString(): boolean {
    return this.peek() === '"' || this.peek() === "'";
  }

  /** As Wire says it: `Syntax error in :1:9: …`, line and column from 1. */
  fail(problem: string): never {
    const before = this.#text.slice(0, this.#at).split("\n");
    const column = (before.at(-1)?.length ?? 0) + 1;
    throw new ProtoError(`Syntax error in :${before.length}:${column}: ${problem}`);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found === undefined) return undefined;
    this.#at += found.length;
    this.#skip();
    return found;
  }

  #skip(): void {
    SKIPPED.lastIndex = this.#at;
    this.#at += SKIPPED.exec(this.#text)?.[0].length ?? 0;
  }
}

function unescapeText(text: string): string {
  return text.replace(/\\(?:x([0-9a-fA-F]{1,2})|([0-7]{1,3})|(.))/g, (_, hex?: string, octal?: string, other = "") => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
    return ESCAPES[other] ?? other;
  });
}
