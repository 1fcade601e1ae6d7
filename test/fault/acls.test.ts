import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { answers } from "../sandbox/core/faults.ts";
import { MINUTE_MS } from "../support/rig.ts";
import { outcomeOf, type Subscribing, subscribing } from "../support/subscribing.ts";

const opened: Subscribing[] = [];
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterEach(() => {
  for (const each of opened.splice(0)) each.close();
  vi.useRealTimers();
});

async function start(side: "cloud" | "platform") {
  const given = await subscribing(side);
  opened.push(given);
  const { acls } = given.rig.sandbox.parts.clusters[side];
  const posted = (mark: number) =>
    given.rig.confluent(mark).filter(({ method, path }) => method === "POST" && path.includes("/acls"));
  const listed = (mark: number) =>
    given.rig.confluent(mark).filter(({ method, path }) => method === "GET" && path.includes("/acls"));
  return { ...given, given, behaviour: acls.behaviour, posted, listed };
}

describe.each(["cloud", "platform"] as const)("ACLs on %s", (side) => {
  test("are written by one request and read back by one list before Success is told", async () => {
    const { rig, consumer, given, posted, listed } = await start(side);
    const mark = rig.mark();
    const access = await consumer.access("orders");
    const credential = await consumer.credential("orders");
    await consumer.served();
    expect(given.levels(access, credential)).toEqual(["Success", "Success"]);
    expect([posted(mark).length, listed(mark).length]).toEqual([1, 1]);
    const log = rig.sandbox.log.after(mark);
    const readBack = log.find(({ method, path }) => method === "GET" && path.includes("/acls"));
    const success = log.find(({ path }) => path.includes("/accessrequests/") && path.endsWith("/status"));
    expect(success?.sequence).toBeGreaterThan(readBack?.sequence ?? Number.POSITIVE_INFINITY);
  });

  test("that were accepted and show only 30 s later are waited for, and made once", async () => {
    const { rig, consumer, given, behaviour, posted, listed } = await start(side);
    behaviour.appearsAfter = 30_000;
    const mark = rig.mark();
    const access = await consumer.access("orders");
    const credential = await consumer.credential("orders");
    const begun = rig.now;
    while (given.levels(access)[0] === "Pending" && rig.now < begun + 4 * MINUTE_MS) {
      await rig.jump();
      await rig.turn();
    }
    const posts = posted(mark);
    expect(rig.now).toBeGreaterThanOrEqual((posts[0]?.at ?? 0) + 30_000);
    expect(posts).toHaveLength(1);
    expect(listed(mark).length).toBeLessThanOrEqual(5);
    await consumer.served();
    expect(given.levels(access, credential)).toEqual(["Success", "Success"]);
    const group = consumer.market.accessData(access).groupPrefix;
    expect(given.acls()).toEqual([`READ GROUP ${group}`, "READ TOPIC orders"]);
  });

  test("that never show end in Error within three minutes, in words that name the principal and what to look at", async () => {
    const { rig, consumer, given, behaviour } = await start(side);
    behaviour.appearsAfter = "never";
    const access = await consumer.access("orders");
    const credential = await consumer.credential("orders");
    await rig.live(3 * MINUTE_MS);
    const [level, words] = given.told(access);
    expect(level).toBe("Error");
    const principal = side === "cloud" ? given.accounts()[0]?.id : given.users()[0];
    expect(words).toBe(`The rights of User:${principal} did not appear on the cluster. Please try again.`);
    expect(given.told(credential)).toEqual([level, words]);
    const error = rig.grants().find(({ kind }) => kind === "access")?.error;
    expect(error).toContain("Check that the cluster has an authorizer and that our account may describe ACLs");
  });

  test("that never showed are written anew when they are asked for again, and then the client works", async () => {
    const { rig, consumer, given, behaviour } = await start(side);
    behaviour.appearsAfter = "never";
    const access = await consumer.access("orders");
    const credential = await consumer.credential("orders");
    await rig.live(3 * MINUTE_MS);
    behaviour.appearsAfter = 0;
    for (const item of [access, credential]) consumer.market.retry(item);
    await consumer.served();
    expect(given.levels(access, credential)).toEqual(["Success", "Success"]);
    const group = `${consumer.market.accessData(access).groupPrefix}x`;
    expect(outcomeOf(() => consumer.login(credential).consume(group, "orders", 1))).toBe("allowed");
  });

  test("that a broken batch left out are made one by one, and only those", async () => {
    const { rig, consumer, given, behaviour, posted } = await start(side);
    behaviour.nextCreateFailsAfter = 1;
    const mark = rig.mark();
    const access = await consumer.access("orders", { operations: "both" });
    const credential = await consumer.credential("orders");
    await consumer.served();
    expect(given.levels(access, credential)).toEqual(["Success", "Success"]);
    expect(posted(mark).length).toBe(3);
    const group = consumer.market.accessData(access).groupPrefix;
    expect(given.acls()).toEqual([`READ GROUP ${group}`, "READ TOPIC orders", "WRITE TOPIC orders"]);
  });

  test("that no longer fit the cluster's limit end in Error without a further try, and go on within the day when there is room", async () => {
    const { rig, consumer, given, behaviour, posted } = await start(side);
    behaviour.quota = 0;
    const access = await consumer.access("orders");
    const credential = await consumer.credential("orders");
    const mark = rig.mark();
    await rig.live(30 * MINUTE_MS);
    expect(posted(mark)).toHaveLength(1);
    // Cloud tells its quotas.
    const limit = side === "cloud" ? " of 4000" : "";
    const words = `The provider's limit${limit} for ACLs is reached. Ask the provider of the API.`;
    expect([given.told(access), given.told(credential)]).toEqual([
      ["Error", words],
      ["Error", words],
    ]);
    behaviour.quota = undefined;
    await rig.live(40 * MINUTE_MS);
    expect(given.levels(access, credential)).toEqual(["Success", "Success"]);
  });

  test("of a second topic that fail leave the first one's credential alone, and are taken back", async () => {
    const { rig, consumer, given, behaviour } = await start(side);
    const first = await consumer.access("orders");
    const credential = await consumer.credential("orders");
    await consumer.served();
    behaviour.quota = 1;
    const second = await consumer.access("payments");
    await rig.live(4 * MINUTE_MS);
    expect(given.levels(first, credential, second)).toEqual(["Success", "Success", "Error"]);
    expect(given.acls()).not.toContain("READ TOPIC payments");
    const group = `${consumer.market.accessData(first).groupPrefix}x`;
    expect(outcomeOf(() => consumer.login(credential).consume(group, "orders", 1))).toBe("allowed");
  });

  test("that cannot be taken back keep the request that they were for, told Error, until they are gone", async () => {
    const { rig, consumer, given } = await start(side);
    const access = await consumer.access("orders");
    await consumer.credential("orders");
    await consumer.served();
    const down = { method: "DELETE", path: "**/acls" };
    rig.sandbox.faults.add({ name: "down", when: down, fault: answers.serverError() });
    consumer.market.remove(access);
    await rig.live(4 * MINUTE_MS);
    expect(given.told(access)).toEqual(["Error", "What was given could not be removed yet. It is tried again."]);
    expect(given.acls()).toContain("READ TOPIC orders");
    rig.sandbox.faults.clear();
    await rig.live(10 * MINUTE_MS);
    expect(consumer.market.isThere(access)).toBe(false);
    expect(given.acls()).toEqual([]);
  });
});
