import { expect, it } from "vitest";
import { seededRandom } from "../core/random.ts";
import { sums, trafficWorld } from "./fixture.ts";
import type { Action } from "./specs.ts";

/** Whatever happens to a group, its committed offsets are what the truth says of the ways there. */

const GROUP = { side: "platform", group: "amp.1.main" } as const;
const RESETS = ["earliest", "latest", { back: 7 }, { back: 50 }] as const;

function randomAction(below: (limit: number) => number): Action {
  const actions: readonly Action[] = [
    { do: "stop", name: "app" },
    { do: "stop", name: "app", crash: true },
    { do: "start", name: "app" },
    { do: "start", name: "app" },
    { do: "rebalance", ...GROUP, ms: 60_000 * (1 + below(3)) },
    { do: "reset", ...GROUP, topic: "orders", to: RESETS[below(RESETS.length)] ?? "earliest" },
    { do: "trim", side: "platform", topic: "orders", keep: below(40) },
    { do: "compact", side: "platform", topic: "orders", every: 1 + below(4) },
    { do: "open-transaction", side: "platform", topic: "orders", partition: below(2), records: below(5) },
    { do: "end-transaction", side: "platform", topic: "orders", partition: below(2), outcome: "abort" },
  ];
  return actions[below(actions.length)] ?? { do: "start", name: "app" };
}

it.each([1, 2, 3, 4, 5, 6, 7, 8])("the books balance after two hours of accidents, number %i", (seed) => {
  const { below } = seededRandom(seed);
  const { traffic, pass, consumer, offsets, clusters } = trafficWorld({}, seed);
  const isolation = below(2) === 0 ? "read_committed" : "read_uncommitted";
  traffic.consume(consumer({ perMinute: 12, commitMs: 60_000 * below(4), isolation, members: 1 + below(3) }));
  traffic.produce({ name: "shop", side: "platform", topic: "orders", perMinute: 10, unevenness: 1 });
  // Long enough for a first commit of every partition, at its beginning.
  pass(4);
  for (let minute = 0; minute < 120; minute++) {
    pass(1);
    if (below(3) === 0) traffic.act(randomAction(below));
  }
  const { first, advanced, skipped, rewound, reread, delivered } = sums(traffic.truth());
  const committed = offsets().reduce((sum: bigint, offset) => sum + (offset ?? 0n), 0n);
  expect(first + advanced + skipped - rewound).toBe(Number(committed));
  expect(reread).toBeLessThanOrEqual(advanced);
  expect(delivered).toBeGreaterThan(0);
  const topic = clusters.platform.topic("orders");
  expect(topic?.partitions.every(({ earliest, latest }) => earliest <= latest)).toBe(true);
});
