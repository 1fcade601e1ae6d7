import { FilterError } from "./errors.ts";
import { type Expression, precedence } from "./expression.ts";
import { compileRe2 } from "./re2.ts";

/** What a filter looks at: keys with their values. */
export type FilterData = ReadonlyMap<string, string>;

/** `source` is the condition's own text in the filter. */
export type Condition = { readonly source: string } & (
  | { readonly kind: "test"; readonly holds: (data: FilterData) => boolean }
  | { readonly kind: "and" | "or"; readonly left: Condition; readonly right: Condition }
);

type Comparison = { readonly operator: string; readonly value: string | undefined };

const NOTHING: FilterData = new Map();

/** Reads one expression of a filter (agent-sdk `pkg/filter/conditionparser.go`). Throws `FilterError`. */
export function toCondition(expression: Expression): Condition {
  const { source } = expression;
  if (expression.kind === "call") return { kind: "test", holds: call(expression, undefined), source };
  if (expression.kind !== "binary") throw new FilterError(1148);
  const { operator, left, right } = expression;
  if (precedence(operator) > 3) throw new FilterError(1153);
  if (precedence(operator) < 3) {
    return { kind: operator === "||" ? "or" : "and", left: toCondition(left), right: toCondition(right), source };
  }
  const comparison = { operator, value: rightSide(right) };
  if (left.kind === "call") return { kind: "test", holds: call(left, comparison), source };
  if (left.kind !== "selector") throw new FilterError(1154);
  const { type, path } = selector(left);
  return { kind: "test", holds: (data) => compareField(of(type, data).get(path), comparison), source };
}

/** The text that is compared with; undefined for anything but a literal or one identifier, which the SDK drops. */
function rightSide(expression: Expression): string | undefined {
  if (expression.kind === "literal") return unquoted(expression.text);
  return expression.kind === "name" ? expression.name : undefined;
}

/** Takes the quotes off and nothing else: escapes stay as they are written, and so do back-quotes. */
function unquoted(literal: string): string {
  return literal.replace(/^"+|"+$/g, "");
}

function selector(expression: Expression): { type: string; path: string } {
  const names = path(expression);
  const type = names[0] ?? "";
  if (!["tag", "attr", "name"].includes(type)) throw new FilterError(1151);
  return { type, path: names.slice(1).join(".") };
}

function path(expression: Expression): string[] {
  if (expression.kind === "name") return [expression.name];
  if (expression.kind !== "selector") throw new FilterError(1152);
  return [...path(expression.of), expression.name];
}

function of(type: string, data: FilterData): FilterData {
  return type === "attr" ? NOTHING : data;
}

function compareField(value: string | undefined, { operator, value: other }: Comparison): boolean {
  if (value === undefined || other === undefined) return false;
  if (operator === "==") return value === other;
  return operator === "!=" && value !== other;
}

/** A call's own result, compared as text where the SDK compares. */
function compareCall(result: boolean, comparison: Comparison | undefined): boolean {
  if (comparison?.value === undefined) return result;
  if (comparison.operator === "==") return String(result) === comparison.value;
  return comparison.operator === "!=" ? String(result) !== comparison.value : result;
}

type Call = Expression & { kind: "call" };

function call(expression: Call, comparison: Comparison | undefined): (data: FilterData) => boolean {
  if (expression.callee.kind !== "selector") throw new FilterError(1148);
  const { type, path: whole } = selector(expression.callee);
  const dot = whole.lastIndexOf(".");
  const key = dot < 0 ? "" : whole.slice(0, dot);
  const called = whole.slice(dot + 1).toLowerCase();
  if (!["any", "exists", "contains", "matchregex"].includes(called)) throw new FilterError(1149, "unsupported call");
  const given = expression.arguments.map(argument);
  if (called === "any" || called === "exists") {
    if (given.length > 0) throw new FilterError(1149, "syntax error, unrecognized argument(s)");
    if (called === "any") return (data) => compareAny(of(type, data), comparison);
    return (data) => compareCall(of(type, data).has(key), comparison);
  }
  const [text] = given;
  if (text === undefined) throw new FilterError(1149, "syntax error, missing argument");
  if (given.length > 1) throw new FilterError(1149, "syntax error, unrecognized argument(s)");
  const test = called === "contains" ? (value: string) => value.includes(text) : regularExpression(text);
  if (called === "contains" || key !== "") {
    return (data) => compareCall(someValue(of(type, data).get(key), test), comparison);
  }
  return (data) => compareCall([...of(type, data).keys()].some(test), comparison);
}

function argument(expression: Expression): string {
  if (expression.kind !== "literal") throw new FilterError(1150);
  return unquoted(expression.text);
}

function someValue(value: string | undefined, test: (value: string) => boolean): boolean {
  return value !== undefined && test(value);
}

/** `Any()` alone is never true; only `!=` negates it. */
function compareAny(data: FilterData, comparison: Comparison | undefined): boolean {
  if (comparison?.value === undefined) return false;
  const equal = [...data.values()].includes(comparison.value);
  return comparison.operator === "!=" ? !equal : equal;
}

function regularExpression(text: string): (value: string) => boolean {
  const compiled = compileRe2(text);
  if (compiled.ok) return compiled.test;
  throw new FilterError(1149, `Invalid regular expression(${compiled.message}) in MatchRegEx call`);
}
