import { expect, it } from "vitest";
import { anyone } from "./authenticators.ts";
import { rig } from "./fixtures.ts";

const share = { id: "jobs", kind: "share", members: 2, topics: ["orders", "gone"] } as const;
const streams = { id: "totals", kind: "streams", members: 0, topics: ["orders"] } as const;

function world(flavour: "cloud" | "rest-proxy") {
  const may = (_operation: string, resource: string) => resource !== "hidden";
  const kafka = rig({ flavour, authenticate: anyone(may) }, { clusterId: "lkc-1" });
  kafka.cluster.createTopic({ name: "orders", partitions: 2 });
  for (const group of [share, streams, { ...share, id: "hidden" }]) kafka.cluster.otherGroups.add(group);
  return kafka;
}

it("Cloud lists share and streams groups each by their own call, and neither among the consumer groups", async () => {
  const { ask } = world("cloud");
  const shares = (await ask("share-groups")).body;
  expect(shares).toMatchObject({ kind: "KafkaShareGroupList", data: [{ share_group_id: "jobs", state: "STABLE" }] });
  expect(shares.data[0]).toMatchObject({ consumer_count: 2, partition_count: 2 });
  expect((await ask("share-groups/jobs")).body).toEqual(shares.data[0]);
  const { data } = (await ask("streams-groups")).body;
  expect(data).toMatchObject([{ kind: "KafkaStreamsGroup", group_id: "totals", state: "EMPTY", member_count: 0 }]);
  expect((await ask("streams-groups/totals")).body).toEqual(data[0]);
  expect((await ask("consumer-groups")).body.data).toEqual([]);
});

it.each(["share-groups/totals", "share-groups/hidden", "streams-groups/none", "consumer-groups/jobs"])(
  "%s is not found",
  async (path) => {
    expect((await world("cloud").ask(path)).status).toBe(404);
  },
);

it("REST Proxy knows no such path, and lags of a share group are those of an unknown group", async () => {
  const { ask } = world("rest-proxy");
  expect((await ask("share-groups")).body).toEqual({ error_code: 404, message: "HTTP 404 Not Found" });
  expect((await ask("consumer-groups/jobs/lags")).body.message).toBe("Consumer Group jobs could not be found.");
});

it("they are saved with the cluster", () => {
  const { cluster } = world("cloud");
  const later = rig({}, { clusterId: "lkc-1" }).cluster;
  later.restore(JSON.parse(JSON.stringify(cluster.snapshot())));
  expect(later.otherGroups.all()).toEqual(cluster.otherGroups.all());
});
