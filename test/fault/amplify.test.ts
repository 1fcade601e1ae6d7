import { describe, expect, test } from "vitest";
import { workStore } from "../../src/store/work.ts";
import type { JsonObject } from "../sandbox/amplify/json.ts";
import { answers } from "../sandbox/core/faults.ts";
import { linkOf, publishedWorld } from "../support/amplify-view.ts";
import { changeSchema, counted, imported, linkOfTopic, resourceOf, verifyNow, worldOf } from "../support/imported.ts";
import { HOUR_MS, MINUTE_MS, Rig, unwrap } from "../support/rig.ts";
import { smallWorld } from "./small-world.ts";

/** For tests of days: requests to one host are paced in real time. */
const SELDOM = { KAFKA_DISCOVERY_INTERVAL: "2h" };
const SERVICES = "/apis/**/apiservices";
const REVISIONS = "/apis/**/apiservicerevisions";
const INSTANCES = "/apis/**/apiserviceinstances";
const ENVIRONMENT = { kind: "Environment", name: "meridian-cloud" } as const;

describe("row 34: an answer that is lost after the server acted", () => {
  test.each([
    ["service", "POST", SERVICES],
    ["revision", "POST", REVISIONS],
    ["instance", "POST", INSTANCES],
    ["details", "PUT", "/apis/**/x-agent-details"],
    ["badge", "PUT", "/apis/**/source"],
    ["agent", "POST", "/apis/**/discoveryagents"],
    ["definition", "POST", "/apis/**/accessrequestdefinitions"],
  ])("makes no second %s: what is there is taken for ours and completed", async (_, method, path) => {
    const undisturbed = await imported({ side: "cloud", world: smallWorld });
    const rig = new Rig({ side: "cloud", world: smallWorld });
    rig.sandbox.faults.add({
      name: "lost",
      when: { service: "amplify", method, path, calls: { nth: 1 } },
      fault: { do: "lose-reply" },
    });
    await rig.settle();
    expect(rig.sandbox.faults.list()).toMatchObject([{ fired: 1 }]);
    expect(publishedWorld(rig.sandbox.parts.amplify)).toEqual(publishedWorld(undisturbed.sandbox.parts.amplify));
  });

  test.each([
    ["service", SERVICES],
    ["instance", INSTANCES],
  ])("and a POST of a %s that arrives only after we asked again makes no second one either", async (_, path) => {
    const undisturbed = await imported({ side: "cloud", world: smallWorld });
    const rig = new Rig({ side: "cloud", world: smallWorld });
    rig.sandbox.faults.add({
      name: "late",
      when: { service: "amplify", method: "POST", path, calls: { nth: 1 } },
      fault: { do: "act-later", ms: 20_000 },
    });
    await rig.live(5 * MINUTE_MS);
    expect(rig.open()).toEqual([]);
    expect(publishedWorld(rig.sandbox.parts.amplify)).toEqual(publishedWorld(undisturbed.sandbox.parts.amplify));
  });
});

test("row 36: an instance that cannot be made leaves one service and one revision, and the next run completes them", async () => {
  const rig = new Rig({ side: "cloud", world: worldOf("orders") });
  rig.sandbox.faults.add({
    name: "down",
    when: { service: "amplify", method: "POST", path: INSTANCES, calls: { first: 4 } },
    fault: answers.serverError(),
  });
  await rig.live(10 * MINUTE_MS);
  expect(counted(rig)).toEqual([1, 1, 1]);
  expect(rig.writes().filter(({ path }) => path.endsWith("/apiservices"))).toHaveLength(1);
  expect(rig.writes().filter(({ path }) => path.endsWith("/apiservicerevisions"))).toHaveLength(1);
});

