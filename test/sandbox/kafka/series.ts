import * as v from "valibot";

/** Minutes that are kept: the metrics API goes back some seven days. */
const KEPT = 7 * 24 * 60;
/** Forgetting is worth the while from so many on. */
const SLACK = 1440;

const savedSeries = v.object({
  labels: v.record(v.string(), v.string()),
  start: v.number(),
  values: v.array(v.nullable(v.number())),
});
type SavedSeries = v.InferOutput<typeof savedSeries>;
export const savedSeriesSchema = savedSeries;

/** One value a minute, where there was one; minutes count from the epoch. */
export class Series {
  readonly labels: Readonly<Record<string, string>>;
  #start: number;
  #values: number[];

  constructor(labels: Readonly<Record<string, string>>, start: number, values: readonly number[] = []) {
    this.labels = labels;
    this.#start = start;
    this.#values = [...values];
  }

  /** Minutes must come in order; those that are left out have no value. */
  put(minute: number, value: number): void {
    while (this.#start + this.#values.length < minute) this.#values.push(Number.NaN);
    this.#values.push(value);
    const old = minute - KEPT - this.#start;
    if (old < SLACK) return;
    this.#values.splice(0, old);
    this.#start += old;
  }

  at(minute: number): number | undefined {
    const value = this.#values[minute - this.#start];
    return value === undefined || Number.isNaN(value) ? undefined : value;
  }

  /** The last minute with a value. */
  get end(): number {
    return this.#start + this.#values.length - 1;
  }

  snapshot(): SavedSeries {
    const values = this.#values.map((value) => (Number.isNaN(value) ? null : value));
    return { labels: this.labels, start: this.#start, values };
  }
}

export const restoredSeries = ({ labels, start, values }: SavedSeries): Series =>
  new Series(
    labels,
    start,
    values.map((value) => value ?? Number.NaN),
  );

/** Whether everything in it is too old to be told. */
export const isForgotten = (series: Series, minute: number): boolean => series.end < minute - KEPT;
