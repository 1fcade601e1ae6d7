import { describe, expect, it } from "vitest";
import { createSandbox } from "../sandbox.ts";
import { MINUTE } from "../traffic/fixture.ts";
import type { ConsumerSpec } from "../traffic/specs.ts";
import { cloudIds } from "../world/organization.ts";

interface Point {
  readonly timestamp: string;
  readonly value: number;
  readonly [label: string]: unknown;
}
interface Body {
  readonly data: readonly (Point & { readonly points: readonly Point[] })[];
  readonly meta?: { readonly pagination: { readonly next_page_token?: string } };
  readonly errors?: readonly { readonly status: string; readonly detail: string }[];
}

const LAG = "io.confluent.kafka.server/consumer_lag_offsets";
const RECEIVED = "io.confluent.kafka.server/received_records";
const BY_PARTITION = ["metric.consumer_group_id", "metric.topic", "metric.partition"];

/** The real clock runs on while a test does, which whole minutes must not notice. */
function world() {
  const sandbox = createSandbox({ inProcess: true, world: "empty", seed: 5 });
  sandbox.clock.advance(MINUTE - (sandbox.clock.now() % MINUTE) + 5000);
  const { traffic, clusters, organization } = sandbox.parts;
  clusters.cloud.createTopic({ name: "orders", partitions: 2 });
  const { metricsUrl, apiKeys } = sandbox.endpoints().confluentCloud;
  const authorization = `Basic ${btoa(`${apiKeys.cloud.id}:${apiKeys.cloud.secret}`)}`;
  const query = (metric: string, changes: object = {}) => ({
    aggregations: [{ metric }],
    filter: { op: "AND", filters: [{ field: "resource.kafka.id", op: "EQ", value: cloudIds.cluster }] },
    granularity: "PT1M",
    intervals: ["now-1h|m/now-5m|m"],
    limit: 1000,
    ...changes,
  });
  const ask = async (body: unknown, token?: string): Promise<{ readonly status: number; readonly body: Body }> => {
    const address = `${metricsUrl}/v2/metrics/cloud/query${token === undefined ? "" : `?page_token=${token}`}`;
    const request = new Request(address, { method: "POST", body: JSON.stringify(body), headers: { authorization } });
    const response = await sandbox.fetch(request);
    return { status: response.status, body: (await response.json().catch(() => ({}))) as Body };
  };
  const pass = (minutes: number) => {
    sandbox.clock.advance(minutes * MINUTE);
    traffic.catchUp();
  };
  const consumer = (changes: Partial<ConsumerSpec> = {}): ConsumerSpec => ({
    name: "app",
    side: "cloud",
    group: "g",
    topics: ["orders"],
    commitMs: 0,
    ...changes,
  });
  const produce = () => traffic.produce({ name: "shop", side: "cloud", topic: "orders", perMinute: 10 });
  return { sandbox, traffic, clusters, metrics: organization.metrics, query, ask, pass, consumer, produce };
}

const values = ({ body }: { readonly body: Body }): readonly number[] => body.data.map(({ value }) => value);

