import { FilterError } from "./errors.ts";

/** `start` and `end` are places in the filter's text. */
export interface Token {
  readonly kind: "name" | "literal" | "keyword" | "operator" | "newline" | "end";
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const KEYWORDS = new Set(
  "break case chan const continue default defer else fallthrough for func go goto if import interface map package range return select struct switch type var".split(
    " ",
  ),
);

const OPERATOR =
  /&\^=|<<=|>>=|\.\.\.|&&|\|\||<-|\+\+|--|==|!=|<=|>=|:=|\+=|-=|\*=|\/=|%=|&=|\|=|\^=|<<|>>|&\^|[-+*/%&|^<>=!()[\]{},;.:~]/y;
const BLANK = /(?:[ \t\r]|\/\*[\s\S]*?\*\/|\/\/[^\n]*)+/y;
const NAME = /[\p{L}_][\p{L}\p{Nd}_]*/uy;
/** A dash inside a name, and one at its end where a further segment follows: `a-b`, `a--b`, `a-.Exists()`. */
const DASHED = /(?:-+[\p{L}\p{Nd}_]+)+(?:-+(?=\.))?|-+(?=\.)/uy;
const NUMBER =
  /(?:0[xX](?:_?[0-9A-Fa-f])+|0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|(?:\d(?:_?\d)*(?:\.(?:\d(?:_?\d)*)?)?|\.\d(?:_?\d)*)(?:[eE][+-]?\d(?:_?\d)*)?)i?/y;
const ESCAPE = String.raw`\\(?:[abfnrtv\\QUOTE]|[0-3][0-7]{2}|x[0-9A-Fa-f]{2}|u(?!d[89a-f])[0-9A-Fa-f]{4}|U000[0-9A-Fa-f]{5}|U0010[0-9A-Fa-f]{4})`;
const STRING = new RegExp(`"(?:[^"\\\\\\n]|${ESCAPE.replace("QUOTE", '"')})*"`, "y");
const RUNE = new RegExp(`'(?:[^'\\\\\\n]|${ESCAPE.replace("QUOTE", "'")})'`, "uy");
const RAW = /`[^`]*`/y;

/**
 * Splits a filter into Go's tokens (go/scanner), line ends included where Go puts a semicolon there.
 *
 * One rule is not Go's: after a dot a name goes on over dashes (`tag.orders-dlq`), as topics' names do. Axway's agents
 * rewrite such names before parsing, but only directly after `tag.`; here every segment of a path may have dashes.
 * Throws `FilterError` 1147.
 */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    at += match(BLANK, text, at).length;
    if (at >= text.length) break;
    const token = text[at] === "\n" ? { kind: "newline" as const, text: "\n" } : next(text, at, tokens.at(-1));
    const end = at + token.text.length;
    if (token.kind !== "newline" || endsStatement(tokens.at(-1))) tokens.push({ ...token, start: at, end });
    at = end;
  }
  if (endsStatement(tokens.at(-1))) tokens.push({ kind: "newline", text: "\n", start: at, end: at });
  tokens.push({ kind: "end", text: "EOF", start: at, end: at });
  return tokens;
}

/** As Go's parser writes a token after "found". */
export function found(token: Token): string {
  if (token.kind === "newline") return "newline";
  return token.kind === "name" || token.kind === "literal" ? token.text : `'${token.text}'`;
}

function match(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? "";
}

function next(text: string, at: number, before: Token | undefined): Pick<Token, "kind" | "text"> {
  const name = match(NAME, text, at);
  if (name) {
    const whole =
      before?.text === "." && before.kind === "operator" ? name + match(DASHED, text, at + name.length) : name;
    return { kind: KEYWORDS.has(whole) ? "keyword" : "name", text: whole };
  }
  const number = match(NUMBER, text, at);
  if (number) return { kind: "literal", text: checkedNumber(number) };
  const quote = text[at] ?? "";
  if ("\"'`".includes(quote)) return { kind: "literal", text: quoted(text, at, quote) };
  const operator = match(OPERATOR, text, at);
  if (operator) return { kind: "operator", text: operator };
  const code = (text.codePointAt(at) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  throw new FilterError(1147, `illegal character U+${code} '${String.fromCodePoint(text.codePointAt(at) ?? 0)}'`);
}

function quoted(text: string, at: number, quote: string): string {
  const pattern = quote === '"' ? STRING : quote === "'" ? RUNE : RAW;
  const literal = match(pattern, text, at);
  if (literal) return literal;
  throw new FilterError(1147, whyNotALiteral(text.slice(at), quote));
}

function whyNotALiteral(rest: string, quote: string): string {
  if (quote === "`") return "raw string literal not terminated";
  const kind = quote === '"' ? "string" : "rune";
  const whole = new RegExp(`^${quote}(?:[^${quote}\\\\\\n]|\\\\.)*${quote}`).exec(rest)?.[0];
  if (whole === undefined) return `${kind} literal not terminated`;
  if (new RegExp(ESCAPE.replace("QUOTE", quote).replace(/^/, "^(?:[^\\\\]|").concat(")*$"), "u").test(whole))
    return "illegal rune literal";
  return "unknown escape sequence (to match a backslash or a dot write [\\\\] or [.], for a digit [0-9]; a string is a Go literal)";
}

function checkedNumber(number: string): string {
  if (/^0\d/.test(number) && /^0[0-7_]*[89]/.test(number) && !/[.eEi]/.test(number))
    throw new FilterError(1147, `invalid digit in octal literal`);
  return number;
}

function endsStatement(token: Token | undefined): boolean {
  if (!token) return false;
  return token.kind === "name" || token.kind === "literal" || [")", "]", "}", "++", "--"].includes(token.text);
}
