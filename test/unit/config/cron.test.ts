import { describe, expect, it } from "vitest";
import { next, spacing } from "../../../src/config/cron.ts";
import { parseSchedule, ScheduleError } from "../../../src/config/schedule.ts";

const now = Date.parse("2026-11-23T17:03:04.567Z"); // a Monday

function times(text: string, count: number, after = now): string[] {
  const schedule = parseSchedule(text);
  const found: string[] = [];
  for (let at = next(schedule, after); at !== undefined && found.length < count; at = next(schedule, at)) {
    found.push(new Date(at).toISOString().replace(".000Z", "Z"));
  }
  return found;
}

describe("a schedule", () => {
  // reason, schedule, its next two times as gorhill/cronexpr computes them
  it.each([
    ["every day", "@daily", ["2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z"]],
    ["every hour", "@hourly", ["2026-11-23T18:00:00Z", "2026-11-23T19:00:00Z"]],
    ["every Sunday", "@weekly", ["2026-11-29T00:00:00Z", "2026-12-06T00:00:00Z"]],
    ["every month", "@monthly", ["2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"]],
    ["every year", "@yearly", ["2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z"]],
    ["steps", "*/15 * * * *", ["2026-11-23T17:15:00Z", "2026-11-23T17:30:00Z"]],
    ["a value with a step goes on to the end", "50/5 * * * *", ["2026-11-23T17:50:00Z", "2026-11-23T17:55:00Z"]],
    ["ranges and lists", "0 8-9,20 * * *", ["2026-11-23T20:00:00Z", "2026-11-24T08:00:00Z"]],
    ["names of days", "0 12 * * tue-WED", ["2026-11-24T12:00:00Z", "2026-11-25T12:00:00Z"]],
    ["Sunday as 7", "0 0 * * 7", ["2026-11-29T00:00:00Z", "2026-12-06T00:00:00Z"]],
    ["names of months", "0 0 1 feb,march *", ["2027-02-01T00:00:00Z", "2027-03-01T00:00:00Z"]],
    ["the last day", "0 0 L * *", ["2026-11-30T00:00:00Z", "2026-12-31T00:00:00Z"]],
    ["the last weekday", "0 0 LW 1 ?", ["2027-01-29T00:00:00Z", "2028-01-31T00:00:00Z"]],
    ["the nearest weekday", "0 0 15W * *", ["2026-12-15T00:00:00Z", "2027-01-15T00:00:00Z"]],
    ["the nearest weekday inside the month", "0 0 1W 8 *", ["2027-08-02T00:00:00Z", "2028-08-01T00:00:00Z"]],
    ["the third Friday", "0 0 * * 5#3", ["2026-12-18T00:00:00Z", "2027-01-15T00:00:00Z"]],
    ["the last Friday", "0 0 * * 5L", ["2026-11-27T00:00:00Z", "2026-12-25T00:00:00Z"]],
    ["a day of either field", "0 0 25 * tue", ["2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z"]],
    ["leap days", "0 0 29 2 *", ["2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"]],
    ["a year at the end", "0 0 1 1 * 2030", ["2030-01-01T00:00:00Z"]],
    ["seconds in front", "30 5 17 * * * 2026", ["2026-11-23T17:05:30Z", "2026-11-24T17:05:30Z"]],
    ["a year that is over", "0 0 1 1 * 2025", []],
    ["a day that no month has", "0 0 31 2 *", []],
  ])("knows %s: %s", (_reason, text, expected) => {
    expect(times(text, expected.length === 1 ? 2 : expected.length || 1)).toEqual(expected);
  });

  it("comes strictly after the time asked for", () => {
    expect(times("@hourly", 1, Date.parse("2026-11-23T18:00:00Z"))).toEqual(["2026-11-23T19:00:00Z"]);
    expect(times("@hourly", 1, Date.parse("2026-11-23T17:59:59.999Z"))).toEqual(["2026-11-23T18:00:00Z"]);
    expect(times("@yearly", 1, Date.parse("2026-12-31T23:59:59.500Z"))).toEqual(["2027-01-01T00:00:00Z"]);
  });

  it.each([
    ["", "expected five to seven fields, or @hourly and the like"],
    ["@sometimes", "expected five to seven fields, or @hourly and the like"],
    ["* * * *", "expected five to seven fields, or @hourly and the like"],
    ["60 * * * *", "minute: cannot read 60"],
    ["* 24 * * *", "hour: cannot read 24"],
    ["* * 0 * *", "day of month: cannot read 0"],
    ["* * * 13 *", "month: cannot read 13"],
    ["* * * * 8", "day of week: cannot read 8"],
    ["* * * * fryday", "day of week: cannot read fryday"],
    ["* * * * * 1969", "year: cannot read 1969"],
    ["*/0 * * * *", "minute: cannot read */0"],
    ["*/60 * * * *", "minute: cannot read */60"],
    ["* * * * * */60", "year: cannot read */60"],
    ["1-2-3 * * * *", "minute: cannot read 1-2-3"],
    ["30-10 * * * *", "minute: 30-10 runs backwards"],
    ["* * * * 5-7", "day of week: 5-7 runs backwards"],
    [", * * * *", "minute: nothing there"],
  ])("is refused with the field that is wrong: %s", (text, message) => {
    expect(() => parseSchedule(text)).toThrow(new ScheduleError(message));
  });

  it.each([
    ["@hourly", 3_600_000],
    ["*/15 * * * *", 900_000],
    ["0,10 * * * *", 600_000],
    ["@daily", 86_400_000],
    ["0 0 1 1 * 2030-2032", undefined],
  ])("is known by its shortest wait: %s", (text, ms) => {
    expect(spacing(parseSchedule(text), now)).toBe(ms);
  });

  it("is judged by its first three waits alone", () => {
    const schedule = parseSchedule("0 0,6,12,18,19 * * *");
    expect(spacing(schedule, Date.parse("2026-11-23T23:30:00Z"))).toBe(6 * 3_600_000);
    expect(spacing(schedule, Date.parse("2026-11-23T01:00:00Z"))).toBe(3_600_000);
  });
});
