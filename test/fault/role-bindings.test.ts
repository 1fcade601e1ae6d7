import { afterEach, describe, expect, it } from "vitest";
import { workStore } from "../../src/store/work.ts";
import type { Item } from "../sandbox/amplify/marketplace-server.ts";
import type { Fault } from "../sandbox/core/faults.ts";
import { MINUTE_MS } from "../support/rig.ts";
import { type Subscribing, subscribing } from "../support/subscribing.ts";

let story: Subscribing;
afterEach(() => story.close());

const MAKING = { method: "POST", path: "/iam/v2/role-bindings" };

async function asking(): Promise<{ readonly access: Item; readonly item: Item }> {
  story = await subscribing("cloud");
  return { access: await story.consumer.access("orders"), item: await story.consumer.credential("orders", "yes") };
}

/** Until a role binding was asked for, and its answer lost. */
async function lost(fault: Fault): Promise<void> {
  const { rig } = story;
  rig.sandbox.faults.add({ name: "lost", when: { ...MAKING, calls: { nth: 1 } }, fault });
  while (rig.sandbox.faults.list()[0]?.fired === 0) {
    await rig.jump();
    await rig.turn();
  }
}

async function reads(item: Item): Promise<number> {
  const { consumer } = story;
  return consumer.reads("orders-value", consumer.market.revealed(item));
}

describe("a role binding whose making was not answered", () => {
  it.each<[string, Fault]>([
    ["was made", { do: "lose-reply" }],
    ["was not made", { do: "reset" }],
    ["is made half a minute later", { do: "act-later", ms: 30_000 }],
  ])("and that %s is there once, and the consumer can read", async (_, fault) => {
    const { item } = await asking();
    story.rig.sandbox.faults.add({ name: "lost", when: { ...MAKING, calls: { nth: 1 } }, fault });
    await story.rig.live(8 * MINUTE_MS);
    expect(story.levels(item)).toEqual(["Success"]);
    expect(story.roleBindings()).toEqual(["DeveloperRead orders-value"]);
    expect(await reads(item)).toBe(200);
    story.consumer.market.remove(item);
    await story.rig.live(3 * MINUTE_MS);
    expect(story.roleBindings()).toEqual([]);
  });

  it("and that was made goes again when the credential was deleted meanwhile", async () => {
    const { item } = await asking();
    await lost({ do: "lose-reply" });
    expect(story.roleBindings()).toEqual(["DeveloperRead orders-value"]);
    story.consumer.market.remove(item);
    await story.rig.live(6 * MINUTE_MS);
    expect(story.consumer.market.isThere(item)).toBe(false);
    expect([story.roleBindings(), story.keys()]).toEqual([[], []]);
  });

  it("and that is made half a minute later goes again when the topic was given up before it came", async () => {
    const { access } = await asking();
    const { rig, consumer } = story;
    await lost({ do: "act-later", ms: 30_000 });
    consumer.market.remove(access);
    workStore(rig.runtime.ports.sql).hint("events", "events", rig.now, "of a test");
    await rig.live(20_000);
    expect([consumer.market.isThere(access), story.roleBindings()]).toEqual([false, []]);
    await rig.live(15_000);
    expect(story.roleBindings()).toEqual(["DeveloperRead orders-value"]);
    await rig.live(2 * MINUTE_MS);
    expect(story.roleBindings()).toEqual([]);
    expect(story.accounts().length).toBe(1);
  });
});

describe("a role binding that is to go", () => {
  it("is gone before the credential goes, however often its removal fails", async () => {
    const { item } = await asking();
    await story.consumer.served();
    const when = { method: "DELETE", path: "/iam/v2/role-bindings/*", calls: { first: 3 } } as const;
    story.rig.sandbox.faults.add({ name: "down", when, fault: { do: "answer", status: 500 } });
    story.consumer.market.remove(item);
    await story.rig.live(MINUTE_MS / 4);
    expect(story.keys().length).toBe(2);
    expect(story.consumer.market.isThere(item)).toBe(true);
    await story.rig.live(30 * MINUTE_MS);
    expect(story.consumer.market.isThere(item)).toBe(false);
    expect([story.roleBindings(), story.keys()]).toEqual([[], []]);
  });

  it("is not believed to be gone because we may not remove it", async () => {
    const { item } = await asking();
    await story.consumer.served();
    const when = { method: "DELETE", path: "/iam/v2/role-bindings/*" };
    story.rig.sandbox.faults.add({ name: "hidden", when, fault: { do: "answer", status: 403 } });
    story.consumer.market.suspend(item);
    await story.rig.live(2 * MINUTE_MS);
    expect(story.levels(item)).toEqual(["Pending"]);
    expect(story.rig.grants().find(({ name }) => name === item.name)?.error).toContain("does not give us the right");
    story.rig.sandbox.faults.clear();
    await story.rig.live(60 * MINUTE_MS);
    expect(story.levels(item)).toEqual(["Success"]);
    expect(story.roleBindings()).toEqual([]);
  });

  it("is done where somebody removed it by hand", async () => {
    const { item } = await asking();
    await story.consumer.served();
    const { roleBindings } = story.rig.sandbox.parts.organization;
    for (const binding of roleBindings.all()) roleBindings.remove(binding);
    story.consumer.market.remove(item);
    await story.consumer.served();
    expect(story.consumer.market.isThere(item)).toBe(false);
    expect([story.roleBindings(), story.keys()]).toEqual([[], []]);
  });
});

describe("a key of Schema Registry whose making was not answered", () => {
  it.each<[string, Fault]>([
    ["was made", { do: "lose-reply" }],
    ["is made half a minute later", { do: "act-later", ms: 30_000 }],
  ])("and that %s is found by its label, and the consumer gets one that works", async (_, fault) => {
    const { item } = await asking();
    const when = { method: "POST", path: "/iam/v2/api-keys", body: "lsrc-", calls: { nth: 1 } } as const;
    story.rig.sandbox.faults.add({ name: "lost", when, fault });
    await story.rig.live(8 * MINUTE_MS);
    expect(story.levels(item)).toEqual(["Success"]);
    expect(story.keys().length).toBe(2);
    expect(await reads(item)).toBe(200);
  });
});

describe("what was made for Schema Registry", () => {
  it("is found again when all that was recorded of it is lost, made once, and goes with the credential", async () => {
    const { item } = await asking();
    await story.consumer.served();
    const { sql } = story.rig.runtime.ports;
    sql.exec("UPDATE grants SET record_json = '{}', dirty = 1");
    sql.exec("DELETE FROM known WHERE name = 'registry-name'");
    workStore(sql).hint("resync", "events", story.rig.now, "of a test");
    await story.rig.live(8 * MINUTE_MS);
    expect(story.roleBindings()).toEqual(["DeveloperRead orders-value"]);
    expect(story.accounts().length).toBe(1);
    expect(story.levels(item)).toEqual(["Success"]);
    expect(await reads(item)).toBe(200);
    story.consumer.market.remove(item);
    await story.rig.live(3 * MINUTE_MS);
    expect([story.roleBindings(), story.keys(), story.accounts()]).toEqual([[], [], []]);
  });
});
