/** Says whether one Unicode code point belongs to a class. */
export type CharTest = (codePoint: number) => boolean;

const WORD: readonly (readonly [number, number])[] = ranges("0-9A-Z__a-z");

/** POSIX classes, ASCII only (`regexp/syntax` posixGroup). */
const POSIX: ReadonlyMap<string, readonly (readonly [number, number])[]> = new Map([
  ["alnum", ranges("0-9A-Za-z")],
  ["alpha", ranges("A-Za-z")],
  ["ascii", [[0, 0x7f]]],
  ["blank", ranges("\t\t  ")],
  [
    "cntrl",
    [
      [0, 0x1f],
      [0x7f, 0x7f],
    ],
  ],
  ["digit", ranges("0-9")],
  ["graph", ranges("!-~")],
  ["lower", ranges("a-z")],
  ["print", ranges(" -~")],
  ["punct", ranges("!-/:-@[-`{-~")],
  ["space", ranges("\t-\r  ")],
  ["upper", ranges("A-Z")],
  ["word", WORD],
  ["xdigit", ranges("0-9A-Fa-f")],
]);

/** Perl classes, ASCII only; `\s` has no vertical tab (`regexp/syntax` perlGroup). */
const PERL: ReadonlyMap<string, readonly (readonly [number, number])[]> = new Map([
  ["d", ranges("0-9")],
  ["s", ranges("\t\n\f\r  ")],
  ["w", WORD],
]);

/** Pairs of first and last character; a dash between two is left out of the pair: `"0-9A-Z__"`. */
function ranges(text: string): [number, number][] {
  const pairs: [number, number][] = [];
  for (let at = 0; at < text.length; ) {
    const dashed = text[at + 1] === "-" && at + 2 < text.length;
    pairs.push([text.charCodeAt(at), text.charCodeAt(at + (dashed ? 2 : 1))]);
    at += dashed ? 3 : 2;
  }
  return pairs;
}

/** A range of code points; with `fold` also what differs from one of them in case alone (simple case folding, as in Go). */
export function rangeTest(low: number, high: number, fold: boolean): CharTest {
  if (!fold) return (c) => c >= low && c <= high;
  return unicodeTest(`[\\u{${low.toString(16)}}-\\u{${high.toString(16)}}]`, true);
}

export function anyOf(tests: readonly CharTest[]): CharTest {
  return (c) => tests.some((test) => test(c));
}

export function not(test: CharTest): CharTest {
  return (c) => !test(c);
}

/** `[:name:]`, undefined when there is no such class. */
export function posixClass(name: string, fold: boolean): CharTest | undefined {
  const found = POSIX.get(name);
  return found && anyOf(found.map(([low, high]) => rangeTest(low, high, fold)));
}

/** `\d`, `\s`, `\w` and, in capitals, their opposites; undefined when it is another letter. */
export function perlClass(letter: string, fold: boolean): CharTest | undefined {
  const found = PERL.get(letter.toLowerCase());
  if (!found) return undefined;
  const test = anyOf(found.map(([low, high]) => rangeTest(low, high, fold)));
  return letter === letter.toLowerCase() ? test : not(test);
}

/** `\p{name}`: a general category of one or two letters, a script, or Any; undefined when Unicode has none such. */
export function unicodeClass(name: string, fold: boolean): CharTest | undefined {
  if (name === "Any") return () => true;
  if (!/^[A-Za-z_]+$/.test(name)) return undefined;
  const property = /^[CLMNPSZ][a-z]?$/.test(name) ? name : `Script=${name}`;
  try {
    return unicodeTest(`\\p{${property}}`, fold);
  } catch {
    return undefined;
  }
}

export function isWord(codePoint: number | undefined): boolean {
  return codePoint !== undefined && WORD.some(([low, high]) => codePoint >= low && codePoint <= high);
}

/** JavaScript's engine is asked about single characters only, where it knows the same Unicode tables and cannot backtrack. */
function unicodeTest(source: string, fold: boolean): CharTest {
  const pattern = new RegExp(`^${source}$`, fold ? "iu" : "u");
  return (c) => pattern.test(String.fromCodePoint(c));
}
