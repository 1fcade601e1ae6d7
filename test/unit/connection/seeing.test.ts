import { afterEach, describe, expect, test } from "vitest";
import { exposition } from "../../../routes/exposition.ts";
import { openStores, type Stores } from "../../../src/connection/stores.ts";
import type { Consumed } from "../../../src/store/consumption.ts";
import type { GroupRow } from "../../../src/store/groups.ts";
import { migrate } from "../../../src/store/schema.ts";
import { readExposition } from "../../support/exposition.ts";
import { MINUTE_MS, Rig, type RigOptions, unwrap } from "../../support/rig.ts";
import { dumpRows } from "../../support/rows.ts";

const PREFIX = "amp.0123456789ab.";
const CLUSTER = "lkc-1";
let open: Rig | undefined;
afterEach(() => {
  open?.close();
  open = undefined;
});

/** A connection that has done nothing yet, whose rows are planted. */
function planted(options: Partial<RigOptions> = {}) {
  const rig = new Rig({ side: "platform", world: { topics: [], subjects: [] }, ...options });
  open = rig;
  const { sql } = rig.runtime.ports;
  migrate(sql);
  const stores = openStores(sql);
  const cluster = { clusterId: CLUSTER, type: "Platform", restUrl: "https://kafka.example", bootstrapServers: [] };
  stores.known.put("cluster", cluster, rig.now);
  return { rig, stores, now: rig.now };
}

function plantGroup(stores: Stores, now: number, name: string, more: Partial<GroupRow> = {}): void {
  stores.groups.put({
    name,
    application: "app",
    state: "STABLE",
    type: "CLASSIC",
    firstSeenAt: now - 10 * MINUTE_MS,
    samples: 2,
    absent: 0,
    hasCommits: true,
    staleSince: undefined,
    problem: undefined,
    ...more,
  });
}

/** Partition 0, 1, …: committed and end. */
function plantOffsets(
  stores: Stores,
  now: number,
  group: string,
  topic: string,
  ...offsets: readonly (readonly [committed: bigint, end?: bigint])[]
): void {
  const partitions = new Map(
    offsets.map(([committed, logEnd], partition) => [
      partition,
      { committed, high: committed, logEnd, lostTo: undefined, absent: 0 },
    ]),
  );
  stores.checkpoints.move(undefined, {
    group,
    topic,
    epoch: 1,
    generation: 0,
    partitions,
    partitionCount: offsets.length,
    readAt: now,
    movedAt: now,
    firstSeenAt: now,
    points: [],
  });
}

function plantSampled(stores: Stores, now: number): void {
  stores.known.put("sampled", { startedAt: now - 1_500, groups: 1 }, now);
}

const scrape = async (rig: Rig) => readExposition(exposition(unwrap(await rig.actor.metrics())));

