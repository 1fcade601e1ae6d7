import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseSchedule } from "../../../src/config/schedule.ts";
import type { Ports } from "../../../src/runtime/ports.ts";
import { MOST_WAITING } from "../../../src/traceability/close.ts";
import { addCount } from "../../../src/traceability/record.ts";
import { type ReportDependencies, report } from "../../../src/traceability/report.ts";
import { distinct, Kill } from "../../support/kill.ts";
import { chance } from "./broker.ts";
import { MINUTE, START } from "./samples.ts";
import { PREFIX, World } from "./world.ts";

const HOURLY = parseSchedule("@hourly");
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let world: World;
beforeEach(() => {
  world = begun();
});
afterEach(() => world.close());

function begun(): World {
  const fresh = new World();
  fresh.grant("request", "app", "orders");
  fresh.grant("second", "other", "events");
  return fresh;
}

function count(messages: number, topic = "orders", application = "app", more = {}): void {
  const base = { group: `${PREFIX}x`, from: world.now - 5 * MINUTE, to: world.now, reread: 0n, skipped: 0n };
  const counted = { ...base, topic, messages: BigInt(messages), quality: "exact", reasons: [], ...more } as const;
  addCount(application, counted, world.stores);
}

const run = (more: Partial<ReportDependencies> = {}, one = world, ports?: Ports) =>
  report(HOURLY, one.reporting(more, ports));
const rows = () => world.stores.consumption.list({ limit: 1_000 });
async function hourLater(more: Partial<ReportDependencies> = {}): Promise<number> {
  world.now += HOUR;
  return run(more);
}