test("row 38: a run that is started twice while it publishes makes one service, and one revision for each document", async () => {
  const rig: Rig = new Rig({
    side: "cloud",
    world: worldOf("orders"),
    adapt: (ports) => ({
      ...ports,
      http: async (request) => {
        if (request.method === "POST" && request.url.includes("/apiservice")) unwrap(await rig.actor.discover({}));
        return ports.http(request);
      },
    }),
  });
  await rig.settle();
  changeSchema(rig, "cloud", "orders");
  unwrap(await rig.actor.discover({}));
  unwrap(await rig.actor.discover({}));
  await rig.settle();
  await rig.live(20 * MINUTE_MS);
  expect(counted(rig)).toEqual([1, 2, 1]);
  const newest = rig.sandbox.parts.amplify.resources("APIServiceRevision").at(-1);
  const instance = resourceOf(rig, "APIServiceInstance", "orders");
  expect(instance).toMatchObject({ spec: { apiServiceRevision: newest?.name } });
  const service = resourceOf(rig, "APIService", "orders");
  expect(service).toMatchObject({ "x-agent-details": { externalAPIID: "lkc-7mr1dn/orders" } });
});

describe("requests of a discovery later on", () => {
  test("are none when nothing changed, 2 for a changed topic, 5 and 2 badges for a new one", async () => {
    const rig = await imported({ side: "cloud" });
    await rig.live(30 * MINUTE_MS);
    let mark = rig.mark();
    await rig.live(2 * HOUR_MS);
    expect(rig.amplify(mark)).toEqual([]);

    changeSchema(rig, "cloud", "orders");
    await rig.live(10 * MINUTE_MS);
    expect(rig.amplify(mark).map(({ method, status }) => `${method} ${status}`)).toEqual(["POST 201", "PUT 200"]);

    mark = rig.mark();
    rig.sandbox.parts.clusters.cloud.createTopic({ name: "invoices", partitions: 1, replicationFactor: 3 });
    await rig.live(10 * MINUTE_MS);
    const sent = rig.amplify(mark).map(({ method, path }) => `${method} ${path.split("/").at(-1)}`);
    expect(sent).toEqual([
      "POST apiservices",
      "PUT x-agent-details",
      "POST apiservicerevisions",
      "POST apiserviceinstances",
      "PUT x-agent-details",
      "PUT source",
      "PUT source",
    ]);
  });
});

describe("row 42: a resource that a person deleted", () => {
  test.each([
    ["service", "APIService", [1, 1, 1]],
    ["instance", "APIServiceInstance", [2, 2, 1]],
  ] as const)("%s: is left alone, shown, and made again on a click", async (_, kind, left) => {
    const rig = await imported({ side: "cloud", variables: SELDOM });
    rig.sandbox.parts.amplify.remove(linkOfTopic(rig, kind, "orders"));
    expect(counted(rig)).toEqual(left);
    const mark = rig.mark();
    await rig.live(26 * HOUR_MS);
    expect(counted(rig)).toEqual(left);
    expect(rig.writes(mark)).toEqual([]);
    const topic = unwrap(await rig.actor.topic("orders"));
    expect(topic).toMatchObject({ state: "held", held: { kind: "deleted" } });
    expect(
      unwrap(await rig.actor.overview())
        .problems.map(({ message }) => message)
        .join(),
    ).toContain("held");

    // Not even a change of the topic makes it again.
    changeSchema(rig, "cloud", "orders");
    unwrap(await rig.actor.discover({}));
    await rig.live(HOUR_MS);
    expect(rig.writes(mark)).toEqual([]);

    unwrap(await rig.actor.decide("orders", "publish"));
    await rig.live(10 * MINUTE_MS);
    const [services, , instances] = counted(rig);
    expect([services, instances]).toEqual([2, 2]);
    expect(unwrap(await rig.actor.topic("orders"))).toMatchObject({ state: "published", held: undefined });
    expect(resourceOf(rig, "APIServiceInstance", "orders")).toHaveProperty("source");
    const after = rig.mark();
    await verifyNow(rig);
    expect(rig.writes(after)).toEqual([]);
  });

  test("while we were about to change it: is found out by that change and not made again", async () => {
    const rig = await imported({ side: "cloud" });
    changeSchema(rig, "cloud", "orders");
    rig.sandbox.parts.amplify.remove(linkOfTopic(rig, "APIServiceInstance", "orders"));
    await rig.live(2 * HOUR_MS);
    expect(unwrap(await rig.actor.topic("orders"))).toMatchObject({ state: "held", held: { kind: "deleted" } });
    expect(counted(rig)[2]).toBe(1);
    expect(rig.work().filter(({ dead }) => dead)).toEqual([]);
  });

  test("a service, while its revision was about to be made: is held, not tried until it is given up", async () => {
    const rig = await imported({ side: "cloud", variables: SELDOM });
    changeSchema(rig, "cloud", "orders");
    rig.sandbox.parts.amplify.remove(linkOfTopic(rig, "APIService", "orders"));
    unwrap(await rig.actor.discover({}));
    await rig.live(5 * MINUTE_MS);
    expect(unwrap(await rig.actor.topic("orders"))).toMatchObject({ state: "held", held: { kind: "deleted" } });
    expect(rig.work().filter(({ error }) => error)).toEqual([]);
  });
});

