import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Item } from "../sandbox/amplify/marketplace-server.ts";
import { answers } from "../sandbox/core/faults.ts";
import { HOUR_MS, MINUTE_MS, type Rig } from "../support/rig.ts";
import { outcomeOf, type Subscribing, subscribing } from "../support/subscribing.ts";

const opened: Subscribing[] = [];
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterEach(() => {
  for (const each of opened.splice(0)) each.close();
  vi.useRealTimers();
});

interface Served {
  readonly given: Subscribing;
  readonly access: Item;
  readonly credential: Item;
}

async function served(
  side: "cloud" | "platform",
  period?: { readonly period: number; readonly action: string },
): Promise<Served> {
  const given = await subscribing(side);
  opened.push(given);
  const { rig, consumer } = given;
  if (period) await withPeriod(rig, period);
  rig.sandbox.parts.organization.behaviour.kafkaKeyMs = 12_000;
  const access = await consumer.access("orders");
  const credential = await consumer.credential("orders");
  await consumer.served();
  expect(given.levels(access, credential)).toEqual(["Success", "Success"]);
  return { given, access, credential };
}

/** The environment's policy, as its owner sets it, and a setup that has read it. */
async function withPeriod(rig: Rig, expiry: { readonly period: number; readonly action: string }): Promise<void> {
  const link = `/management/v1/environments/${rig.config.central.environment}`;
  rig.sandbox.parts.amplify.editSub(link, "policies", { credentials: { expiry } });
  await rig.live(25 * HOUR_MS);
}

function use({ given, access, credential }: Served): unknown {
  const group = `${given.consumer.market.accessData(access).groupPrefix}x`;
  return outcomeOf(() => given.consumer.login(credential).consume(group, "orders", 1));
}

/** Keys on Cloud, users on Platform: the secrets that log in. */
function secretsOf({ side, ...given }: Pick<Subscribing, "side"> & { keys: number; users: number }): number {
  return side === "cloud" ? given.keys : given.users;
}
const live = (given: Subscribing) =>
  secretsOf({ side: given.side, keys: given.keys().length, users: given.users().length });

const rotateOf = (rig: Rig, { selfLink }: Item) =>
  (rig.sandbox.parts.amplify.get(selfLink)?.spec as { state: { rotate: boolean } } | undefined)?.state.rotate;