describe("the report", () => {
  test("sends nothing before the first time of its schedule, and says when to come again", async () => {
    count(5);
    expect(await run()).toBe(START + HOUR);
    world.now += HOUR - 1;
    await run();
    expect(world.ingestion.posts).toEqual([]);
  });

  test("makes one event an application, API and window, from its first minute to its last count", async () => {
    await run();
    world.now += 10 * MINUTE + 1_234;
    count(5);
    count(7, "orders", "app", { from: world.now, to: world.now + MINUTE });
    count(3, "events", "other");
    world.now = START + HOUR;
    await run();
    expect(world.ingestion.events()).toEqual([
      expect.objectContaining({ id: "event-1", messages: "12", timestamp: START + 5 * MINUTE + 1_234 }),
      expect.objectContaining({ id: "event-2", messages: "3" }),
    ]);
    expect(world.ingestion.posts).toEqual([2]);
    expect(rows().every(({ acceptedAt, event }) => acceptedAt === world.now && event !== undefined)).toBe(true);
  });

  test("sends nothing when nothing was counted, hour after hour", async () => {
    await run();
    for (let hour = 0; hour < 5; hour++) await hourLater();
    expect(world.ingestion.posts).toEqual([]);
  });

  test("keeps what no request explains, and what counts nothing, apart and for the operator alone", async () => {
    await run();
    count(9, "secret-topic");
    count(0, "orders", "app", { quality: "baseline", reasons: ["first-sight"] });
    await hourLater();
    expect(world.ingestion.posts).toEqual([]);
    expect(rows()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ topic: "secret-topic", request: "", messages: 9n, event: undefined }),
        expect.objectContaining({ topic: "orders", messages: 0n, reasons: ["first-sight"], event: undefined }),
      ]),
    );
  });

  test("keeps a window open until its request was read whole", async () => {
    await run();
    const granted = world.stores.granted.get("request");
    if (!granted) throw new Error("no request");
    world.stores.granted.forget("request");
    world.stores.granted.put({ ...granted, ids: undefined });
    count(5);
    await hourLater();
    expect(world.ingestion.posts).toEqual([]);
    world.stores.granted.put({ ...granted, ids: '{"known":true}' });
    count(6);
    await hourLater();
    expect(world.ingestion.accepted()).toBe(11n);
  });

  test("closes a missed hour as one window", async () => {
    await run();
    count(5);
    world.now += 5 * HOUR;
    await run();
    expect(world.ingestion.events()).toHaveLength(1);
  });

  test("sends at most as many events a request as it is told", async () => {
    await run();
    for (let topic = 0; topic < 25; topic++) {
      world.grant(`r${topic}`, "app", `t${topic}`);
      count(1, `t${topic}`);
    }
    await hourLater({ batch: 10 });
    expect(world.ingestion.posts).toEqual([10, 10, 5]);
  });

  test("comes again at once while more waits than one turn sends", async () => {
    await run();
    for (let topic = 0; topic < 25; topic++) {
      world.grant(`r${topic}`, "app", `t${topic}`);
      count(1, `t${topic}`);
    }
    expect(await hourLater({ batch: 1 })).toBe(world.now);
    expect(world.ingestion.posts).toHaveLength(20);
    expect(await run({ batch: 1 })).toBe(world.now + HOUR);
    expect(world.ingestion.accepted()).toBe(25n);
  });

  test("survives days of an ingestion that is down, with the same ids, times and counts", async () => {
    await run();
    world.ingestion.state = "down";
    for (let hour = 0; hour < 72; hour++) {
      count(10);
      await expect(hourLater()).rejects.toThrow("no answer");
      await expect(run()).rejects.toThrow("no answer");
    }
    world.ingestion.state = "up";
    await run();
    expect(world.ingestion.accepted()).toBe(720n);
    expect(world.ingestion.events()).toHaveLength(72);
    for (const bodies of world.ingestion.seen.values()) expect(bodies.size).toBe(1);
  });

  test("sends again under the same id what was stored but not acknowledged, and never adds to it", async () => {
    await run();
    world.ingestion.state = "forgetful";
    count(10);
    await expect(hourLater()).rejects.toThrow("reset");
    count(5);
    world.ingestion.state = "up";
    await hourLater();
    expect(world.ingestion.events()).toHaveLength(2);
    expect(world.ingestion.accepted()).toBe(15n);
    for (const bodies of world.ingestion.seen.values()) expect(bodies.size).toBe(1);
  });

  test("finds the one event that is refused, sends the others, and offers it again a day later", async () => {
    await run();
    for (let topic = 0; topic < 9; topic++) {
      world.grant(`r${topic}`, "app", `t${topic}`);
      count(1, `t${topic}`);
    }
    world.ingestion.refuses = (id) => id === "event-4";
    await hourLater();
    expect(world.ingestion.accepted()).toBe(8n);
    expect(world.stores.outbox.status()).toMatchObject({ waiting: 1, refused: 1, error: "an event is not understood" });
    expect(world.stores.journal.audits(10)).toMatchObject([{ action: "ingestion refused a metric event" }]);
    const posts = world.ingestion.posts.length;
    await hourLater();
    expect(world.ingestion.posts).toHaveLength(posts);
    world.ingestion.refuses = () => false;
    world.now += DAY;
    await run();
    expect(world.ingestion.accepted()).toBe(9n);
  });

  test("lets windows grow instead of losing any when too many events wait", async () => {
    await run();
    world.ingestion.state = "down";
    world.runtime.ports.sql.exec(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${MOST_WAITING})
       INSERT INTO outbox SELECT 'x' || i, ${START}, ${START}, '1', '{}', ${START}, NULL FROM n`,
    );
    count(5);
    await hourLater().catch(() => undefined);
    count(6);
    await hourLater().catch(() => undefined);
    expect(world.stores.outbox.status().waiting).toBe(MOST_WAITING);
    expect(world.stores.consumption.allOpen()).toMatchObject([{ messages: 11n }]);
  });

  test("gives up what ingestion would not have for 90 days, and says so", async () => {
    await run();
    world.ingestion.refuses = () => true;
    count(5);
    await hourLater();
    world.now += 91 * DAY;
    await run();
    expect(world.stores.outbox.status().waiting).toBe(0);
    expect(world.stores.journal.audits(1)).toMatchObject([
      { action: "gave up a metric event", subject: "event-1", detail: expect.stringContaining("5 messages of 2026") },
    ]);
    expect(rows()).toMatchObject([{ event: undefined, reasons: ["not-reported"] }]);
  });

  test("closes by the hour and sends nothing where nothing is to be reported", async () => {
    await report(undefined, world.reporting({ eventOf: undefined }));
    count(5);
    world.now += HOUR;
    await report(undefined, world.reporting({ eventOf: undefined }));
    expect(rows()).toMatchObject([{ messages: 5n, closedAt: world.now, event: undefined }]);
    expect(world.ingestion.posts).toEqual([]);
  });

  test("goes on after a clock that was set back", async () => {
    world.now += 10 * DAY;
    await run();
    world.now -= 10 * DAY;
    count(5);
    await run();
    await hourLater();
    expect(world.ingestion.accepted()).toBe(5n);
  });

  test("lets a removed request go when its last window was closed", async () => {
    await run();
    world.broker.group(`${PREFIX}x`, "orders");
    count(5);
    world.stores.granted.remove("request", world.now);
    await world.round();
    expect(world.stores.granted.get("request")).toBeDefined();
    await hourLater();
    expect(world.stores.granted.get("request")).toBeUndefined();
    expect(world.ingestion.accepted()).toBe(5n);
  });

  test("folds windows of long ago into one row a day and keeps their sums", async () => {
    await run();
    for (let hour = 0; hour < 48; hour++) {
      count(1);
      await hourLater();
    }
    expect(rows()).toHaveLength(48);
    world.now += 20 * DAY;
    for (let pass = 0; pass < 3; pass++) await hourLater();
    expect(rows().length).toBeLessThanOrEqual(3);
    expect(world.counted()).toBe(48n);
    world.now += 401 * DAY;
    await run();
    expect(rows()).toEqual([]);
  });
});

describe("whatever happens in between, what ingestion accepted is what was counted", () => {
  test("killed between any two statements of a report, and its answers lost", async () => {
    const prepare = async (one: World) => {
      world.close();
      world = one;
      await run();
      count(10);
      count(4, "events", "other");
      count(2, "secret-topic");
      one.now += HOUR;
    };
    const witness = new Kill();
    await prepare(begun());
    await run({}, world, witness.adapt(world.runtime.ports));
    const points = distinct(witness.points);
    expect(points.length).toBeGreaterThan(4);
    for (let point = 0; point < witness.points.length; point++) {
      await prepare(begun());
      const kill = new Kill(point);
      const dying = run({}, world, kill.adapt(world.runtime.ports)).catch(() => undefined);
      await Promise.race([dying, kill.died]);
      count(1);
      await run();
      await hourLater();
      expect(world.ingestion.accepted(), witness.points[point]?.label).toBe(15n);
      expect(world.counted()).toBe(17n);
      for (const bodies of world.ingestion.seen.values()) expect(bodies.size).toBe(1);
    }
  });

  test.each([1, 2, 3, 4, 5])("with an ingestion that fails in every way, seed %i", async (seed) => {
    const random = chance(seed);
    const states = ["up", "up", "down", "forgetful"] as const;
    await run();
    for (let step = 0; step < 200; step++) {
      count(random(50));
      if (random(3) === 0) count(random(50), "events", "other");
      world.now += random(90) * MINUTE;
      world.ingestion.state = states[random(states.length)] ?? "up";
      const kill = new Kill(random(60));
      const dying = run({}, world, kill.adapt(world.runtime.ports)).catch(() => undefined);
      await Promise.race([dying, kill.died]);
      expect(world.ingestion.accepted() <= world.counted()).toBe(true);
    }
    world.ingestion.state = "up";
    await hourLater();
    expect(world.ingestion.accepted()).toBe(world.counted());
    for (const bodies of world.ingestion.seen.values()) expect(bodies.size).toBe(1);
  });
});
