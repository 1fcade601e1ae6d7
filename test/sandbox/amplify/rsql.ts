import { Problem } from "./problem.ts";

/** `with` and `without` keep their condition as an expression about one element of a list. */
export type Operator = "==" | "!=" | "===" | "!==" | "<" | "<=" | ">" | ">=" | "in" | "out" | "with" | "without";

export type Expression =
  | { readonly type: "and" | "or"; readonly operands: readonly Expression[] }
  | {
      readonly type: "comparison";
      readonly path: readonly string[];
      readonly operator: Operator;
      readonly values: readonly string[];
      readonly element?: Expression;
    };

const NAMED: Readonly<Record<string, Operator>> = {
  "=eq=": "===",
  "=neq=": "!==",
  "=lt=": "<",
  "=le=": "<=",
  "=gt=": ">",
  "=ge=": ">=",
  "=in=": "in",
  "=out=": "out",
  "=with=": "with",
  "=without=": "without",
};

const SELECTOR = /[^\s"'();,=!~<>]+/y;
const OPERATOR = /===|!==|==|!=|=[a-z]+=|<=|>=|<|>/y;
const BARE_VALUE = /[^\s"'();,=!~<>]+/y;
const QUOTED_VALUE = /'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/y;
const AND = /\s*;\s*|\s+and\s+/y;
const OR = /\s*,\s*|\s+or\s+/y;
const SPACE = /\s*/y;
const OPEN = /\s*\(\s*/y;
const CLOSE = /\s*\)/y;
const COMMA = /\s*,\s*/y;

/** Reads the query language of the API server (docs cli_command_reference, "Complex query filters"). */
class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): Expression {
    this.#take(SPACE);
    const expression = this.#either();
    this.#take(SPACE);
    if (this.#at < this.#text.length) throw this.#fault("unexpected text");
    return expression;
  }

  #either(): Expression {
    const operands = [this.#both()];
    while (this.#take(OR) !== undefined) operands.push(this.#both());
    return joined("or", operands);
  }

  #both(): Expression {
    const operands = [this.#term()];
    while (this.#take(AND) !== undefined) operands.push(this.#term());
    return joined("and", operands);
  }

  #term(): Expression {
    if (this.#take(OPEN) === undefined) return this.#comparison();
    const inner = this.#either();
    if (this.#take(CLOSE) === undefined) throw this.#fault("a parenthesis is not closed");
    return inner;
  }

  #comparison(): Expression {
    const selector = this.#take(SELECTOR)?.[0];
    if (selector === undefined) throw this.#fault("a property is expected");
    const symbol = this.#take(OPERATOR)?.[0];
    const operator = symbol === undefined ? undefined : (NAMED[symbol] ?? symbolic(symbol));
    if (operator === undefined) throw this.#fault("an operator is expected");
    const values = operator === "in" || operator === "out" ? this.#list() : [this.#value()];
    const path = selector.split(".");
    if (operator !== "with" && operator !== "without") return { type: "comparison", path, operator, values };
    return { type: "comparison", path, operator, values, element: parseQuery(values[0] ?? "") };
  }

  #list(): string[] {
    if (this.#take(OPEN) === undefined) throw this.#fault("a list in parentheses is expected");
    const values = [this.#value()];
    while (this.#take(COMMA) !== undefined) values.push(this.#value());
    if (this.#take(CLOSE) === undefined) throw this.#fault("a parenthesis is not closed");
    return values;
  }

  #value(): string {
    const quoted = this.#take(QUOTED_VALUE);
    if (quoted !== undefined) return (quoted[1] ?? quoted[2] ?? "").replace(/\\(.)/g, "$1");
    const bare = this.#take(BARE_VALUE)?.[0];
    if (bare === undefined) throw this.#fault("a value is expected");
    return bare;
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) return undefined;
    this.#at = pattern.lastIndex;
    return match;
  }

  #fault(what: string): Problem {
    return new Problem(400, `query: ${what} at character ${this.#at + 1}`);
  }
}

const SYMBOLS: readonly string[] = ["==", "!=", "===", "!==", "<", "<=", ">", ">="];

function symbolic(symbol: string): Operator | undefined {
  return SYMBOLS.includes(symbol) ? (symbol as Operator) : undefined;
}

function joined(type: "and" | "or", operands: readonly Expression[]): Expression {
  const [only] = operands;
  return operands.length === 1 && only !== undefined ? only : { type, operands };
}

/** Throws a 400 that says where the text stops being a query. */
export function parseQuery(text: string): Expression {
  return new Parser(text).whole();
}
