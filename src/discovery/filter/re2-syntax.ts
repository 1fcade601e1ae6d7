import { anyOf, type CharTest, not, perlClass, posixClass, rangeTest, unicodeClass } from "./re2-class.ts";

/** A parsed regular expression. What only matters to captures or to which of several matches wins is not kept. */
export type Re2Node =
  | { readonly kind: "char"; readonly test: CharTest }
  | { readonly kind: "assert"; readonly at: Assertion }
  | { readonly kind: "sequence"; readonly of: readonly Re2Node[] }
  | { readonly kind: "choice"; readonly of: readonly Re2Node[] }
  /** `max` is undefined when there is no limit. */
  | { readonly kind: "repeat"; readonly of: Re2Node; readonly min: number; readonly max: number | undefined };

export type Assertion = "text-start" | "text-end" | "line-start" | "line-end" | "word" | "not-word";

/** The expression is not RE2. `message` has the words of Go's regexp package. */
export class Re2SyntaxError extends Error {
  override readonly name = "Re2SyntaxError";
}

interface Flags {
  readonly fold: boolean;
  readonly multiline: boolean;
  readonly dotAll: boolean;
}

const MOST_REPEATS = 1000;
const DEEPEST = 250;
const [CARET, DOLLAR, DOT] = [0x5e, 0x24, 0x2e];

