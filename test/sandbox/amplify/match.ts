import { type Json, type JsonObject, memberAt, valuesAt } from "./json.ts";
import type { Expression, Operator } from "./rsql.ts";

export type Predicate = (value: Json) => boolean;
type Comparison = Extract<Expression, { type: "comparison" }>;

function textOf(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** `==` ignores case and knows `*` (any characters) and `_` (one character). */
function looseEquality(pattern: string): Predicate {
  const wanted = pattern.toLowerCase();
  if (!/[*_]/.test(wanted)) return (value) => textOf(value).toLowerCase() === wanted;
  const source = wanted
    .replace(/[.+?^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("_", ".");
  const expression = new RegExp(`^${source}$`, "s");
  return (value) => expression.test(textOf(value).toLowerCase());
}

/** Numbers by value, anything else (times among it) by text. */
function order(value: Json, wanted: string): number {
  const text = textOf(value);
  const difference = Number(text) - Number(wanted);
  if (text !== "" && wanted !== "" && !Number.isNaN(difference)) return difference;
  return text < wanted ? -1 : text > wanted ? 1 : 0;
}

function single(operator: Operator, wanted: string): Predicate {
  switch (operator) {
    case "<":
      return (value) => order(value, wanted) < 0;
    case "<=":
      return (value) => order(value, wanted) <= 0;
    case ">":
      return (value) => order(value, wanted) > 0;
    case ">=":
      return (value) => order(value, wanted) >= 0;
    case "===":
    case "!==":
      return (value) => textOf(value) === wanted;
    default:
      return looseEquality(wanted);
  }
}

/** Whether one of the values that the property has fits; the negative operators turn that round afterwards. */
function positive(comparison: Comparison): Predicate {
  const { operator, values, element } = comparison;
  if (element !== undefined) return compile(element);
  if (operator === "in" || operator === "out") return (value) => values.includes(textOf(value));
  return single(operator, values[0] ?? "");
}

const NEGATIVE: readonly Operator[] = ["!=", "!==", "out", "without"];

function elementsAt(value: Json, path: readonly string[]): Json[] {
  const found = valuesAt(value, path);
  return found.flatMap((each) => (Array.isArray(each) ? (each as Json[]) : [each]));
}

/** A test of whole resources (or, within `=with=`, of list elements). A property that is absent fits only negative operators. */
export function compile(expression: Expression): Predicate {
  if (expression.type === "comparison") {
    const fits = positive(expression);
    const isNegative = NEGATIVE.includes(expression.operator);
    return (value) => elementsAt(value, expression.path).some(fits) !== isNegative;
  }
  const operands = expression.operands.map(compile);
  return expression.type === "and"
    ? (value) => operands.every((operand) => operand(value))
    : (value) => operands.some((operand) => operand(value));
}

/** All properties that a query asks for, those within `=with=` left out. */
export function propertiesOf(expression: Expression): string[] {
  return expression.type === "comparison" ? [expression.path[0] ?? ""] : expression.operands.flatMap(propertiesOf);
}

/** Orders by the text or number at `path`; what lacks it comes first. */
export function comparing(path: readonly string[], isDescending: boolean): (a: JsonObject, b: JsonObject) => number {
  const sign = isDescending ? -1 : 1;
  return (a, b) => {
    const left = memberAt(a, path);
    const right = memberAt(b, path);
    if (left === undefined || right === undefined)
      return sign * (Number(left !== undefined) - Number(right !== undefined));
    return sign * order(left, textOf(right));
  };
}
