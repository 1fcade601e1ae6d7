import { describe, expect, it } from "vitest";
import { HOUR, MINUTE, START, sums, trafficWorld } from "./fixture.ts";
import { Traffic } from "./traffic.ts";

const PRODUCER = { name: "shop", side: "platform", topic: "orders", perMinute: 10 } as const;

describe("a producer and a consumer", () => {
  it("move the ends and the committed offsets, and the truth tells it by application, topic and hour", () => {
    const { traffic, pass, consumer, offsets, ends } = trafficWorld();
    traffic.consume(consumer());
    pass(1);
    expect(offsets()).toEqual([0n, 0n]);
    traffic.produce(PRODUCER);
    pass(90);
    expect([ends(), offsets()]).toEqual([
      [450n, 450n],
      [450n, 450n],
    ]);
    const row = { side: "platform", application: "amp.1", group: "amp.1.main", topic: "orders" };
    const nothing = { first: 0, skipped: 0, rewound: 0, reread: 0 };
    expect(traffic.truth()).toEqual([
      { ...row, hour: START, delivered: 590, advanced: 590, ...nothing },
      { ...row, hour: START + HOUR, delivered: 310, advanced: 310, ...nothing },
    ]);
    expect(traffic.produced().map(({ hour, produced }) => [hour, produced])).toEqual([
      [START, 590],
      [START + HOUR, 310],
    ]);
  });

  it("do the same however often somebody looks, and something else with another seed", () => {
    const play = (steps: number, seed: number) => {
      const { traffic, pass, consumer } = trafficWorld({}, seed);
      traffic.produce({ ...PRODUCER, unevenness: 0.8 });
      traffic.consume(consumer({ commitMs: 90_000, perMinute: 11 }));
      for (let step = 0; step < steps; step++) pass(240 / steps);
      return JSON.stringify([traffic.truth(), traffic.produced()]);
    };
    expect(play(240, 1)).toBe(play(1, 1));
    expect(play(1, 1)).not.toBe(play(1, 2));
  });

  it("leave it to the consumer to read no more than it can, and to commit late", () => {
    const { traffic, pass, consumer, offsets } = trafficWorld();
    traffic.produce(PRODUCER);
    traffic.consume(consumer({ perMinute: 4, commitMs: 10 * MINUTE }));
    pass(31);
    const { delivered, first, advanced } = sums(traffic.truth());
    expect(delivered).toBe(31 * 4);
    const committed = Number(offsets().reduce((sum: bigint, offset) => sum + (offset ?? 0n), 0n));
    expect(committed).toBe(first + advanced);
    expect(delivered - committed).toBeGreaterThan(0);
    expect(delivered - committed).toBeLessThanOrEqual(40);
  });

  it("of one group share its partitions, and begin where it committed whenever one comes or goes", () => {
    const { traffic, pass, consumer, clusters } = trafficWorld();
    traffic.produce(PRODUCER);
    traffic.consume(consumer());
    traffic.schedule(START + 10 * MINUTE, { do: "consume", consumer: consumer({ name: "second" }) });
    traffic.schedule(START + 20 * MINUTE, { do: "stop", name: "app", crash: true });
    traffic.schedule(START, { do: "stop-producing", name: "nobody" });
    pass(15);
    const { groups } = clusters.platform;
    const group = groups.get("amp.1.main");
    expect(group && [...group.members.keys()].map((id) => groups.assignment(group, id))).toEqual([
      [{ topic: "orders", partition: 0 }],
      [{ topic: "orders", partition: 1 }],
    ]);
    pass(15);
    expect(group?.members.size).toBe(1);
    expect(sums(traffic.truth())).toMatchObject({ delivered: 300, first: 10, advanced: 290, reread: 0 });
  });

  it("of a fresh group read history, which no difference of two commits shows", () => {
    const { traffic, pass, consumer } = trafficWorld();
    traffic.produce(PRODUCER);
    pass(60);
    traffic.act({ do: "stop-producing", name: "shop" });
    traffic.consume(consumer());
    traffic.consume(consumer({ name: "new", group: "amp.1.new", startAt: "latest" }));
    pass(2);
    expect(sums(traffic.truth())).toMatchObject({ delivered: 600, first: 600, advanced: 0 });
  });
});

