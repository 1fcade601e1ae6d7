import { afterEach, describe, expect, it } from "vitest";
import { workStore } from "../../src/store/work.ts";
import type { Item } from "../sandbox/amplify/marketplace-server.ts";
import { avro, type DemoSubject } from "../sandbox/world/catalogue/types.ts";
import type { Side } from "../sandbox/world/demo.ts";
import { cloudIds } from "../sandbox/world/organization.ts";
import type { Consumer } from "../support/consumer.ts";
import { worldOf } from "../support/imported.ts";
import { MINUTE_MS } from "../support/rig.ts";
import { dumpRows, textOfRows } from "../support/rows.ts";
import { type Subscribing, subscribing } from "../support/subscribing.ts";

const field = (name: string, type: string) => ({ name, type });
const refer = (name: string, subject: string) => ({ name, subject, version: 1 });
const record = (name: string, fields: readonly object[], references: Parameters<typeof avro>[1] = []) =>
  avro({ type: "record", namespace: "shop", name, fields }, references);

/** Orders and payments both refer to an address, which refers to a country; nothing refers to what is secret. */
const subjects: readonly DemoSubject[] = [
  { subject: "country", versions: [record("Country", [field("code", "string")])] },
  {
    subject: "address",
    versions: [record("Address", [field("country", "shop.Country")], [refer("shop.Country", "country")])],
  },
  ...["orders", "payments"].map((name) => ({
    subject: `${name}-value`,
    versions: [record(name, [field("to", "shop.Address")], [refer("shop.Address", "address")])],
  })),
  { subject: "secret-value", versions: [record("secret", [field("id", "string")])] },
];
const world = { ...worldOf("orders", "payments", "secret"), subjects };

const open: Subscribing[] = [];
afterEach(() => {
  for (const story of open.splice(0)) story.close();
});

async function start(side: Side = "cloud"): Promise<Subscribing> {
  const story = await subscribing(side, { world });
  open.push(story);
  return story;
}

const ORDERS = ["DeveloperRead address", "DeveloperRead country", "DeveloperRead orders-value"];
const BOTH = [...ORDERS, "DeveloperRead payments-value"];

/** Statuses of reading each subject with what the marketplace shows. */
async function read(consumer: Consumer, item: Item, ...names: readonly string[]): Promise<readonly number[]> {
  const shown = consumer.market.revealed(item);
  const statuses: number[] = [];
  for (const name of names) statuses.push(await consumer.reads(name, shown));
  return statuses;
}

/** The registry gets another version of a subject, and discovery looks. */
async function registered(story: Subscribing, subject: string, input: ReturnType<typeof record>): Promise<void> {
  const { rig, consumer } = story;
  rig.sandbox.parts.registries.cloud.register(subject, input);
  workStore(rig.runtime.ports.sql).hint("discovery", "discovery", rig.now, "of a test");
  await consumer.served();
  await rig.live(3 * MINUTE_MS);
}

