import * as v from "valibot";

/** A 64-bit offset or count as it stands in a row. */
export const OffsetText = v.pipe(
  v.string(),
  v.regex(/^-?\d+$/),
  v.transform((text) => BigInt(text)),
);

/** How a group stood on a topic at one time. */
export interface TrendPoint {
  readonly at: number;
  /** How far it had read, over all partitions. */
  readonly position: bigint;
  /** How far it was behind, over all partitions whose end is known. */
  readonly lag: bigint;
}

const Points = v.array(v.tuple([v.number(), OffsetText, OffsetText]));

export function pointsText(points: readonly TrendPoint[]): string {
  return JSON.stringify(points.map(({ at, position, lag }) => [at, position.toString(), lag.toString()]));
}

export function pointsOf(text: string): TrendPoint[] {
  return v.parse(Points, JSON.parse(text)).map(([at, position, lag]) => ({ at, position, lag }));
}
