import { describe, expect, test } from "vitest";
import { answers, type Fault } from "../sandbox/core/faults.ts";
import { keyNamed, keyNames } from "../sandbox/world/logins.ts";
import { changeSchema, counted, imported, recordOf, worldOf } from "../support/imported.ts";
import { HOUR_MS, MINUTE_MS, Rig, unwrap } from "../support/rig.ts";

const json = { "content-type": "application/json" };
const answer = (status: number, body = "{}", headers = {}): Fault => ({
  do: "answer",
  status,
  headers: { ...json, ...headers },
  body,
});
const TOPICS = { service: "cloud-kafka", path: "/kafka/v3/clusters/*/topics" } as const;

/** Everything that an operator can read of a connection. */
async function shown(rig: Rig): Promise<string> {
  const { actor } = rig;
  const parts = await Promise.all([
    actor.overview(),
    actor.health(),
    actor.work({ limit: 1_000 }),
    actor.runs({ limit: 1_000 }),
    actor.audit({ limit: 1_000 }),
    actor.topics({ limit: 1_000 }),
  ]);
  return JSON.stringify([parts.map(unwrap<unknown>), rig.logged]);
}

describe.concurrent("row 27: a server that asks for an hour", () => {
  test("has it before Confluent is asked again, eviction or not, and the operator sees until when", async () => {
    const rig = await imported({ side: "cloud" });
    rig.sandbox.faults.add({ name: "busy", when: TOPICS, fault: answers.tooManyRequests(3600) });
    const mark = rig.mark();
    await rig.live(6 * MINUTE_MS);
    const [refused] = rig.confluent(mark).filter(({ status }) => status === 429);
    const until = (refused?.at ?? 0) + HOUR_MS;
    rig.evict();
    await rig.live(until - rig.now - MINUTE_MS);
    expect(rig.confluent(mark).filter(({ path }) => path.endsWith("/topics"))).toHaveLength(1);
    const [waiting] = unwrap(await rig.actor.work({ limit: 10 })).items.filter(({ key }) => key === "discovery");
    expect(waiting?.due).toBeGreaterThanOrEqual(until);
    expect(unwrap(await rig.actor.overview()).problems).toContainEqual(
      expect.objectContaining({ what: "discovery", until: waiting?.due }),
    );
    rig.sandbox.faults.clear();
    await rig.live(5 * MINUTE_MS);
    expect(unwrap(await rig.actor.overview()).problems).toEqual([]);
  });

  test("has it before Amplify is asked again, while Confluent is read as ever", async () => {
    const rig = new Rig({ side: "cloud", world: worldOf("orders") });
    rig.sandbox.faults.add({
      name: "busy",
      when: { service: "amplify", method: "POST", path: "/apis/**/apiservices" },
      fault: answers.tooManyRequests(3600),
    });
    await rig.live(55 * MINUTE_MS);
    const [refused, ...others] = rig.amplify().filter(({ path }) => path.endsWith("/apiservices"));
    const told = rig.amplify().find(({ status }) => status === 429)?.at ?? 0;
    expect([refused, ...others].filter(({ status } = {} as never) => status === 429)).toHaveLength(1);
    expect(rig.amplify().filter(({ at }) => at > told)).toEqual([]);
    expect(rig.confluent().filter(({ path }) => path.endsWith("/topics")).length).toBeGreaterThan(8);
    rig.sandbox.faults.clear();
    await rig.live(10 * MINUTE_MS);
    expect(counted(rig)).toEqual([1, 1, 1]);
  });
});

