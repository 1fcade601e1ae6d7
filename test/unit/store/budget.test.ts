import { describe, expect, test } from "vitest";
import { mayStartAt, mustBeFree, WINDOW_MS } from "../../../src/store/budget.ts";

const now = 1_000_000;
const starts = (count: number, at = now - 1_000) => Array.from({ length: count }, (_, index) => at + index);

describe("the request budget", () => {
  test.each([
    ["provisioning", 25, false, 1],
    ["status", 25, true, 1],
    ["events", 25, true, 1],
    ["discovery", 25, false, 2],
    ["discovery", 25, true, 8],
    ["badges", 25, false, 2],
    ["discovery", 6, false, 1],
    ["discovery", 1, true, 1],
    ["discovery", 6000, false, 500],
  ] as const)("asks lane %s of %i a minute, provisioning due: %s, for %i free", (lane, budget, due, free) => {
    expect(mustBeFree(lane, budget, due)).toBe(free);
  });

  test("lets a request start at once while enough is free", () => {
    expect(mayStartAt(now, starts(24), 25, 1)).toBe(now);
    expect(mayStartAt(now, starts(23), 25, 2)).toBe(now);
    expect(mayStartAt(now, [], 25, 25)).toBe(now);
  });

  test("lets a request wait until the first of the window is old enough", () => {
    expect(mayStartAt(now, starts(25), 25, 1)).toBe(now - 1_000 + WINDOW_MS);
    expect(mayStartAt(now, starts(24), 25, 2)).toBe(now - 1_000 + WINDOW_MS);
    expect(mayStartAt(now, starts(24), 25, 8)).toBe(now - 1_000 + 6 + WINDOW_MS);
  });

  test("forgets requests that are older than the window", () => {
    expect(mayStartAt(now, starts(25, now - WINDOW_MS - 100), 25, 1)).toBe(now);
  });

  test("is never exceeded in any 60 s by a thousand requests that start as soon as they may", () => {
    const started: number[] = [];
    let at = now;
    for (let request = 0; request < 1_000; request++) {
      at = mayStartAt(at, started.slice(-30), 25, 2);
      started.push(at);
      at += 37;
    }
    for (const [index, start] of started.entries()) {
      const inside = started.slice(index).filter((other) => other < start + 60_000).length;
      expect(inside).toBeLessThanOrEqual(24);
    }
  });
});