describe("the metrics of a cluster", () => {
  it("are told five minutes after their minute, the latest first, and minutes without any are absent", async () => {
    const { ask, query, pass, produce, traffic, metrics } = world();
    pass(3);
    produce();
    pass(3);
    traffic.act({ do: "stop-producing", name: "shop" });
    expect(values(await ask(query(RECEIVED, { intervals: ["now-1h|m/now"] })))).toEqual([]);
    pass(3);
    expect(values(await ask(query(RECEIVED, { intervals: ["now-1h|m/now"] })))).toEqual([10]);
    metrics.tellsHalf = true;
    expect(values(await ask(query(RECEIVED, { intervals: ["now-1h|m/now"] })))).toEqual([5, 5, 10]);
    pass(5);
    const { body } = await ask(query(RECEIVED, { group_by: ["metric.topic"] }));
    expect(body.data.map((point) => [point["metric.topic"], point.value])).toEqual(Array(3).fill(["orders", 10]));
    const times = body.data.map(({ timestamp }) => Date.parse(timestamp));
    expect(times).toEqual([...times].sort((a, b) => b - a));
    expect(body.data[0]?.timestamp).toMatch(/:00Z$/);
  });

  it("count what clients wrote directly, without markers, and a topic made again from its beginning", async () => {
    const { ask, query, pass, clusters } = world();
    clusters.cloud.append("orders", 0, 7n);
    pass(1);
    clusters.cloud.appendTransaction("orders", 1, 4n);
    pass(1);
    clusters.cloud.deleteTopic("orders");
    clusters.cloud.createTopic({ name: "orders", partitions: 1 });
    clusters.cloud.append("orders", 0, 3n);
    pass(8);
    expect(values(await ask(query(RECEIVED)))).toEqual([3, 4, 7]);
  });

  it("tell the lag of groups with members alone, at a random moment: within a minute's production, never below 0", async () => {
    const { ask, query, pass, consumer, produce, traffic } = world();
    traffic.consume(consumer());
    pass(2);
    produce();
    pass(40);
    traffic.act({ do: "stop-producing", name: "shop" });
    pass(10);
    const lag = query(LAG, { group_by: BY_PARTITION, format: "GROUPED" });
    const { body } = await ask(lag);
    expect(body.data.map((group) => [group["metric.consumer_group_id"], group["metric.partition"]])).toEqual([
      ["g", "0"],
      ["g", "1"],
    ]);
    const seen = body.data.flatMap(({ points }) => points.map(({ value }) => value));
    expect(Math.max(...seen)).toBeGreaterThan(1);
    expect(Math.max(...seen)).toBeLessThanOrEqual(5);
    expect(Math.min(...seen)).toBe(0);
    expect(new Set(seen).size).toBeGreaterThan(3);
    expect(body.data[0]?.points[0]?.value).toBe(0);
    traffic.act({ do: "stop", name: "app" });
    pass(65);
    expect((await ask(lag)).body.data).toEqual([]);
  });

  it("with what was produced estimate what was consumed, to a minute's production", async () => {
    const { ask, query, pass, consumer, produce, traffic, sandbox } = world();
    traffic.consume(consumer({ commitMs: 45_000, perMinute: 12 }));
    pass(2);
    produce();
    pass(50);
    const lags = await ask(query(LAG, { group_by: BY_PARTITION, format: "GROUPED" }));
    const ends = lags.body.data.map(({ points }) => points[0]?.value ?? 0).reduce((sum, value) => sum + value, 0);
    const received = values(await ask(query(RECEIVED))).reduce((sum, value) => sum + value, 0);
    const until = Math.floor(sandbox.clock.now() / MINUTE) * MINUTE - 5 * MINUTE;
    expect(until).toBeGreaterThan(0);
    // 45 minutes can be told; what the last five brought is not known yet.
    const estimate = received - ends;
    expect(Math.abs(estimate - 450)).toBeLessThanOrEqual(20);
  });

  it("repeat a group's value while it shares its partitions anew", async () => {
    const { ask, query, pass, consumer, produce, traffic } = world();
    traffic.consume(consumer());
    produce();
    pass(10);
    traffic.act({ do: "rebalance", side: "cloud", group: "g", ms: 5 * MINUTE });
    pass(10);
    const { body } = await ask(query(LAG, { group_by: BY_PARTITION, format: "GROUPED" }));
    const points = body.data[0]?.points.map(({ value }) => value) ?? [];
    // The latest first: five minutes of the rebalance end where what can be told ends.
    expect(new Set(points.slice(0, 5)).size).toBe(1);
    expect(points[5]).toBe(points[0]);
  });

  it("lack points that were dropped, the same ones whenever they are asked for", async () => {
    const { ask, query, pass, produce, metrics } = world();
    produce();
    pass(45);
    metrics.drops = 0.3;
    const once = await ask(query(RECEIVED));
    expect(once.body.data.length).toBeLessThan(39);
    expect(once.body.data.length).toBeGreaterThan(15);
    expect(await ask(query(RECEIVED))).toEqual(once);
  });

  it("are summed into longer buckets when they count and averaged when they gauge, and go back seven days", async () => {
    const { ask, query, pass, consumer, produce, traffic } = world();
    produce();
    traffic.consume(consumer({ perMinute: 1 }));
    pass(8 * 24 * 60);
    const days = await ask(query(RECEIVED, { granularity: "P1D", intervals: ["now-30d|d/now|d"] }));
    expect(values(days).slice(0, 6)).toEqual(Array(6).fill(14_400));
    expect(days.body.data.length).toBeLessThanOrEqual(7);
    const all = await ask(
      query(LAG, { granularity: "ALL", intervals: ["now-60m|m/now-59m|m"], group_by: BY_PARTITION }),
    );
    const one = await ask(query(LAG, { intervals: ["now-60m|m/now-59m|m"], group_by: BY_PARTITION }));
    expect(values(all)).toEqual([...values(one)].sort((a, b) => b - a));
  }, 60_000);

  it("are put together as the behaviour says where partitions are not told apart", async () => {
    const { ask, query, pass, consumer, clusters, traffic, metrics } = world();
    clusters.cloud.append("orders", 0, 10n);
    clusters.cloud.append("orders", 1, 30n);
    traffic.consume(consumer({ perMinute: 0 }));
    pass(10);
    const group = query(LAG, { group_by: ["metric.consumer_group_id"], intervals: ["now-6m|m/now-5m|m"] });
    expect(values(await ask(group))).toEqual([30]);
    metrics.acrossGauges = "SUM";
    expect(values(await ask(group))).toEqual([40]);
    metrics.acrossGauges = "AVERAGE";
    expect(values(await ask(group))).toEqual([20]);
  });
});