test("an environment that is deleted during an import is named, nobody is said to have deleted topics, and it costs few requests", async () => {
  const rig = new Rig({ side: "cloud" });
  await rig.live(3 * MINUTE_MS);
  const { amplify } = rig.sandbox.parts;
  const inside = ["APIServiceInstance", "APIServiceRevision", "APIService"].flatMap((kind) => amplify.resources(kind));
  for (const resource of inside) if (amplify.get(linkOf(resource))) amplify.remove(linkOf(resource));
  amplify.remove("/management/v1/environments/meridian-cloud");
  const mark = rig.mark();
  await rig.live(HOUR_MS);
  expect(rig.amplify(mark).length).toBeLessThanOrEqual(30);
  const { problems, topics } = unwrap(await rig.actor.overview());
  expect(topics.held).toBe(0);
  expect(problems.map(({ message }) => message).join("\n")).toContain("in the environment meridian-cloud");
  expect(problems.length).toBeLessThanOrEqual(3);
});

test("row 42: what a list of services lacks is asked for by name before it counts as deleted", async () => {
  const rig = await imported({ side: "cloud", world: worldOf("orders", "payments", "invoices") });
  rig.sandbox.faults.add({
    name: "skips",
    when: { service: "amplify", method: "GET", path: SERVICES },
    fault: { do: "answer", status: 200, headers: { "x-axway-total-count": "0" }, body: "[]" },
  });
  const mark = rig.mark();
  await verifyNow(rig);
  expect(rig.sandbox.faults.list()[0]?.fired).toBeGreaterThan(0);
  expect(unwrap(await rig.actor.overview()).topics).toMatchObject({ held: 0, published: 3 });
  expect(rig.writes(mark)).toEqual([]);
});

test("row 42: pages of a verification are read on after an eviction, and a resource that moved meanwhile is not lost", async () => {
  const rig = await imported({ side: "cloud", world: worldOf("orders", "payments") });
  const { amplify } = rig.sandbox.parts;
  const foreign = Array.from({ length: 25 }, (_, index) =>
    amplify.create({
      kind: "APIService",
      scope: ENVIRONMENT,
      body: { name: `foreign-${index}`, title: `foreign ${index}`, spec: { description: "" } },
    }),
  );
  rig.redeploy({ CENTRAL_PAGESIZE: "10" });
  let pages = 0;
  rig.evict((ports) => ({
    ...ports,
    http: async (request) => {
      if (request.method !== "GET" || !request.url.includes("/apiservices?")) return ports.http(request);
      pages++;
      // What was on the second page moves to the first, after this was read.
      const first = foreign[pages - 1];
      const response = await ports.http(request);
      if (first) amplify.remove(linkOf(first));
      return response;
    },
  }));
  workStore(rig.runtime.ports.sql).hint("verify", "discovery", rig.now, "of a test");
  for (let minute = 0; minute < 40; minute++) {
    await rig.turn();
    rig.evict();
    rig.sandbox.clock.advance(MINUTE_MS);
  }
  expect(pages).toBeGreaterThan(2);
  expect(unwrap(await rig.actor.overview()).topics).toMatchObject({ held: 0, published: 2 });
  expect(rig.work().find(({ key }) => key === "verify")).toMatchObject({ error: undefined });
});