describe("a scrape", () => {
  test("asks nothing outside and writes no row, whatever there is to be told", async () => {
    const { rig, stores, now } = planted();
    plantGroup(stores, now, `${PREFIX}a`);
    plantOffsets(stores, now, `${PREFIX}a`, "orders", [1n, 5n]);
    plantSampled(stores, now);
    unwrap(await rig.actor.health());
    const before = dumpRows(rig.runtime.ports.sql);
    const mark = rig.mark();
    const alarm = await rig.runtime.ports.alarm.get();
    await scrape(rig);
    unwrap(await rig.actor.groups({ limit: 10 }));
    unwrap(await rig.actor.group(`${PREFIX}a`));
    unwrap(await rig.actor.consumption({ limit: 10 }));
    expect(rig.mark()).toBe(mark);
    expect(dumpRows(rig.runtime.ports.sql)).toEqual(before);
    expect(await rig.runtime.ports.alarm.get()).toBe(alarm);
  });

  test("of a connection that has done nothing yet is a scrape all the same, and says that it is not up", async () => {
    const { rig } = planted();
    const scraped = await scrape(rig);
    expect(scraped.value("amplify_kafka_up")).toBe("0");
    expect(scraped.value("amplify_kafka_part_up", { part: "discovery" })).toBe("0");
    expect(scraped.value("amplify_kafka_outbox_oldest_age_seconds")).toBe("0");
    expect(scraped.all("kafka_consumergroup_group_lag")).toEqual([]);
    expect(scraped.value("amplify_kafka_series_left_out", { of: "partitions" })).toBe("0");
  });

  test("shows where groups stand by the names and labels of kafka-lag-exporter, to the last digit", async () => {
    const { rig, stores, now } = planted();
    const [group, other] = [`${PREFIX}a`, `${PREFIX}b"\\`];
    plantGroup(stores, now, group);
    plantOffsets(stores, now, group, "orders", [9_007_199_254_740_993n, 9_223_372_036_854_775_807n], [3n, 5n], [7n]);
    plantOffsets(stores, now, group, "payments", [1n, 1n]);
    plantGroup(stores, now, other);
    plantOffsets(stores, now, other, "orders", [4n, 9_007_199_254_740_994n]);
    plantSampled(stores, now);
    const scraped = await scrape(rig);
    const connection = rig.config.name;
    const labels = { cluster_name: CLUSTER, connection, group, topic: "orders", partition: "0" };
    const lags = scraped.all("kafka_consumergroup_group_lag");
    expect(lags.find(({ labels: each }) => each.group === group)).toEqual({
      metric: "kafka_consumergroup_group_lag",
      labels,
      value: "9214364837600034814",
    });
    // Of a partition whose end is not known only the commit.
    expect(lags).toHaveLength(4);
    expect(scraped.all("kafka_consumergroup_group_offset")).toHaveLength(5);
    expect(scraped.value("kafka_consumergroup_group_offset", labels)).toBe("9007199254740993");
    expect(scraped.value("kafka_consumergroup_group_max_lag", { group })).toBe("9214364837600034814");
    expect(scraped.value("kafka_consumergroup_group_sum_lag", { group })).toBe("9214364837600034816");
    expect(scraped.value("kafka_consumergroup_group_sum_lag", { group: other })).toBe("9007199254740990");
    expect(scraped.value("kafka_consumergroup_group_topic_sum_lag", { group, topic: "payments" })).toBe("0");
    expect(scraped.value("kafka_partition_latest_offset", { topic: "orders", partition: "0" })).toBe(
      "9223372036854775807",
    );
    expect(scraped.value("kafka_consumergroup_poll_time_ms")).toBe("1500");
    expect(scraped.value("amplify_kafka_group_sample_age_seconds", { group })).toBe("2");
    expect(scraped.value("amplify_kafka_group_info", { group })).toBe("1");
    expect([...scraped.types].filter(([name]) => name.startsWith("kafka_")).map(([, type]) => type)).toEqual(
      Array(7).fill("gauge"),
    );
  });

  test("has the same partitions in its parts as in its sums: commits that are gone count where no other is left", async () => {
    const { rig, stores, now } = planted();
    const gone = { committed: 0n, high: 0n, logEnd: 100n, lostTo: undefined, absent: 2 };
    const there = { ...gone, logEnd: 7n, absent: 0 };
    const plant = (group: string, ...marks: (typeof gone)[]) => {
      plantGroup(stores, now, group);
      const partitions = new Map(marks.map((mark, partition) => [partition, mark]));
      const checkpoint = {
        group,
        topic: "orders",
        epoch: 1,
        generation: 0,
        partitions,
        partitionCount: 1,
        readAt: now,
      };
      stores.checkpoints.move(undefined, { ...checkpoint, movedAt: now, firstSeenAt: now, points: [] });
    };
    plant("some", gone, there);
    plant("all", gone);
    const scraped = await scrape(rig);
    for (const metric of ["group_lag", "group_sum_lag", "group_max_lag", "group_topic_sum_lag"]) {
      expect(scraped.value(`kafka_consumergroup_${metric}`, { group: "some" }), metric).toBe("7");
      expect(scraped.value(`kafka_consumergroup_${metric}`, { group: "all" }), metric).toBe("100");
    }
    expect(scraped.value("amplify_kafka_group_info", { group: "all" })).toBe("1");
    expect(scraped.all("amplify_kafka_group_info").map(({ labels }) => labels.quality)).toEqual(["expired", "exact"]);
  });

  test("has no offsets where only lags are known, and does not tell how long a round over past minutes took", async () => {
    const { rig, stores, now } = planted();
    const group = `${PREFIX}a`;
    plantGroup(stores, now, group);
    stores.tiles.move(undefined, {
      group,
      topic: "orders",
      generation: 0,
      minute: now - 5 * MINUTE_MS,
      produced: 100n,
      carry: 0n,
      again: 0n,
      lags: new Map([[3, 17n]]),
      movedAt: now,
      firstSeenAt: now,
      points: [],
    });
    plantSampled(stores, now);
    const scraped = await scrape(rig);
    expect(scraped.value("kafka_consumergroup_group_lag", { group, topic: "orders", partition: "3" })).toBe("17");
    expect(scraped.value("amplify_kafka_group_info", { quality: "estimated" })).toBe("1");
    for (const metric of ["group_offset", "poll_time_ms"])
      expect(scraped.all(`kafka_consumergroup_${metric}`)).toEqual([]);
    expect(scraped.all("kafka_partition_latest_offset")).toEqual([]);
  });

  test("is bounded: of too many partitions those with the largest lag, and how many were left out", async () => {
    const { rig, stores, now } = planted();
    rig.runtime.ports.sql.transaction(() => {
      for (let index = 0; index < 1_100; index++) {
        const name = `${PREFIX}${String(index).padStart(4, "0")}`;
        plantGroup(stores, now, name);
        const partitions = Array.from({ length: 6 }, () => [0n, BigInt(index)] as const);
        plantOffsets(stores, now, name, "orders", ...partitions);
      }
      plantGroup(stores, now, `${PREFIX}gone`, { absent: 2 });
      plantOffsets(stores, now, `${PREFIX}gone`, "orders", [0n, 1_000_000n]);
    });
    const scraped = await scrape(rig);
    expect(scraped.all("kafka_consumergroup_group_sum_lag")).toHaveLength(1_000);
    expect(scraped.all("kafka_consumergroup_group_lag")).toHaveLength(5_000);
    expect(scraped.value("amplify_kafka_series_left_out", { of: "groups" })).toBe("100");
    expect(scraped.value("amplify_kafka_series_left_out", { of: "topics" })).toBe("0");
    expect(scraped.value("amplify_kafka_series_left_out", { of: "partitions" })).toBe("1600");
    const smallest = Math.min(...scraped.all("kafka_consumergroup_group_lag").map(({ value }) => Number(value)));
    expect(smallest).toBe(266);
    expect(scraped.series.some(({ labels }) => labels.group === `${PREFIX}gone`)).toBe(false);
    expect(scraped.all("kafka_partition_latest_offset")).toHaveLength(6);
  });

  test("tells of work, outbox, webhook and budget what the rows hold", async () => {
    const { rig, stores, now } = planted();
    stores.work.hint("application:app", "provisioning", now, "");
    stores.work.hint("topic:a", "discovery", now, "");
    const item = stores.work.get("topic:a");
    if (item) stores.work.fail(item, "given up", undefined);
    const event = { madeAt: now - 90_000, timestamp: now, messages: 1n, body: "{}" };
    stores.outbox.add({ id: "e1", ...event });
    stores.outbox.add({ id: "e2", ...event, madeAt: now });
    stores.outbox.refuse("e2", "422", now);
    stores.known.put("webhook-calls", { received: 7, foreign: 2, dropped: 3 }, now);
    stores.budget.add(now);
    const scraped = await scrape(rig);
    const value = (metric: string, labels = {}) => scraped.value(`amplify_kafka_${metric}`, labels);
    expect([value("work_waiting", { lane: "provisioning" }), value("work_dead", { lane: "provisioning" })]).toEqual([
      "1",
      "0",
    ]);
    expect([value("work_waiting", { lane: "discovery" }), value("work_dead", { lane: "discovery" })]).toEqual([
      "0",
      "1",
    ]);
    expect(["waiting", "refused", "oldest_age_seconds", "dropped"].map((each) => value(`outbox_${each}`))).toEqual([
      "2",
      "1",
      "90",
      "0",
    ]);
    expect(["", "_foreign", "_dropped"].map((each) => value(`webhook_calls${each}_total`))).toEqual(["7", "2", "3"]);
    expect([value("request_budget_used"), value("request_budget")]).toEqual([
      "1",
      String(rig.config.central.requestsPerMinute),
    ]);
  });

  test("tells of runs how they ended, and of the last good one how old it is, also when the list has forgotten it", async () => {
    const { rig, stores, now } = planted();
    const { journal } = stores;
    journal.end(journal.begin("discovery", now - 200_000), now - 190_000, { topics: 1 });
    journal.end(journal.begin("discovery", now - 100_000), now - 90_000, { failed: "503" });
    journal.end(journal.begin("discovery", now - 80_000), now - 70_000, { postponed: "later" });
    journal.begin("discovery", now - 5_000);
    stores.known.put("verified", true, now - 86_400_000);
    const scraped = await scrape(rig);
    const of = (result: string) => scraped.value("amplify_kafka_runs", { kind: "discovery", result });
    expect([of("through"), of("failed"), of("unfinished")]).toEqual(["1", "2", "1"]);
    expect(scraped.value("amplify_kafka_last_good_run_age_seconds", { kind: "discovery" })).toBe("190");
    expect(scraped.value("amplify_kafka_last_good_run_age_seconds", { kind: "verification" })).toBe("86400");
  });
});