describe.each(["cloud", "platform"] as const)("rotation on %s", (side) => {
  test("writes the new secret before it says that the wish is fulfilled, and tells Success last", async () => {
    const { given, credential } = await served(side);
    const { rig, consumer } = given;
    const mark = rig.mark();
    consumer.market.rotate(credential);
    await consumer.served();
    const writes = rig.writes(mark).map(({ method, path }) => `${method} ${path.split(credential.name)[1]}`);
    expect(writes).toEqual(["PUT /data", "PUT ", "PUT /status"]);
    expect(rotateOf(rig, credential)).toBe(false);
    expect(
      rig.amplify(mark).filter(({ method, path }) => method === "GET" && !path.startsWith("/events")).length,
    ).toBeLessThanOrEqual(1);
  });

  test("of a suspended credential gives a new secret and leaves it suspended", async () => {
    const serving = await served(side);
    const { given, credential } = serving;
    const { rig, consumer } = given;
    consumer.market.suspend(credential);
    await consumer.served();
    const before = consumer.market.revealed(credential);
    consumer.market.rotate(credential);
    await consumer.served();
    expect(given.levels(credential)).toEqual(["Success"]);
    expect([rotateOf(rig, credential), given.acls()]).toEqual([false, []]);
    expect(consumer.market.revealed(credential)).not.toEqual(before);
    expect(use(serving)).toBe("GROUP_AUTHORIZATION_FAILED");
    consumer.market.enable(credential);
    await consumer.served();
    expect(use(serving)).toBe("allowed");
    await rig.live(15 * MINUTE_MS);
    expect(live(given)).toBe(1);
  });

  test("wished for twice, and once more while the first is under way, ends with one secret that works", async () => {
    const serving = await served(side);
    const { given, credential } = serving;
    const { rig, consumer } = given;
    consumer.market.rotate(credential);
    consumer.market.rotate(credential);
    rig.sandbox.clock.advance(MINUTE_MS);
    await rig.turn();
    consumer.market.rotate(credential);
    await consumer.served();
    expect([given.levels(credential), rotateOf(rig, credential)]).toEqual([["Success"], false]);
    expect(use(serving)).toBe("allowed");
    await rig.live(15 * MINUTE_MS);
    expect([live(given), use(serving)]).toEqual([1, "allowed"]);
  });

  test("in the middle of which the credential is suspended takes the rights of both secrets", async () => {
    const serving = await served(side);
    const { given, credential } = serving;
    const { rig, consumer } = given;
    consumer.market.rotate(credential);
    rig.sandbox.clock.advance(MINUTE_MS);
    await rig.turn();
    consumer.market.suspend(credential);
    await consumer.served();
    expect([given.levels(credential), given.acls(), rotateOf(rig, credential)]).toEqual([["Success"], [], false]);
    consumer.market.enable(credential);
    await consumer.served();
    expect([given.levels(credential), use(serving)]).toEqual([["Success"], "allowed"]);
  });

  test("whose last write of the wish was overtaken by another change is fulfilled all the same", async () => {
    const serving = await served(side);
    const { given, credential } = serving;
    const { rig, consumer } = given;
    consumer.market.rotate(credential);
    rig.sandbox.faults.add({
      name: "overtaken",
      when: { method: "PUT", path: `**/credentials/${credential.name}`, calls: { nth: 1 } },
      fault: { do: "answer", status: 428, body: '{"errors":[{"status":428,"title":"stale"}]}' },
    });
    await consumer.served();
    expect([given.levels(credential), rotateOf(rig, credential), use(serving)]).toEqual([
      ["Success"],
      false,
      "allowed",
    ]);
    await rig.live(15 * MINUTE_MS);
    expect(live(given)).toBe(1);
  });

  test("whose fulfilment was written and not answered does not swallow the next wish", async () => {
    const serving = await served(side);
    const { given, credential } = serving;
    const { rig, consumer } = given;
    consumer.market.rotate(credential);
    rig.sandbox.faults.add({
      name: "unanswered",
      when: { method: "PUT", path: `**/credentials/${credential.name}`, calls: { nth: 1 } },
      fault: { do: "lose-reply" },
    });
    await rig.live(15 * MINUTE_MS);
    const before = consumer.market.revealed(credential);
    expect([given.levels(credential), rotateOf(rig, credential)]).toEqual([["Success"], false]);
    consumer.market.rotate(credential);
    await rig.live(15 * MINUTE_MS);
    expect(consumer.market.revealed(credential)).not.toEqual(before);
    expect([given.levels(credential), use(serving), live(given)]).toEqual([["Success"], "allowed", 1]);
  });

  test("of a credential that is deleted meanwhile leaves nothing", async () => {
    const { given, access, credential } = await served(side);
    const { rig, consumer } = given;
    consumer.market.rotate(credential);
    rig.sandbox.clock.advance(MINUTE_MS);
    await rig.turn();
    for (const item of [access, credential]) consumer.market.remove(item);
    await rig.live(4 * MINUTE_MS);
    given.expectNothingLeft();
  });
});

const DAY_MS = 24 * HOUR_MS;
const expiryOf = (rig: Rig, { selfLink }: Item) => {
  const body = rig.sandbox.parts.amplify.get(selfLink);
  const policies = body?.policies as { expiry?: { timestamp: string } } | undefined;
  const at = policies?.expiry?.timestamp;
  return at === undefined ? undefined : Date.parse(at.replace("+0000", "Z"));
};

