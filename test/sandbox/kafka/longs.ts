const MARK = "\u0000long:";

/** JSON in which a bigint is a number of any length, as Java writes its longs; beyond 2^53 a double no longer holds it. */
export function stringifyLongs(value: unknown): string {
  const text = JSON.stringify(value, (_, member: unknown) =>
    typeof member === "bigint" ? `${MARK}${member}` : member,
  );
  return text.replace(/"\\u0000long:(-?\d+)"/g, "$1");
}
