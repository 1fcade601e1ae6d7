import { afterEach, describe, expect, it } from "vitest";
import { workStore } from "../../src/store/work.ts";
import { consumerKeys } from "../sandbox/amplify/marketplace-secrets.ts";
import type { KafkaClient } from "../sandbox/kafka/client.ts";
import type { Side } from "../sandbox/world/demo.ts";
import { Consumer } from "../support/consumer.ts";
import { worldOf } from "../support/imported.ts";
import { MINUTE_MS, Rig } from "../support/rig.ts";

const keys = consumerKeys(2048);
const rigs: Rig[] = [];
afterEach(() => {
  for (const rig of rigs.splice(0)) {
    expect(rig.sandbox.defects).toEqual([]);
    rig.close();
  }
});

async function start(side: Side): Promise<{ rig: Rig; consumer: Consumer }> {
  const variables = {
    CENTRAL_REQUESTSPERMINUTE: "6000",
    KAFKA_DISCOVERY_INTERVAL: "24h",
    KAFKA_ROTATION_OVERLAP: "10m",
  };
  const rig = new Rig({ side, amplifyRequestsPerMinute: "unlimited", variables, world: worldOf("orders", "payments") });
  rigs.push(rig);
  await rig.settle();
  workStore(rig.runtime.ports.sql).ensure("events", "events", rig.now, "test");
  await rig.turn();
  return { rig, consumer: new Consumer(rig, side, keys) };
}

const refusal = (act: () => unknown): unknown => {
  try {
    act();
    return "allowed";
  } catch (error) {
    return error instanceof Error && "code" in error ? error.code : error;
  }
};

/** What can be seen of our provisioning in Confluent. */
function left(rig: Rig, side: Side) {
  const { clusters, users, organization } = rig.sandbox.parts;
  const acls = clusters[side].acls.all();
  return side === "platform"
    ? {
        acls,
        users: users
          .snapshot()
          .users.map(({ name }) => name)
          .filter((name) => name.startsWith("amp-")),
      }
    : { acls, owners: [...organization.owners.keys()], keys: [...organization.keys.keys()] };
}

describe.each(["platform", "cloud"] as const)("a subscription on %s", (side) => {
  it("gives a client that reads its topic and nothing else, in at most 14 calls to Amplify", async () => {
    const { rig, consumer } = await start(side);
    const mark = rig.mark();
    const access = await consumer.access("orders");
    const credential = await consumer.credential("orders");
    await consumer.served();
    const { market } = consumer;
    expect([access, credential].map((item) => market.level(item))).toEqual(["Success", "Success"]);
    expect(rig.amplify(mark).filter(({ path }) => !path.includes("/events")).length).toBeLessThanOrEqual(14);
    const client = consumer.login(credential);
    const own = market.accessData(access).groupPrefix ?? "";
    expect(client.consume(`${own}x`, "orders", 1)).toBeGreaterThanOrEqual(0);
    expect(refusal(() => client.consume(`${own}x`, "payments", 1))).toBe("TOPIC_AUTHORIZATION_FAILED");
    expect(refusal(() => client.consume("other", "orders", 1))).toBe("GROUP_AUTHORIZATION_FAILED");
    expect(refusal(() => client.produce("orders"))).toBe("TOPIC_AUTHORIZATION_FAILED");
  });

  it("comes to the same when the credential is asked for first", async () => {
    const { consumer } = await start(side);
    const credential = await consumer.credential("orders");
    await consumer.served();
    const access = await consumer.access("orders");
    await consumer.served();
    expect([access, credential].map((item) => consumer.market.level(item))).toEqual(["Success", "Success"]);
    const client: KafkaClient = consumer.login(credential);
    const own = consumer.market.accessData(access).groupPrefix ?? "";
    expect(client.consume(`${own}x`, "orders", 1)).toBeGreaterThanOrEqual(0);
  });

  it("is suspended and enabled without a new secret, and leaves other credentials alone", async () => {
    const { consumer } = await start(side);
    const access = await consumer.access("orders");
    const [one, other] = [await consumer.credential("orders"), await consumer.credential("orders")];
    await consumer.served();
    const clients = [one, other].map((credential) => consumer.login(credential));
    const group = `${consumer.market.accessData(access).groupPrefix}x`;
    const outcomes = () => clients.map((client) => refusal(() => client.consume(group, "orders", 1)));
    consumer.market.suspend(one);
    await consumer.served();
    expect(outcomes()).toEqual(["GROUP_AUTHORIZATION_FAILED", "allowed"]);
    consumer.market.enable(one);
    await consumer.served();
    expect(outcomes()).toEqual(["allowed", "allowed"]);
  });

  it("rotates: the new secret works at once and the old one until the overlap ends", async () => {
    const { rig, consumer } = await start(side);
    const access = await consumer.access("orders");
    const credential = await consumer.credential("orders");
    await consumer.served();
    const before = consumer.market.revealed(credential);
    consumer.market.rotate(credential);
    await consumer.served();
    const after = consumer.market.revealed(credential);
    expect(after).not.toEqual(before);
    const login = (shown: Readonly<Record<string, string>>) =>
      consumer.loginAs(shown.apiKey ?? shown.username ?? "", shown.apiSecret ?? shown.password ?? "");
    const group = `${consumer.market.accessData(access).groupPrefix}x`;
    for (const shown of [before, after]) expect(login(shown).consume(group, "orders", 1)).toBeGreaterThanOrEqual(0);
    await rig.live(30 * MINUTE_MS);
    expect(refusal(() => login(before))).toBe("SASL_AUTHENTICATION_FAILED");
    expect(login(after).consume(group, "orders", 1)).toBeGreaterThanOrEqual(0);
  });

  it("leaves nothing behind, whatever is deleted first", async () => {
    const { rig, consumer } = await start(side);
    const nothing = left(rig, side);
    for (const first of ["access", "credential", "application"] as const) {
      const made = new Consumer(rig, side, keys);
      const access = await made.access("orders");
      const credential = await made.credential("orders");
      await made.served();
      expect(left(rig, side).acls.length).toBeGreaterThan(nothing.acls.length);
      const items = { access, credential, application: made.application };
      for (const kind of [first, "access", "credential", "application"] as const) {
        if (consumer.market.isThere(items[kind])) consumer.market.remove(items[kind]);
        await rig.live(2 * MINUTE_MS);
      }
      expect(left(rig, side)).toEqual(nothing);
      expect(Object.values(items).filter((item) => consumer.market.isThere(item))).toEqual([]);
    }
  });
});
