import { describe, expect, it } from "vitest";
import { createLags, documentedLagRoute } from "../../../src/confluent/lags.ts";
import type { Cluster } from "../../../src/confluent/model.ts";
import { createRest } from "../../../src/confluent/rest.ts";
import { NotYet } from "../../../src/http/errors.ts";
import { failureFrom } from "../http/support.ts";
import { access, cluster, kafkaError, list, type Server, worldOf } from "./support.ts";

function lagsOver(server: Server) {
  const world = worldOf(server);
  const rest = createRest({ ...world, upstream: "kafka", access, headers: { Accept: "application/json" } });
  return Object.assign(world, { lags: createLags(rest) });
}

const GROUP = "amp.0a1b2c3d4e5f.orders";
const basic: Cluster = { ...cluster, type: "Basic" };

function lag(topic: string, partition: number, current: number, end: number, more: object = {}) {
  return {
    kind: "KafkaConsumerLag",
    metadata: { self: `http://internal-host:8082/v3/clusters/lkc-1/consumer-groups/${GROUP}/lags/${topic}` },
    cluster_id: "lkc-1",
    consumer_group_id: GROUP,
    topic_name: topic,
    partition_id: partition,
    consumer_id: "c-1",
    instance_id: null,
    client_id: "orders-app-1",
    current_offset: current,
    log_end_offset: end,
    lag: Math.max(0, end - current),
    ...more,
  };
}

describe("the lags of a group", () => {
  it("are told by topic and partition, in one request", async () => {
    const world = lagsOver(() =>
      list([
        lag("orders", 1, 120, 150, { consumer_id: "inst-1-c-2", instance_id: "inst-1" }),
        lag("orders", 0, 0, 7, { consumer_id: "", client_id: "" }),
      ]),
    );
    expect(await world.lags.of(cluster, GROUP)).toEqual({
      kind: "lags",
      lags: [
        {
          topic: "orders",
          partition: 1,
          currentOffset: 120n,
          logEndOffset: 150n,
          lag: 30n,
          consumerId: "inst-1-c-2",
          clientId: "orders-app-1",
          instanceId: "inst-1",
        },
        {
          topic: "orders",
          partition: 0,
          currentOffset: 0n,
          logEndOffset: 7n,
          lag: 7n,
          consumerId: undefined,
          clientId: undefined,
          instanceId: undefined,
        },
      ],
    });
    expect(world.asked).toEqual([`GET /v3/clusters/lkc-1/consumer-groups/${GROUP}/lags`]);
  });

  it("keep every digit of an offset beyond 2^53", async () => {
    const text = JSON.stringify({ data: [lag("orders", 0, 1, 2)] })
      .replace('"current_offset":1', '"current_offset":9007199254740993')
      .replace('"log_end_offset":2', '"log_end_offset":9223372036854775807')
      .replace('"lag":1', '"lag":9214364837600034814');
    expect(await lagsOver(() => new Response(text)).lags.of(cluster, GROUP)).toMatchObject({
      lags: [{ currentOffset: 9007199254740993n, logEndOffset: 9223372036854775807n, lag: 9214364837600034814n }],
    });
  });

  it("show a committed offset beyond the end of the log as it is", async () => {
    expect(await lagsOver(() => list([lag("orders", 0, 20, 15)])).lags.of(cluster, GROUP)).toMatchObject({
      lags: [{ currentOffset: 20n, logEndOffset: 15n, lag: 0n }],
    });
  });

  it("tell a partition once though two pages show it", async () => {
    const pages = [list([lag("orders", 0, 1, 9)], "http://x/y?page_token=2"), list([lag("orders", 0, 2, 9)])];
    const outcome = await lagsOver(() => pages.shift() ?? list([])).lags.of(cluster, GROUP);
    expect(outcome).toMatchObject({ kind: "lags", lags: [{ currentOffset: 2n }] });
    expect(outcome.kind === "lags" && outcome.lags).toHaveLength(1);
  });

  it.each([
    ["a fraction", { current_offset: 1.5 }],
    ["a text", { log_end_offset: "7" }],
    ["nothing", { current_offset: null }],
    ["a negative partition", { partition_id: -1 }],
    ["no topic", { topic_name: "" }],
  ])("are refused whole when a number is %s", async (_case, more) => {
    const asked = lagsOver(() => list([lag("orders", 0, 1, 2), lag("orders", 1, 1, 2, more)])).lags.of(cluster, GROUP);
    expect((await failureFrom(asked)).failure.kind).toBe("malformed");
  });

  it("are refused whole when the answer is cut off", async () => {
    const cut = lagsOver(() => new Response(`{"data":[${JSON.stringify(lag("orders", 0, 1, 2))}`));
    expect((await failureFrom(cut.lags.of(cluster, GROUP))).failure.kind).toBe("malformed");
  });
});