describe("what goes wrong", () => {
  it("a consumer that crashed reads again what it had not committed, one that stopped does not", () => {
    const play = (crash: boolean) => {
      const { traffic, pass, consumer } = trafficWorld();
      traffic.consume(consumer());
      pass(1);
      traffic.consume(consumer({ commitMs: 600 * MINUTE }));
      traffic.produce(PRODUCER);
      pass(10);
      traffic.act({ do: "stop-producing", name: "shop" });
      traffic.act({ do: "stop", name: "app", crash });
      pass(5);
      traffic.act({ do: "start", name: "app" });
      pass(5);
      traffic.act({ do: "stop", name: "app" });
      return sums(traffic.truth());
    };
    expect(play(true)).toMatchObject({ delivered: 200, advanced: 100 });
    expect(play(false)).toMatchObject({ delivered: 100, advanced: 100 });
  });

  it("a rebalance stops the group for its time, and it goes on where it committed", () => {
    const { traffic, pass, consumer, clusters, offsets } = trafficWorld();
    traffic.consume(consumer());
    traffic.produce(PRODUCER);
    pass(10);
    traffic.act({ do: "rebalance", side: "platform", group: "amp.1.main", ms: 3 * MINUTE });
    pass(2);
    const group = clusters.platform.groups.get("amp.1.main");
    expect(group && clusters.platform.groups.state(group)).toBe("PREPARING_REBALANCE");
    expect(offsets()).toEqual([50n, 50n]);
    pass(3);
    expect(offsets()).toEqual([75n, 75n]);
    expect(sums(traffic.truth())).toMatchObject({ delivered: 150, reread: 0 });
  });

  it("a reset back is read again and one to latest skips, whether the consumer runs or not", () => {
    for (const running of [true, false]) {
      const { traffic, pass, consumer } = trafficWorld();
      traffic.consume(consumer());
      pass(1);
      traffic.produce(PRODUCER);
      pass(10);
      traffic.act({ do: "stop-producing", name: "shop" });
      const reset = { do: "reset", side: "platform", group: "amp.1.main", topic: "orders" } as const;
      if (!running) traffic.act({ do: "stop", name: "app" });
      traffic.act({ ...reset, to: { back: 20 } });
      traffic.act({ do: "start", name: "app" });
      pass(1);
      expect(sums(traffic.truth())).toMatchObject({ advanced: 140, reread: 40, rewound: 40, skipped: 0 });
      traffic.act({ ...reset, to: "earliest" });
      traffic.act({ ...reset, to: "latest" });
      pass(1);
      expect(sums(traffic.truth())).toMatchObject({ advanced: 140, rewound: 40, skipped: 0 });
      traffic.act({ do: "stop", name: "app" });
      traffic.produce(PRODUCER);
      pass(1);
      traffic.act({ do: "stop-producing", name: "shop" });
      traffic.act({ ...reset, to: "latest" });
      traffic.act({ do: "start", name: "app" });
      pass(1);
      expect(sums(traffic.truth())).toMatchObject({ advanced: 140, skipped: 10 });
    }
  });

  it("retention passes a consumer that is away, and it goes on at the log's start", () => {
    const { traffic, pass, consumer } = trafficWorld();
    traffic.consume(consumer());
    traffic.produce(PRODUCER);
    traffic.act({ do: "retain", side: "platform", topic: "orders", keep: 20 });
    pass(10);
    traffic.act({ do: "stop", name: "app" });
    pass(10);
    traffic.act({ do: "start", name: "app" });
    pass(1);
    expect(sums(traffic.truth())).toMatchObject({ delivered: 100 + 50 - 10, skipped: 70 });
  });

  it("a topic that is made again with fewer partitions is read from its start, also past commits that outlived it", () => {
    for (const outlive of [false, true]) {
      const { traffic, pass, consumer, clusters, offsets } = trafficWorld();
      clusters.platform.lateness.offsetsOutliveTopics = outlive;
      traffic.consume(consumer());
      traffic.produce(PRODUCER);
      pass(10);
      traffic.act({ do: "delete-topic", side: "platform", topic: "orders" });
      pass(2);
      expect(offsets()).toEqual([]);
      traffic.act({ do: "create-topic", side: "platform", topic: "orders", partitions: 1 });
      pass(2);
      expect(offsets()).toEqual([20n]);
      traffic.act({ do: "grow-topic", side: "platform", topic: "orders", partitions: 3 });
      pass(3);
      expect(offsets()).toEqual([30n, 10n, 10n]);
      expect(sums(traffic.truth()).delivered).toBe(150);
    }
  });

  it("a transaction takes offsets for its marker, hides what is open, and an aborted one is passed over", () => {
    const { traffic, pass, consumer, ends, offsets } = trafficWorld();
    traffic.consume(consumer({ isolation: "read_committed" }));
    pass(1);
    traffic.produce({ ...PRODUCER, transactions: { minutes: 1, abortEvery: 2 } });
    pass(1);
    expect([ends(), offsets()]).toEqual([
      [5n, 5n],
      [0n, 0n],
    ]);
    pass(1);
    expect([ends(), offsets()]).toEqual([
      [11n, 11n],
      [11n, 11n],
    ]);
    pass(2);
    expect(offsets()).toEqual([22n, 22n]);
    expect(sums(traffic.truth())).toMatchObject({ delivered: 20, advanced: 44 });
    expect(traffic.produced()).toMatchObject([{ produced: 40, aborted: 20 }]);
  });

  it("a transaction can be opened and held by hand, and a partition be without a leader for a while", () => {
    const { traffic, pass, consumer, clusters, offsets } = trafficWorld();
    traffic.consume(consumer({ isolation: "read_committed" }));
    const place = { side: "platform", topic: "orders", partition: 0 } as const;
    traffic.act({ do: "open-transaction", ...place, records: 7 });
    traffic.produce(PRODUCER);
    pass(2);
    expect(offsets()).toEqual([0n, 10n]);
    traffic.schedule(START + 3 * MINUTE, { do: "end-transaction", ...place, outcome: "commit" });
    traffic.schedule(START + 3 * MINUTE, { do: "leader", ...place, there: false });
    pass(2);
    expect(offsets()).toEqual([28n, 20n]);
    expect([...clusters.platform.leaderless]).toEqual(["orders/0"]);
    traffic.act({ do: "leader", ...place, there: true });
    expect(clusters.platform.leaderless.size).toBe(0);
  });

  it("a compacted topic has fewer records than offsets for whoever reads its history", () => {
    const { traffic, pass, consumer } = trafficWorld();
    traffic.produce(PRODUCER);
    pass(10);
    traffic.act({ do: "compact", side: "platform", topic: "orders", every: 10 });
    traffic.consume(consumer());
    pass(1);
    expect(sums(traffic.truth())).toMatchObject({ delivered: 20, first: 110 });
  });

  it("a group that expired or was deleted begins anew, and one with members is not deleted", () => {
    const { traffic, pass, consumer, clusters, offsets } = trafficWorld();
    const group = { side: "platform", group: "amp.1.main" } as const;
    traffic.consume(consumer());
    traffic.produce(PRODUCER);
    pass(10);
    traffic.act({ do: "delete-group", ...group });
    expect(clusters.platform.groups.get("amp.1.main")).toBeDefined();
    traffic.act({ do: "stop", name: "app" });
    traffic.act({ do: "expire", ...group });
    expect(offsets()).toEqual([undefined, undefined]);
    traffic.act({ do: "delete-group", ...group });
    expect(clusters.platform.groups.get("amp.1.main")).toBeUndefined();
    traffic.act({ do: "start", name: "app" });
    pass(1);
    expect(offsets()).toEqual([55n, 55n]);
    expect(sums(traffic.truth())).toMatchObject({ first: 120, advanced: 90 });
  });

  it("consumers that are assigned commit for a simple group, or for none at all", () => {
    const { traffic, pass, consumer, clusters } = trafficWorld();
    traffic.produce(PRODUCER);
    traffic.consume(consumer({ name: "simple", group: "simple", isAssigned: true }));
    traffic.consume(consumer({ name: "elsewhere", group: "elsewhere", isAssigned: true, commitMs: "never" }));
    traffic.consume(consumer({ name: "fresh", group: "fresh", commitMs: "never" }));
    pass(10);
    const { groups } = clusters.platform;
    expect(groups.all().map(({ id, isSimple, members }) => [id, isSimple, members.size])).toEqual([
      ["simple", true, 0],
      ["fresh", false, 1],
    ]);
    expect(traffic.truth().map(({ group, delivered }) => [group, delivered])).toEqual([
      ["simple", 100],
      ["elsewhere", 100],
      ["fresh", 100],
    ]);
  });
});

