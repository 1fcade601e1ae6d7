/** A schedule, all times in UTC. Lists are sorted. */
export interface Schedule {
  readonly text: string;
  readonly seconds: readonly number[];
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly months: readonly number[];
  readonly years: readonly number[];
  readonly days: Days;
}

/** Which days of a month are meant; `undefined` lists stand for `*`. */
export interface Days {
  readonly ofMonth: readonly number[] | undefined;
  /** `15W`: the weekday nearest to the 15th, within the month. */
  readonly nearWeekday: readonly number[];
  /** `L` */
  readonly last: boolean;
  /** `LW` */
  readonly lastWeekday: boolean;
  /** 0 is Sunday. */
  readonly ofWeek: readonly number[] | undefined;
  /** `5#3`, the third Friday, as [day of week, number]. */
  readonly nth: readonly (readonly [number, number])[];
  /** `5L`, the last Friday. */
  readonly lastOfWeek: readonly number[];
}

interface Field {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  readonly names?: readonly string[];
}

const SECOND: Field = { name: "second", low: 0, high: 59 };
const MINUTE: Field = { name: "minute", low: 0, high: 59 };
const HOUR: Field = { name: "hour", low: 0, high: 23 };
const DAY: Field = { name: "day of month", low: 1, high: 31 };
const MONTHS = "january february march april may june july august september october november december".split(" ");
const MONTH: Field = { name: "month", low: 1, high: 12, names: MONTHS };
const WEEKDAYS = "sunday monday tuesday wednesday thursday friday saturday".split(" ");
const WEEKDAY: Field = { name: "day of week", low: 0, high: 6, names: WEEKDAYS };
const YEAR: Field = { name: "year", low: 1970, high: 2099 };

const ALIASES: ReadonlyMap<string, string> = new Map([
  ["@yearly", "0 0 0 1 1 * *"],
  ["@annually", "0 0 0 1 1 * *"],
  ["@monthly", "0 0 0 1 * * *"],
  ["@weekly", "0 0 0 * * 0 *"],
  ["@daily", "0 0 0 * * * *"],
  ["@hourly", "0 0 * * * * *"],
]);

/** The text is no schedule; the message says which field and why. */
export class ScheduleError extends Error {
  override readonly name = "ScheduleError";
}

/**
 * Reads a schedule in the forms that Axway's agents take (github.com/gorhill/cronexpr): `@hourly` and the like, five
 * fields, six with a year at the end, seven with a second in front as well; `*`, `?`, lists, ranges, steps, names of
 * months and days, `L`, `LW`, `15W`, `5L`, `5#3`. A range that runs backwards, which that library takes for nothing, is
 * refused. Throws `ScheduleError`.
 */
export function parseSchedule(text: string): Schedule {
  const fields = (ALIASES.get(text.trim()) ?? text.trim()).split(/\s+/);
  if (fields.length < 5 || fields.length > 7)
    throw new ScheduleError("expected five to seven fields, or @hourly and the like");
  const [second, rest] = fields.length === 7 ? [fields[0] ?? "0", fields.slice(1)] : ["0", fields];
  const [minute = "", hour = "", day = "", month = "", weekday = "", year = "*"] = rest;
  return {
    text: text.trim(),
    seconds: plainField(second, SECOND),
    minutes: plainField(minute, MINUTE),
    hours: plainField(hour, HOUR),
    months: plainField(month, MONTH),
    years: plainField(year, YEAR),
    days: { ...daysOfMonth(day), ...daysOfWeek(weekday) },
  };
}

function daysOfMonth(text: string): Pick<Days, "ofMonth" | "nearWeekday" | "last" | "lastWeekday"> {
  const found = { ofMonth: [] as number[], nearWeekday: [] as number[], last: false, lastWeekday: false };
  for (const item of items(text, DAY)) {
    const near = /^(\d+)w$/.exec(item);
    if (item === "l") found.last = true;
    else if (item === "lw") found.lastWeekday = true;
    else if (near?.[1]) found.nearWeekday.push(value(near[1], DAY));
    else found.ofMonth.push(...span(item, DAY));
  }
  if (wild(text)) return { ofMonth: undefined, nearWeekday: [], last: false, lastWeekday: false };
  return { ...found, ofMonth: sorted(found.ofMonth) };
}

function daysOfWeek(text: string): Pick<Days, "ofWeek" | "nth" | "lastOfWeek"> {
  const found = { ofWeek: [] as number[], nth: [] as [number, number][], lastOfWeek: [] as number[] };
  for (const item of items(text, WEEKDAY)) {
    const special = /^(\w+?)(?:l|#([1-5]))$/.exec(item);
    if (special?.[1] && special[2]) found.nth.push([value(special[1], WEEKDAY), Number(special[2])]);
    else if (special?.[1]) found.lastOfWeek.push(value(special[1], WEEKDAY));
    else found.ofWeek.push(...span(item, WEEKDAY));
  }
  if (wild(text)) return { ofWeek: undefined, nth: [], lastOfWeek: [] };
  return { ...found, ofWeek: sorted(found.ofWeek) };
}

function plainField(text: string, field: Field): number[] {
  return sorted(items(text, field).flatMap((item) => span(item, field)));
}

function items(text: string, field: Field): string[] {
  const found = text
    .toLowerCase()
    .split(",")
    .filter((item) => item !== "");
  if (found.length === 0) throw new ScheduleError(`${field.name}: nothing there`);
  return found;
}

/** A `*` or `?` anywhere in a field makes the whole field `*`. */
function wild(text: string): boolean {
  return text.split(",").some((item) => item === "*" || item === "?");
}

function sorted(values: number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

/** `*`, `5`, `5-20`, and any of them with a step; a single value with a step goes on to the end. */
function span(item: string, field: Field): number[] {
  const [, range = "", stepText] = /^([^/]*)(?:\/(\d{1,4}))?$/.exec(item) ?? [];
  const step = stepText === undefined ? 1 : Number(stepText);
  // No field of cronexpr has longer steps than 59.
  if (range === "" || step < 1 || step > Math.min(field.high, 59))
    throw new ScheduleError(`${field.name}: cannot read ${item}`);
  const [low, high] = bounds(range, stepText !== undefined, field);
  if (low > high) throw new ScheduleError(`${field.name}: ${item} runs backwards`);
  return Array.from({ length: Math.floor((high - low) / step) + 1 }, (_, index) => low + index * step);
}

function bounds(range: string, stepped: boolean, field: Field): [number, number] {
  if (range === "*" || (range === "?" && !stepped)) return [field.low, field.high];
  const [first = "", last, ...more] = range.split("-");
  if (more.length > 0) throw new ScheduleError(`${field.name}: cannot read ${range}`);
  const low = value(first, field);
  if (last !== undefined) return [low, value(last, field)];
  return [low, stepped ? field.high : low];
}

function value(text: string, field: Field): number {
  const named = field.names?.findIndex((name) => name === text || name.slice(0, 3) === text) ?? -1;
  const number = named >= 0 ? named + field.low : /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  // Sunday is 0 and 7.
  const day = field === WEEKDAY && number === 7 ? 0 : number;
  if (!(day >= field.low && day <= field.high))
    throw new ScheduleError(`${field.name}: cannot read ${text || "nothing"}`);
  return day;
}
