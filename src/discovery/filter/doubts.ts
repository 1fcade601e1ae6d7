import { type Expression, precedence } from "./expression.ts";

/**
 * Finds what Axway's agents accept and what cannot have been meant, since it is never or always true. Results stay as
 * theirs; the operator is told. `[]` when all is plain.
 */
export function doubts(expressions: readonly Expression[]): string[] {
  return [...new Set(expressions.flatMap(inCondition))];
}

function inCondition(expression: Expression): string[] {
  if (expression.kind === "call") return inCall(expression, true);
  if (expression.kind !== "binary") return [];
  const { left, operator, right } = expression;
  if (precedence(operator) < 3) return [...inCondition(left), ...inCondition(right)];
  const found = [...inCall(left, false), ...inLiteral(right)];
  if (right.kind !== "literal" && right.kind !== "name") {
    found.push(
      `${expression.source}: only text in quotes or one word can be compared with; this right side is ignored`,
    );
  }
  if (!["==", "!="].includes(operator)) found.push(`${expression.source}: ${operator} compares nothing; use == or !=`);
  if (left.kind === "call" && !/\.any$/i.test(left.callee.source) && !/^"?(true|false)"?$/.test(right.source)) {
    found.push(`${expression.source}: a call is compared with true or false, in lower case`);
  }
  return found;
}

function inCall(expression: Expression, alone: boolean): string[] {
  if (/^attr\b/.test(expression.source))
    return [`${expression.source}: a topic has no attributes, so attr is always empty`];
  if (expression.kind !== "call") return [];
  const called = expression.callee.source;
  const found = expression.arguments.flatMap(inLiteral);
  if (alone && /\.any$/i.test(called)) found.push(`${expression.source}: Any() without == or != is never true`);
  if (/^\w+\.(exists|contains)$/i.test(called)) found.push(`${expression.source}: names no topic, so it is never true`);
  return found;
}

function inLiteral(expression: Expression): string[] {
  if (expression.kind !== "literal") return [];
  const { text } = expression;
  if (text.startsWith("`")) return [`${text}: back-quotes become part of the text; use double quotes`];
  if (text.includes("\\\\")) {
    return [`${text}: \\\\ asks for a backslash, which no topic has; for a dot write [.], for a digit [0-9]`];
  }
  return [];
}
