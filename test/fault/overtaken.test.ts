import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { HOUR_MS, MINUTE_MS } from "../support/rig.ts";
import { type Subscribing, subscribing } from "../support/subscribing.ts";

const opened: Subscribing[] = [];
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterEach(() => {
  for (const each of opened.splice(0)) each.close();
  vi.useRealTimers();
});

const refusing = (path: string, status: number) => ({
  name: "always",
  when: { method: "PUT", path },
  fault: { do: "answer", status, body: `{"errors":[{"status":${status},"title":"no"}]}` } as const,
});

/** Amplify refuses every write of this path from the beginning. */
async function overtaken(path: string, status: number) {
  const given = await subscribing("cloud");
  opened.push(given);
  given.rig.sandbox.faults.add(refusing(path, status));
  const access = await given.consumer.access("orders");
  const credential = await given.consumer.credential("orders");
  return { given, access, credential };
}

const words = (given: Subscribing) => given.rig.grants().flatMap(({ error }) => error ?? []);

test.each([
  ["that the resource changed meanwhile", "**/credentials/*", 428, /somebody else changed it/],
  ["that there is no such sub-resource", "**/credentials/*/status", 404, /does not know what was asked for/],
] as const)(
  "a server that says each time %s is asked less and less, and an operator reads why",
  async (_, path, status, why) => {
    const { given, access, credential } = await overtaken(path, status);
    const { rig } = given;
    const mark = rig.mark();
    await rig.live(HOUR_MS);
    const asked = rig.amplify(mark).filter(({ path: at }) => at.includes(credential.name));
    expect(asked.length).toBeLessThan(50);
    expect(given.levels(access, credential)).toEqual(["Success", "Pending"]);
    expect(words(given)).toEqual([expect.stringMatching(why)]);
    rig.sandbox.faults.clear();
    await rig.live(70 * MINUTE_MS);
    expect([given.levels(access, credential), words(given)]).toEqual([["Success", "Success"], []]);
  },
);

test("what its writes rest for keeps no rights from being taken", async () => {
  const { given, access, credential } = await overtaken("**/credentials/*/status", 404);
  const { rig, consumer } = given;
  const second = await consumer.access("payments");
  await rig.live(5 * HOUR_MS);
  expect(given.acls()).toHaveLength(3);
  consumer.market.remove(access);
  await rig.live(3 * MINUTE_MS);
  expect([given.levels(second), given.acls().includes("READ TOPIC orders")]).toEqual([["Success"], false]);
  consumer.market.suspend(credential);
  await rig.live(3 * MINUTE_MS);
  expect(given.acls()).toEqual([]);
});

test("a finalizer that cannot be taken off is tried less and less, and goes in the end", async () => {
  const { given, access, credential } = await overtaken("**/nothing", 428);
  const { rig, consumer } = given;
  await rig.live(5 * MINUTE_MS);
  rig.sandbox.faults.clear();
  rig.sandbox.faults.add(refusing("**/credentials/*", 428));
  const mark = rig.mark();
  for (const item of [access, credential]) consumer.market.remove(item);
  await rig.live(HOUR_MS);
  expect(rig.amplify(mark).filter(({ path }) => path.includes(credential.name)).length).toBeLessThan(50);
  given.expectNothingLeft();
  rig.sandbox.faults.clear();
  await rig.live(70 * MINUTE_MS);
  expect(consumer.market.isThere(credential)).toBe(false);
});
