import { FilterError } from "./errors.ts";
import { found, type Token, tokenize } from "./tokens.ts";

/** A Go expression as far as filters need it; `source` is its text. */
export type Expression = { readonly source: string } & (
  | { readonly kind: "name"; readonly name: string }
  /** With its quotes and escapes as written. */
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "selector"; readonly of: Expression; readonly name: string }
  | { readonly kind: "call"; readonly callee: Expression; readonly arguments: readonly Expression[] }
  | { readonly kind: "binary"; readonly operator: string; readonly left: Expression; readonly right: Expression }
  /** Parenthesised, with a sign or `!`, indexed: legal Go that no filter may hold. */
  | { readonly kind: "other" }
);

const PRECEDENCE: ReadonlyMap<string, number> = new Map([
  ["||", 1],
  ["&&", 2],
  ...["==", "!=", "<", "<=", ">", ">="].map((operator) => [operator, 3] as const),
  ...["+", "-", "|", "^"].map((operator) => [operator, 4] as const),
  ...["*", "/", "%", "<<", ">>", "&", "&^"].map((operator) => [operator, 5] as const),
]);
const UNARY = new Set(["+", "-", "!", "^", "&", "*", "<-", "~"]);
const DEEPEST = 250;

/** Precedence of a binary operator: 1 `||`, 2 `&&`, 3 comparisons, 4 and 5 arithmetic (go/token). */
export function precedence(operator: string): number {
  return PRECEDENCE.get(operator) ?? 0;
}

/**
 * Parses what may stand right of `var b bool =` in Go: expressions separated by commas. Throws `FilterError` 1147 with
 * the words of Go's parser (go/parser), of its first error.
 */
export function parseExpressions(text: string): Expression[] {
  return new Parser(text).list();
}

class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #index = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokenize(text);
  }

  list(): Expression[] {
    const expressions = [this.#binary(1)];
    while (this.#take(",")) expressions.push(this.#binary(1));
    if (this.#peek().kind === "newline") this.#index += 1;
    else if (!this.#take(";")) this.#expected("';'");
    if (this.#peek().kind !== "end") this.#expected("declaration");
    return expressions;
  }

  #peek(): Token {
    const token = this.#tokens[this.#index] ?? this.#tokens.at(-1);
    if (!token) throw new FilterError(1147, "expected operand, found 'EOF'");
    return token;
  }

  #take(operator: string): boolean {
    const token = this.#peek();
    if (token.kind !== "operator" || token.text !== operator) return false;
    this.#index += 1;
    return true;
  }

  #expect(operator: string): void {
    if (!this.#take(operator)) this.#expected(`'${operator}'`);
  }

  #expected(what: string): never {
    throw new FilterError(1147, `expected ${what}, found ${found(this.#peek())}`);
  }

  /** The text from `start` to the last token read. */
  #source(start: number): string {
    return this.#text.slice(start, this.#tokens[this.#index - 1]?.end ?? start);
  }

  #binary(lowest: number): Expression {
    const start = this.#peek().start;
    let left = this.#unary();
    for (;;) {
      const token = this.#peek();
      // Go reads a single = here as a mistyped comparison.
      if (token.kind === "operator" && token.text === "=") this.#expect("==");
      const own = token.kind === "operator" ? precedence(token.text) : 0;
      if (own < lowest || own === 0) return left;
      this.#index += 1;
      const right = this.#binary(own + 1);
      left = { kind: "binary", operator: token.text, left, right, source: this.#source(start) };
    }
  }

  #unary(): Expression {
    const token = this.#peek();
    if (token.kind !== "operator" || !UNARY.has(token.text)) return this.#primary();
    this.#index += 1;
    this.#nested(() => this.#unary());
    return { kind: "other", source: this.#source(token.start) };
  }

  /** Keeps hostile nesting off the call stack. */
  #nested<T>(parse: () => T): T {
    this.#depth += 1;
    if (this.#depth > DEEPEST) throw new FilterError(1147, "expression nests too deeply");
    const result = parse();
    this.#depth -= 1;
    return result;
  }

  #primary(): Expression {
    const start = this.#peek().start;
    let expression = this.#operand();
    for (;;) {
      if (this.#take(".")) expression = this.#selector(expression, start);
      else if (this.#take("(")) expression = this.#call(expression, start);
      else if (this.#take("[")) {
        this.#nested(() => this.#binary(1));
        this.#expect("]");
        expression = { kind: "other", source: this.#source(start) };
      } else return expression;
    }
  }

  #operand(): Expression {
    const token = this.#peek();
    if (token.kind === "name" || token.kind === "literal") {
      this.#index += 1;
      const source = token.text;
      return token.kind === "name" ? { kind: "name", name: source, source } : { kind: "literal", text: source, source };
    }
    if (this.#take("(")) {
      this.#nested(() => this.#binary(1));
      this.#expect(")");
      return { kind: "other", source: this.#source(token.start) };
    }
    // At the end Go reports both that an operand and that a semicolon is missing, and shows the first by alphabet.
    return this.#expected(token.kind === "end" ? "';'" : "operand");
  }

  #selector(of: Expression, start: number): Expression {
    const token = this.#peek();
    if (token.kind === "name") {
      this.#index += 1;
      return { kind: "selector", of, name: token.text, source: this.#source(start) };
    }
    if (!this.#take("(")) this.#expected("selector or type assertion");
    this.#nested(() => this.#binary(1));
    this.#expect(")");
    return { kind: "other", source: this.#source(start) };
  }

  #call(callee: Expression, start: number): Expression {
    const given: Expression[] = [];
    while (!this.#take(")")) {
      given.push(this.#nested(() => this.#binary(1)));
      this.#take("...");
      if (this.#take(",")) continue;
      if (this.#peek().kind === "newline") throw new FilterError(1147, "missing ',' before newline in argument list");
      this.#expect(")");
      break;
    }
    return { kind: "call", callee, arguments: given, source: this.#source(start) };
  }
}
