import { expect, test } from "vitest";
import { Largest } from "../../../src/connection/largest.ts";

function largest(most: number, ...sizes: readonly bigint[]) {
  const found = new Largest<string>(most);
  for (const [index, size] of sizes.entries()) found.add(size, `n${index}`, `n${index}:${size}`);
  return found;
}

test("of less than it may keep it keeps all, the largest first", () => {
  const found = largest(5, 1n, 3n, 2n);
  expect(found.items()).toEqual(["n1:3", "n2:2", "n0:1"]);
  expect(found.leftOut()).toBe(0);
});

test("of more it keeps the largest, in whatever order they come, and counts the others", () => {
  const sizes = Array.from({ length: 1_000 }, (_, index) => BigInt((index * 617) % 1_000));
  const found = largest(3, ...sizes);
  expect(found.items().map((item) => item.split(":")[1])).toEqual(["999", "998", "997"]);
  expect(found.leftOut()).toBe(997);
  expect(found.items()).toHaveLength(3);
});

test("differences past what a double holds decide", () => {
  expect(largest(1, 9_007_199_254_740_992n, 9_007_199_254_740_993n).items()).toEqual(["n1:9007199254740993"]);
});

test("among those of one size the names decide, so that the choice does not change", () => {
  expect(largest(2, 0n, 0n, 0n, 0n, 0n).items()).toEqual(["n0:0", "n1:0"]);
});
