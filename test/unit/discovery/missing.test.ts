import { describe, expect, test } from "vitest";
import { APART_MS, planMissing } from "../../../src/discovery/missing.ts";

const absent = (count: number, missingSince?: number) =>
  Array.from({ length: count }, (_, index) => ({ name: `t${index}`, missingSince, flagged: false }));

describe("topics that a complete listing lacks", () => {
  test("are only remembered the first time", () => {
    expect(planMissing(absent(2), 40, 1_000, false)).toEqual({ kind: "go", remember: ["t0", "t1"], flag: [] });
  });

  test("are not flagged by a second listing that follows too soon", () => {
    expect(planMissing(absent(1, 1_000), 40, 1_000 + APART_MS - 1, false)).toEqual({
      kind: "go",
      remember: [],
      flag: [],
    });
  });

  test("are flagged by a second listing ten minutes later", () => {
    expect(planMissing(absent(1, 1_000), 40, 1_000 + APART_MS, false)).toEqual({
      kind: "go",
      remember: [],
      flag: ["t0"],
    });
  });

  test.each([
    [3, 5, "go"],
    [4, 5, "stop"],
    [4, 40, "go"],
    [5, 40, "stop"],
    [40, 400, "go"],
    [41, 400, "stop"],
  ])("%i of %i at once: %s", (count, published, kind) => {
    expect(planMissing(absent(count, 0), published, APART_MS, false).kind).toBe(kind);
  });

  test("stop the run with their names and what would have been allowed", () => {
    expect(planMissing(absent(4, 0), 4, APART_MS, false)).toEqual({
      kind: "stop",
      remember: [],
      topics: ["t0", "t1", "t2", "t3"],
      allowed: 3,
    });
  });

  test("are all flagged when a person has accepted the loss", () => {
    expect(planMissing(absent(4, 0), 4, APART_MS, true)).toMatchObject({ kind: "go", flag: ["t0", "t1", "t2", "t3"] });
  });

  test("that are flagged already are neither flagged again nor counted", () => {
    const flagged = absent(30, 0).map((each) => ({ ...each, flagged: true }));
    expect(
      planMissing([...flagged, ...absent(1, 0).map((each) => ({ ...each, name: "new" }))], 31, APART_MS, false),
    ).toEqual({
      kind: "go",
      remember: [],
      flag: ["new"],
    });
  });

  test("none: nothing to do", () => {
    expect(planMissing([], 40, 1_000, false)).toEqual({ kind: "go", remember: [], flag: [] });
  });
});