describe("what clients may do", () => {
  const acl = (resourceType: "TOPIC" | "GROUP", resourceName: string, operation: "READ" | "WRITE") => ({
    ...{ resourceType, resourceName, operation, patternType: "PREFIXED" as const },
    ...{ principal: "User:a", host: "*", permission: "ALLOW" as const },
  });

  it("is asked with every minute: who loses the right stops, and goes on when it has it again", () => {
    const { traffic, pass, consumer, clusters } = trafficWorld();
    const { acls } = clusters.platform;
    traffic.produce(PRODUCER);
    traffic.consume(consumer({ principal: "User:a" }));
    pass(1);
    expect(traffic.isConnected("app")).toBe(false);
    const group = acl("GROUP", "amp.1.", "READ");
    acls.create([acl("TOPIC", "orders", "READ"), group]);
    pass(5);
    expect([traffic.isConnected("app"), sums(traffic.truth()).delivered]).toEqual([true, 60]);
    acls.remove({ ...group, resourceName: "amp.1." });
    pass(5);
    expect([traffic.isConnected("app"), sums(traffic.truth()).delivered]).toEqual([false, 60]);
    expect(clusters.platform.groups.get("amp.1.main")?.members.size).toBe(0);
    acls.create([group]);
    pass(5);
    expect([traffic.isConnected("app"), sums(traffic.truth()).delivered]).toEqual([true, 160]);
  });

  it("is asked of producers too", () => {
    const { traffic, pass, clusters, ends } = trafficWorld();
    traffic.produce({ ...PRODUCER, principal: "User:a" });
    pass(1);
    expect(ends()).toEqual([0n, 0n]);
    clusters.platform.acls.create([acl("TOPIC", "orders", "WRITE")]);
    pass(1);
    expect(ends()).toEqual([5n, 5n]);
  });

  it("begins with a login, which is looked at whenever the consumer starts", () => {
    let secret = "old";
    const login = (user: string, given: string) => (given === secret ? `User:${user}` : undefined);
    const { traffic, pass, consumer, clusters } = trafficWorld({ platform: login });
    clusters.platform.acls.create([acl("TOPIC", "orders", "READ"), acl("GROUP", "amp.1.", "READ")]);
    traffic.consume(consumer({ login: { user: "a", secret: "old" } }));
    pass(1);
    secret = "new";
    pass(1);
    expect(traffic.isConnected("app")).toBe(true);
    traffic.act({ do: "stop", name: "app" });
    traffic.act({ do: "start", name: "app" });
    pass(1);
    expect(traffic.isConnected("app")).toBe(false);
    traffic.consume(consumer({ login: { user: "a", secret: "new" } }));
    pass(1);
    expect(traffic.isConnected("app")).toBe(true);
  });
});