describe("a page of groups", () => {
  it("is followed by the next with its token, which is good for its query alone and for a while", async () => {
    const { ask, query, pass, clusters, sandbox, metrics } = world();
    for (let index = 0; index < 5; index++) {
      clusters.cloud.createTopic({ name: `t-${index}`, partitions: 1 });
    }
    pass(1);
    for (let index = 0; index < 5; index++) clusters.cloud.append(`t-${index}`, 0);
    pass(8);
    const two = query(RECEIVED, { group_by: ["metric.topic"], limit: 2, intervals: ["now-1h|h/now+1h|h"] });
    const topics: unknown[] = [];
    let token: string | undefined;
    do {
      const { status, body } = await ask(two, token);
      expect(status).toBe(200);
      topics.push(...body.data.map((point) => point["metric.topic"]));
      token = body.meta?.pagination.next_page_token;
    } while (token !== undefined);
    expect(topics).toEqual(["t-0", "t-1", "t-2", "t-3", "t-4"]);
    const first = (await ask(two)).body.meta?.pagination.next_page_token;
    expect((await ask({ ...two, limit: 3 }, first)).status).toBe(400);
    expect((await ask(two, "made-up")).status).toBe(400);
    expect((await ask(query(RECEIVED), first)).status).toBe(400);
    sandbox.clock.advance(metrics.tokenMs + 1);
    expect((await ask(two, first)).status).toBe(400);
  });
});

describe("a query", () => {
  const HALF_DAY = "2026-08-01T00:00:00Z/PT12H";
  it.each<[string, object]>([
    ["two aggregations", { aggregations: [{ metric: LAG }, { metric: LAG }] }],
    ["no aggregation", { aggregations: [] }],
    ["an unknown metric", { aggregations: [{ metric: "io.confluent.kafka.server/none" }] }],
    ["a sum of a gauge", { aggregations: [{ metric: LAG, agg: "SUM" }] }],
    ["an unknown granularity", { granularity: "PT2M" }],
    ["an interval too long for its granularity", { intervals: [HALF_DAY] }],
    ["no interval", { intervals: [] }],
    ["an interval that is none", { intervals: ["yesterday"] }],
    ["an interval that ends before it begins", { intervals: ["now/now-1h"] }],
    ["a label that the metric does not have", { group_by: ["metric.principal_id"] }],
    ["a label without its prefix", { group_by: ["topic"] }],
    ["a filter on another label", { filter: { op: "EQ", field: "resource.connector.id", value: "lcc-1" } }],
    ["a filter of another operation", { filter: { op: "LT", field: "metric.topic", value: "a" } }],
    ["more than 1,000 groups", { limit: 1001 }],
    ["an order without granularity ALL", { order_by: [{ metric: LAG }] }],
    ["groups without labels", { format: "GROUPED" }],
  ])("with %s is refused", async (_what, changes) => {
    const { ask, query } = world();
    const { status, body } = await ask(query(LAG, changes));
    expect([status, body.errors?.[0]?.status]).toEqual([400, "400"]);
    expect(body.errors?.[0]?.detail).not.toBe("");
  });

  it("needs a cluster that it asks for, not one that it excludes", async () => {
    const { ask, query } = world();
    const cluster = { op: "EQ", field: "resource.kafka.id", value: cloudIds.cluster };
    expect((await ask(query(LAG, { filter: { op: "NOT", filter: cluster } }))).status).toBe(403);
    expect((await ask(query(LAG, { filter: null }))).status).toBe(403);
    expect((await ask(query(LAG, { filter: cluster }))).status).toBe(200);
  });

  it("finds what its filter names, as text", async () => {
    const { ask, query, pass, produce, clusters, consumer, traffic } = world();
    produce();
    for (const name of ["a", "b", "c"]) traffic.consume(consumer({ name, group: name }));
    clusters.cloud.createTopic({ name: "other", partitions: 1 });
    pass(10);
    const groups = async (filter: object) => {
      const cluster = { op: "EQ", field: "resource.kafka.id", value: cloudIds.cluster };
      const asked = query(LAG, {
        filter: { op: "AND", filters: [cluster, filter] },
        group_by: ["metric.consumer_group_id"],
        format: "GROUPED",
      });
      return (await ask(asked)).body.data.map((group) => group["metric.consumer_group_id"]);
    };
    const is = (op: string, value: string) => ({ op, field: "metric.consumer_group_id", value });
    expect(await groups({ op: "OR", filters: [is("EQ", "a"), is("EQ", "c")] })).toEqual(["a", "c"]);
    expect(await groups(is("GT", "a"))).toEqual(["b", "c"]);
    expect(await groups({ op: "NOT", filter: is("GTE", "b") })).toEqual(["a"]);
    expect(await groups({ op: "EQ", field: "metric.partition", value: 1 })).toEqual(["a", "b", "c"]);
  });
});