describe.concurrent("row 28: a server in trouble", () => {
  test.each([500, 502, 503, 504])("that answers %i five times and then does its work is waited for", async (status) => {
    const rig = new Rig({ side: "platform", world: worldOf("orders") });
    const services = ["amplify", "platform-kafka", "platform-registry"];
    for (const service of services) {
      rig.sandbox.faults.add({ name: service, when: { service, calls: { first: 5 } }, fault: answer(status) });
    }
    await rig.live(HOUR_MS);
    expect(counted(rig)).toEqual([1, 1, 1]);
    expect(unwrap(await rig.actor.overview()).problems).toEqual([]);
  });

  test("for a whole night is waited for, and what was given up meanwhile is taken up again the next day", async () => {
    const rig = new Rig({
      side: "cloud",
      world: worldOf("orders", "payments"),
      variables: { KAFKA_DISCOVERY_INTERVAL: "2h" },
    });
    rig.sandbox.faults.add({
      name: "night",
      when: { service: "amplify", method: "POST", path: "/apis/**/apiservices" },
      fault: answer(503),
    });
    await rig.live(12 * HOUR_MS);
    expect(rig.work().filter(({ dead }) => dead)).toHaveLength(2);
    rig.sandbox.faults.clear();
    await rig.live(8 * HOUR_MS);
    expect(counted(rig)).toEqual([2, 2, 2]);
    expect(unwrap(await rig.actor.overview()).problems).toEqual([]);
  });

  test.each([400, 501])("that answers a topic with %i is not asked again", async (status) => {
    const rig = new Rig({ side: "cloud", world: worldOf("orders") });
    rig.sandbox.faults.add({
      name: "never",
      when: { service: "amplify", method: "POST", path: "/apis/**/apiservicerevisions" },
      fault: answer(status),
    });
    await rig.live(3 * HOUR_MS);
    expect(rig.writes().filter((request) => request.status === status)).toHaveLength(1);
    expect(rig.work().filter(({ dead }) => dead)).toMatchObject([{ key: "topic:orders" }]);
  });
});

describe("row 29: an answer", () => {
  test("that never ends is cut at its limit, and the connection goes on when it is whole again", async () => {
    const rig = await imported({ side: "cloud" });
    rig.sandbox.faults.add({
      name: "endless",
      when: { service: "amplify", method: "GET", path: "/apis/**/apiservices" },
      fault: { do: "endless-body", headers: json },
    });
    rig.sandbox.faults.add({ name: "endless too", when: TOPICS, fault: { do: "endless-body", headers: json } });
    await rig.live(10 * MINUTE_MS);
    const [discovery] = rig.work().filter(({ key }) => key === "discovery");
    expect(discovery?.error).toMatch(/bytes|not understood|JSON|form/);
    rig.sandbox.faults.clear();
    await rig.live(20 * MINUTE_MS);
    expect(unwrap(await rig.actor.overview()).problems).toEqual([]);
  });

  test("of 200 MB where 16 may be buffered is not read to its end", async () => {
    const rig = new Rig({ side: "cloud", world: worldOf("orders") });
    rig.sandbox.faults.add({
      name: "large",
      when: { service: "amplify", method: "GET", path: "/apis/management/v1/environments/*" },
      fault: { do: "large-body", megabytes: 200 },
    });
    await rig.live(2 * MINUTE_MS);
    expect(rig.work().find(({ key }) => key === "setup")?.error).toContain("16777216 bytes");
    rig.sandbox.faults.clear();
    await rig.live(20 * MINUTE_MS);
    expect(counted(rig)).toEqual([1, 1, 1]);
  });

  test("of 90 MB that is streamed is read whole within the memory that a Worker has", async () => {
    const peak = { bytes: 0 };
    const rig = new Rig({
      side: "cloud",
      world: worldOf("orders"),
      adapt: (ports) => ({
        ...ports,
        http: async (request) => (request.url.endsWith("/topics/-/configs") ? configs(90, peak) : ports.http(request)),
      }),
    });
    global.gc?.();
    const before = process.memoryUsage();
    await rig.settle();
    const after = before.heapUsed + before.arrayBuffers;
    expect(peak.bytes - after).toBeLessThan(100_000_000);
    expect(counted(rig)).toEqual([1, 1, 1]);
  }, 30_000);
});