it("is saved with everything that it does and did, and goes on as if it had not been stopped", () => {
  const begin = () => {
    const world = trafficWorld();
    world.traffic.produce({ ...PRODUCER, side: "cloud", unevenness: 0.5, transactions: { minutes: 2, abortEvery: 3 } });
    world.traffic.consume(world.consumer({ side: "cloud", perMinute: 9, commitMs: 7 * MINUTE }));
    world.traffic.schedule(START + 50 * MINUTE, { do: "stop", name: "app" });
    world.traffic.schedule(START + 70 * MINUTE, { do: "start", name: "app" });
    world.pass(30);
    return world;
  };
  const through = begin();
  through.pass(60);
  const saved = begin();
  const state = JSON.parse(JSON.stringify(saved.traffic.snapshot()));
  const clusterState = JSON.parse(JSON.stringify(saved.clusters.cloud.snapshot()));
  const later = trafficWorld();
  later.context.clock.advance(30 * MINUTE);
  later.clusters.cloud.restore(clusterState);
  const traffic = new Traffic(later.options);
  traffic.restore(state);
  later.context.clock.advance(60 * MINUTE);
  expect(traffic.truth()).toEqual(through.traffic.truth());
  expect(traffic.produced()).toEqual(through.traffic.produced());
  expect(traffic.history.snapshot()).toEqual(through.traffic.history.snapshot());
  expect(later.clusters.cloud.snapshot()).toEqual(through.clusters.cloud.snapshot());
  expect(() => traffic.restore({ version: 2 })).toThrow();
});
