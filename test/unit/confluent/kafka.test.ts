import { describe, expect, it } from "vitest";
import { failureFrom } from "../http/support.ts";
import { cluster, EVIL, json, kafkaError, list, platformOver } from "./support.ts";

function topic(name: string, more: object = {}) {
  return {
    kind: "KafkaTopic",
    metadata: { self: `http://internal-host:8082/v3/clusters/lkc-1/topics/${name}` },
    cluster_id: "lkc-1",
    topic_name: name,
    is_internal: false,
    replication_factor: 3,
    partitions_count: 6,
    partitions: { related: "http://internal-host:8082/x" },
    authorized_operations: [],
    ...more,
  };
}

function config(name: string, value: string | null, source = "DYNAMIC_TOPIC_CONFIG", more: object = {}) {
  return {
    kind: "KafkaTopicConfig",
    topic_name: "orders",
    name,
    value,
    is_sensitive: false,
    source,
    synonyms: [],
    is_default: source === "DEFAULT_CONFIG",
    ...more,
  };
}

describe("the list of topics", () => {
  it("is read in one request, with the credential, and its links are not followed", async () => {
    const world = platformOver(() =>
      list([topic("orders"), topic("__internal", { is_internal: true, partitions_count: 1 })]),
    );
    expect(await world.reader.topics(cluster)).toEqual([
      { name: "orders", partitions: 6, replicationFactor: 3, internal: false },
      { name: "__internal", partitions: 1, replicationFactor: 3, internal: true },
    ]);
    expect(world.asked).toEqual(["GET /v3/clusters/lkc-1/topics"]);
    expect(world.requests[0]?.headers.get("authorization")).toBe(`Basic ${btoa("KEY:s3cret")}`);
    expect(world.requests[0]?.headers.get("accept")).toBe("application/json");
  });

  it("may be empty", async () => {
    expect(await platformOver(() => list([])).reader.topics(cluster)).toEqual([]);
  });

  it("is asked for once more when a topic was deleted meanwhile, and only once", async () => {
    let answers = [kafkaError(404, 40403), list([topic("orders")])];
    const world = platformOver(() => answers.shift() ?? kafkaError(404, 40403));
    expect(await world.reader.topics(cluster)).toHaveLength(1);
    expect(world.asked).toHaveLength(2);
    answers = [];
    expect((await failureFrom(world.reader.topics(cluster))).failure.kind).toBe("missing");
    expect(world.asked).toHaveLength(4);
  });

  it("is not asked for again when the cluster is unknown", async () => {
    const world = platformOver(() => kafkaError(404, 404, "Cluster lkc-1 cannot be found."));
    const failure = await failureFrom(world.reader.topics(cluster));
    expect([failure.failure.kind, failure.detail]).toEqual(["missing", "Cluster lkc-1 cannot be found."]);
    expect(world.asked).toHaveLength(1);
  });

  it("that is cut off is an error, not a short list", async () => {
    const text = JSON.stringify({ data: [topic("a"), topic("b")] });
    const world = platformOver(() => new Response(text.slice(0, -30)));
    expect((await failureFrom(world.reader.topics(cluster))).failure.kind).toBe("malformed");
  });

  it("with an entry that is not understood is an error, not a list without it", async () => {
    for (const broken of [{}, topic("a", { topic_name: 7 }), topic("a", { partitions_count: "6" }), null]) {
      const failure = await failureFrom(platformOver(() => list([topic("orders"), broken])).reader.topics(cluster));
      expect(failure.failure.kind).toBe("malformed");
    }
  });

  it.each([
    ["HTML with status 200", () => new Response("<html><title>Login</title></html>")],
    ["an empty object", () => json({})],
    ["nothing", () => new Response("")],
  ])("that is %s is an error", async (_case, server) => {
    expect((await failureFrom(platformOver(server).reader.topics(cluster))).failure.kind).toBe("malformed");
  });

  it("goes on by page token only, at the address that we know", async () => {
    const world = platformOver((_request, url) =>
      url.searchParams.get("page_token") === "p 2"
        ? list([topic("b")])
        : list([topic("a")], "http://internal-host:8082/v3/clusters/lkc-1/topics?page_token=p%202"),
    );
    expect((await world.reader.topics(cluster)).map(({ name }) => name)).toEqual(["a", "b"]);
    expect(world.requests.map(({ url }) => new URL(url).host)).toEqual(["rest.acme.example", "rest.acme.example"]);
  });

  it.each([
    "http://internal-host:8082/v3/clusters/lkc-1/topics?offset=2",
    "https://evil.test/",
    "https://rest.acme.example/v3/clusters/lkc-1/topics",
    "/v3/other?x=1",
  ])("does not follow a link that it cannot trust, nor takes a part for the list: %s", async (next) => {
    const world = platformOver(() => list([topic("a")], next));
    expect((await failureFrom(world.reader.topics(cluster))).failure.kind).toBe("malformed");
    expect(world.asked).toHaveLength(1);
  });
});

