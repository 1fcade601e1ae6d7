import { describe, expect, it } from "vitest";
import { permits } from "../core/permissions.ts";
import { anyone } from "./authenticators.ts";
import { KafkaClient } from "./client.ts";
import { KafkaCluster } from "./cluster.ts";
import { ORIGIN, type Rig, rig, stillContext } from "./fixtures.ts";

const BASE = `${ORIGIN}/v3/clusters/c1`;
const TEN_MINUTES = 600_000;

function world(): Rig & { readonly app: KafkaClient } {
  const kafka = rig({}, { superUsers: ["User:app"] });
  kafka.cluster.createTopic({ name: "orders", partitions: 3 });
  return { ...kafka, app: new KafkaClient(kafka.cluster, "User:app", { clientId: "app-1" }) };
}

const states = async ({ ask }: Rig): Promise<readonly unknown[]> =>
  (await ask("consumer-groups")).body.data.map((group) => [group.consumer_group_id, group.state, group.is_simple]);

describe("consumer groups over REST", () => {
  it("show a group with members, and keep it as empty one with its offsets when they left", async () => {
    const { app, ...kafka } = world();
    const consumer = app.joinGroup("g", "orders");
    expect((await kafka.ask("consumer-groups/g")).body).toMatchObject({
      state: "STABLE",
      type: "CLASSIC",
      partition_assignor: "range",
      is_simple: false,
      coordinator: { related: `${BASE}/brokers/1` },
    });
    consumer.poll(1);
    consumer.commit();
    consumer.leave();
    kafka.context.clock.advance(10 * TEN_MINUTES);
    expect((await kafka.ask("consumer-groups/g")).body).toMatchObject({ state: "EMPTY", partition_assignor: "" });
  });

  it("name the protocol and its assignor of a group that speaks the new one", async () => {
    const { app, ask } = world();
    const consumer = app.joinGroup("g", "orders", { protocol: "CONSUMER" });
    expect((await ask("consumer-groups/g")).body).toMatchObject({ type: "CONSUMER", partition_assignor: "uniform" });
    consumer.leave();
    expect((await ask("consumer-groups/g")).body).toMatchObject({ type: "CONSUMER", partition_assignor: "" });
  });

  it("call a group simple until somebody joins it", async () => {
    const { app, ...kafka } = world();
    app.commitOffset("g", { topic: "orders", partition: 0 }, 1n);
    expect(await states(kafka)).toEqual([["g", "EMPTY", true]]);
    app.joinGroup("g", "orders").leave();
    expect(await states(kafka)).toEqual([["g", "EMPTY", false]]);
  });

  it("list members by their id, and what each reads: static members first, then ids", async () => {
    const { app, ask } = world();
    app.joinGroup("g", "orders", { memberId: "a" });
    app.joinGroup("g", "orders", { memberId: "z-1", instanceId: "z" });
    const { body } = await ask("consumer-groups/g/consumers");
    expect(body.data.map((member) => [member.consumer_id, member.instance_id, member.client_id])).toEqual([
      ["a", null, "app-1"],
      ["z-1", "z", "app-1"],
    ]);
    expect((await ask("consumer-groups/g/consumers/a")).body).toEqual(body.data[0]);
    const partitions = async (member: string) =>
      (await ask(`consumer-groups/g/consumers/${member}/assignments`)).body.data.map((each) => each.partition_id);
    expect([await partitions("z-1"), await partitions("a")]).toEqual([[0, 1], [2]]);
  });

  it("give each member an id of its own", () => {
    const { app, cluster } = world();
    for (let time = 0; time < 3; time++) app.joinGroup("g", "orders");
    expect(cluster.groups.get("g")?.members.size).toBe(3);
  });

  it("forget a group without members and offsets after ten minutes, and not one of the two earlier", async () => {
    const { app, ...kafka } = world();
    app.joinGroup("left", "orders").leave();
    app.commitOffset("dropped", { topic: "orders", partition: 0 }, 1n);
    kafka.context.clock.advance(TEN_MINUTES - 1);
    expect(await states(kafka)).toHaveLength(2);
    kafka.cluster.deleteTopic("orders");
    kafka.context.clock.advance(1);
    expect(await states(kafka)).toEqual([["dropped", "EMPTY", true]]);
    expect((await kafka.ask("consumer-groups/left")).status).toBe(404);
    kafka.context.clock.advance(TEN_MINUTES);
    expect(await states(kafka)).toEqual([]);
  });

  it("keep a group that comes back in time", async () => {
    const { app, ...kafka } = world();
    app.joinGroup("g", "orders").leave();
    kafka.context.clock.advance(TEN_MINUTES - 1);
    app.commitOffset("g", { topic: "orders", partition: 0 }, 1n);
    kafka.context.clock.advance(TEN_MINUTES);
    expect(await states(kafka)).toEqual([["g", "EMPTY", false]]);
  });

  it("keep the offsets of other topics when one is deleted", () => {
    const { app, cluster } = world();
    cluster.createTopic({ name: "other" });
    app.commitOffset("g", { topic: "orders", partition: 0 }, 1n);
    app.commitOffset("g", { topic: "other", partition: 0 }, 7n);
    cluster.deleteTopic("orders");
    expect(cluster.groups.committed("g", { topic: "orders", partition: 0 })).toBeUndefined();
    expect(cluster.groups.committed("g", { topic: "other", partition: 0 })).toBe(7n);
  });

  it("hide from a caller what it may not describe, as if it were not there", async () => {
    const rights = { allow: [{ operation: "GROUP:READ", resource: "mine" }], deny: [] };
    const { ask, cluster } = rig({
      authenticate: anyone((operation, resource) => permits(rights, operation, resource)),
    });
    for (const id of ["mine", "theirs"]) cluster.groups.join(id, { clientId: "c", instanceId: null, topics: [] });
    expect((await ask("consumer-groups")).body.data.map((group) => group.consumer_group_id)).toEqual(["mine"]);
    for (const [path, message] of [
      ["consumer-groups/theirs", "HTTP 404 Not Found"],
      ["consumer-groups/theirs/consumers", "Consumer Group theirs does not exist."],
      ["consumer-groups/theirs/consumers/c/assignments", "Consumer Group theirs does not exist."],
      ["consumer-groups/theirs/lags", "Consumer Group theirs could not be found."],
    ] as const) {
      expect((await ask(path)).body).toEqual({ error_code: 404, message });
    }
  });

  it("have no assignments on Cloud", async () => {
    const { ask, cluster } = rig({ flavour: "cloud" }, { clusterId: "lkc-abc12" });
    cluster.groups.join("g", { id: "m", clientId: "c", instanceId: null, topics: [] });
    expect((await ask("consumer-groups/g/consumers/m")).status).toBe(200);
    expect((await ask("consumer-groups/g/consumers/m/assignments")).status).toBe(404);
  });
});