describe("a key of Schema Registry", () => {
  it("reads the schemas of its topic and what they refer to, and no other, in at most 14 calls to Amplify", async () => {
    const story = await start();
    const { rig, consumer } = story;
    const mark = rig.mark();
    const access = await consumer.access("orders");
    const item = await consumer.credential("orders", "yes");
    await consumer.served();
    expect(story.levels(access, item)).toEqual(["Success", "Success"]);
    expect(rig.amplify(mark).filter(({ path }) => !path.includes("/events")).length).toBeLessThanOrEqual(14);
    expect(story.roleBindings()).toEqual(ORDERS);
    const subjectsRead = ["orders-value", "address", "country", "payments-value", "secret-value"];
    expect(await read(consumer, item, ...subjectsRead)).toEqual([200, 200, 200, 403, 403]);
    const shown = consumer.market.revealed(item);
    expect(await consumer.asksRegistry("/subjects/orders-value/versions", shown)).toBe(200);
    expect(consumer.login(item).consume(`${consumer.market.accessData(access).groupPrefix}x`, "orders", 1)).toBe(0);
  });

  it("is in no row and no log line, neither while it is waited for nor when the consumer has it", async () => {
    const story = await start();
    const { rig, consumer } = story;
    await consumer.access("orders");
    const item = await consumer.credential("orders", "yes");
    await rig.live(MINUTE_MS);
    const made = story.keys().map(({ secret }) => secret);
    expect(made.length).toBe(2);
    const seen = () => `${textOfRows(dumpRows(rig.runtime.ports.sql))} ${rig.logged.join()}`;
    expect(made.filter((secret) => seen().includes(secret))).toEqual([]);
    await consumer.served();
    const { apiSecret, srSecret } = consumer.market.revealed(item);
    expect([apiSecret, srSecret].sort()).toEqual(made.sort());
    expect(made.filter((secret) => seen().includes(secret))).toEqual([]);
    expect(
      made.filter((secret) => JSON.stringify(rig.sandbox.parts.amplify.get(item.selfLink)).includes(secret)),
    ).toEqual([]);
    expect(
      dumpRows(rig.runtime.ports.sql)
        .get("sealed")
        ?.filter(({ kind }) => kind === "key"),
    ).toEqual([]);
  });

  it("is for the registry alone, and that of Kafka for Kafka alone", async () => {
    const { consumer } = await start();
    await consumer.access("orders");
    const item = await consumer.credential("orders", "yes");
    await consumer.served();
    const shown = consumer.market.revealed(item);
    expect(() => consumer.loginAs(shown.srKey ?? "", shown.srSecret ?? "")).toThrow();
    const swapped = { ...shown, srKey: shown.apiKey ?? "", srSecret: shown.apiSecret ?? "" };
    expect(await consumer.reads("orders-value", swapped)).toBe(401);
  });

  it("is told only when it can read, however late the key or its right comes to count", async () => {
    const story = await start();
    const { rig, consumer } = story;
    rig.sandbox.parts.organization.behaviour.registryKeyMs = 150_000;
    rig.sandbox.parts.organization.behaviour.roleBindingMs = 200_000;
    await consumer.access("orders");
    const item = await consumer.credential("orders", "yes");
    for (let minute = 0; minute < 3; minute++) {
      await rig.live(MINUTE_MS);
      expect(story.levels(item)).toEqual(["Pending"]);
    }
    await rig.live(2 * MINUTE_MS);
    expect(story.levels(item)).toEqual(["Success"]);
    expect(await read(consumer, item, "orders-value")).toEqual([200]);
  });

  it("is ready, too, when the subject that it could read first was deleted meanwhile", async () => {
    const story = await start();
    const { rig, consumer } = story;
    await consumer.access("secret");
    const item = await consumer.credential("secret", "yes");
    await rig.live(MINUTE_MS);
    expect(story.roleBindings()).toEqual(["DeveloperRead secret-value"]);
    rig.sandbox.parts.registries.cloud.deleteSubject("secret-value", false);
    await rig.live(4 * MINUTE_MS);
    expect(story.levels(item)).toEqual(["Success"]);
    expect(await read(consumer, item, "secret-value", "orders-value")).toEqual([404, 403]);
  });

  it("is not made where it was not asked for", async () => {
    const story = await start();
    const { consumer } = story;
    await consumer.access("orders");
    const item = await consumer.credential("orders", "no");
    await consumer.served();
    expect(Object.keys(consumer.market.revealed(item)).sort()).toEqual(["apiKey", "apiSecret"]);
    expect([story.keys().length, story.roleBindings()]).toEqual([1, []]);
  });

  it("is ready without any grant when the registry knows it, and reads when a grant comes", async () => {
    const story = await start();
    const { rig, consumer } = story;
    const item = await consumer.credential("orders", "yes");
    await consumer.served();
    expect(story.levels(item)).toEqual(["Success"]);
    expect(await read(consumer, item, "orders-value")).toEqual([403]);
    const access = await consumer.access("orders");
    await consumer.served();
    await rig.live(2 * MINUTE_MS);
    expect(story.levels(access)).toEqual(["Success"]);
    expect(await read(consumer, item, "orders-value", "secret-value")).toEqual([200, 403]);
  });
});

