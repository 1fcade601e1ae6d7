import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Item } from "../sandbox/amplify/marketplace-server.ts";
import { answers, type Fault } from "../sandbox/core/faults.ts";
import { HOUR_MS, MINUTE_MS } from "../support/rig.ts";
import { outcomeOf, type Subscribing, subscribing } from "../support/subscribing.ts";

const opened: Subscribing[] = [];
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterEach(() => {
  for (const each of opened.splice(0)) each.close();
  vi.useRealTimers();
});

interface Asked {
  readonly given: Subscribing;
  readonly access: Item;
  readonly credential: Item;
}

/** A subscription that was asked for, and nothing done of it. */
async function asked(side: "cloud" | "platform"): Promise<Asked> {
  const given = await subscribing(side);
  opened.push(given);
  given.rig.sandbox.parts.organization.behaviour.kafkaKeyMs = 12_000;
  const access = await given.consumer.access("orders");
  const credential = await given.consumer.credential("orders");
  return { given, access, credential };
}

/** What becomes of the first request that makes something. */
function cut({ rig }: Subscribing, method: string, path: string, fault: Fault): void {
  rig.sandbox.faults.add({ name: "cut", when: { method, path, calls: { nth: 1 } }, fault });
}

/** Wakes until it is so, at once and not a wake later. */
async function turnUntil({ given: { rig } }: Asked, isSo: () => boolean): Promise<void> {
  for (let count = 0; count < 100 && !isSo(); count++) {
    await rig.jump();
    await rig.turn();
  }
  if (!isSo()) throw new Error("it never came to be so");
}

/** The client logs in with what the marketplace shows, and reads. */
function expectToWork({ given, access, credential }: Asked): void {
  const { consumer } = given;
  expect(given.levels(access, credential)).toEqual(["Success", "Success"]);
  const group = `${consumer.market.accessData(access).groupPrefix}x`;
  expect(outcomeOf(() => consumer.login(credential).consume(group, "orders", 1))).toBe("allowed");
}

const LOST: readonly (readonly [what: string, fault: Fault])[] = [
  ["was made though the connection broke", { do: "lose-reply" }],
  ["is made 5 s after the connection broke", { do: "act-later", ms: 5_000 }],
  ["is made 30 s after the connection broke", { do: "act-later", ms: 30_000 }],
  ["was never made, for the connection broke before", { do: "reset" }],
  ["was made, and the answer broke off in the middle", { do: "truncate", bytes: 20 }],
];

const MAKING: readonly (readonly [thing: string, side: "cloud" | "platform", method: string, path: string])[] = [
  ["an API key", "cloud", "POST", "/iam/v2/api-keys"],
  ["a service account", "cloud", "POST", "/iam/v2/service-accounts"],
  ["a set of ACLs on Cloud", "cloud", "POST", "**/acls:batch"],
  ["a SASL user", "platform", "PUT", "/users/*"],
  ["a set of ACLs on Platform", "platform", "POST", "**/acls:batch"],
];

describe.each(MAKING)("%s", (_thing, side, method, path) => {
  test.each(LOST)("that %s ends with exactly one, and a secret that works", async (_, fault) => {
    const asking = await asked(side);
    const { given, access } = asking;
    cut(given, method, path, fault);
    await given.rig.live(8 * MINUTE_MS);
    expectToWork(asking);
    const prefix = given.consumer.market.accessData(access).groupPrefix;
    expect(given.acls()).toEqual([`READ GROUP ${prefix}`, "READ TOPIC orders"]);
    expect([given.accounts().length, given.keys().length, given.users().length]).toEqual(
      side === "cloud" ? [1, 1, 0] : [0, 0, 1],
    );
  });

  test.each(LOST)("that %s leaves nothing when everything is deleted while that is not known", async (_, fault) => {
    const asking = await asked(side);
    const { given, access, credential } = asking;
    const { rig, consumer } = given;
    cut(given, method, path, fault);
    await turnUntil(asking, () => rig.sandbox.faults.list().some(({ fired }) => fired > 0));
    for (const item of [access, credential, consumer.application]) consumer.market.remove(item);
    await rig.live(5 * MINUTE_MS);
    expect([access, credential, consumer.application].filter((item) => consumer.market.isThere(item))).toEqual([]);
    given.expectNothingLeft();
  });
});

