import { expect, it } from "vitest";
import type { Series } from "../kafka/series.ts";
import { MINUTE, START, trafficWorld } from "./fixture.ts";

/** What the metrics of a cluster allow to tell of a group's progress, against what it really committed. */

const DAY = 24 * 60;

const lagAt = (all: Iterable<Series>, group: string, minute: number): number | undefined => {
  const values = [...all].filter(({ labels }) => labels.consumer_group_id === group).map((series) => series.at(minute));
  return values.some((value) => value === undefined)
    ? undefined
    : values.reduce((sum = 0, value = 0) => sum + value, 0);
};

it.each([
  ["steady", { commitMs: 5000 }],
  ["committing at the end of each minute", { commitMs: 0 }],
  ["slower than its producer half of the time", { perMinute: 100 }],
] as const)(
  "produced + lag before - lag after is within a minute's production over a day for a group that is %s",
  (_what, how) => {
    const { traffic, pass, consumer, offsets } = trafficWorld({}, 11);
    traffic.consume(consumer({ side: "cloud", ...how }));
    pass(2);
    traffic.produce({ name: "shop", side: "cloud", topic: "orders", perMinute: 100, unevenness: 1 });
    const before = START / MINUTE + 1;
    const { history } = traffic;
    let produced = 0;
    for (let minute = before + 1; minute <= before + DAY; minute++) {
      pass(1);
      produced += [...history.series("received_records")][0]?.at(minute) ?? 0;
      if (minute % 60 !== 0) continue;
      const lag = lagAt(history.series("consumer_lag_offsets"), "amp.1.main", minute);
      const committed = offsets("cloud").reduce((sum: number, offset) => sum + Number(offset ?? 0n), 0);
      expect(Math.abs(produced - (lag ?? Number.NaN) - committed)).toBeLessThanOrEqual(200);
    }
    traffic.act({ do: "stop-producing", name: "shop" });
    pass(30);
    const end = START / MINUTE + 2 + DAY + 29;
    const committed = offsets("cloud").reduce((sum: number, offset) => sum + Number(offset ?? 0n), 0);
    expect(produced - (lagAt(history.series("consumer_lag_offsets"), "amp.1.main", end) ?? Number.NaN)).toBe(committed);
  },
);
