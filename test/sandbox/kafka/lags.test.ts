import { describe, expect, it } from "vitest";
import { permits } from "../core/permissions.ts";
import { createSandbox } from "../sandbox.ts";
import { cloudIds } from "../world/organization.ts";
import { anyone } from "./authenticators.ts";
import { type Rig, rig } from "./fixtures.ts";
import type { KafkaRestOptions } from "./rest.ts";

function world(rest: Partial<KafkaRestOptions> = {}): Rig {
  const kafka = rig(rest);
  kafka.cluster.createTopic({ name: "orders", partitions: 2 });
  kafka.cluster.createTopic({ name: "audit", partitions: 1 });
  for (const partition of [0, 1]) kafka.cluster.append("orders", partition, 10n);
  kafka.cluster.append("audit", 0, 10n);
  kafka.cluster.groups.commit("g", { topic: "orders", partition: 0 }, 4n);
  kafka.cluster.groups.commit("g", { topic: "audit", partition: 0 }, 9n);
  return kafka;
}

const seen = async ({ ask }: Rig, group = "g"): Promise<readonly unknown[]> =>
  (await ask(`consumer-groups/${group}/lags`)).body.data.map((lag) => [
    `${lag.topic_name}/${lag.partition_id}`,
    lag.current_offset,
    lag.log_end_offset,
    lag.lag,
  ]);

describe("lags of a group", () => {
  it("end at the last stable offset while a transaction is open, and behind its marker when it ended", async () => {
    const kafka = world();
    kafka.cluster.appendOpen("audit", 0, 3n);
    kafka.cluster.append("audit", 0, 5n);
    expect(await seen(kafka)).toEqual([
      ["orders/0", 4, 10, 6],
      ["audit/0", 9, 10, 1],
    ]);
    kafka.cluster.endTransaction("audit", 0, "abort");
    expect(await seen(kafka)).toContainEqual(["audit/0", 9, 19, 10]);
  });

  it("are numbers of 64 bits, also where a double would lose some", async () => {
    const kafka = world();
    kafka.cluster.append("orders", 1, 9_007_199_254_740_993n);
    kafka.cluster.groups.commit("g", { topic: "orders", partition: 1 }, 9_007_199_254_740_993n);
    const { text } = await kafka.ask("consumer-groups/g/lags/orders/partitions/1");
    expect(text).toContain('"current_offset":9007199254740993,"log_end_offset":9007199254741003,"lag":10}');
    expect((await kafka.ask("consumer-groups/g/lag-summary")).text).toContain('"max_lag":10,"total_lag":17,');
  });

  it("cannot be told at all when one partition has no leader, nor can those of the others", async () => {
    const kafka = world();
    kafka.cluster.leaderless.add("audit/0");
    const paths = ["lags", "lag-summary", "lags/orders/partitions/0"];
    const answers = await Promise.all(paths.map((path) => kafka.ask(`consumer-groups/g/${path}`)));
    expect(answers.map(({ status, body }) => [status, body.error_code])).toEqual(Array(3).fill([500, 50003]));
    kafka.cluster.leaderless.clear();
    expect(await seen(kafka)).toHaveLength(2);
  });

  it("fail with the topic's error where commits outlive it, and go on once it is there again with less", async () => {
    const kafka = world();
    kafka.cluster.lateness.offsetsOutliveTopics = true;
    kafka.cluster.deleteTopic("audit");
    const gone = await kafka.ask("consumer-groups/g/lags");
    expect([gone.status, gone.body.error_code]).toEqual([404, 40403]);
    kafka.cluster.createTopic({ name: "audit", partitions: 1 });
    expect(await seen(kafka)).toContainEqual(["audit/0", 9, 0, 0]);
  });

  it("name nobody while the members share the partitions anew", async () => {
    const kafka = world();
    kafka.cluster.groups.join("g", { id: "m-1", clientId: "m", instanceId: null, topics: ["orders"] });
    const owner = async () =>
      (await kafka.ask("consumer-groups/g/lags")).body.data.find((lag) => lag.topic_name === "orders")?.consumer_id;
    expect(await owner()).toBe("m-1");
    kafka.cluster.groups.rebalance("g", 60_000);
    expect([await owner(), (await kafka.ask("consumer-groups/g")).body.state]).toEqual(["", "PREPARING_REBALANCE"]);
    expect((await kafka.ask("consumer-groups/g/consumers/m-1/assignments")).body.data).toEqual([]);
    kafka.context.clock.advance(60_000);
    expect([await owner(), (await kafka.ask("consumer-groups/g")).body.state]).toEqual(["m-1", "STABLE"]);
  });

  it("leave out topics that the caller may not describe, and are a 404 when none is left", async () => {
    const allow = (topics: readonly string[]) =>
      anyone((operation, resource) =>
        permits(
          {
            allow: [
              { operation: "GROUP:DESCRIBE", resource: "g" },
              ...topics.map((topic) => ({ operation: "TOPIC:DESCRIBE", resource: topic })),
            ],
            deny: [],
          },
          operation,
          resource,
        ),
      );
    expect(await seen(world({ authenticate: allow(["audit"]) }))).toEqual([["audit/0", 9, 10, 1]]);
    const blind = await world({ authenticate: allow([]) }).ask("consumer-groups/g/lags");
    expect([blind.status, blind.body.message]).toEqual([404, "Consumer group offsets could not be found."]);
  });

  it("are gone with a deleted group and with expired offsets, and a group with members is not deleted", async () => {
    const kafka = world();
    kafka.cluster.groups.expire("g", "orders");
    expect(await seen(kafka)).toEqual([["audit/0", 9, 10, 1]]);
    kafka.cluster.groups.expire("g");
    expect((await kafka.ask("consumer-groups/g/lags")).body.message).toBe("Consumer group offsets could not be found.");
    kafka.cluster.groups.join("g", { id: "m", clientId: "m", instanceId: null, topics: ["orders"] });
    expect(kafka.cluster.groups.delete("g")).toBe(false);
    kafka.cluster.groups.leave("g", "m");
    expect(kafka.cluster.groups.delete("g")).toBe(true);
    expect((await kafka.ask("consumer-groups/g/lags")).body.message).toBe("Consumer Group g could not be found.");
  });

  it("are refused on Cloud unless the cluster is Dedicated, which may change while it runs", async () => {
    const sandbox = createSandbox({ inProcess: true, world: "empty" });
    const { clusters, organization } = sandbox.parts;
    clusters.cloud.createTopic({ name: "orders", partitions: 1 });
    clusters.cloud.groups.commit("g", { topic: "orders", partition: 0 }, 0n);
    const { kafkaRestUrl, apiKeys } = sandbox.endpoints().confluentCloud;
    const login = `Basic ${btoa(`${apiKeys.kafka.id}:${apiKeys.kafka.secret}`)}`;
    const ask = async (path: string): Promise<number> => {
      const address = `${kafkaRestUrl}/clusters/${cloudIds.cluster}/consumer-groups/g${path}`;
      return (await sandbox.fetch(new Request(address, { headers: { authorization: login } }))).status;
    };
    const paths = ["/lags", "/lag-summary", "/lags/orders/partitions/0", "", "/consumers"];
    const all = async () => await Promise.all(paths.map(ask));
    expect(await all()).toEqual([403, 403, 403, 200, 200]);
    organization.behaviour.lagsRefused = 404;
    expect(await all()).toEqual([404, 404, 404, 200, 200]);
    organization.behaviour.kinds = { [cloudIds.cluster]: "Dedicated" };
    expect(await all()).toEqual([200, 200, 200, 200, 200]);
  });
});