describe("the configs of all topics", () => {
  it("are read in one streamed request and say what is the topic's own", async () => {
    const world = platformOver(() =>
      list([
        config("cleanup.policy", "compact"),
        config("retention.ms", "604800000", "DEFAULT_CONFIG"),
        config("min.insync.replicas", "1", "DYNAMIC_DEFAULT_BROKER_CONFIG"),
        config("mirror.x", "y", "DYNAMIC_CLUSTER_LINK_CONFIG"),
        config("secret", "leaked", "DYNAMIC_TOPIC_CONFIG", { is_sensitive: true }),
        config("unset", null),
      ]),
    );
    const seen: unknown[] = [];
    await world.reader.configs(cluster, (name, found) => seen.push([name, found.name, found.value, found.isDefault]));
    expect(seen).toEqual([
      ["orders", "cleanup.policy", "compact", false],
      ["orders", "retention.ms", "604800000", true],
      ["orders", "min.insync.replicas", "1", true],
      ["orders", "mirror.x", "y", false],
      ["orders", "secret", null, false],
      ["orders", "unset", null, false],
    ]);
    expect(world.asked).toEqual(["GET /v3/clusters/lkc-1/topics/-/configs"]);
  });

  it("of 90 MB pass through without being held", async () => {
    const element = new TextEncoder().encode(
      `${JSON.stringify(config("retention.ms", "604800000", "DEFAULT_CONFIG", { pad: "x".repeat(400) }))},`,
    );
    const block = new Uint8Array(element.length * 1000);
    for (let i = 0; i < 1000; i++) block.set(element, i * element.length);
    let left = Math.ceil(90e6 / block.length);
    const total = left * 1000;
    const body = () =>
      new ReadableStream<Uint8Array>(
        {
          start: (controller) => controller.enqueue(new TextEncoder().encode('{"metadata":{"next":null},"data":[')),
          pull(controller) {
            if (left-- > 0) return controller.enqueue(block);
            controller.enqueue(element.slice(0, -1));
            controller.enqueue(new TextEncoder().encode("]}"));
            controller.close();
          },
        },
        { highWaterMark: 0 },
      );
    const before = process.memoryUsage().rss;
    let count = 0;
    let most = 0;
    await platformOver(() => new Response(body())).reader.configs(cluster, () => {
      if (++count % 10_000 === 0) most = Math.max(most, process.memoryUsage().rss - before);
    });
    expect(count).toBe(total + 1);
    expect(most).toBeLessThan(120e6);
  });

  it.each([
    ["one topic forbids it", () => kafkaError(403, 40301, "Topic authorization failed.")],
    ["the server lacks it", () => kafkaError(404, 404, "HTTP 404 Not Found")],
    ["the server blocks it", () => kafkaError(405, 405)],
  ])("are read one by one when %s, each topic's refusal told", async (_case, bulk) => {
    const refused: string[] = [];
    const world = platformOver(
      (_request, url) => {
        if (url.pathname.endsWith("/-/configs")) return bulk();
        if (url.pathname.endsWith("/topics")) return list([topic("a"), topic("b"), topic("gone")]);
        if (url.pathname.includes("/b/")) return kafkaError(403, 40301);
        if (url.pathname.includes("/gone/")) return kafkaError(404, 40403);
        return list([config("cleanup.policy", "compact", "DYNAMIC_TOPIC_CONFIG", { topic_name: "a" })]);
      },
      { onTopicRefused: (name) => refused.push(name) },
    );
    const seen: string[] = [];
    await world.reader.configs(cluster, (name) => seen.push(name));
    expect([seen, refused]).toEqual([["a"], ["b", "gone"]]);
    expect(world.asked).toHaveLength(5);
  });

  it("are left to the owner when it wants to read them by and by", async () => {
    let told: unknown;
    const world = platformOver(() => kafkaError(403, 40301), {
      onBulkRefused: async (_cluster, error) => {
        told = error.code;
      },
    });
    await world.reader.configs(cluster, () => undefined);
    expect([told, world.asked.length]).toEqual(["40301", 1]);
  });

  it("that no topic gives end with the permission that is missing, and without a storm", async () => {
    const world = platformOver((_request, url) =>
      url.pathname.endsWith("/topics")
        ? list(Array.from({ length: 3 }, (_, i) => topic(`t${i}`)))
        : kafkaError(403, 40301),
    );
    const failure = await failureFrom(world.reader.configs(cluster, () => undefined));
    expect(failure.message).toBe(
      "Kafka REST does not let the credential of KAFKA_CLUSTER_AUTH_APIKEY_ID read the configs of all topics (403, code 40301): it needs DESCRIBE_CONFIGS on TOPIC *; so does the proxy's own Kafka user where it does not pass its callers on.",
    );
    expect(world.asked).toHaveLength(5);
  });

  it.each([401, 429, 500, 503])("are not read one by one after a %i", async (status) => {
    const world = platformOver(() => new Response("", { status }));
    await failureFrom(world.reader.configs(cluster, () => undefined));
    expect(world.asked).toHaveLength(1);
  });
});

describe("the name of a topic", () => {
  it("is one segment of the path, whatever it holds", async () => {
    for (const name of EVIL) {
      const world = platformOver(() => list([]));
      await world.reader.topicConfigs(cluster, name);
      const { pathname, search, hash } = new URL(world.requests[0]?.url ?? "");
      const parts = pathname.split("/");
      expect([parts.length, parts[5], search, hash], name).toEqual([7, parts[5], "", ""]);
      expect(decodeURIComponent(parts[5] ?? "")).toBe(name);
    }
  });

  it("that no address can carry is an error before anything is sent", async () => {
    for (const name of ["", ".", "..", "\uD800"]) {
      const world = platformOver(() => list([]));
      expect((await failureFrom(world.reader.topicConfigs(cluster, name))).failure.kind).toBe("invalid");
      expect(world.asked).toEqual([]);
    }
  });
});