describe("a new API key", () => {
  test("that answers 401 three times, then 200 and 401 in turn, is told only after two good calls in a row", async () => {
    const asking = await asked("cloud");
    const { rig } = asking.given;
    const mark = rig.mark();
    await asking.given.consumer.served();
    expectToWork(asking);
    const probes = rig
      .confluent(mark)
      .filter(({ method, path }) => method === "GET" && path.endsWith("/topics"))
      .map(({ status }) => status);
    expect(probes.slice(-4)).toEqual([200, 401, 200, 200]);
    expect(probes.slice(0, -4).every((status) => status === 401)).toBe(true);
    expect(probes.length).toBeGreaterThanOrEqual(7);
    const log = rig.sandbox.log.after(mark);
    const lastProbe = log.findLast(({ method, path }) => method === "GET" && path.endsWith("/topics"));
    const data = log.find(({ method, path }) => method === "PUT" && /credentials\/[^/]+\/data$/.test(path));
    expect(data?.sequence).toBeGreaterThan(lastProbe?.sequence ?? Number.POSITIVE_INFINITY);
    expect((data?.at ?? 0) - (lastProbe?.at ?? 0)).toBeLessThan(30_000);
  });

  test("that never works is removed after 20 minutes and told in words, and can be asked for again", async () => {
    const asking = await asked("cloud");
    const { given, access, credential } = asking;
    const { rig, consumer } = given;
    const { behaviour } = rig.sandbox.parts.organization;
    behaviour.kafkaKeyMs = 100 * HOUR_MS;
    await rig.live(20 * MINUTE_MS);
    expect([given.levels(access, credential), given.keys().length]).toEqual([["Success", "Pending"], 1]);
    await rig.live(3 * MINUTE_MS);
    expect(given.told(credential)).toEqual([
      "Error",
      "The new key did not work within 20 minutes and was removed. Please try again.",
    ]);
    expect(given.keys()).toEqual([]);
    await rig.live(5 * HOUR_MS);
    expect(given.keys(), "none is made that nobody asked for").toEqual([]);
    behaviour.kafkaKeyMs = 0;
    consumer.market.retry(credential);
    await consumer.served();
    expectToWork(asking);
    expect(given.keys()).toHaveLength(1);
  });

  test("that never works in a rotation leaves the one before, and the rotation can be asked for again", async () => {
    const asking = await asked("cloud");
    const { given, credential } = asking;
    const { rig, consumer } = given;
    const { behaviour } = rig.sandbox.parts.organization;
    await consumer.served();
    const before = consumer.market.revealed(credential);
    behaviour.kafkaKeyMs = 100 * HOUR_MS;
    consumer.market.rotate(credential);
    await rig.live(23 * MINUTE_MS);
    expect(given.levels(credential)).toEqual(["Error"]);
    expect(given.keys().map(({ id }) => id)).toEqual([before.apiKey]);
    behaviour.kafkaKeyMs = 0;
    consumer.market.retry(credential);
    await consumer.served();
    expectToWork(asking);
    expect(consumer.market.revealed(credential).apiKey).not.toBe(before.apiKey);
    await rig.live(15 * MINUTE_MS);
    expect(given.keys()).toHaveLength(1);
  });
});

describe("a new secret", () => {
  test("that our own storage lost before it was seen to work is made anew, and the lost one is removed", async () => {
    const asking = await asked("cloud");
    const { given, credential } = asking;
    const { rig } = given;
    await turnUntil(asking, () => given.keys().length === 1);
    const [lost] = given.keys();
    rig.runtime.ports.sql.exec("DELETE FROM sealed WHERE kind = 'key'");
    await given.consumer.served();
    expectToWork(asking);
    expect(given.keys()).toHaveLength(1);
    expect(given.consumer.market.revealed(credential).apiKey).not.toBe(lost?.id);
  });

  test("that is lost three times ends in Error, with nothing left that works", async () => {
    const asking = await asked("cloud");
    const { given, credential } = asking;
    const { rig } = given;
    for (let count = 0; count < 100 && given.levels(credential)[0] === "Pending"; count++) {
      await rig.jump();
      await rig.turn();
      rig.runtime.ports.sql.exec("DELETE FROM sealed WHERE kind = 'key'");
    }
    expect(given.told(credential)).toEqual(["Error", "The credential could not be handed over. Please try again."]);
    expect(given.keys()).toEqual([]);
    const made = rig.sandbox.log.all().filter(({ method, path }) => method === "POST" && path === "/iam/v2/api-keys");
    expect(made).toHaveLength(3);
  });
});

test("a control plane that allows no more for now is asked again no earlier than it said, and the rest goes on", async () => {
  const { given, access, credential } = await asked("cloud");
  const { rig, consumer } = given;
  const { faults } = rig.sandbox;
  faults.add({ name: "busy", when: { service: "cloud", calls: { every: 3 } }, fault: answers.tooManyRequests(30) });
  const mark = rig.mark();
  const others = [given.another(), given.another(), given.another()];
  const more: Item[] = [];
  for (const other of others) more.push(await other.access("payments"), await other.credential("payments"));
  await rig.live(10 * MINUTE_MS);
  expect(given.levels(access, credential, ...more)).toEqual(["Success", "Success", ...more.map(() => "Success")]);
  expect([given.accounts().length, given.keys().length]).toEqual([4, 4]);
  const calls = rig.confluent(mark).filter(({ service }) => service === "cloud");
  for (const [index, call] of calls.entries()) {
    const next = calls[index + 1];
    if (call.status === 429 && next) expect(next.at - call.at).toBeGreaterThanOrEqual(30_000);
  }
  expect(consumer.market.level(credential)).toBe("Success");
});
