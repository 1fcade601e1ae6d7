import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type NodeRuntime, openNodeRuntime } from "../../../src/runtime/node.ts";
import { migrate } from "../../../src/store/schema.ts";
import { LANES, type WorkStore, workStore } from "../../../src/store/work.ts";

let runtime: NodeRuntime;
let work: WorkStore;
beforeEach(() => {
  runtime = openNodeRuntime(":memory:", { log: { write: () => undefined } });
  expect(migrate(runtime.ports.sql)).toEqual({ kind: "ready" });
  work = workStore(runtime.ports.sql);
});
afterEach(() => runtime.close());

const take = (now: number) => {
  const item = work.next(now, LANES);
  if (!item) throw new Error("nothing is due");
  return item;
};

describe("the work list", () => {
  test("holds a key once however often it is hinted, due at the earliest time", () => {
    for (let hint = 0; hint < 100; hint++) work.hint("topic:orders", "discovery", 1_000 - hint, "changed");
    expect(work.list({ limit: 10 })).toHaveLength(1);
    expect(take(1_000)).toMatchObject({ key: "topic:orders", due: 901, generation: 100 });
  });

  test("gives nothing that is not due yet", () => {
    work.hint("a", "status", 1_001, "later");
    expect(work.next(1_000, LANES)).toBeUndefined();
    expect(work.nextDue(LANES)).toBe(1_001);
  });

  test("gives provisioning before discovery, and in one lane what is due first", () => {
    work.hint("c", "discovery", 1, "");
    work.hint("b", "discovery", 2, "");
    work.hint("a", "provisioning", 3, "");
    const order = [1, 2, 3].map(() => {
      const item = take(10);
      work.done(item);
      return item.key;
    });
    expect(order).toEqual(["a", "c", "b"]);
  });

  test("gives nothing of a lane that is closed", () => {
    work.hint("a", "discovery", 1, "");
    expect(work.next(10, ["provisioning", "status"])).toBeUndefined();
  });

  test("keeps a key that was hinted during its work, and forgets its errors", () => {
    work.hint("a", "status", 1, "first");
    const item = take(1);
    work.hint("a", "status", 5, "second");
    work.done(item);
    expect(take(5)).toMatchObject({ key: "a", reason: "second", attempts: 0 });
  });

  test("forgets a key that was not hinted during its work", () => {
    work.hint("a", "status", 1, "");
    work.done(take(1));
    expect(work.list({ limit: 10 })).toEqual([]);
  });

  test("brings a periodic key round again, but at once when it was hinted meanwhile", () => {
    work.hint("a", "status", 1, "");
    work.again(take(1), 500, "next round");
    expect(work.get("a")).toMatchObject({ due: 500, reason: "next round" });
    work.hint("a", "status", 2, "asked");
    const item = take(2);
    work.hint("a", "status", 3, "asked again");
    work.again(item, 900, "next round");
    expect(work.get("a")).toMatchObject({ due: 2, reason: "asked again" });
  });

  test("counts no attempt for a planned wait", () => {
    work.hint("a", "status", 1, "");
    work.postpone(take(1), 60, "waiting for the request budget");
    expect(work.get("a")).toMatchObject({
      due: 60,
      attempts: 0,
      error: undefined,
      reason: "waiting for the request budget",
    });
  });

  test("keeps a dead key with its error, out of the way, until a person redrives it", () => {
    work.hint("a", "status", 1, "");
    work.fail(take(1), "no such team", undefined);
    expect(work.next(1e9, LANES)).toBeUndefined();
    expect(work.nextDue(LANES)).toBeUndefined();
    expect(work.counts()).toEqual({ waiting: 0, dead: 1 });
    expect(work.redrive("a", 7)).toBe(true);
    expect(work.redrive("a", 7)).toBe(false);
    expect(take(7)).toMatchObject({ key: "a", dead: false, attempts: 0, error: "no such team" });
  });

  test("brings a dead key back when there is news of it", () => {
    work.hint("a", "status", 1, "");
    work.fail(take(1), "bad", undefined);
    work.hint("a", "status", 9, "changed");
    expect(take(9)).toMatchObject({ dead: false, attempts: 0 });
  });

  test("does not give up a key of which there was news while it was worked on", () => {
    work.hint("a", "discovery", 1, "new");
    const item = take(1);
    work.hint("a", "discovery", 5, "changed");
    work.fail(item, "bad", undefined);
    expect(take(5)).toMatchObject({ key: "a", dead: false, attempts: 0, error: "bad", reason: "changed" });
    work.fail(take(5), "still bad", undefined);
    expect(work.get("a")).toMatchObject({ dead: true, attempts: 1 });
  });

  test("leaves a key alone that only has to be there", () => {
    work.hint("a", "status", 500, "waiting");
    work.ensure("a", "status", 1, "start");
    expect(work.get("a")).toMatchObject({ due: 500, generation: 1 });
  });
});

describe("a database of a newer version", () => {
  test("is recognised and not touched", () => {
    runtime.ports.sql.exec("UPDATE schema_version SET version = 99");
    expect(migrate(runtime.ports.sql)).toEqual({ kind: "newer", version: 99 });
    expect(runtime.ports.sql.exec("SELECT version FROM schema_version")).toEqual([{ version: 99 }]);
  });

  test("of our own version is left as it is", () => {
    work.hint("a", "status", 1, "");
    expect(migrate(runtime.ports.sql)).toEqual({ kind: "ready" });
    expect(work.counts()).toEqual({ waiting: 1, dead: 0 });
  });
});
