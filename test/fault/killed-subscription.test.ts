import { expect, test } from "vitest";
import { workStore } from "../../src/store/work.ts";
import { consumerKeys } from "../sandbox/amplify/marketplace-secrets.ts";
import type { Item } from "../sandbox/amplify/marketplace-server.ts";
import { seededRandom } from "../sandbox/core/random.ts";
import type { Side } from "../sandbox/world/demo.ts";
import { Consumer } from "../support/consumer.ts";
import { imported, worldOf } from "../support/imported.ts";
import { distinct, Kill, type KillPoint } from "../support/kill.ts";
import { patient } from "../support/killed.ts";
import { MINUTE_MS, type Rig } from "../support/rig.ts";

const TRIALS = 15;
const keys = consumerKeys(2048);
const variables = {
  CENTRAL_REQUESTSPERMINUTE: "6000",
  KAFKA_DISCOVERY_INTERVAL: "24h",
  KAFKA_ROTATION_OVERLAP: "10m",
};

/** A subscription from the first request until nothing is left, with a death on the way. */
class Life {
  readonly rig: Rig;
  readonly side: Side;
  readonly consumer: Consumer;
  readonly #kill: Kill;

  constructor(rig: Rig, side: Side, kill: Kill) {
    this.rig = rig;
    this.side = side;
    this.consumer = new Consumer(rig, side, keys);
    this.#kill = kill;
  }

  /** From the next look at the events until nothing is left to do, an overlap included. */
  async served(): Promise<void> {
    this.rig.sandbox.clock.advance(MINUTE_MS);
    for (let count = 0; count < 300; count++) {
      await this.#turn();
      if (this.rig.open().length === 0) return;
      await this.rig.jump();
    }
    throw new Error(`not at rest: ${JSON.stringify(this.rig.open().slice(0, 3))}`);
  }

  async #turn(): Promise<void> {
    if (this.#kill.isDead) return await this.rig.turn();
    const turn = this.rig.turn();
    const end = await Promise.race([this.#kill.died, turn.catch(() => this.#kill.died)]);
    if (end !== "died") return;
    this.rig.evict((ports) => ports);
    await this.rig.turn();
  }

  /** What is ours in Confluent, by number: ids differ from life to life. */
  ours() {
    const { clusters, users, organization } = this.rig.sandbox.parts;
    const acls = clusters[this.side].acls
      .all()
      .map(({ resourceType, operation, patternType }) => `${operation} ${patternType} ${resourceType}`);
    const principals = new Set(clusters[this.side].acls.all().map(({ principal }) => principal)).size;
    if (this.side === "platform") {
      const made = users.snapshot().users.filter(({ name }) => name.startsWith("amp-"));
      return { acls: acls.sort(), principals, made: made.length, keys: made.length, roleBindings: 0 };
    }
    const made = [...organization.owners.values()].filter(({ displayName }) => displayName.startsWith("amp-"));
    const own = [...organization.keys.values()].filter(({ owner }) => made.some(({ id }) => id === owner));
    const roleBindings = organization.roleBindings.all().length;
    return { acls: acls.sort(), principals, made: made.length, keys: own.length, roleBindings };
  }
}

async function lead(side: Side, at: number | undefined): Promise<readonly KillPoint[]> {
  const rig = await imported({
    side,
    world: worldOf("orders"),
    variables,
    configure: patient,
    amplifyRequestsPerMinute: "unlimited",
  });
  workStore(rig.runtime.ports.sql).ensure("events", "events", rig.now, "test");
  await rig.turn();
  // A key is waited for in many wakes that are all alike.
  const { behaviour } = rig.sandbox.parts.organization;
  behaviour.kafkaKeyMs = 12_000;
  behaviour.registryKeyMs = 12_000;
  behaviour.roleBindingMs = 12_000;
  const kill = new Kill(at);
  const life = new Life(rig, side, kill);
  const { consumer } = life;
  const { market } = consumer;
  const before = life.ours();
  // Platform's registry has no keys: there it is left out.
  const withRegistry = side === "cloud";
  const keysEach = withRegistry ? 2 : 1;
  const access = await consumer.access("orders");
  const credential: Item = await consumer.credential("orders", withRegistry ? "yes" : "no");
  rig.evict(kill.adapt);
  await life.served();
  const label = at === undefined ? "undisturbed" : `killed ${kill.points[at]?.label}, point ${at}`;
  expect([market.level(access), market.level(credential)], label).toEqual(["Success", "Success"]);
  expect(life.ours(), label).toEqual({
    acls: [...before.acls, "READ LITERAL TOPIC", "READ PREFIXED GROUP"].sort(),
    principals: before.principals + 1,
    made: 1,
    keys: keysEach,
    roleBindings: before.roleBindings + (withRegistry ? 1 : 0),
  });
  const group = `${market.accessData(access).groupPrefix}x`;
  const works = async () => {
    expect(consumer.login(credential).consume(group, "orders", 1), label).toBeGreaterThanOrEqual(0);
    if (withRegistry) expect(await consumer.reads("orders-value", market.revealed(credential)), label).toBe(200);
  };
  await works();
  market.rotate(credential);
  await life.served();
  await works();
  expect(life.ours(), label).toMatchObject({ principals: before.principals + 1, made: 1, keys: keysEach });
  for (const item of [access, credential, consumer.application]) market.remove(item);
  await life.served();
  expect(life.ours(), label).toEqual(before);
  expect(
    [access, credential, consumer.application].filter((item) => market.isThere(item)),
    label,
  ).toEqual([]);
  expect(rig.sandbox.defects, label).toEqual([]);
  rig.close();
  return kill.points;
}

test.each(["cloud", "platform"] as const)(
  "killed at points drawn by chance, a subscription with rotation and removal on %s ends with one principal, one key and one set of ACLs, and then with nothing",
  async (side) => {
    const seed = Number(process.env.KILL_SEED ?? Math.floor(Math.random() * 1e9));
    console.log(`KILL_SEED=${seed} repeats these deaths on ${side}`);
    const random = seededRandom(seed);
    const points = distinct(await lead(side, undefined));
    expect(points.length).toBeGreaterThan(200);
    for (let trial = 0; trial < TRIALS; trial++) await lead(side, points[random.below(points.length)]);
  },
  90_000,
);
