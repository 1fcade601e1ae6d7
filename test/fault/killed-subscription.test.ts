import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Item } from "../sandbox/amplify/marketplace-server.ts";
import { seededRandom } from "../sandbox/core/random.ts";
import type { Side } from "../sandbox/world/demo.ts";
import { distinct, type KillPoint, shapeOf } from "../support/kill.ts";
import { patient } from "../support/killed.ts";
import { LifeBench, type RecordedLife, type Stage } from "../support/killed-life.ts";
import { dumpRows } from "../support/rows.ts";
import { outcomeOf, type Subscribing, subscribing, variables } from "../support/subscribing.ts";

/** Deaths on each side, those that every kind of point asks for included. KILL_ALL=1 tries every point. */
const TRIALS = 60;
/** Until a new key or right is known where it is used. */
const PLANE_MS = 12_000;
const IS_ALL = process.env.KILL_ALL === "1";
const TIMEOUT_MS = IS_ALL ? 30 * 60_000 : 240_000;

beforeEach(() => {
  // Only a clock that stands still can be set back between two lives.
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A subscription from the first request until nothing is left. */
class Life {
  readonly world: Subscribing;
  readonly #access: Item;
  readonly #credential: Item;
  readonly stages: readonly Stage[];

  constructor(world: Subscribing, access: Item, credential: Item) {
    this.world = world;
    this.#access = access;
    this.#credential = credential;
    const { market, application } = world.consumer;
    const items = [access, credential, application];
    this.stages = [
      { name: "asked", act: () => undefined, check: (label) => this.#works(label) },
      { name: "rotated", act: () => market.rotate(credential), check: (label) => this.#works(label) },
      { name: "suspended", act: () => market.suspend(credential), check: (label) => this.#isSuspended(label) },
      { name: "enabled", act: () => market.enable(credential), check: (label) => this.#works(label) },
      {
        name: "removed",
        act: () => {
          for (const item of items) market.remove(item);
        },
        check: (label, rows) => {
          expect(this.#ours(), label).toEqual({ acls: [], principals: 0, made: 0, keys: 0, roles: 0 });
          expect(
            items.filter((item) => market.isThere(item)),
            label,
          ).toEqual([]);
          for (const table of ["grants", "intent"]) expect(rows.get(table), label).toEqual([]);
          expect(
            rows.get("sealed")?.map(({ kind }) => kind),
            label,
          ).toEqual(["token"]);
          expect(world.rig.sandbox.defects, label).toEqual([]);
        },
      },
    ];
  }

  async #works(label: string): Promise<void> {
    expect(this.world.levels(this.#access, this.#credential), label).toEqual(["Success", "Success"]);
    const acls = ["READ GROUP", "READ TOPIC"];
    expect(this.#ours(), label).toEqual({ ...this.#kept, acls, principals: 1, roles: this.#kept.keys - 1 });
    expect(this.#reads(), label).toBe("allowed");
    const { consumer, side } = this.world;
    if (side === "platform") return;
    // A role binding that was given again takes its time to be heard of.
    this.world.rig.sandbox.clock.advance(PLANE_MS);
    expect(await consumer.reads("orders-value", consumer.market.revealed(this.#credential)), label).toBe(200);
  }

  /** On Cloud a key of the cluster and one of the registry, on Platform a user with its password. */
  get #kept(): { readonly made: number; readonly keys: number } {
    return { made: 1, keys: this.world.side === "cloud" ? 2 : 1 };
  }

  #isSuspended(label: string): void {
    expect(this.world.levels(this.#access, this.#credential), label).toEqual(["Success", "Success"]);
    expect(this.#ours(), label).toEqual({ ...this.#kept, acls: [], principals: 0, roles: 0 });
    expect(this.#reads(), label).toBe("GROUP_AUTHORIZATION_FAILED");
  }

  #reads(): unknown {
    const { consumer } = this.world;
    const group = `${consumer.market.accessData(this.#access).groupPrefix}x`;
    return outcomeOf(() => consumer.login(this.#credential).consume(group, "orders", 1));
  }

  /** What is ours in Confluent, by number: ids differ from life to life. */
  #ours() {
    const { world } = this;
    const entries = world.entries();
    const made = world.side === "platform" ? world.users().length : world.accounts().length;
    return {
      acls: entries.map(({ operation, resourceType }) => `${operation} ${resourceType}`).sort(),
      principals: new Set(entries.map(({ principal }) => principal)).size,
      made,
      keys: world.side === "platform" ? made : world.keys().length,
      roles: world.roleBindings().length,
    };
  }
}

async function recorded(side: Side): Promise<{ bench: LifeBench; life: RecordedLife }> {
  const world = await subscribing(side, { configure: patient });
  const { rig, consumer } = world;
  // A key is waited for in many wakes that are all alike.
  Object.assign(rig.sandbox.parts.organization.behaviour, {
    kafkaKeyMs: PLANE_MS,
    registryKeyMs: PLANE_MS,
    roleBindingMs: PLANE_MS,
  });
  const story = new Life(world, await consumer.access("orders"), await consumer.credential("orders", "yes"));
  const rows = dumpRows(rig.runtime.ports.sql);
  rig.close();
  const bench = new LifeBench(rig.sandbox, side, variables, story.stages);
  return { bench, life: await bench.record(rows) };
}

/** One index of each kind, or all of them. */
function oneOfEach(points: readonly KillPoint[], indexes: readonly number[], random: Below): number[] {
  if (IS_ALL) return [...indexes];
  const kinds = Map.groupBy(indexes, (index) => shapeOf(points[index]?.label ?? ""));
  return [...kinds.values()].map((alike) => alike[random.below(alike.length)] ?? 0);
}

/** One point of each kind, and others up to `TRIALS`: as what they leave behind, so that none is tried twice. */
function drawn(points: readonly KillPoint[], random: Below): ReadonlySet<number> {
  const firsts = distinct(points);
  if (IS_ALL) return new Set(firsts);
  const firstOf = (index: number) => firsts.findLast((first) => first <= index) ?? 0;
  const chosen = new Set(oneOfEach(points, [...points.keys()], random).map(firstOf));
  while (chosen.size < Math.min(TRIALS, firsts.length)) chosen.add(firsts[random.below(firsts.length)] ?? 0);
  return chosen;
}

interface Below {
  below(limit: number): number;
}

function seeded(side: Side) {
  const seed = Number(process.env.KILL_SEED ?? Math.floor(Math.random() * 1e9));
  console.log(`KILL_SEED=${seed} repeats these deaths on ${side}`);
  return seededRandom(seed);
}

test.each(["cloud", "platform"] as const)(
  "killed at points drawn by chance, each kind of request and statement among them, a subscription on %s ends with one principal, one key and one set of ACLs, and then with nothing",
  async (side) => {
    const random = seeded(side);
    const { bench, life } = await recorded(side);
    const deaths = drawn(life.points, random);
    expect(deaths.size).toBeGreaterThanOrEqual(TRIALS);
    for (const at of deaths) await bench.die(at, life);
  },
  TIMEOUT_MS,
);

test.each(["cloud", "platform"] as const)(
  "killed while a write was under way, of each kind one, which arrives 30 s later, a subscription on %s ends the same",
  async (side) => {
    const random = seeded(side);
    const { bench, life } = await recorded(side);
    const isWrite = (index: number) => /^before (?:POST|PUT|DELETE|PATCH) /.test(life.points[index]?.label ?? "");
    const writes = [...life.points.keys()].filter(isWrite);
    expect(writes.length).toBeGreaterThan(30);
    for (const at of oneOfEach(life.points, writes, random)) await bench.die(at, life, true);
  },
  TIMEOUT_MS,
);