describe("row 65: what others wrote into our resources", () => {
  test("between our read and our PUT survives, and ours is written too", async () => {
    const rig = await imported({ side: "cloud" });
    const { amplify } = rig.sandbox.parts;
    const instance = linkOfTopic(rig, "APIServiceInstance", "orders");
    const tagsBefore = (amplify.get(instance)?.tags ?? []) as string[];
    amplify.edit(instance, { tags: [...tagsBefore, "golden"], attributes: { owner: "bank" } });
    const service = linkOfTopic(rig, "APIService", "orders");
    amplify.edit(service, { tags: ["of a person"], attributes: { cost: "12" } });
    const mark = rig.mark();
    changeSchema(rig, "cloud", "orders");
    await rig.live(10 * MINUTE_MS);
    expect(rig.amplify(mark).map(({ method, status }) => `${method} ${status}`)).toEqual([
      "POST 201",
      "PUT 428",
      "GET 200",
      "PUT 200",
    ]);
    const newest = amplify.resources("APIServiceRevision").at(-1);
    expect(amplify.get(instance)).toMatchObject({
      tags: expect.arrayContaining(["golden"]),
      attributes: { owner: "bank" },
      spec: { apiServiceRevision: newest?.name },
    });
    expect(amplify.get(service)).toMatchObject({ tags: ["of a person"], attributes: { cost: "12" } });

    // A setting that changes both is written into what is there.
    rig.redeploy({ CENTRAL_ADDITIONALTAGS: "kafka" });
    await rig.live(10 * MINUTE_MS);
    for (const link of [instance, service]) {
      const { tags, attributes } = amplify.get(link) ?? {};
      expect(tags).toContain("kafka");
      expect(tags).toContain(link === instance ? "golden" : "of a person");
      expect(attributes).toEqual(link === instance ? { owner: "bank" } : { cost: "12" });
    }
  });

  test("survives a change that comes in every time that we look", async () => {
    let edits = 0;
    const rig: Rig = new Rig({
      side: "cloud",
      world: worldOf("orders"),
      adapt: (ports) => ({
        ...ports,
        http: async (request) => {
          const isReplace = request.method === "PUT" && /apiserviceinstances\/[^/]+$/.test(request.url);
          if (isReplace && edits < 5) {
            edits++;
            rig.sandbox.parts.amplify.edit(linkOfTopic(rig, "APIServiceInstance", "orders"), {
              attributes: { edits: String(edits) },
            });
          }
          return ports.http(request);
        },
      }),
    });
    await rig.settle();
    changeSchema(rig, "cloud", "orders");
    await rig.live(HOUR_MS);
    const instance = rig.sandbox.parts.amplify.get(linkOfTopic(rig, "APIServiceInstance", "orders"));
    const newest = rig.sandbox.parts.amplify.resources("APIServiceRevision").at(-1);
    expect(instance).toMatchObject({ attributes: { edits: "5" }, spec: { apiServiceRevision: newest?.name } });
  });

  test("in x-agent-details survives what we write there later", async () => {
    const rig = await imported({ side: "cloud" });
    const { amplify } = rig.sandbox.parts;
    const service = linkOfTopic(rig, "APIService", "orders");
    const details = amplify.get(service)?.["x-agent-details"] as JsonObject;
    amplify.editSub(service, "x-agent-details", { ...details, billing: "cost centre 4711" });
    rig.sandbox.parts.clusters.cloud.deleteTopic("orders");
    await rig.live(30 * MINUTE_MS);
    expect(amplify.get(service)).toMatchObject({
      "x-agent-details": { billing: "cost centre 4711", externalAPISyncWarning: "warning" },
    });
  });
});