describe("up", () => {
  const run = { common: "", builderMajor: 1, publishing: "" };

  test("is 1 when every part is well, with the requests since the object was made", async () => {
    const { rig } = planted();
    await rig.settle();
    const scraped = await scrape(rig);
    expect(scraped.all("amplify_kafka_part_up").filter(({ value }) => value !== "1")).toEqual([]);
    expect(scraped.value("amplify_kafka_up")).toBe("1");
    expect(
      Number(scraped.value("amplify_kafka_requests_total", { upstream: "amplify", answer: "2xx" })),
    ).toBeGreaterThan(0);
    expect(scraped.help.get("amplify_kafka_requests_total")).toContain("memory");
    rig.evict();
    expect((await scrape(rig)).all("amplify_kafka_requests_total")).toEqual([]);
  });

  test.each<[string, string, (stores: Stores, now: number) => void]>([
    [
      "a group could not be read",
      "groups",
      (stores, now) => {
        stores.work.ensure("groups", "events", now, "");
        plantGroup(stores, now, "g", { problem: "503" });
      },
    ],
    [
      "access was granted and nothing was sampled since",
      "groups",
      (stores, now) => {
        stores.work.ensure("groups", "events", now, "");
        const grant = { request: "ar", application: "app", prefix: PREFIX, topic: "orders", ids: undefined };
        stores.granted.put({ ...grant, grantedAt: now - 3_600_000, removedAt: undefined });
      },
    ],
    [
      "periodic work fails",
      "events",
      (stores, now) => {
        stores.work.hint("events", "events", now, "");
        const item = stores.work.get("events");
        if (item) stores.work.fail(item, "503", now + 1_000);
      },
    ],
    [
      "a permission is missing",
      "publishing",
      (stores, now) => stores.known.put("refused:discovery", { message: "403", times: 1, until: now }, now),
    ],
    ["discovery is late", "discovery", (stores, now) => stores.known.put("run", run, now - 3_600_000)],
  ])("is 0 when %s, and the part %s says so", async (_what, part, plant) => {
    const { rig, stores, now } = planted();
    stores.known.put("run", run, now);
    expect((await scrape(rig)).value("amplify_kafka_up")).toBe("1");
    plant(stores, now);
    const scraped = await scrape(rig);
    expect(scraped.value("amplify_kafka_up")).toBe("0");
    expect(scraped.value("amplify_kafka_part_up", { part })).toBe("0");
    expect(scraped.all("amplify_kafka_part_up").filter(({ value }) => value === "0")).toHaveLength(1);
  });

  test("is 0 while a credential is refused, and which one is told", async () => {
    const { rig, stores, now } = planted();
    stores.known.put("run", run, now);
    stores.known.put("gate:kafka", { refusals: 1, until: now + 1_000, since: now }, now);
    const scraped = await scrape(rig);
    expect(scraped.value("amplify_kafka_up")).toBe("0");
    expect(scraped.value("amplify_kafka_credential_accepted", { upstream: "kafka" })).toBe("0");
    expect(scraped.value("amplify_kafka_credential_accepted", { upstream: "amplify" })).toBe("1");
  });
});

