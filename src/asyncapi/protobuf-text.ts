import { DocumentError } from "./failure.ts";
import { MAX_DEPTH } from "./json.ts";

export interface Token {
  readonly kind: "word" | "string" | "symbol" | "comment";
  readonly text: string;
  /** Whether it stands first in its line: tells a comment about what follows from one about what came before. */
  readonly first: boolean;
}

/** Tokens of a .proto text as its language specification defines them, comments included, because they are its documentation. */
export function tokenize(source: string, subject: string): Token[] {
  const tokens: Token[] = [];
  const pattern = new RegExp(TOKEN, "gy");
  let first = true;
  while (pattern.lastIndex < source.length) {
    const text = pattern.exec(source)?.[0];
    if (text === undefined) throw unreadable(subject, "a string or comment has no end");
    const kind = kindOf(text);
    if (kind !== undefined) tokens.push({ kind, text: text.trimEnd(), first });
    first = kind === undefined && (first || text.includes("\n"));
  }
  refuseDepth(tokens, subject);
  return tokens;
}

/** Blanks, comments, strings, words and numbers, single signs. */
const TOKEN =
  /\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/|"[^"\\\n]*(?:\\[\s\S][^"\\\n]*)*"|'[^'\\\n]*(?:\\[\s\S][^'\\\n]*)*'|\d[\w.]*(?:(?<=[eE])[+-]\d+)?|[\w.]+|(?!\/\*)[^\s"'\w]/;

/** Undefined for blanks. */
function kindOf(text: string): Token["kind"] | undefined {
  if (text.startsWith("//") || text.startsWith("/*")) return "comment";
  if (/^["']/.test(text)) return "string";
  if (/^[\w.]/.test(text)) return "word";
  return /^\s/.test(text) ? undefined : "symbol";
}

function refuseDepth(tokens: readonly Token[], subject: string): void {
  let depth = 0;
  for (const token of tokens) {
    depth += brace(token);
    if (depth > MAX_DEPTH) throw new DocumentError({ kind: "too-deep", subject, limit: MAX_DEPTH });
    if (depth < 0) throw unreadable(subject, "a closing brace has no opening one");
  }
  if (depth > 0) throw unreadable(subject, "a brace is not closed");
}

function brace(token: Token): number {
  if (token.kind !== "symbol") return 0;
  return token.text === "{" ? 1 : token.text === "}" ? -1 : 0;
}

function unreadable(subject: string, reason: string): DocumentError {
  return new DocumentError({ kind: "unparsable-schema", subject, reason });
}

/** One statement at the top of a file with the comments before it and the one behind it. */
export type Statement = readonly Token[];

const WITH_BODY = new Set(["message", "enum", "service", "extend"]);

/** Cuts a file into its statements: to the semicolon, or to the brace that closes a definition. */
export function statements(tokens: readonly Token[]): Statement[] {
  const found: Token[][] = [];
  let current: Token[] = [];
  let depth = 0;
  for (const token of tokens) {
    const behind = current.length === 0 && !token.first && token.kind === "comment" ? found.at(-1) : undefined;
    (behind ?? current).push(token);
    depth += brace(token);
    if (depth > 0 || !ends(token, current)) continue;
    // A lone semicolon is an empty statement: it says nothing.
    if (current.filter(isCode).length > 1) found.push(current);
    current = [];
  }
  if (current.length > 0) found.push(current);
  return found;
}

function ends(token: Token, statement: Statement): boolean {
  if (token.kind !== "symbol") return false;
  return token.text === (WITH_BODY.has(statement.find(isCode)?.text ?? "") ? "}" : ";");
}

export function isCode(token: Token): boolean {
  return token.kind !== "comment";
}

/** The words of a statement without comments: `["import", "public", "\"a.proto\"", ";"]`. */
export function codeOf(statement: Statement): string[] {
  return statement.filter(isCode).map((token) => token.text);
}

/** The text of the comments before a statement, without their marks. */
export function docOf(statement: Statement): string | undefined {
  const lines = statement.slice(0, statement.findIndex(isCode)).flatMap((token) => commentLines(token.text));
  const doc = lines.join("\n").trim();
  return doc === "" ? undefined : doc;
}

function commentLines(comment: string): string[] {
  if (comment.startsWith("//")) return [comment.replace(/^\/+ ?/, "")];
  const inner = comment.replace(/^\/\*+/, "").replace(/\*+\/$/, "");
  return inner.split("\n").map((line) => line.trim().replace(/^\*+ ?/, ""));
}