test("an empty database after an import takes everything for ours, and writes nothing", async () => {
  const rig = await imported({ side: "platform", world: "demo" });
  const before = publishedWorld(rig.sandbox.parts.amplify);
  // The rate of the lost database's requests is lost with it.
  rig.sandbox.clock.advance(MINUTE_MS);
  const mark = rig.mark();
  const anew = new Rig({ side: "platform", sandbox: rig.sandbox });
  await anew.settle();
  expect(anew.writes(mark).filter(({ path }) => path.includes("/apiservice"))).toEqual([]);
  // Of a definition that is there already the POST is refused: nothing was written, of nothing a new version made.
  expect(anew.writes(mark).filter(({ status }) => status !== 409)).toEqual([]);
  expect(publishedWorld(rig.sandbox.parts.amplify)).toEqual(before);
  const { topics } = unwrap(await anew.actor.overview());
  expect(topics.published).toBe(topics.eligible);

  // And it goes on as the one before would have.
  const later = anew.mark();
  await anew.live(HOUR_MS);
  expect(anew.amplify(later)).toEqual([]);
  rig.close();
  anew.close();
});

describe("settings that change what is published", () => {
  test.each([
    ["tags", { CENTRAL_ADDITIONALTAGS: "kafka, meridian" }, ["replace service", "replace instance"]],
    ["the team", { CENTRAL_TEAM: "Payments" }, ["replace service", "replace instance"]],
    ["the title", { CENTRAL_APPENDENVIRONMENTTOTITLE: "true" }, ["replace instance"]],
  ] as const)("%s: are written to every topic, once", async (_, variables, steps) => {
    const rig = await imported({
      side: "cloud",
      world: worldOf("orders"),
      variables: { CENTRAL_APPENDENVIRONMENTTOTITLE: "false" },
    });
    const mark = rig.mark();
    rig.redeploy({ CENTRAL_APPENDENVIRONMENTTOTITLE: "false", ...variables });
    await rig.live(2 * HOUR_MS);
    const writes = rig.writes(mark).filter(({ path }) => path.includes("/apiservice"));
    expect(writes.map(({ method, path }) => `${method} ${path.split("/").at(-2)}`)).toEqual(
      steps.map((step) => `PUT ${step === "replace service" ? "apiservices" : "apiserviceinstances"}`),
    );
    const [instance] = rig.sandbox.parts.amplify.resources("APIServiceInstance");
    const [service] = rig.sandbox.parts.amplify.resources("APIService");
    if ("CENTRAL_ADDITIONALTAGS" in variables) {
      expect(instance?.tags).toEqual(expect.arrayContaining(["kafka", "meridian"]));
      expect(service?.tags).toEqual(expect.arrayContaining(["kafka", "meridian"]));
    }
    if ("CENTRAL_TEAM" in variables) {
      expect(service?.owner).toMatchObject({ id: "3c5e7a9b-2d4f-4a6c-8e0b-1d3f5a7c9e82" });
    }
    if ("CENTRAL_APPENDENVIRONMENTTOTITLE" in variables) expect(instance?.title).toBe("orders (meridian-cloud)");
  });
});

