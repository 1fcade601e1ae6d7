import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createGate } from "../../../src/connection/gate.ts";
import { admission } from "../../../src/connection/metered.ts";
import { openStores } from "../../../src/connection/stores.ts";
import { NotYet } from "../../../src/http/errors.ts";
import type { Call, Upstream } from "../../../src/http/outlet.ts";
import { type NodeRuntime, openNodeRuntime } from "../../../src/runtime/node.ts";
import { migrate } from "../../../src/store/schema.ts";

let now: number;
let runtime: NodeRuntime;
beforeEach(() => {
  now = 1_000_000;
  runtime = openNodeRuntime(":memory:", { log: { write: () => undefined }, clock: { now: () => now } });
  migrate(runtime.ports.sql);
});
afterEach(() => runtime.close());

/** As a new wake has it: nothing but the database is left of the one before. */
function meter() {
  const stores = openStores(runtime.ports.sql);
  const gate = createGate(stores.known);
  return { admit: admission({ ...stores, clock: { now: () => now }, gate, requestsPerMinute: 25 }, "status"), gate };
}

const call = (upstream: Upstream): Call => ({
  upstream,
  method: "POST",
  url: "https://api.telemetry.example/v2/metrics/cloud/query",
  timeoutMs: 1,
});

function waitsUntil(admit: (call: Call) => void, upstream: Upstream): number | undefined {
  try {
    admit(call(upstream));
    return undefined;
  } catch (thrown) {
    if (thrown instanceof NotYet) return thrown.until;
    throw thrown;
  }
}

describe("the budget of the metrics API", () => {
  test("lets four connections of one address start 60 requests in any minute, and not one more", () => {
    const starts: number[] = [];
    while (now < 1_000_000 + 10 * 60_000) {
      const until = waitsUntil(meter().admit, "metrics");
      if (until === undefined) starts.push(now);
      now = until ?? now + 1;
    }
    const inAnyMinute = starts.map((from) => starts.filter((at) => at >= from && at < from + 60_000).length);
    expect(Math.max(...inAnyMinute)).toBe(15);
    expect(starts.length).toBeGreaterThanOrEqual(9 * 15);
  });

  test("is apart from Amplify's and from every other upstream's", () => {
    const { admit } = meter();
    for (let count = 0; count < 15; count++) admit(call("metrics"));
    expect(waitsUntil(admit, "metrics")).toBe(now + 60_500);
    expect(waitsUntil(admit, "amplify")).toBeUndefined();
    expect(waitsUntil(admit, "kafka")).toBeUndefined();
    expect(openStores(runtime.ports.sql).budget.starts(now)).toHaveLength(1);
  });

  test("is free again when the clock was set back by a day", () => {
    const { admit } = meter();
    for (let count = 0; count < 15; count++) admit(call("metrics"));
    now -= 24 * 60 * 60 * 1000;
    expect(waitsUntil(admit, "metrics")).toBeUndefined();
  });
});

describe("a token that was revoked early", () => {
  test.each(["amplify", "ingestion", "amplify-platform"] as const)(
    "is refused by %s once before the way is shut, since the next one is new",
    (upstream) => {
      const { admit, gate } = meter();
      gate.note(upstream, 401, now);
      expect(waitsUntil(admit, upstream)).toBeUndefined();
      gate.note(upstream, 401, now);
      expect(waitsUntil(admit, upstream)).toBe(now + 5 * 60_000);
    },
  );

  test("is not like an API key, which stays wrong", () => {
    const { admit, gate } = meter();
    gate.note("metrics", 401, now);
    expect(waitsUntil(admit, "metrics")).toBe(now + 5 * 60_000);
  });
});