describe("what may be read in Schema Registry", () => {
  it("goes with suspension and comes back, without a new secret, and other credentials keep it", async () => {
    const story = await start();
    const { rig, consumer } = story;
    await consumer.access("orders");
    const [one, other] = [await consumer.credential("orders", "yes"), await consumer.credential("orders", "yes")];
    await consumer.served();
    const before = consumer.market.revealed(one);
    consumer.market.suspend(one);
    await consumer.served();
    expect(await read(consumer, one, "orders-value")).toEqual([403]);
    expect(await read(consumer, other, "orders-value")).toEqual([200]);
    expect(story.roleBindings()).toEqual(ORDERS);
    consumer.market.enable(one);
    await consumer.served();
    await rig.live(2 * MINUTE_MS);
    expect(await consumer.reads("orders-value", before)).toBe(200);
  });

  it("stays for what two topics share until the last of them goes", async () => {
    const story = await start();
    const { consumer } = story;
    const orders = await consumer.access("orders");
    const again = await consumer.access("orders");
    const payments = await consumer.access("payments", { operations: "produce" });
    const item = await consumer.credential("orders", "yes");
    await consumer.served();
    expect(story.roleBindings()).toEqual(BOTH);
    consumer.market.remove(orders);
    await consumer.served();
    expect(story.roleBindings()).toEqual(BOTH);
    consumer.market.remove(again);
    await consumer.served();
    expect(await read(consumer, item, "orders-value", "address", "payments-value")).toEqual([403, 200, 200]);
    consumer.market.remove(payments);
    await consumer.served();
    expect(story.roleBindings()).toEqual([]);
  });

  it("follows the topic's document when it refers to another subject", async () => {
    const story = await start();
    const { rig, consumer } = story;
    await consumer.access("orders");
    const item = await consumer.credential("orders", "yes");
    await consumer.served();
    rig.sandbox.parts.registries.cloud.register("place", record("Place", [field("name", "string")]));
    const toPlace = record(
      "orders",
      [{ ...field("at", "shop.Place"), default: { name: "" } }],
      [refer("shop.Place", "place")],
    );
    await registered(story, "orders-value", toPlace);
    expect(story.roleBindings()).toEqual(["DeveloperRead orders-value", "DeveloperRead place"]);
    expect(await read(consumer, item, "orders-value", "place", "address")).toEqual([200, 200, 403]);
  });
});

it("tells of a subject that no role binding can name without opening others, and opens the rest", async () => {
  const starred = { subject: "star*value", versions: [record("Star", [field("id", "string")])] };
  const referring = {
    subject: "starry-value",
    versions: [record("starry", [field("s", "shop.Star")], [refer("shop.Star", "star*value")])],
  };
  const story = await subscribing("cloud", { world: { ...worldOf("starry"), subjects: [starred, referring] } });
  open.push(story);
  const { consumer } = story;
  const access = await consumer.access("starry");
  const item = await consumer.credential("starry", "yes");
  await consumer.served();
  expect(story.told(access)).toEqual([
    "Success",
    "Provisioned. No key of Schema Registry can be given the right to read star*value.",
  ]);
  expect(story.roleBindings()).toEqual(["DeveloperRead starry-value"]);
  expect(await read(consumer, item, "starry-value", "star*value")).toEqual([200, 403]);
});

describe("rotation with Schema Registry", () => {
  it("makes a second key of both kinds, and the old ones go together when the overlap ends", async () => {
    const story = await start();
    const { rig, consumer } = story;
    await consumer.access("orders");
    const item = await consumer.credential("orders", "yes");
    await consumer.served();
    const before = consumer.market.revealed(item);
    consumer.market.rotate(item);
    await consumer.served();
    const after = consumer.market.revealed(item);
    expect(after.srKey).not.toBe(before.srKey);
    for (const shown of [before, after]) expect(await consumer.reads("orders-value", shown)).toBe(200);
    await rig.live(30 * MINUTE_MS);
    expect([await consumer.reads("orders-value", before), await consumer.reads("orders-value", after)]).toEqual([
      401, 200,
    ]);
    expect(
      story
        .keys()
        .map(({ id }) => id)
        .sort(),
    ).toEqual([after.apiKey, after.srKey].sort());
    expect(story.roleBindings()).toEqual(ORDERS);
  });
});

describe("leaving with Schema Registry", () => {
  it.each(["access", "credential", "application"] as const)("leaves nothing when the %s goes first", async (first) => {
    const story = await start();
    const { rig, consumer } = story;
    const access = await consumer.access("orders");
    const credential = await consumer.credential("orders", "yes");
    await consumer.served();
    const items = { access, credential, application: consumer.application };
    for (const kind of [first, "access", "credential", "application"] as const) {
      if (consumer.market.isThere(items[kind])) consumer.market.remove(items[kind]);
      await rig.live(2 * MINUTE_MS);
    }
    story.expectNothingLeft();
    expect(Object.values(items).filter((item) => consumer.market.isThere(item))).toEqual([]);
  });
});