describe("what cannot work is named with what to do", () => {
  test.each([
    ["a team that does not exist", { CENTRAL_TEAM: "Nobody" }, /no team named Nobody.*CENTRAL_TEAM/s],
    ["an environment that does not exist", { CENTRAL_ENVIRONMENT: "nowhere" }, /nowhere.*CENTRAL_ENVIRONMENT/s],
    ["another organisation", { CENTRAL_ORGANIZATIONID: "1234567" }, /1234567.*CENTRAL_ORGANIZATIONID/s],
  ])("%s", async (_, variables, message) => {
    const rig = new Rig({ side: "cloud", world: worldOf("orders"), variables });
    await rig.live(HOUR_MS);
    expect(counted(rig)).toEqual([0, 0, 0]);
    const told = unwrap(await rig.actor.overview()).problems.filter((problem) => message.test(problem.message));
    expect(told).toHaveLength(1);
    expect(rig.amplify().length).toBeLessThanOrEqual(30);
    rig.redeploy({});
    await rig.live(20 * MINUTE_MS);
    expect(counted(rig)).toEqual([1, 1, 1]);
  });
});

describe("agents", () => {
  test.each(["DiscoveryAgent", "TraceabilityAgent"])(
    "an %s of Axway's that runs on the same environment is refused, and nothing is published until it stops",
    async (kind) => {
      const rig = new Rig({ side: "cloud", world: worldOf("orders") });
      const { amplify } = rig.sandbox.parts;
      const sdkTime = (at: number) => new Date(at).toISOString().replace("Z", "+0000");
      const running = () => ({
        version: "1.2.3",
        sdkVersion: "1.1.152",
        state: "running",
        message: "",
        lastActivityTime: sdkTime(rig.now),
      });
      const agent = amplify.create({
        kind,
        scope: ENVIRONMENT,
        body: { name: "kafka-agent", title: "kafka-agent", spec: { dataplaneType: "Kafka" } },
        subs: { status: running() },
      });
      const link = String((agent.metadata as JsonObject).selfLink);
      await rig.live(HOUR_MS);
      expect(counted(rig)).toEqual([0, 0, 0]);
      expect(rig.writes().filter(({ path }) => !path.includes("agents"))).toEqual([]);
      const { problems } = unwrap(await rig.actor.overview());
      expect(problems.map(({ message }) => message).join("\n")).toMatch(/kafka-agent.*hand over/s);
      expect(amplify.get(link)).toMatchObject({ status: { state: "running", sdkVersion: "1.1.152" } });

      amplify.editSub(link, "status", { ...running(), state: "stopped" });
      await rig.live(30 * MINUTE_MS);
      expect(counted(rig)).toEqual([1, 1, 1]);
    },
  );

  test("have their status written when it changes, and every few hours as a sign of life", async () => {
    const rig = await imported({ side: "cloud", world: worldOf("orders"), variables: SELDOM });
    const statusWrites = (after: number) =>
      rig.sandbox.log.after(after).filter(({ method, path }) => method === "PUT" && path.endsWith("/status"));
    const status = () => (rig.sandbox.parts.amplify.resources("DiscoveryAgent")[0]?.status ?? {}) as JsonObject;
    const state = () => status().state;
    expect(state()).toBe("running");
    const mark = rig.mark();
    await rig.live(3 * HOUR_MS);
    expect(statusWrites(mark)).toEqual([]);
    await rig.live(22 * HOUR_MS);
    expect(statusWrites(mark).length).toBeGreaterThanOrEqual(2 * 5);
    expect(statusWrites(mark).length).toBeLessThanOrEqual(2 * 7);
    const seen = Date.parse(String(status().lastActivityTime).replace("+0000", "Z"));
    expect(rig.now - seen).toBeLessThan(5 * HOUR_MS);

    rig.sandbox.faults.add({ name: "down", when: { service: "cloud-kafka" }, fault: answers.badGateway() });
    unwrap(await rig.actor.discover({}));
    await rig.live(5 * MINUTE_MS);
    expect(state()).toBe("unhealthy");
    rig.sandbox.faults.clear();
    await rig.live(20 * MINUTE_MS);
    expect(state()).toBe("running");
  });

  test("whose resource a person deleted are made again", async () => {
    const rig = await imported({ side: "cloud", world: worldOf("orders"), variables: SELDOM });
    const { amplify } = rig.sandbox.parts;
    for (const agent of amplify.resources("DiscoveryAgent")) amplify.remove(linkOf(agent));
    await rig.live(26 * HOUR_MS);
    expect(rig.sandbox.parts.amplify.resources("DiscoveryAgent")).toMatchObject([{ status: { state: "running" } }]);
  });
});