describe("groups", () => {
  test("are listed by pages, of one topic where one is named, with what there is to know besides", async () => {
    const { rig, stores, now } = planted();
    for (const name of ["d", "a", "c", "b"]) {
      plantGroup(stores, now, PREFIX + name);
      plantOffsets(stores, now, PREFIX + name, name < "c" ? "orders" : "payments", [1n, 2n]);
    }
    plantSampled(stores, now);
    const names = async (query: { limit: number; after?: string; topic?: string }) => {
      const { items, next } = unwrap(await rig.actor.groups(query));
      return [items.map(({ group }) => group.slice(PREFIX.length)), next?.slice(PREFIX.length)];
    };
    expect(await names({ limit: 3 })).toEqual([["a", "b", "c"], "c"]);
    expect(await names({ limit: 3, after: `${PREFIX}c` })).toEqual([["d"], undefined]);
    expect(await names({ limit: 1, topic: "payments" })).toEqual([["c"], "c"]);
    expect(await names({ limit: 1, topic: "payments", after: `${PREFIX}c` })).toEqual([["d"], undefined]);
    expect(await names({ limit: 1, topic: "nothing" })).toEqual([[], undefined]);
    const { notes, items } = unwrap(await rig.actor.groups({ limit: 1 }));
    expect(notes).toEqual([expect.stringContaining("app has 4 new groups within a day")]);
    expect(Object.keys(items[0] ?? {})).not.toContain("standings");
  });

  test("are told one by one, with partitions; one that is not ours is not found", async () => {
    const { rig, stores, now } = planted();
    plantGroup(stores, now, `${PREFIX}a`);
    plantOffsets(stores, now, `${PREFIX}a`, "orders", [1n, 2n]);
    const found = unwrap(await rig.actor.group(`${PREFIX}a`));
    expect(found.standings[0]?.partitions).toEqual([
      { partition: 0, committed: "1", logEnd: "2", lag: "1", expired: false },
    ]);
    expect(await rig.actor.group("someone-else")).toMatchObject({ ok: false, reason: "not-found" });
  });
});

