import { expect, test } from "vitest";
import { MOST_ATTEMPTS } from "../../src/connection/backoff.ts";
import { workStore } from "../../src/store/work.ts";
import { answers } from "../sandbox/core/faults.ts";
import { counted, imported, worldOf } from "../support/imported.ts";
import { Kill } from "../support/kill.ts";
import { HOUR_MS, MINUTE_MS, Rig, unwrap } from "../support/rig.ts";

const names = Array.from({ length: 10 }, (_, index) => `topic-${index}`);

test("row 1: a topic that is hinted a hundred times has one service, and the later runs make no request", async () => {
  const rig = await imported({ side: "cloud" });
  const mark = rig.mark();
  for (let hint = 0; hint < 100; hint++) {
    workStore(rig.runtime.ports.sql).hint("topic:orders", "discovery", rig.now, "hint");
    await rig.actor.wake();
  }
  expect(rig.writes(mark)).toEqual([]);
  expect(counted(rig)).toEqual([2, 2, 2]);
});

test("row 2: a topic that is hinted while it is being published runs once more afterwards, without a write, never twice at once", async () => {
  let open = 0;
  let most = 0;
  const rig: Rig = new Rig({
    side: "cloud",
    world: worldOf("orders"),
    adapt: (ports) => ({
      ...ports,
      http: async (request) => {
        const isTopic = request.url.includes("/apiservice");
        if (isTopic) most = Math.max(most, ++open);
        if (request.method === "POST" && isTopic) {
          unwrap(await rig.actor.decide("orders", "refresh"));
          await rig.actor.tick();
        }
        const response = await ports.http(request);
        if (isTopic) open--;
        return response;
      },
    }),
  });
  await rig.settle();
  expect(most).toBe(1);
  expect(counted(rig)).toEqual([1, 1, 1]);
  expect(rig.writes().filter(({ path }) => path.includes("/apiservice"))).toHaveLength(7);
});

test("row 3: one topic of ten that fails is tried again ever later, the other nine are published", async () => {
  const rig = new Rig({ side: "cloud", world: worldOf(...names) });
  rig.sandbox.faults.add({
    name: "broken",
    when: { service: "amplify", method: "POST", path: "/apis/**/apiservices", body: '"title":"topic-3"' },
    fault: answers.serverError(),
  });
  await rig.live(30 * MINUTE_MS);
  expect(counted(rig)).toEqual([9, 9, 9]);
  const tries = rig.writes().filter(({ status }) => status === 500);
  const waits = tries.slice(1).map(({ at }, index) => at - (tries[index]?.at ?? 0));
  expect(waits.length).toBeGreaterThan(4);
  for (const [attempt, wait] of waits.entries()) expect(wait).toBeGreaterThanOrEqual(2_500 * 2 ** attempt);
  rig.sandbox.faults.clear();
  await rig.settle();
  expect(counted(rig)).toEqual([10, 10, 10]);
});

test("row 4: an object that dies after the work and before the item is marked done makes no further write", async () => {
  const kill = new Kill((label) => label.includes("DELETE FROM work") && label.includes("[topic:orders]"));
  const rig = new Rig({ side: "platform", world: worldOf("orders"), adapt: kill.adapt });
  const life = rig.settle();
  expect(await Promise.race([kill.died, life])).toBe("died");
  await life.catch(() => undefined);
  expect(counted(rig)).toEqual([1, 1, 1]);
  const mark = rig.mark();
  rig.evict((ports) => ports);
  await rig.settle();
  // The two badges alone were still to be written.
  expect(rig.writes(mark).map(({ path }) => path.split("/").at(-1))).toEqual(["source", "source"]);
  expect(counted(rig)).toEqual([1, 1, 1]);
});