describe("a likely twin", () => {
  const withTwins = async (...topics: readonly string[]) => {
    const rig = new Rig({ side: "cloud", world: worldOf("orders", "payments", "invoices") });
    const { amplify } = rig.sandbox.parts;
    for (const title of topics) {
      const name = `twin-${title}`;
      amplify.create({ kind: "APIService", scope: ENVIRONMENT, body: { name, title, spec: { description: "" } } });
      amplify.create({
        kind: "APIServiceRevision",
        scope: ENVIRONMENT,
        body: { name, title, spec: { apiService: name, definition: { type: "asyncapi", value: "e30=" } } },
      });
      amplify.create({
        kind: "APIServiceInstance",
        scope: ENVIRONMENT,
        body: {
          name,
          title,
          spec: {
            apiServiceRevision: name,
            endpoint: [
              {
                host: "pkc-7mr1dn.eu-central-1.aws.confluent.cloud",
                port: 9092,
                protocol: "kafka-secure",
                routing: {},
              },
            ],
          },
        },
      });
    }
    await rig.settle();
    return rig;
  };

  test("waits for the operator, shown with the other's name, and is published on its word", async () => {
    const rig = await withTwins("orders", "payments");
    expect(counted(rig)).toEqual([3, 3, 3]);
    await verifyNow(rig);
    await rig.live(20 * MINUTE_MS);
    expect(counted(rig)).toEqual([3, 3, 3]);
    expect(unwrap(await rig.actor.topic("orders"))).toMatchObject({
      state: "held",
      held: { kind: "twin", service: "twin-orders" },
    });
    unwrap(await rig.actor.decide("orders", "publish"));
    await rig.settle();
    await verifyNow(rig);
    expect(counted(rig)).toEqual([4, 4, 4]);
    expect(unwrap(await rig.actor.topic("orders"))).toMatchObject({ state: "published" });
    expect(unwrap(await rig.actor.topic("payments"))).toMatchObject({ state: "held" });
  });

  test("all of them are published on one word", async () => {
    const rig = await withTwins("orders", "payments");
    unwrap(await rig.actor.discover({ acceptTwins: true }));
    await rig.settle();
    expect(counted(rig)).toEqual([5, 5, 5]);
  });

  test("that the operator accepted stays accepted, whatever is compared before it is published", async () => {
    const rig = await withTwins("orders");
    rig.sandbox.faults.add({
      name: "down",
      when: { service: "amplify", method: "POST", path: SERVICES },
      fault: answers.badGateway(),
    });
    unwrap(await rig.actor.decide("orders", "publish"));
    await rig.live(5 * MINUTE_MS);
    workStore(rig.runtime.ports.sql).hint("verify", "discovery", rig.now, "of a test");
    await rig.live(5 * MINUTE_MS);
    rig.sandbox.faults.clear();
    await rig.live(30 * MINUTE_MS);
    expect(unwrap(await rig.actor.topic("orders"))).toMatchObject({ state: "published", held: undefined });
  });

  test("stays held while the topic list is empty for a moment", async () => {
    const rig = await withTwins("orders", "payments");
    rig.sandbox.faults.add({
      name: "empty",
      when: { service: "cloud-kafka", path: "/kafka/v3/clusters/*/topics", calls: { first: 1 } },
      fault: { do: "empty-list" },
    });
    await rig.live(20 * MINUTE_MS);
    expect(counted(rig)).toEqual([3, 3, 3]);
    expect(unwrap(await rig.actor.topic("orders"))).toMatchObject({ state: "held", held: { kind: "twin" } });
  });
});
