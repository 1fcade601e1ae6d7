import type { Days, Schedule } from "./schedule.ts";

const DAY_MS = 86_400_000;

/** First time of `schedule` after `after`, both in ms since the epoch; undefined when there is none before 2100. */
export function next(schedule: Schedule, after: number): number | undefined {
  const from = (Math.floor(after / 1_000) + 1) * 1_000;
  const today = Math.floor(from / DAY_MS) * DAY_MS;
  for (const year of schedule.years) {
    for (const month of schedule.months) {
      const over = Date.UTC(year, month, 1) <= today;
      const found = over ? undefined : firstOf(schedule, daysIn(schedule.days, year, month), today, from);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** First time at or after `from` on one of the days, given as midnights. */
function firstOf(schedule: Schedule, days: readonly number[], today: number, from: number): number | undefined {
  for (const day of days.filter((midnight) => midnight >= today)) {
    const time = timeOfDay(schedule, day === today ? from - today : 0);
    if (time !== undefined) return day + time;
  }
  return undefined;
}

/**
 * The shortest of the first three waits between times after `from`, in ms; undefined when there are not five times left
 * (agent-sdk `validateSchedule`, which looks at five times and three waits).
 */
export function spacing(schedule: Schedule, from: number): number | undefined {
  const times: number[] = [];
  for (let at = next(schedule, from); at !== undefined && times.length < 5; at = next(schedule, at)) times.push(at);
  if (times.length < 5) return undefined;
  return Math.min(...times.slice(1, 4).map((time, index) => time - (times[index] ?? time)));
}

/** Ms into the day of the first time at or after `from` ms into it. */
function timeOfDay(schedule: Schedule, from: number): number | undefined {
  for (const hour of schedule.hours) {
    if ((hour + 1) * 3_600_000 <= from) continue;
    for (const minute of schedule.minutes) {
      const start = hour * 3_600_000 + minute * 60_000;
      const second = schedule.seconds.find((candidate) => start + candidate * 1_000 >= from);
      if (second !== undefined) return start + second * 1_000;
    }
  }
  return undefined;
}

/** Midnights of the days of a month, in order. Where both day fields are restricted a day of either counts, as in crontab(5). */
function daysIn(days: Days, year: number, month: number): number[] {
  const last = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const weekday = (day: number) => new Date(Date.UTC(year, month - 1, day)).getUTCDay();
  const near = (day: number): number => {
    if (weekday(day) === 6) return day > 1 ? day - 1 : day + 2;
    if (weekday(day) === 0) return day < last ? day + 1 : day - 2;
    return day;
  };
  const everyDay = days.ofMonth === undefined && days.ofWeek === undefined;
  const nearDays = new Set(days.nearWeekday.filter((day) => day <= last).map(near));
  if (days.lastWeekday) nearDays.add(near(last));
  const admits = (day: number): boolean =>
    everyDay ||
    days.ofMonth?.includes(day) === true ||
    (days.last && day === last) ||
    nearDays.has(day) ||
    days.ofWeek?.includes(weekday(day)) === true ||
    days.nth.some(([of, number]) => weekday(day) === of && Math.ceil(day / 7) === number) ||
    (days.lastOfWeek.includes(weekday(day)) && day > last - 7);
  return Array.from({ length: last }, (_, index) => index + 1)
    .filter(admits)
    .map((day) => Date.UTC(year, month - 1, day));
}
