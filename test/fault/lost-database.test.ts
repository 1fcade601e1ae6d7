import { afterEach, describe, expect, it } from "vitest";
import type { Item } from "../sandbox/amplify/marketplace-server.ts";
import type { LoggedRequest } from "../sandbox/core/types.ts";
import { MINUTE_MS, unwrap } from "../support/rig.ts";
import { outcomeOf, type Subscribing, subscribing } from "../support/subscribing.ts";

const open: Subscribing[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

interface Subscription {
  readonly world: Subscribing;
  readonly access: Item;
  readonly credential: Item;
}

async function asked(side: "cloud" | "platform"): Promise<Subscription> {
  const world = await subscribing(side);
  open.push(world);
  const access = await world.consumer.access("orders");
  return { world, access, credential: await world.consumer.credential("orders") };
}

async function served(side: "cloud" | "platform"): Promise<Subscription> {
  const subscription = await asked(side);
  await subscription.world.consumer.served();
  expect(subscription.world.levels(subscription.access, subscription.credential)).toEqual(["Success", "Success"]);
  return subscription;
}

/** Loses all rows, and lives on until everything was found again; an overlap of ten minutes is not over then. */
async function lose({ rig }: Subscribing): Promise<void> {
  rig.loseDatabase();
  await rig.live(5 * MINUTE_MS);
}

function groupOf({ world, access }: Subscription): string {
  return `${world.consumer.market.accessData(access).groupPrefix}x`;
}

function reads(subscription: Subscription): unknown {
  const { world, credential } = subscription;
  return outcomeOf(() => world.consumer.login(credential).consume(groupOf(subscription), "orders", 1));
}

/** How many service accounts, keys and users there are. */
const counts = (world: Subscribing, side: "cloud" | "platform") =>
  side === "cloud" ? [world.accounts().length, world.keys().length] : [world.users().length];
const one = (side: "cloud" | "platform") => (side === "cloud" ? [1, 1] : [1]);

async function leave({ world, access, credential }: Subscription): Promise<void> {
  const { consumer } = world;
  const items = [access, credential, consumer.application];
  for (const item of items) consumer.market.remove(item);
  await consumer.served();
  world.expectNothingLeft();
  expect(items.filter((item) => consumer.market.isThere(item))).toEqual([]);
}

describe.each(["cloud", "platform"] as const)("a lost database on %s", (side) => {
  it("costs a consumer nothing: principal, key and ACLs are found again, and nothing is written", async () => {
    const subscription = await served(side);
    const { world, credential } = subscription;
    const before = [world.acls(), world.accounts(), world.keys(), world.users()];
    const shown = world.consumer.market.revealed(credential);
    const mark = world.rig.mark();
    await lose(world);
    expect(written(world, mark)).toEqual([]);
    expect([world.acls(), world.accounts(), world.keys(), world.users()]).toEqual(before);
    expect(world.consumer.market.revealed(credential)).toEqual(shown);
    expect(unwrap(await world.rig.actor.access(credential.name)).credentials).toMatchObject([
      { step: "told", keys: [{ shown: true, state: "ready" }] },
    ]);
    expect(reads(subscription)).toBe("allowed");
    await leave(subscription);
  });

  it("in the middle of provisioning ends with one principal and one key that works", async () => {
    const subscription = await asked(side);
    const { world } = subscription;
    for (let lost = 0; lost < 6; lost++) {
      for (let turns = 0; turns <= lost; turns++) {
        await world.rig.jump();
        await world.rig.turn();
      }
      world.rig.loseDatabase();
      await world.rig.settle();
    }
    await world.consumer.served();
    await world.consumer.served();
    expect(world.levels(subscription.access, subscription.credential)).toEqual(["Success", "Success"]);
    expect(counts(world, side)).toEqual(one(side));
    expect(reads(subscription)).toBe("allowed");
    await leave(subscription);
  });

  it("leaves a suspended credential suspended, and enables it with the secret that it had", async () => {
    const subscription = await served(side);
    const { world, credential } = subscription;
    const client = world.consumer.login(credential);
    const group = groupOf(subscription);
    const isRefused = () => outcomeOf(() => client.consume(group, "orders", 1));
    world.consumer.market.suspend(credential);
    await world.consumer.served();
    await lose(world);
    expect([isRefused(), world.acls()]).toEqual(["GROUP_AUTHORIZATION_FAILED", []]);
    expect(counts(world, side)).toEqual(one(side));
    world.consumer.market.enable(credential);
    await world.consumer.served();
    expect(isRefused()).toBe("allowed");
    expect(counts(world, side)).toEqual(one(side));
    await leave(subscription);
  });

  it("leaves a revoked credential revoked", async () => {
    const subscription = await served(side);
    const { world, credential } = subscription;
    const client = world.consumer.login(credential);
    const group = groupOf(subscription);
    unwrap(await world.rig.actor.actOnAccess(credential.name, "revoke"));
    await world.consumer.served();
    await lose(world);
    world.consumer.market.retry(credential);
    await world.consumer.served();
    expect([outcomeOf(() => client.consume(group, "orders", 1)), world.acls()]).toEqual([
      "GROUP_AUTHORIZATION_FAILED",
      [],
    ]);
    unwrap(await world.rig.actor.actOnAccess(credential.name, "enable"));
    await world.consumer.served();
    expect(outcomeOf(() => client.consume(group, "orders", 1))).toBe("allowed");
    await leave(subscription);
  });

  it("takes away what was given when the consumer left meanwhile", async () => {
    const subscription = await served(side);
    const { world, access, credential } = subscription;
    const { market, application } = world.consumer;
    world.rig.loseDatabase();
    for (const item of [credential, access, application]) market.remove(item);
    await world.rig.settle();
    await world.consumer.served();
    world.expectNothingLeft();
    expect([access, credential, application].filter((item) => market.isThere(item))).toEqual([]);
  });

  it("at any moment of a rotation ends with one new secret, the old one good until the overlap ends", async () => {
    // On Cloud a new key takes minutes, so that all moments before it works are alike.
    for (const moment of side === "cloud" ? [0, 2] : [0, 1, 2, 3]) {
      const subscription = await served(side);
      const { world, credential } = subscription;
      const old = world.consumer.login(credential);
      const before = world.consumer.market.revealed(credential);
      const group = groupOf(subscription);
      world.consumer.market.rotate(credential);
      for (let turns = 0; turns < moment; turns++) {
        await world.rig.jump();
        await world.rig.turn();
      }
      await lose(world);
      expect([moment, ...world.levels(credential)]).toEqual([moment, "Success"]);
      expect(world.consumer.market.revealed(credential)).not.toEqual(before);
      expect([moment, reads(subscription)]).toEqual([moment, "allowed"]);
      expect([moment, outcomeOf(() => old.consume(group, "orders", 1))]).toEqual([moment, "allowed"]);
      await world.rig.live(30 * MINUTE_MS);
      expect([moment, ...counts(world, side)]).toEqual([moment, ...one(side)]);
      expect([moment, reads(subscription)]).toEqual([moment, "allowed"]);
      await leave(subscription);
    }
  });

  it("in the overlap after a rotation still ends the old secret", async () => {
    const subscription = await served(side);
    const { world, credential } = subscription;
    const before = world.consumer.market.revealed(credential);
    world.consumer.market.rotate(credential);
    await world.consumer.served();
    await lose(world);
    const login = () =>
      world.consumer.loginAs(before.apiKey ?? before.username ?? "", before.apiSecret ?? before.password ?? "");
    expect(outcomeOf(login)).toBe("allowed");
    await world.rig.live(30 * MINUTE_MS);
    expect(outcomeOf(login)).toBe("SASL_AUTHENTICATION_FAILED");
    expect(counts(world, side)).toEqual(one(side));
    expect(reads(subscription)).toBe("allowed");
    await leave(subscription);
  });
});

describe("a lost database where keys of Schema Registry are given", () => {
  it("finds key and role bindings again, and later leaves none of them", async () => {
    const world = await subscribing("cloud");
    open.push(world);
    const { consumer, rig } = world;
    const bindings = () => rig.sandbox.parts.organization.roleBindings.all().length;
    const before = bindings();
    const access = await consumer.access("orders");
    const credential = await consumer.credential("orders", "yes");
    await rig.live(8 * MINUTE_MS);
    expect(world.levels(access, credential)).toEqual(["Success", "Success"]);
    const shown = consumer.market.revealed(credential);
    const mark = rig.mark();
    await lose(world);
    expect(written(world, mark)).toEqual([]);
    expect(await consumer.reads("orders-value", shown)).toBe(200);
    expect([world.keys().length, bindings()]).toEqual([2, before + 1]);
    consumer.market.rotate(credential);
    await rig.live(30 * MINUTE_MS);
    expect(await consumer.reads("orders-value", consumer.market.revealed(credential))).toBe(200);
    expect([world.keys().length, bindings()]).toEqual([2, before + 1]);
    await lose(world);
    await leave({ world, access, credential });
    expect(bindings()).toBe(before);
  });
});

const OURS =
  /\/(?:managedapplications|accessrequests|credentials|service-accounts|api-keys|acls|users|role-bindings)\b/;

/** What was changed of what consumers asked for, and for them. */
function written({ rig }: Subscribing, mark: number): readonly string[] {
  const isWrite = ({ method, path }: LoggedRequest) => method !== "GET" && OURS.test(path);
  return rig.sandbox.log
    .after(mark)
    .filter(isWrite)
    .map(({ method, path }) => `${method} ${path}`);
}