describe.each(["cloud", "platform"] as const)("expiry on %s", (side) => {
  test("is written once with a secret, and neither suspending nor enabling makes it later; a rotation does", async () => {
    const { given, credential } = await served(side, { period: 90, action: "deprovision" });
    const { rig, consumer } = given;
    const first = expiryOf(rig, credential) ?? 0;
    expect(Math.abs(first - rig.now - 90 * DAY_MS)).toBeLessThan(10 * MINUTE_MS);
    await rig.live(2 * HOUR_MS);
    const mark = rig.mark();
    consumer.market.suspend(credential);
    await consumer.served();
    consumer.market.enable(credential);
    await consumer.served();
    expect(rig.writes(mark).filter(({ path }) => path.endsWith("/policies"))).toEqual([]);
    expect(expiryOf(rig, credential)).toBe(first);
    consumer.market.rotate(credential);
    await consumer.served();
    expect((expiryOf(rig, credential) ?? 0) - first).toBeGreaterThan(2 * HOUR_MS);
  });

  test("takes everything back, and then tells that the credential is inactive", async () => {
    const { given, access, credential } = await served(side, { period: 1, action: "deprovision" });
    const { rig, consumer } = given;
    const details = () => rig.sandbox.parts.amplify.get(credential.selfLink)?.["x-agent-details"];
    expect(details()).toMatchObject({ handleExpiry: "true" });
    rig.sandbox.clock.advance(DAY_MS);
    expect(consumer.market.expireDue()).toEqual([credential.selfLink]);
    const mark = rig.mark();
    await rig.live(4 * MINUTE_MS);
    expect(given.levels(access, credential)).toEqual(["Success", "Success"]);
    const body = rig.sandbox.parts.amplify.get(credential.selfLink);
    expect([body?.state, body?.finalizers]).toEqual([expect.objectContaining({ name: "inactive" }), []]);
    given.expectNothingLeft();
    const own = rig.writes(mark).filter(({ path }) => path.includes(credential.name));
    expect(own.map(({ path }) => path.split(credential.name)[1])).toEqual(["", "/state", "/status"]);
    consumer.market.remove(credential);
    await rig.live(4 * MINUTE_MS);
    expect(consumer.market.isThere(credential)).toBe(false);
  });

  test("that cannot be carried out at once is tried again until it is", async () => {
    const { given, credential } = await served(side);
    const { rig, consumer } = given;
    const path = side === "cloud" ? "/iam/v2/api-keys/*" : "/users/*";
    rig.sandbox.faults.add({ name: "down", when: { method: "DELETE", path }, fault: answers.serverError() });
    consumer.market.expire(credential);
    await rig.live(4 * MINUTE_MS);
    expect([given.acls(), live(given)]).toEqual([[], 1]);
    rig.sandbox.faults.clear();
    await rig.live(30 * MINUTE_MS);
    expect(given.levels(credential)).toEqual(["Success"]);
    given.expectNothingLeft();
  });

  test("is over when the consumer enables the credential again, with a new secret", async () => {
    const serving = await served(side);
    const { given, credential } = serving;
    const { consumer } = given;
    const before = consumer.market.revealed(credential);
    consumer.market.expire(credential);
    await consumer.served();
    given.expectNothingLeft();
    consumer.market.enable(credential);
    await consumer.served();
    expect([given.levels(credential), use(serving), live(given)]).toEqual([["Success"], "allowed", 1]);
    expect(consumer.market.revealed(credential)).not.toEqual(before);
  });
});

describe.each(["cloud", "platform"] as const)("another plan on %s", (side) => {
  test("takes the place of the one before without a moment in which the client may not read", async () => {
    const { given, access, credential } = await served(side);
    const { rig, consumer } = given;
    const group = `${consumer.market.accessData(access).groupPrefix}x`;
    const client = consumer.login(credential);
    const moved = await consumer.access("orders", {}, access);
    for (let count = 0; count < 100 && consumer.market.isThere(access); count++) {
      await rig.jump();
      await rig.turn();
      expect(outcomeOf(() => client.consume(group, "orders", 1))).toBe("allowed");
    }
    expect(consumer.market.isThere(access)).toBe(false);
    expect(given.levels(moved)).toEqual(["Success"]);
    expect(given.acls()).toHaveLength(2);
    expect(rig.sandbox.log.all().filter(({ method, path }) => method === "DELETE" && path.includes("/acls"))).toEqual(
      [],
    );
  });

  test("that fails leaves the one before as it was", async () => {
    const { given, access } = await served(side);
    const { rig, consumer } = given;
    rig.sandbox.parts.clusters[side].acls.behaviour.quota = 0;
    const moved = await consumer.access("payments", {}, access);
    await rig.live(4 * MINUTE_MS);
    expect(given.levels(access, moved)).toEqual(["Success", "Error"]);
    expect(given.acls()).toContain("READ TOPIC orders");
  });
});
