/** What is not published of the metrics API or goes wrong there, to be set by a test while it runs; not part of a snapshot. */
export interface MetricsBehaviour {
  /** How long after the end of a minute its points can be asked for, ms (ccloud-sdk-go-v2 metrics/v2, info: typically within 5 minutes). */
  lateMs: number;
  /** Whether a counter's point is told before that, with a half of its value; otherwise it is absent. */
  tellsHalf: boolean;
  /** Share of the points that are never there, 0 to 1; which ones does not change. */
  drops: number;
  /** How gauges of series that a query does not tell apart are put together; not published. */
  acrossGauges: "SUM" | "MAX" | "AVERAGE";
  /** How long a page token is good for, ms. */
  tokenMs: number;
}

export const defaultMetricsBehaviour: Readonly<MetricsBehaviour> = {
  lateMs: 300_000,
  tellsHalf: false,
  drops: 0,
  acrossGauges: "MAX",
  tokenMs: 300_000,
};
