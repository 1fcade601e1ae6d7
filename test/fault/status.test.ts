import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { workStore } from "../../src/store/work.ts";
import type { Item } from "../sandbox/amplify/marketplace-server.ts";
import { answers, type Fault } from "../sandbox/core/faults.ts";
import { HOUR_MS, isSweep, MINUTE_MS, type Rig } from "../support/rig.ts";
import { outcomeOf, type Subscribing, subscribing } from "../support/subscribing.ts";

const opened: Subscribing[] = [];
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterEach(() => {
  for (const each of opened.splice(0)) each.close();
  vi.useRealTimers();
});

async function start(
  side: "cloud" | "platform",
  options: NonNullable<Parameters<typeof subscribing>[1]> = {},
): Promise<Subscribing> {
  const given = await subscribing(side, options);
  opened.push(given);
  given.rig.sandbox.parts.organization.behaviour.kafkaKeyMs = 12_000;
  return given;
}

/** What an application is read and written with, polls of the events apart. */
const calls = (rig: Rig, mark: number) => rig.amplify(mark).filter(({ path }) => !path.startsWith("/events"));
const reads = (rig: Rig, mark: number) => calls(rig, mark).filter(({ method }) => method === "GET");
/** Whatever changes something in Confluent; what is measured there is asked for by POST as well. */
const changes = (rig: Rig, mark: number) =>
  rig.confluent(mark).filter(({ method, service }) => method !== "GET" && service !== "metrics");

function hint({ rig, consumer }: Subscribing): void {
  const key = `application:${consumer.application.name}`;
  workStore(rig.runtime.ports.sql).hint(key, "provisioning", rig.now, "of a test");
}

describe.each(["cloud", "platform"] as const)("a subscription on %s", (side) => {
  test("costs at most 14 calls, of which 4 are reads, and none for the events of our own writes", async () => {
    const given = await start(side);
    const { rig, consumer } = given;
    const mark = rig.mark();
    const access = await consumer.access("orders");
    const credential = await consumer.credential("orders");
    await rig.live(12 * MINUTE_MS);
    expect(given.levels(access, credential)).toEqual(["Success", "Success"]);
    expect(calls(rig, mark).length).toBeLessThanOrEqual(14);
    expect(reads(rig, mark).length).toBeLessThanOrEqual(4);
    const removing = rig.mark();
    for (const item of [access, credential, consumer.application]) consumer.market.remove(item);
    await rig.live(2 * MINUTE_MS);
    given.expectNothingLeft();
    // One read of each that is to go, and one write.
    expect(
      calls(rig, removing)
        .map(({ method }) => method)
        .sort(),
    ).toEqual(["GET", "GET", "GET", "PUT", "PUT", "PUT"]);
  });

  test("suspended and enabled costs one read and two writes each time", async () => {
    const given = await start(side);
    const { rig, consumer } = given;
    await consumer.access("orders");
    const credential = await consumer.credential("orders");
    await consumer.served();
    for (const change of ["suspend", "enable"] as const) {
      const mark = rig.mark();
      consumer.market[change](credential);
      await consumer.served();
      expect(calls(rig, mark).map(({ method, path }) => `${method} ${path.split(credential.name)[1]}`)).toEqual([
        "GET ",
        "PUT /state",
        "PUT /status",
      ]);
    }
  });

  test("hinted a hundred times, one after the other, is provisioned once, and the later runs write nothing", async () => {
    const given = await start(side);
    const { rig, consumer } = given;
    const access = await consumer.access("orders");
    const credential = await consumer.credential("orders");
    await consumer.served();
    const before = [given.acls(), given.keys(), given.accounts(), given.users()];
    const mark = rig.mark();
    for (let count = 0; count < 100; count++) {
      hint(given);
      await rig.turn();
    }
    expect([calls(rig, mark), rig.confluent(mark)]).toEqual([[], []]);
    expect([given.acls(), given.keys(), given.accounts(), given.users()]).toEqual(before);
    expect(given.levels(access, credential)).toEqual(["Success", "Success"]);
  });

  test("hinted while it is being reconciled runs once more afterwards, never twice at once, and writes nothing then", async () => {
    let running = 0;
    let most = 0;
    let given: Subscribing | undefined;
    const created = await start(side, {
      adapt: (ports) => ({
        ...ports,
        http: async (request) => {
          running += 1;
          most = Math.max(most, running);
          if (given && request.method !== "GET") hint(given);
          try {
            return await ports.http(request);
          } finally {
            running -= 1;
          }
        },
      }),
    });
    given = created;
    const { rig, consumer } = created;
    const access = await consumer.access("orders");
    const credential = await consumer.credential("orders");
    most = 0;
    await consumer.served();
    expect(created.levels(access, credential)).toEqual(["Success", "Success"]);
    expect(most).toBe(1);
    const made = rig.sandbox.log
      .all()
      .filter(({ method, path }) => method !== "GET" && /api-keys|service-accounts|\/users\/|acls/.test(path));
    expect(made.map(({ method }) => method)).toEqual(side === "cloud" ? ["POST", "POST", "POST"] : ["PUT", "POST"]);
  });

  test("whose status cannot be written is told later, and nothing of it is made again", async () => {
    const given = await start(side);
    const { rig, consumer } = given;
    rig.sandbox.faults.add({
      name: "down",
      when: { service: "amplify", method: "PUT", path: "**/status" },
      fault: answers.badGateway(),
    });
    const access = await consumer.access("orders");
    const credential = await consumer.credential("orders");
    await rig.live(5 * MINUTE_MS);
    expect(given.levels(access, credential)).toEqual(["Pending", "Pending"]);
    rig.sandbox.faults.clear();
    rig.sandbox.faults.add({
      name: "down for credentials",
      when: { service: "amplify", method: "PUT", path: "**/credentials/*/status" },
      fault: answers.badGateway(),
    });
    await rig.live(20 * MINUTE_MS);
    expect(given.levels(access, credential)).toEqual(["Success", "Pending"]);
    const before = [given.acls(), given.keys(), given.accounts(), given.users()];
    const mark = rig.mark();
    rig.sandbox.faults.clear();
    await rig.live(HOUR_MS);
    expect(given.levels(access, credential)).toEqual(["Success", "Success"]);
    expect(changes(rig, mark)).toEqual([]);
    expect([given.acls(), given.keys(), given.accounts(), given.users()]).toEqual(before);
  });

  test("of which neither webhook nor event told is found by the sweep within half an hour", async () => {
    const given = await start(side);
    const { rig, consumer } = given;
    await rig.live(MINUTE_MS);
    // Every page of events is empty, as if they had been swallowed.
    const swallow = { service: "amplify", method: "GET", path: "/events/**" };
    rig.sandbox.faults.add({ name: "swallowed", when: swallow, fault: { do: "empty-list" } });
    const access = await consumer.access("orders");
    const credential = await consumer.credential("orders");
    await rig.live(35 * MINUTE_MS);
    expect(given.levels(access, credential)).toEqual(["Success", "Success"]);
    for (const item of [access, credential, consumer.application]) consumer.market.remove(item);
    await rig.live(35 * MINUTE_MS);
    given.expectNothingLeft();
    expect([access, credential].filter((item) => consumer.market.isThere(item))).toEqual([]);
  });
});