describe("a group without lags", () => {
  const answered = (message: string, of: Cluster = cluster) =>
    lagsOver(() => kafkaError(404, 404, message)).lags.of(of, GROUP);

  it("has committed nothing, or nothing that can be compared", async () => {
    const none = await answered("Consumer group offsets could not be found.");
    expect(none).toEqual({ kind: "none", reason: "uncommitted" });
    expect(await answered("Consumer lags not found.")).toEqual({ kind: "none", reason: "not-comparable" });
  });

  it("is not there, also under a name that reads like another answer", async () => {
    expect(await answered(`Consumer Group ${GROUP} could not be found.`)).toEqual({ kind: "no-group" });
    expect(await answered("Consumer Group offsets could not be found.")).toEqual({ kind: "no-group" });
    expect(await answered(`Consumer Group ${"x".repeat(400)} could not be found.`)).toEqual({ kind: "no-group" });
  });

  it("is not what a cluster that is not there means", async () => {
    const error = await failureFrom(answered("Cluster lkc-1 could not be found.", basic));
    expect(error.failure.kind).toBe("missing");
  });
});

describe("a cluster that does not offer lags", () => {
  it.each<[string, Server]>([
    ["403", () => kafkaError(403, 40301, "not for this cluster")],
    ["404 in general words", () => kafkaError(404, 404, "HTTP 404 Not Found")],
    ["404 without a word", () => new Response(null, { status: 404 })],
    ["405", () => kafkaError(405, 405)],
    ["501", () => new Response("", { status: 501 })],
  ])("says so by %s", async (_case, server) => {
    expect((await lagsOver(server).lags.of(basic, GROUP)).kind).toBe("refused-route");
    expect((await lagsOver(server).lags.probe(basic)).kind).toBe("refused");
  });

  it("is not Platform, where 403 is about the login", async () => {
    const world = lagsOver(() => kafkaError(403, 403, "!authorized"));
    expect((await failureFrom(world.lags.of(cluster, GROUP))).failure.kind).toBe("forbidden");
    expect((await failureFrom(world.lags.probe(cluster))).failure.kind).toBe("forbidden");
  });
});

describe("one failing partition", () => {
  it.each([
    [404, 40403, "This server does not host this topic-partition."],
    [500, 50002, "The replica is not available"],
    [500, 50003, "Call(callName=listOffsets) timed out"],
  ])("fails this group and says nothing of the others (%i, %i)", async (status, code, message) => {
    const outcome = await lagsOver(() => kafkaError(status, code, message)).lags.of(cluster, GROUP);
    expect(outcome).toMatchObject({ kind: "failed-partition", error: { code: String(code) } });
  });

  it("is not what a gateway's trouble means", async () => {
    const world = lagsOver(() => new Response("<html>", { status: 502 }));
    expect((await failureFrom(world.lags.of(cluster, GROUP))).failure.kind).toBe("server");
  });
});

describe("what stops all groups", () => {
  it("is thrown: a login that is refused, too many requests", async () => {
    const refused = lagsOver(() => kafkaError(401, 401));
    expect((await failureFrom(refused.lags.of(basic, GROUP))).failure.kind).toBe("unauthorised");
    const busy = lagsOver(() => new Response(null, { status: 429, headers: { "retry-after": "30" } }));
    expect((await failureFrom(busy.lags.of(cluster, GROUP))).failure).toEqual({
      kind: "throttled",
      retryAfterMs: 30_000,
    });
    await expect(busy.lags.of(cluster, GROUP)).rejects.toThrow(NotYet);
    expect(busy.asked).toHaveLength(1);
  });
});

describe("the probe of the route", () => {
  it("finds it where the server knows that there is no such group, whatever the type of the cluster", async () => {
    const world = lagsOver((_request, url) => {
      const group = url.pathname.split("/")[5];
      return kafkaError(404, 404, `Consumer Group ${group} could not be found.`);
    });
    expect(await world.lags.probe({ ...cluster, type: "Unknown" })).toEqual({ kind: "offered" });
    expect(world.asked).toHaveLength(1);
  });

  it("cannot tell when the server fails", async () => {
    const world = lagsOver(() => kafkaError(500, 50003));
    expect((await failureFrom(world.lags.probe(basic))).failure.kind).toBe("server");
  });

  it.each([
    ["Platform", "offered"],
    ["Dedicated", "offered"],
    ["Basic", "refused"],
    ["Standard", "refused"],
    ["Enterprise", "refused"],
    ["Freight", "refused"],
    ["Unknown", "unknown"],
  ] as const)("is needed for no type that the documents name, but for others: %s %s", (type, expected) => {
    expect(documentedLagRoute(type)).toBe(expected);
  });
});