/** The configs of all topics, so many MB long, made as they are read. */
function configs(megabytes: number, peak: { bytes: number }): Response {
  const item = JSON.stringify({
    kind: "KafkaTopicConfig",
    topic_name: "orders",
    name: "leader.replication.throttled.replicas",
    value: "x".repeat(800),
    is_default: false,
    is_sensitive: false,
    source: "DYNAMIC_TOPIC_CONFIG",
    synonyms: [],
  });
  const chunk = new TextEncoder().encode(`${item},`.repeat(64));
  let left = megabytes * 1024 * 1024;
  const body = new ReadableStream<Uint8Array>(
    {
      start: (controller) => controller.enqueue(new TextEncoder().encode('{"kind":"KafkaTopicConfigList","data":[')),
      pull: (controller) => {
        const { heapUsed, arrayBuffers } = process.memoryUsage();
        peak.bytes = Math.max(peak.bytes, heapUsed + arrayBuffers);
        if (left > 0) {
          left -= chunk.length;
          controller.enqueue(chunk);
          return;
        }
        controller.enqueue(new TextEncoder().encode(`${item}],"metadata":{"next":null}}`));
        controller.close();
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, { headers: json });
}

describe.concurrent("row 31: a Kafka key that is revoked", () => {
  test("is told once, shown, not tried again and again, and all goes on when it is replaced", async () => {
    const rig = await imported({ side: "cloud" });
    const key = keyNamed(rig.sandbox.parts.organization, keyNames.kafka);
    rig.sandbox.parts.organization.keys.delete(key.id);
    const mark = rig.mark();
    await rig.live(2 * HOUR_MS);
    const refused = rig.confluent(mark).filter(({ status }) => status === 401);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThanOrEqual(6);
    const { problems } = unwrap(await rig.actor.health());
    expect(problems.map(({ message }) => message).join("\n")).toContain("KAFKA_CLUSTER_AUTH_APIKEY_ID");
    const [agent] = rig.sandbox.parts.amplify.resources("DiscoveryAgent");
    expect(agent).toMatchObject({
      status: { state: "unhealthy", message: expect.stringContaining("KAFKA_CLUSTER_AUTH_APIKEY_ID") },
    });

    const { owner, resource } = key;
    rig.sandbox.parts.organization.addKey({ owner, resource, displayName: keyNames.kafka });
    rig.redeploy({});
    changeSchema(rig, "cloud", "orders");
    await rig.live(HOUR_MS);
    expect(counted(rig)).toEqual([2, 3, 2]);
    expect(unwrap(await rig.actor.health()).problems).toEqual([]);
    expect(rig.sandbox.parts.amplify.resources("DiscoveryAgent")).toMatchObject([{ status: { state: "running" } }]);
  });
});

describe.concurrent("a credential that is refused or lacks a permission is named once, and costs few requests", () => {
  const cases = [
    ["amplify", 401, /token of the service account/],
    ["amplify", 403, /role|may not/],
    ["cloud", 401, /KAFKA_CLOUD_AUTH_APIKEY_ID/],
    ["cloud", 403, /KAFKA_CLOUD_AUTH_APIKEY_ID.*role that may see/s],
    ["cloud-kafka", 401, /KAFKA_CLUSTER_AUTH_APIKEY_ID/],
    ["cloud-kafka", 403, /KAFKA_CLUSTER_AUTH_APIKEY_ID.*DESCRIBE/s],
    ["cloud-registry", 401, /KAFKA_SCHEMAREGISTRY_AUTH_APIKEY_ID/],
    ["cloud-registry", 403, /KAFKA_SCHEMAREGISTRY_AUTH_APIKEY_ID.*DeveloperRead/s],
  ] as const;
  test.each(cases)("%s answers %i from the start", async (service, status, message) => {
    const rig = new Rig({ side: "cloud", world: worldOf(...Array.from({ length: 12 }, (_, index) => `t${index}`)) });
    const path = service === "amplify" ? "/apis/**" : "/**";
    rig.sandbox.faults.add({ name: "refused", when: { service, path }, fault: answer(status) });
    await rig.live(HOUR_MS);
    expect(counted(rig)).toEqual([0, 0, 0]);
    expect(rig.sandbox.log.all().filter((request) => request.status === status).length).toBeLessThanOrEqual(20);
    const messages = unwrap(await rig.actor.overview()).problems.map((problem) => problem.message);
    expect(messages.filter((text) => message.test(text))).toHaveLength(1);
    rig.sandbox.faults.clear();
    await rig.live(90 * MINUTE_MS);
    expect(counted(rig)).toEqual([12, 12, 12]);
  });

  test.each([401, 403])("Amplify answers %i to every write of a service of forty", async (status) => {
    const rig = new Rig({ side: "cloud" });
    rig.sandbox.faults.add({
      name: "refused",
      when: { service: "amplify", method: "POST", path: "/apis/**/apiservices" },
      fault: answer(status),
    });
    await rig.live(HOUR_MS);
    expect(rig.writes().filter((request) => request.status === status).length).toBeLessThanOrEqual(20);
    const messages = unwrap(await rig.actor.overview()).problems.map((problem) => problem.message);
    expect(messages.filter((text) => /create API services|service account/.test(text))).toHaveLength(1);
    rig.sandbox.faults.clear();
    await rig.live(2 * HOUR_MS);
    expect(unwrap(await rig.actor.overview()).topics.published).toBeGreaterThan(30);
  });
});

test("a 403 that carries internal addresses is cut before it is shown or logged", async () => {
  const rig = await imported({ side: "platform" });
  const dump =
    "Request Request(processor=1, connectionId=10.1.2.3:9092-10.9.8.7:51234-1, session=Session(User:admin,broker-1.internal/10.1.2.3), " +
    "listenerName=ListenerName(INTERNAL), envelope=Some(Request(clientAddress=/10.9.8.7))) needs DESCRIBE permission.";
  rig.sandbox.faults.add({
    name: "dump",
    when: { service: "platform-kafka", path: "/v3/clusters/*/topics" },
    fault: answer(403, JSON.stringify({ error_code: 40301, message: dump })),
  });
  await rig.live(20 * MINUTE_MS);
  const text = await shown(rig);
  expect(text).toContain("needs DESCRIBE permission");
  for (const inside of ["10.1.2.3", "10.9.8.7", "broker-1.internal", "51234", "User:admin"]) {
    expect(text).not.toContain(inside);
  }
});

describe.concurrent("row 40: the token endpoint", () => {
  const TOKEN = { service: "amplify", path: "/auth/**" } as const;

  test("that is slow is asked once for a whole import", async () => {
    const rig = new Rig({ side: "cloud", world: worldOf("orders", "payments") });
    rig.sandbox.faults.add({ name: "slow", when: TOKEN, fault: { do: "delay", ms: 400 } });
    await rig.settle();
    expect(rig.sandbox.log.all().filter(({ path }) => path.startsWith("/auth/"))).toHaveLength(1);
    expect(counted(rig)).toEqual([2, 2, 2]);
  });

  test.each([-120_000, 120_000])("whose clock is %i ms off gives a token all the same", async (skew) => {
    const rig = new Rig({
      side: "cloud",
      world: worldOf("orders"),
      adapt: (ports) => ({ ...ports, clock: { now: () => ports.clock.now() + skew } }),
    });
    for (let minute = 0; minute < 10; minute++) {
      await rig.turn();
      rig.sandbox.clock.advance(MINUTE_MS);
    }
    expect(counted(rig)).toEqual([1, 1, 1]);
    expect(rig.sandbox.log.all().filter(({ path }) => path.startsWith("/auth/")).length).toBeLessThanOrEqual(2);
  });

  test("that refuses the key is told in one clear message, and asked some times an hour", async () => {
    const rig = new Rig({ side: "cloud", world: worldOf("orders", "payments") });
    rig.sandbox.parts.amplify.client(rig.config.auth.clientId).enabled = false;
    await rig.live(HOUR_MS);
    expect(rig.sandbox.log.all().filter(({ path }) => path.startsWith("/auth/")).length).toBeLessThanOrEqual(20);
    const messages = unwrap(await rig.actor.overview()).problems.map(({ message }) => message);
    expect(messages.filter((message) => message.includes("CENTRAL_AUTH_CLIENTID"))).toHaveLength(1);
    rig.sandbox.parts.amplify.client(rig.config.auth.clientId).enabled = true;
    await rig.live(HOUR_MS);
    expect(counted(rig)).toEqual([2, 2, 2]);
  });

  test("whose token is revoked early is asked for another one, and an import goes on at once", async () => {
    const rig = new Rig({ side: "cloud", world: worldOf("orders", "payments") });
    rig.sandbox.faults.add({
      name: "revoked",
      when: { service: "amplify", path: "/apis/**", calls: { nth: 14 } },
      fault: answer(401),
    });
    await rig.live(3 * MINUTE_MS);
    expect(counted(rig)).toEqual([2, 2, 2]);
    expect(rig.sandbox.log.all().filter(({ path }) => path.startsWith("/auth/"))).toHaveLength(2);
  });

  test("that fails while a token is still good does not stop the work", async () => {
    const rig = await imported({ side: "cloud" });
    rig.sandbox.faults.add({ name: "down", when: TOKEN, fault: answers.badGateway() });
    changeSchema(rig, "cloud", "orders");
    await rig.live(20 * MINUTE_MS);
    expect(counted(rig)).toEqual([2, 3, 2]);
  });
});

describe.concurrent("row 39: at 25 requests a minute", () => {
  test("forty topics take their time, no request too many is ever refused", async () => {
    const rig = new Rig({ side: "cloud" });
    const began = rig.now;
    await rig.settle();
    const published = unwrap(await rig.actor.overview()).topics.published ?? 0;
    const requests = rig.amplify();
    expect(requests.filter(({ status }) => status === 429)).toEqual([]);
    const minutes = (rig.now - began) / MINUTE_MS;
    expect(minutes).toBeGreaterThan((published * 7) / 25 - 1);
    expect(minutes).toBeLessThan((published * 7) / 23 + 4);
    const at = requests.map((request) => request.at);
    for (const [index, start] of at.entries()) expect((at[index + 25] ?? Infinity) - start).toBeGreaterThan(60_000);
  });

  test("what a person waits for goes before an import that is under way", async () => {
    const rig = new Rig({ side: "cloud" });
    await rig.live(3 * MINUTE_MS);
    expect(rig.open().length).toBeGreaterThan(10);
    const mark = rig.mark();
    // Setup is in the lane before discovery's; its next look is asked for by a new team.
    rig.redeploy({ CENTRAL_TEAM: "Payments" });
    await rig.live(MINUTE_MS);
    const counts = rig.amplify(mark).map(({ path }) => path);
    expect(counts.findIndex((path) => path.includes("platformTeams"))).toBeLessThan(2);
  });
});

describe.concurrent("row 48: a registry that is down", () => {
  test("leaves every document as it is, and nothing is published without its schema", async () => {
    const rig = await imported({ side: "cloud" });
    const mark = rig.mark();
    rig.sandbox.faults.add({ name: "down", when: { service: "cloud-registry" }, fault: answers.badGateway() });
    const { clusters, registries } = rig.sandbox.parts;
    clusters.cloud.createTopic({ name: "invoices", partitions: 1, replicationFactor: 3 });
    registries.cloud.register("invoices-value", recordOf("invoices", "id"));
    clusters.cloud.growPartitions("orders", 5);
    await rig.live(2 * HOUR_MS);
    expect(rig.writes(mark)).toEqual([]);
    expect(
      unwrap(await rig.actor.overview())
        .problems.map(({ message }) => message)
        .join(),
    ).toContain("Registry");
    rig.sandbox.faults.clear();
    await rig.live(30 * MINUTE_MS);
    expect(counted(rig)).toEqual([3, 4, 3]);
  });
});
