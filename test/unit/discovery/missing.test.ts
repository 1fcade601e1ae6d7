import { describe, expect, test } from "vitest";
import { APART_MS, planMissing } from "../../../src/discovery/missing.ts";

const NONE: ReadonlySet<string> = new Set();
const absent = (count: number, missingSince?: number) =>
  Array.from({ length: count }, (_, index) => ({ name: `t${index}`, missingSince, flagged: false }));

describe("topics that a complete listing lacks", () => {
  test("are only remembered the first time", () => {
    expect(planMissing(absent(2), 40, 1_000, NONE)).toEqual({ loss: undefined, remember: ["t0", "t1"], flag: [] });
  });

  test("are not flagged by a second listing that follows too soon", () => {
    expect(planMissing(absent(1, 1_000), 40, 1_000 + APART_MS - 1, NONE)).toEqual({
      loss: undefined,
      remember: [],
      flag: [],
    });
  });

  test("are flagged by a second listing ten minutes later", () => {
    expect(planMissing(absent(1, 1_000), 40, 1_000 + APART_MS, NONE)).toEqual({
      loss: undefined,
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
    const { flag, loss } = planMissing(absent(count, 0), published, APART_MS, NONE);
    expect([flag.length, loss?.topics.length ?? 0]).toEqual(kind === "go" ? [count, 0] : [0, count]);
  });

  test("stop the run with their names and what would have been allowed", () => {
    expect(planMissing(absent(4, 0), 4, APART_MS, NONE)).toEqual({
      remember: [],
      flag: [],
      loss: { topics: ["t0", "t1", "t2", "t3"], allowed: 3 },
    });
  });

  test("stop the run as a whole although only some of them have been away for long enough", () => {
    const late = absent(12).map((each, index) => ({ ...each, missingSince: index }));
    expect(planMissing(late, 40, APART_MS + 2, NONE)).toMatchObject({ flag: [], loss: { allowed: 4 } });
  });

  test("are all flagged when a person has accepted the loss", () => {
    const accepted = new Set(["t0", "t1", "t2", "t3"]);
    expect(planMissing(absent(4, 0), 4, APART_MS, accepted)).toMatchObject({ loss: undefined, flag: [...accepted] });
  });

  test("are flagged as far as the loss was accepted, and those that vanished since are judged by themselves", () => {
    const accepted = new Set(["t0", "t1", "t2", "t3"]);
    expect(planMissing(absent(7, 0), 4, APART_MS, accepted).flag).toHaveLength(7);
    expect(planMissing(absent(8, 0), 4, APART_MS, accepted)).toMatchObject({
      flag: [...accepted],
      loss: { topics: ["t4", "t5", "t6", "t7"] },
    });
  });

  test("that are flagged already are neither flagged again nor counted", () => {
    const flagged = absent(30, 0).map((each) => ({ ...each, flagged: true }));
    expect(
      planMissing([...flagged, ...absent(1, 0).map((each) => ({ ...each, name: "new" }))], 31, APART_MS, NONE),
    ).toEqual({
      loss: undefined,
      remember: [],
      flag: ["new"],
    });
  });

  test("none: nothing to do", () => {
    expect(planMissing([], 40, 1_000, NONE)).toEqual({ loss: undefined, remember: [], flag: [] });
  });
});