describe("the state of consumer groups", () => {
  it("is saved with members, offsets larger than a double holds, and markers, and goes on", () => {
    const { app, cluster } = world();
    const consumer = app.joinGroup("g", "orders", { memberId: "m" });
    app.commitOffset("g", { topic: "orders", partition: 2 }, 9007199254740993n);
    app.produceTransactionally("orders", "tx", 1);
    const saved = JSON.parse(JSON.stringify(cluster.snapshot())) as unknown;
    consumer.leave();
    const other = new KafkaCluster(stillContext(), { clusterId: "c1", superUsers: ["User:app"] });
    other.restore(saved);
    expect(other.snapshot()).toEqual(saved);
    expect(other.groups.committed("g", { topic: "orders", partition: 2 })).toBe(9007199254740993n);
    expect(new KafkaClient(other, "User:app").consume("h", "orders", 10)).toBe(1);
    cluster.restore(saved);
    expect(consumer.poll(10)).toBe(1);
  });

  it("is taken from a state that knew groups by their ids alone", () => {
    const cluster = new KafkaCluster(stillContext(), { clusterId: "c1" });
    cluster.restore({ ...cluster.snapshot(), groups: ["old"] });
    expect(cluster.groups.get("old")).toMatchObject({ id: "old", isSimple: false, type: "CLASSIC" });
  });

  it("still counts the time until an empty group is forgotten", () => {
    const { app, cluster } = world();
    app.joinGroup("g", "orders").leave();
    const context = stillContext();
    const other = new KafkaCluster(context, { clusterId: "c1" });
    other.restore(cluster.snapshot());
    expect(other.groups.all()).toHaveLength(1);
    context.clock.advance(TEN_MINUTES);
    expect(other.groups.all()).toEqual([]);
  });
});
