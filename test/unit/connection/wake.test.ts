import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MOST_ATTEMPTS } from "../../../src/connection/backoff.ts";
import { LaneBlocked, type Outcome, wake } from "../../../src/connection/wake.ts";
import { NotYet, UpstreamError } from "../../../src/http/errors.ts";
import { type NodeRuntime, openNodeRuntime } from "../../../src/runtime/node.ts";
import { migrate } from "../../../src/store/schema.ts";
import { type WorkItem, type WorkStore, workStore } from "../../../src/store/work.ts";

let now: number;
let runtime: NodeRuntime;
let work: WorkStore;
let requests: number;
beforeEach(() => {
  now = 1_000_000;
  requests = 0;
  runtime = openNodeRuntime(":memory:", { log: { write: () => undefined }, clock: { now: () => now } });
  migrate(runtime.ports.sql);
  work = workStore(runtime.ports.sql);
});
afterEach(() => runtime.close());

const done: Outcome = { kind: "done" };
const run = (reconcile: (item: WorkItem) => Promise<Outcome>) =>
  wake({
    ports: { ...runtime.ports, random: { ...runtime.ports.random, fraction: () => 0 } },
    work,
    reconcile,
    periodic: (key) => key === "discovery",
    requests: () => requests,
  });

describe("a wake", () => {
  test("with nothing to do sets no alarm", async () => {
    await run(async () => done);
    expect(await runtime.ports.alarm.get()).toBeUndefined();
  });

  test("does nine of ten items and tries the one that throws again, later each time", async () => {
    for (let index = 0; index < 10; index++) work.hint(`topic:${index}`, "discovery", now, "");
    const tried: string[] = [];
    const reconcile = async (item: WorkItem) => {
      tried.push(item.key);
      if (item.key === "topic:3") throw new Error("broken");
      return done;
    };
    await run(reconcile);
    expect(tried).toHaveLength(10);
    expect(work.list({ limit: 20 })).toEqual([
      expect.objectContaining({ key: "topic:3", attempts: 1, due: now + 2_500, error: "Error: broken" }),
    ]);
    expect(await runtime.ports.alarm.get()).toBe(now + 2_500);
    now += 2_500;
    await run(reconcile);
    expect(work.get("topic:3")).toMatchObject({ attempts: 2, due: now + 5_000 });
  });

  test("gives up an item that always throws, and the rest flows", async () => {
    work.hint("topic:bad", "discovery", now, "");
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      await run(async () => {
        throw new Error("always");
      });
      now = (await runtime.ports.alarm.get()) ?? now;
    }
    expect(work.get("topic:bad")).toMatchObject({ dead: true, attempts: MOST_ATTEMPTS, error: "Error: always" });
    work.hint("topic:good", "discovery", now, "");
    await run(async () => done);
    expect(work.get("topic:good")).toBeUndefined();
  });

  test("gives up at once what trying again cannot mend", async () => {
    work.hint("topic:bad", "discovery", now, "");
    await run(async () => {
      throw new UpstreamError("amplify", { kind: "invalid" }, "Amplify refused the API service", { status: 400 });
    });
    expect(work.get("topic:bad")).toMatchObject({ dead: true, attempts: 1 });
  });

  test("never gives up periodic work, but waits no longer than a quarter of an hour", async () => {
    work.hint("discovery", "discovery", now, "");
    for (let attempt = 0; attempt < 40; attempt++) {
      await run(async () => {
        throw new UpstreamError("kafka", { kind: "invalid" }, "no");
      });
      const next = await runtime.ports.alarm.get();
      expect(next).toBeLessThanOrEqual(now + 15 * 60_000);
      now = next ?? now;
    }
    expect(work.get("discovery")).toMatchObject({ dead: false });
  });

  test("waits as long as the server asked", async () => {
    work.hint("topic:a", "discovery", now, "");
    await run(async () => {
      throw new UpstreamError("kafka", { kind: "throttled", retryAfterMs: 3_600_000 }, "slow down");
    });
    expect(await runtime.ports.alarm.get()).toBe(now + 3_600_000);
  });

  test("counts a planned wait as neither attempt nor error", async () => {
    work.hint("topic:a", "discovery", now, "");
    await run(async () => {
      throw new NotYet(now + 9_000, "waiting");
    });
    expect(work.get("topic:a")).toMatchObject({ attempts: 0, error: undefined, due: now + 9_000, reason: "waiting" });
  });

  test("stops a lane that has used its share, lets the others go on, and sleeps until the share is back", async () => {
    work.hint("topic:a", "discovery", now, "");
    work.hint("topic:b", "discovery", now, "");
    work.hint("status", "status", now + 1, "");
    const tried: string[] = [];
    await run(async (item) => {
      tried.push(item.key);
      if (item.key === "topic:a") now += 5;
      if (item.lane === "discovery") throw new LaneBlocked("discovery", 1_030_000);
      return done;
    });
    expect(tried).toEqual(["topic:a", "status"]);
    expect(work.get("topic:b")).toMatchObject({ due: 1_000_000, attempts: 0 });
    expect(await runtime.ports.alarm.get()).toBe(1_030_000);
  });

  test("runs a key once more that was hinted while it was being worked on, never two at once", async () => {
    work.hint("topic:a", "discovery", now, "");
    let running = 0;
    let runs = 0;
    await run(async () => {
      running++;
      expect(running).toBe(1);
      if (++runs === 1) work.hint("topic:a", "discovery", now, "again");
      await Promise.resolve();
      running--;
      return done;
    });
    expect(runs).toBe(2);
    expect(work.get("topic:a")).toBeUndefined();
  });

  test("ends after 500 requests and goes on by an alarm", async () => {
    for (let index = 0; index < 10; index++) work.hint(`topic:${index}`, "discovery", now, "");
    await run(async () => {
      requests += 100;
      return done;
    });
    expect(work.counts().waiting).toBe(5);
    expect(await runtime.ports.alarm.get()).toBe(now + 10);
  });

  test("ends after ten minutes and goes on by an alarm", async () => {
    work.hint("a", "discovery", now, "");
    work.hint("b", "discovery", now, "");
    await run(async () => {
      now += 10 * 60_000 + 1;
      return done;
    });
    expect(work.counts().waiting).toBe(1);
    expect(await runtime.ports.alarm.get()).toBe(now + 10);
  });

  test("that cannot write to its storage throws nothing and arms the alarm when it can again", async () => {
    work.hint("topic:a", "discovery", now, "");
    let full = true;
    const failing: WorkStore = {
      ...work,
      done: (item) => {
        if (full) throw new Error("SQLITE_FULL");
        work.done(item);
      },
      fail: (item, error, at) => {
        if (full) throw new Error("SQLITE_FULL");
        work.fail(item, error, at);
      },
    };
    const options = {
      ports: runtime.ports,
      work: failing,
      reconcile: async () => done,
      periodic: () => false,
      requests: () => 0,
    };
    await wake(options);
    expect(await runtime.ports.alarm.get()).toBe(now + 5_000);
    full = false;
    await wake(options);
    expect(work.get("topic:a")).toBeUndefined();
  });
});
