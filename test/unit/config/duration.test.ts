import { describe, expect, it } from "vitest";
import { formatDuration, parseDuration } from "../../../src/config/duration.ts";

describe("a duration", () => {
  it.each([
    ["1h30m", 5_400_000],
    ["5m", 300_000],
    ["1.5s", 1_500],
    [".5s", 500],
    ["300ms", 300],
    ["1us", 0.001],
    ["1µs", 0.001],
    ["0", 0],
    ["-5m", -300_000],
    ["+5m", 300_000],
    ["1m1m", 120_000],
  ])("is read as Go reads it: %s", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(["", "30", "1d", "1h 2m", "m", "1H", ".s", "--1s", "1e3s", "2562048h", " 5m"])(
    "is nothing to Go: %s",
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );

  it.each([
    [300_000, "5m"],
    [5_400_000, "1h30m"],
    [1_500, "1.5s"],
    [0, "0s"],
    [3_601_000, "1h1s"],
  ])("is written shortly: %i ms", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
    expect(parseDuration(text)).toBe(ms);
  });
});