describe("consumption", () => {
  const consumed = (now: number, more: Partial<Consumed> = {}): Consumed => ({
    application: "app",
    topic: "orders",
    request: "ar",
    startedAt: now - 10_000,
    endedAt: now,
    messages: 9_007_199_254_740_993n,
    reread: 2n,
    skipped: 3n,
    quality: "exact",
    reasons: ["re-read"],
    ...more,
  });

  function close(stores: Stores, row: Consumed, event?: string): void {
    stores.consumption.putOpen(row);
    const open = stores.consumption.open(row.application, row.topic, row.request);
    if (!open || !stores.consumption.close(open, row.endedAt, event)) throw new Error("the window did not close");
  }

  test("is told by window, with what became of its report", async () => {
    const { rig, stores, now } = planted();
    const waits = (id: string) => stores.outbox.add({ id, madeAt: now, timestamp: now, messages: 1n, body: "{}" });
    close(stores, consumed(now), "accepted");
    stores.consumption.accept("accepted", now + 1);
    close(stores, consumed(now), "waiting");
    waits("waiting");
    close(stores, consumed(now), "refused");
    waits("refused");
    stores.outbox.refuse("refused", "422: no such subscription", now);
    close(stores, consumed(now), "dropped");
    stores.consumption.drop("dropped");
    close(stores, consumed(now, { messages: 0n }));
    stores.consumption.putOpen(consumed(now));
    const { items } = unwrap(await rig.actor.consumption({ limit: 10 }));
    expect(items.map(({ report, error }) => [report, error])).toEqual([
      ["open", undefined],
      ["none", undefined],
      ["given up", undefined],
      ["refused", "422: no such subscription"],
      ["waiting", undefined],
      ["reported", undefined],
    ]);
    expect(items.at(-1)).toMatchObject({
      application: "app",
      topic: "orders",
      request: "ar",
      messages: "9007199254740993",
      reread: "2",
      skipped: "3",
      quality: "exact",
      reasons: ["re-read"],
      event: "accepted",
      reportedAt: now + 1,
    });
    expect((await scrape(rig)).value("amplify_kafka_outbox_dropped")).toBe("1");
  });

  test("that nothing explains stands apart, and the page ends for both together", async () => {
    const { rig, stores, now } = planted();
    close(stores, consumed(now));
    close(stores, consumed(now, { request: "" }));
    close(stores, consumed(now));
    const first = unwrap(await rig.actor.consumption({ limit: 2 }));
    expect([first.items.length, first.unattributed.length]).toEqual([1, 1]);
    expect(first.unattributed[0]).toMatchObject({ request: undefined, report: "none" });
    const second = unwrap(await rig.actor.consumption({ limit: 2, after: Number(first.next) }));
    expect([second.items.length, second.unattributed.length, second.next]).toEqual([1, 0, undefined]);
  });

  test("is chosen by application, topic and time: a window that only touches the time is not in it", async () => {
    const { rig, stores, now } = planted();
    close(stores, consumed(now));
    close(stores, consumed(now, { application: "other" }));
    close(stores, consumed(now, { topic: "payments" }));
    const count = async (query: object) => unwrap(await rig.actor.consumption({ limit: 9, ...query })).items.length;
    expect(await count({})).toBe(3);
    expect(await count({ application: "other" })).toBe(1);
    expect(await count({ topic: "payments", application: "app" })).toBe(1);
    expect(await count({ from: now - 1 })).toBe(3);
    expect(await count({ from: now })).toBe(0);
    expect(await count({ to: now - 10_000 })).toBe(0);
    expect(await count({ to: now - 9_999 })).toBe(3);
  });
});