describe("the sweep", () => {
  test("costs three requests in half an hour, and nothing else while nothing is open", async () => {
    const given = await start("cloud");
    const { rig } = given;
    await rig.live(MINUTE_MS);
    const mark = rig.mark();
    await rig.live(HOUR_MS);
    expect(rig.sandbox.log.after(mark).filter(isSweep)).toHaveLength(6);
    expect(calls(rig, mark)).toEqual([]);
  });

  test("finds a change of somebody else whose event was taken for the echo of our own write", async () => {
    const given = await start("platform");
    const { rig, consumer } = given;
    await consumer.access("orders");
    const credential = await consumer.credential("orders");
    await consumer.served();
    // As many echoes as the wish has events.
    for (const [type, sub] of [
      ["updated", ""],
      ["changed-sub", "status"],
    ]) {
      rig.runtime.ports.sql.exec(
        "INSERT INTO echo (link, type, subresource, expires_at) VALUES (?, ?, ?, ?)",
        ...[credential.selfLink, type ?? "", sub ?? "", rig.now + HOUR_MS],
      );
    }
    consumer.market.suspend(credential);
    await rig.live(2 * MINUTE_MS);
    expect(given.levels(credential)).toEqual(["Pending"]);
    await rig.live(31 * MINUTE_MS);
    expect([given.levels(credential), given.acls()]).toEqual([["Success"], []]);
  });

  test.each<[string, Fault]>([
    ["refuses the question", { do: "answer", status: 400, body: '{"errors":[{"status":400,"title":"bad query"}]}' }],
    ["answers it with nothing", { do: "empty-list" }],
  ])("reads whole lists, two hours apart, where the server %s", async (_, fault) => {
    const given = await start("cloud");
    const { rig, consumer } = given;
    await rig.live(MINUTE_MS);
    rig.sandbox.faults.add({ name: "no query", when: { service: "amplify", path: "**?*query=status**" }, fault });
    // It stays open, for its topic is none of ours.
    const foreign = consumer.market.application({ environment: rig.config.central.environment });
    rig.sandbox.parts.amplify.edit(foreign.selfLink, {
      finalizers: [{ name: "agent.managedapplication.provisioned" }],
    });
    await rig.live(MINUTE_MS * 2);
    const mark = rig.mark();
    await rig.live(4 * HOUR_MS);
    const whole = reads(rig, mark).filter(
      ({ path }) => path.includes("/managedapplications") && !path.includes("query="),
    );
    expect(whole.length).toBeGreaterThanOrEqual(1);
    expect(whole.length).toBeLessThanOrEqual(3);
  });
});