describe("the organization's limit of role bindings", () => {
  it("is read before it binds, and told with its figures while nothing was made", async () => {
    const story = await start();
    const { rig, consumer } = story;
    const { behaviour } = rig.sandbox.parts.organization;
    // The founder of the organization has one of them.
    behaviour.limits = { "iam.max_rbac_role_bindings.per_org_plus_envs": 6 };
    await consumer.access("orders");
    const first = await consumer.credential("orders", "yes");
    await consumer.served();
    const second = await consumer.credential("orders", "yes");
    await consumer.served();
    expect(story.levels(first)).toEqual(["Success"]);
    expect(story.told(second)).toEqual([
      "Error",
      "The provider's limit of 6 for role bindings is reached. Ask the provider of the API.",
    ]);
    expect(rig.grants().find(({ name }) => name === second.name)?.error).toBe(
      "The limit of 6 for role bindings is reached (4 in use). Free some or have the limit raised, then retry the request.",
    );
    expect(story.roleBindings()).toEqual(ORDERS);
    expect(rig.confluent().filter(({ path }) => path.startsWith("/service-quota/")).length).toBe(1);
    behaviour.limits = {};
    await rig.live(3 * 60 * MINUTE_MS);
    expect(story.levels(second)).toEqual(["Success"]);
    expect(story.roleBindings().length).toBe(2 * ORDERS.length);
  });

  it("is told to the access request whose schemas do not fit, and to no other, and what it was given goes", async () => {
    const story = await start();
    const { rig, consumer } = story;
    const { behaviour } = rig.sandbox.parts.organization;
    const orders = await consumer.access("orders");
    const item = await consumer.credential("orders", "yes");
    await consumer.served();
    behaviour.limits = { "iam.max_rbac_role_bindings.per_org_plus_envs": 1 + ORDERS.length };
    await rig.live(15 * MINUTE_MS);
    const again = await consumer.access("orders", { operations: "produce" });
    const payments = await consumer.access("payments");
    await consumer.served();
    expect(story.levels(orders, again, payments, item)).toEqual(["Success", "Success", "Error", "Success"]);
    expect(story.roleBindings()).toEqual(ORDERS);
    expect(story.acls().filter((acl) => acl.includes("TOPIC"))).toEqual(["READ TOPIC orders", "WRITE TOPIC orders"]);
    behaviour.limits = {};
    await rig.live(2 * 60 * MINUTE_MS);
    expect(story.levels(payments)).toEqual(["Success"]);
    expect(story.roleBindings()).toEqual(BOTH);
  });

  it("refuses what the server refuses though the figures may not be read", async () => {
    const story = await start();
    const { rig, consumer } = story;
    const { organization } = rig.sandbox.parts;
    organization.behaviour.limits = { "iam.max_rbac_role_bindings.per_org_plus_envs": 2 };
    const when = { path: "/service-quota/**" };
    rig.sandbox.faults.add({ name: "hidden", when, fault: { do: "answer", status: 403 } });
    await consumer.access("orders");
    const item = await consumer.credential("orders", "yes");
    await consumer.served();
    expect(story.told(item)).toEqual([
      "Error",
      "The provider's limit for role bindings is reached. Ask the provider of the API.",
    ]);
    consumer.market.remove(item);
    await consumer.served();
    expect(story.roleBindings()).toEqual([]);
  });
});

describe("where no key of Schema Registry can be made", () => {
  it("on Platform the address is given, and the consumer is told whom to ask for a login", async () => {
    const story = await start("platform");
    const { consumer } = story;
    await consumer.access("orders");
    const item = await consumer.credential("orders", "yes");
    await consumer.served();
    expect(Object.keys(consumer.market.revealed(item)).sort()).toEqual(["password", "schemaRegistryUrl", "username"]);
    expect(story.told(item)).toEqual([
      "Success",
      "Provisioned. Schema Registry has users of its own: ask the provider of the API how to log in to it.",
    ]);
  });

  it("on a cluster without a registry the consumer is told so, and gets the key of Kafka", async () => {
    const story = await subscribing("cloud", { world, variables: { KAFKA_SCHEMAREGISTRY_ENABLED: "false" } });
    open.push(story);
    const { consumer } = story;
    await consumer.access("orders");
    const item = await consumer.credential("orders", "yes");
    await consumer.served();
    expect(Object.keys(consumer.market.revealed(item)).sort()).toEqual(["apiKey", "apiSecret"]);
    expect(story.told(item)).toEqual(["Success", "Provisioned. There is no Schema Registry, and so no key for it."]);
  });
});

it("asks the control plane for the registry's name once, and only when somebody needs it", async () => {
  const story = await start();
  const { rig, consumer } = story;
  const asked = () => rig.confluent().filter(({ path }) => path.startsWith("/srcm/")).length;
  const before = asked();
  await consumer.access("orders");
  await consumer.credential("orders");
  await consumer.served();
  expect(asked()).toBe(before);
  await consumer.credential("orders", "yes");
  await consumer.served();
  await consumer.credential("orders", "yes");
  await consumer.served();
  expect(asked()).toBe(before + 1);
  expect(story.roleBindings().length).toBe(2 * ORDERS.length);
  expect(rig.sandbox.parts.organization.registry(cloudIds.registry)).toBeDefined();
});