test("row 5: a key that no code understands is given up after its attempts, shown with its cause, and holds nothing up", async () => {
  const rig = await imported({ side: "cloud" });
  workStore(rig.runtime.ports.sql).hint("tomorrow:orders", "provisioning", rig.now, "of another version");
  const mark = rig.mark();
  await rig.live(3 * HOUR_MS);
  const [item] = unwrap(await rig.actor.work({ limit: 100 })).items.filter(({ dead }) => dead);
  expect(item).toMatchObject({ key: "tomorrow:orders", attempts: MOST_ATTEMPTS, dead: true });
  expect(item?.error).toContain("tomorrow:orders");
  expect(unwrap(await rig.actor.overview()).work.dead).toBe(1);
  const looks = rig.confluent(mark).filter(({ path }) => path.endsWith("/topics"));
  expect(looks.length).toBeGreaterThan(30);
});

test("row 5: a topic that Amplify always refuses is given up at once, the others are published", async () => {
  const rig = new Rig({ side: "cloud", world: worldOf(...names) });
  rig.sandbox.faults.add({
    name: "refused",
    when: { service: "amplify", method: "POST", path: "/apis/**/apiservices", body: '"title":"topic-3"' },
    fault: { do: "answer", status: 400, body: '{"errors":[{"status":400,"title":"Bad","detail":"spec is wrong"}]}' },
  });
  await rig.live(2 * HOUR_MS);
  expect(counted(rig)).toEqual([9, 9, 9]);
  expect(rig.writes().filter(({ status }) => status === 400)).toHaveLength(1);
  const dead = rig.work().filter((item) => item.dead);
  expect(dead).toMatchObject([{ key: "topic:topic-3", error: expect.stringContaining("spec is wrong") }]);
});

test("row 6: a dead topic that is redriven after the fix is published, and the audit tells who redrove it", async () => {
  const rig = new Rig({ side: "cloud", world: worldOf("orders") });
  rig.sandbox.faults.add({
    name: "refused",
    when: { service: "amplify", method: "POST", path: "/apis/**/apiservices" },
    fault: { do: "answer", status: 400, body: "{}" },
  });
  await rig.settle();
  expect(counted(rig)).toEqual([0, 0, 0]);
  expect(await rig.actor.redrive("topic:payments")).toMatchObject({ ok: false, reason: "not-found" });
  rig.sandbox.faults.clear();
  unwrap(await rig.actor.redrive("topic:orders"));
  await rig.settle();
  expect(counted(rig)).toEqual([1, 1, 1]);
  const audit = unwrap(await rig.actor.audit({ limit: 100 })).items;
  expect(audit).toContainEqual(
    expect.objectContaining({ actor: "operator", action: "redrove", subject: "topic:orders" }),
  );
});

test("row 8: after an hour without tick and alarm, two ticks at once make everything due run once", async () => {
  const rig = await imported({ side: "cloud" });
  rig.runtime.ports.sql.exec("UPDATE alarm SET at = NULL");
  rig.evict();
  rig.sandbox.clock.advance(HOUR_MS);
  const mark = rig.mark();
  const [first, second] = await Promise.all([rig.actor.tick(), rig.actor.tick()]);
  expect([first.ok, second.ok]).toEqual([true, true]);
  expect(await rig.runtime.ports.alarm.get()).toBeLessThanOrEqual(rig.now);
  await rig.actor.wake();
  expect(rig.confluent(mark).filter(({ path }) => path.endsWith("/topics"))).toHaveLength(1);
  expect(rig.amplify(mark)).toEqual([]);
});

test("row 52: a tick during a long run joins it, and after a crash the run goes on where it was", async () => {
  const kill = new Kill((label) => label.startsWith("after POST") && label.endsWith("/apiserviceinstances"));
  const rig = new Rig({ side: "cloud", world: worldOf(...names), adapt: kill.adapt });
  const life = rig.settle(async () => {
    unwrap(await rig.actor.tick());
  });
  await Promise.race([kill.died, life]);
  rig.evict((ports) => ports);
  await rig.settle();
  expect(counted(rig)).toEqual([10, 10, 10]);
  // One look at Confluent, and one POST that had to be made again because its answer was lost.
  expect(rig.confluent().filter(({ path }) => path.endsWith("/topics"))).toHaveLength(1);
  expect(rig.writes().filter(({ method, path }) => method === "POST" && path.includes("/apiservice"))).toHaveLength(31);
});