test.each([
  ["application", "credential", "access"],
  ["application", "access", "credential"],
] as const)("in the order %s, %s, %s a subscription comes to the same ACLs", async (...order) => {
  const given = await start("cloud");
  const { consumer } = given;
  await consumer.served();
  const made: Item[] = [];
  for (const kind of order.slice(1)) {
    made.push(await consumer[kind === "access" ? "access" : "credential"]("orders"));
    await consumer.served();
  }
  expect(given.levels(...made)).toEqual(["Success", "Success"]);
  expect(given.acls().map((acl) => acl.split(" ").slice(0, 2).join(" "))).toEqual(["READ GROUP", "READ TOPIC"]);
});

describe("requests that come before their application is ready", () => {
  test("wait for it, whoever is told first, and are never answered with an error", async () => {
    const given = await start("platform");
    const { rig, consumer } = given;
    const down = { service: "amplify", method: "PUT", path: `**/managedapplications/${consumer.application.name}**` };
    rig.sandbox.faults.add({ name: "down", when: down, fault: answers.badGateway() });
    const access = await consumer.access("orders");
    const credential = await consumer.credential("orders");
    await rig.live(5 * MINUTE_MS);
    expect(given.levels(access, credential)).toEqual(["Pending", "Pending"]);
    rig.sandbox.faults.clear();
    await rig.live(10 * MINUTE_MS);
    expect(given.levels(access, credential)).toEqual(["Success", "Success"]);
  });
});

describe("what keeps a request waiting", () => {
  const forbidden: Fault = {
    do: "answer",
    status: 403,
    headers: { "content-type": "application/json" },
    body: '{"error_code":40301,"message":"Request Request(connectionId=10.0.0.7:9092-secret-host) needs ALTER permission."}',
  };

  test("for lack of a permission is told to the consumer without a host, and goes on by itself when it is given", async () => {
    const given = await start("cloud");
    const { rig, consumer } = given;
    rig.sandbox.faults.add({ name: "no", when: { method: "POST", path: "**/acls:batch" }, fault: forbidden });
    const access = await consumer.access("orders");
    const credential = await consumer.credential("orders");
    await rig.live(10 * MINUTE_MS);
    const words = "Waits for the provider, who has to look into it.";
    expect([given.told(access), given.told(credential)]).toEqual([
      ["Pending", words],
      ["Pending", words],
    ]);
    const rows = rig.runtime.ports.sql.exec<{ record_json: string }>("SELECT record_json FROM grants");
    expect(JSON.stringify(rows)).toContain("does not give us the right");
    expect(`${JSON.stringify(rows)}${rig.logged.join("")}`).not.toContain("10.0.0.7");
    rig.sandbox.faults.clear();
    await rig.live(HOUR_MS);
    expect(given.levels(access, credential)).toEqual(["Success", "Success"]);
    const group = `${consumer.market.accessData(access).groupPrefix}x`;
    expect(outcomeOf(() => consumer.login(credential).consume(group, "orders", 1))).toBe("allowed");
  });

  test("for an outage that passes is not told at all", async () => {
    const given = await start("cloud");
    const { rig, consumer } = given;
    rig.sandbox.faults.add({
      name: "down",
      when: { method: "POST", path: "**/acls:batch" },
      fault: answers.serverError(),
    });
    const access = await consumer.access("orders");
    await consumer.credential("orders");
    await rig.live(5 * MINUTE_MS);
    expect(given.told(access)).toEqual(["Pending", ""]);
    rig.sandbox.faults.clear();
    await rig.live(10 * MINUTE_MS);
    expect(given.levels(access)).toEqual(["Success"]);
  });
});

test("while an import is under way, within 25 requests a minute, requests of consumers are answered first", async () => {
  const topics = Array.from({ length: 40 }, (_, index) => `bulk-${index}`);
  const given = await start("platform", {
    amplifyRequestsPerMinute: 25,
    variables: { CENTRAL_REQUESTSPERMINUTE: "25" },
  });
  const { rig, consumer } = given;
  for (const name of topics) rig.sandbox.parts.clusters.platform.createTopic({ name, partitions: 1 });
  await rig.actor.discover({});
  await rig.live(3 * MINUTE_MS);
  const published = () => rig.sandbox.parts.amplify.resources("APIServiceInstance").length;
  expect(published()).toBeLessThan(topics.length);
  const mark = rig.mark();
  const access = await consumer.access("orders");
  const credential = await consumer.credential("orders");
  await rig.live(3 * MINUTE_MS);
  expect(given.levels(access, credential)).toEqual(["Success", "Success"]);
  expect(published(), "the import is not done yet").toBeLessThan(topics.length);
  const counted = rig.sandbox.log
    .after(mark)
    .filter(({ service, path }) => service === "amplify" && !path.startsWith("/auth"));
  expect(counted.filter(({ status }) => status === 429)).toEqual([]);
});