/** What people bring from other dialects; each is named, since RE2's own message names only the characters. */
const FOREIGN: readonly (readonly [RegExp, string])[] = [
  [/^\(\?[=!]/, "a lookahead, which RE2 does not have"],
  [/^\(\?<[=!]/, "a lookbehind, which RE2 does not have"],
  [/^\(\?>/, "an atomic group, which RE2 does not have"],
  [/^\(\?P=/, "a backreference, which RE2 does not have"],
  [/^\(\?#/, "a comment, which RE2 does not have"],
  [/^\(\?\(/, "a conditional, which RE2 does not have"],
];

/**
 * Parses RE2 as Go's `regexp.Compile` accepts it (go `regexp/syntax`, flags Perl). Throws `Re2SyntaxError`, also for
 * groups nested deeper than 250.
 */
export function parseRe2(source: string): Re2Node {
  const parser = new Parser(source);
  const node = parser.choice({ fold: false, multiline: false, dotAll: false }, 0);
  if (!parser.done()) fail("unexpected )", source);
  return node;
}

function fail(reason: string, where: string, hint?: string): never {
  throw new Re2SyntaxError(`error parsing regexp: ${reason}: \`${where}\`${hint ? `, ${hint}` : ""}`);
}

class Parser {
  readonly #source: string;
  readonly #names = new Set<string>();
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  done(): boolean {
    return this.#at >= this.#source.length;
  }

  /** Up to the end or the parenthesis that closes this group; flags set inside end with it. */
  choice(outer: Flags, depth: number): Re2Node {
    if (depth > DEEPEST) fail("expression nests too deeply", this.#source);
    const options: Re2Node[] = [];
    let flags = outer;
    let items: Re2Node[] = [];
    let lastRepeat: number | undefined;
    while (!this.done() && this.#peek() !== ")") {
      const start = this.#at;
      if (this.#take("|")) {
        options.push({ kind: "sequence", of: items });
        items = [];
      } else if (this.#repeat(items, lastRepeat)) {
        lastRepeat = start;
        continue;
      } else if (this.#peek() === "(") flags = this.#group(items, flags, depth);
      else this.#atom(items, flags);
      lastRepeat = undefined;
    }
    options.push({ kind: "sequence", of: items });
    const [only] = options;
    return options.length === 1 && only ? only : { kind: "choice", of: options };
  }

  #peek(): string {
    return this.#source[this.#at] ?? "";
  }

  #rest(): string {
    return this.#source.slice(this.#at);
  }

  #take(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  /** One code point, consumed. */
  #next(): number {
    const code = this.#source.codePointAt(this.#at) ?? 0;
    this.#at += code > 0xffff ? 2 : 1;
    return code;
  }

  /** Returns the flags for what follows. */
  #group(items: Re2Node[], flags: Flags, depth: number): Flags {
    const start = this.#at;
    let inner = flags;
    if (this.#source.startsWith("(?", start)) {
      const named = /^\(\?P?<([^>]*)>/.exec(this.#rest());
      if (named && !/^\(\?<[=!]/.test(named[0])) this.#name(named[0], named[1] ?? "");
      else {
        const set = this.#flags(flags);
        if (!set.group) return set.flags;
        inner = set.flags;
      }
    } else this.#at += 1;
    items.push(this.choice(inner, depth + 1));
    if (!this.#take(")")) fail("missing closing )", this.#source);
    return flags;
  }

  #name(opening: string, name: string): void {
    if (!/^\w+$/.test(name)) fail("invalid named capture", opening);
    if (this.#names.has(name)) fail("duplicate capture group name", name);
    this.#names.add(name);
    this.#at += opening.length;
  }

  /** `(?flags)` and `(?flags:`. */
  #flags(flags: Flags): { flags: Flags; group: boolean } {
    const found = /^\(\?([imsU]*)(?:-([imsU]+))?([:)])/.exec(this.#rest());
    if (!found) {
      const foreign = FOREIGN.find(([pattern]) => pattern.test(this.#rest()));
      const shown = /^\(\?(?:P?<[=!]?|[imsU-]*.?)/su.exec(this.#rest())?.[0] ?? "(?";
      fail("invalid or unsupported Perl syntax", shown, foreign?.[1]);
    }
    const [whole, on = "", off = "", end] = found;
    this.#at += whole.length;
    const decide = (flag: string, before: boolean) => (off.includes(flag) ? false : on.includes(flag) || before);
    return {
      flags: {
        fold: decide("i", flags.fold),
        multiline: decide("m", flags.multiline),
        dotAll: decide("s", flags.dotAll),
      },
      group: end === ":",
    };
  }

  /** A repetition operator after the last item; false when there is none here. */
  #repeat(items: Re2Node[], lastRepeat: number | undefined): boolean {
    const start = this.#at;
    const found = /^(?:[*+?]|\{(\d+)(,(\d*))?\})/.exec(this.#rest());
    if (!found) return false;
    const [operator, least, comma, most] = found;
    this.#at += operator.length;
    const min = least === undefined ? (operator === "+" ? 1 : 0) : Number(least);
    const max = repeatLimit(operator, least, comma, most);
    if (min > MOST_REPEATS || (max ?? 0) > MOST_REPEATS || (max !== undefined && min > max))
      fail("invalid repeat count", operator);
    const of = items.pop();
    if (!of) fail("missing argument to repetition operator", operator);
    this.#take("?"); // non-greedy: which match wins does not matter here
    if (lastRepeat !== undefined)
      fail(
        "invalid nested repetition operator",
        this.#source.slice(lastRepeat, this.#at),
        "RE2 has no possessive repetition",
      );
    const repeat: Re2Node = { kind: "repeat", of, min, max };
    if (least !== undefined && repeats(repeat) > MOST_REPEATS)
      fail("invalid repeat count", this.#source.slice(start, this.#at));
    items.push(repeat);
    return true;
  }

  #atom(items: Re2Node[], flags: Flags): void {
    const c = this.#peek();
    if (c === "[") items.push({ kind: "char", test: this.#bracket(flags.fold) });
    else if (c === "\\") this.#backslash(items, flags);
    else items.push(plain(this.#next(), flags));
  }

  #backslash(items: Re2Node[], flags: Flags): void {
    if (this.#take("\\Q")) {
      const end = this.#source.indexOf("\\E", this.#at);
      const text = this.#source.slice(this.#at, end < 0 ? undefined : end);
      this.#at += text.length + (end < 0 ? 0 : 2);
      for (const c of text) {
        const code = c.codePointAt(0) ?? 0;
        items.push({ kind: "char", test: rangeTest(code, code, flags.fold) });
      }
      return;
    }
    for (const [text, at] of ASSERTIONS) {
      if (!this.#take(text)) continue;
      items.push({ kind: "assert", at });
      return;
    }
    const test = this.#classEscape(flags.fold);
    if (test) items.push({ kind: "char", test });
    else {
      const code = this.#escape();
      items.push({ kind: "char", test: rangeTest(code, code, flags.fold) });
    }
  }

  /** `\d`, `\pN`, `\p{Greek}` and the like; undefined when what follows is none. */
  #classEscape(fold: boolean): CharTest | undefined {
    const perl = /^\\([dDsSwW])/.exec(this.#rest());
    if (perl?.[1]) {
      this.#at += 2;
      return perlClass(perl[1], fold);
    }
    const unicode = /^\\([pP])(?:\{(\^?)([^}]*)\}|([^{]))/u.exec(this.#rest());
    if (!unicode) return undefined;
    const [whole, letter, caret, long, short] = unicode;
    const test = unicodeClass(long ?? short ?? "", fold);
    if (!test) fail("invalid character class range", whole);
    this.#at += whole.length;
    return (letter === "P") !== (caret === "^") ? not(test) : test;
  }

  /** An escape that stands for one character. */
  #escape(): number {
    const rest = this.#rest();
    if (rest === "\\") fail("trailing backslash at end of expression", "");
    const number = /^\\(?:([1-7][0-7]{1,2}|0[0-7]{0,2})|x([0-9A-Fa-f]{2})|x\{([0-9A-Fa-f]+)\})/.exec(rest);
    if (number) {
      const [whole, octal, two, many] = number;
      const code = octal === undefined ? Number.parseInt(two ?? many ?? "", 16) : Number.parseInt(octal, 8);
      if (code > 0x10ffff) fail("invalid escape sequence", whole);
      this.#at += whole.length;
      return code;
    }
    const letter = rest[1] ?? "";
    const control = CONTROL.get(letter);
    if (control === undefined && !/[!-/:-@[-`{-~\s]/.test(letter)) {
      const hint = /[1-9]/.test(letter) ? "a backreference, which RE2 does not have" : undefined;
      fail("invalid escape sequence", rest.slice(0, 2), hint);
    }
    this.#at += 2;
    return control ?? letter.charCodeAt(0);
  }

  #bracket(fold: boolean): CharTest {
    const start = this.#at;
    this.#at += 1;
    const negated = this.#take("^");
    const tests: CharTest[] = [];
    do {
      if (this.done()) fail("missing closing ]", this.#source.slice(start));
      tests.push(this.#named(fold) ?? this.#classEscape(fold) ?? this.#range(fold, start));
    } while (!this.#take("]"));
    return negated ? not(anyOf(tests)) : anyOf(tests);
  }

  /** `[:alpha:]` inside brackets. */
  #named(fold: boolean): CharTest | undefined {
    const found = /^\[:(\^?)(.*?):\]/s.exec(this.#rest());
    if (!found) return undefined;
    const test = posixClass(found[2] ?? "", fold);
    if (!test) fail("invalid character class range", found[0]);
    this.#at += found[0].length;
    return found[1] ? not(test) : test;
  }

  #range(fold: boolean, bracket: number): CharTest {
    const start = this.#at;
    const low = this.#single(bracket);
    let high = low;
    if (this.#peek() === "-" && this.#at + 1 < this.#source.length && this.#source[this.#at + 1] !== "]") {
      this.#at += 1;
      high = this.#single(bracket);
    }
    if (high < low) fail("invalid character class range", this.#source.slice(start, this.#at));
    return rangeTest(low, high, fold);
  }

  #single(bracket: number): number {
    if (this.done()) fail("missing closing ]", this.#source.slice(bracket));
    return this.#peek() === "\\" ? this.#escape() : this.#next();
  }
}

const ASSERTIONS: readonly (readonly [string, Assertion])[] = [
  ["\\A", "text-start"],
  ["\\z", "text-end"],
  ["\\b", "word"],
  ["\\B", "not-word"],
];

const CONTROL: ReadonlyMap<string, number> = new Map([
  ["a", 7],
  ["f", 12],
  ["n", 10],
  ["r", 13],
  ["t", 9],
  ["v", 11],
]);

function repeatLimit(operator: string, least?: string, comma?: string, most?: string): number | undefined {
  if (least === undefined) return operator === "?" ? 1 : undefined;
  if (comma === undefined) return Number(least);
  return most ? Number(most) : undefined;
}

/** Product of the counted repetitions inside one another, which Go holds to 1,000 (`repeatIsValid`). */
function repeats(node: Re2Node): number {
  if (node.kind === "repeat") {
    const own = Math.max(node.max ?? node.min, 1);
    return own * repeats(node.of);
  }
  if (node.kind === "sequence" || node.kind === "choice") return Math.max(1, ...node.of.map(repeats));
  return 1;
}

/** A character outside brackets that no backslash stands before. */
function plain(code: number, flags: Flags): Re2Node {
  if (code === CARET) return { kind: "assert", at: flags.multiline ? "line-start" : "text-start" };
  if (code === DOLLAR) return { kind: "assert", at: flags.multiline ? "line-end" : "text-end" };
  if (code === DOT) return { kind: "char", test: flags.dotAll ? () => true : (other) => other !== 0x0a };
  return { kind: "char", test: rangeTest(code, code, flags.fold) };
}
