import { describe, expect, it } from "vitest";
import { createConsumerGroups } from "../../../src/confluent/consumer-groups.ts";
import { createRest } from "../../../src/confluent/rest.ts";
import { failureFrom } from "../http/support.ts";
import { access, cluster, EVIL, json, kafkaError, list, type Server, worldOf } from "./support.ts";

function groupsOver(server: Server) {
  const world = worldOf(server);
  const rest = createRest({ ...world, upstream: "kafka", access, headers: { Accept: "application/json" } });
  return Object.assign(world, { groups: createConsumerGroups(rest) });
}

const BASE = "http://internal-host:8082/v3/clusters/lkc-1";

/** As Kafka REST shows a group with members. */
function group(id: string, more: object = {}) {
  return {
    kind: "KafkaConsumerGroup",
    metadata: { self: `${BASE}/consumer-groups/${id}`, resource_name: `crn:///kafka=lkc-1/consumer-group=${id}` },
    cluster_id: "lkc-1",
    consumer_group_id: id,
    is_simple: false,
    partition_assignor: "range",
    state: "STABLE",
    type: "CLASSIC",
    is_mixed_consumer_group: false,
    coordinator: { related: `${BASE}/brokers/2` },
    consumers: { related: `${BASE}/consumer-groups/${id}/consumers` },
    lag_summary: { related: `${BASE}/consumer-groups/${id}/lag-summary` },
    ...more,
  };
}

const stable = {
  id: "amp.1.orders",
  state: "STABLE",
  type: "CLASSIC",
  isSimple: false,
  partitionAssignor: "range",
  coordinator: 2,
};

describe("the list of consumer groups", () => {
  it("is read in one request, whatever the kind and state of the groups", async () => {
    const world = groupsOver(() =>
      list([
        group("amp.1.orders"),
        group("amp.1.next", { type: "CONSUMER", partition_assignor: "uniform", state: "RECONCILING" }),
        group("amp.2.rest", { state: "EMPTY", partition_assignor: "", is_simple: true }),
        group("shared", { type: "SHARE", partition_assignor: "" }),
      ]),
    );
    expect(await world.groups.list(cluster)).toEqual([
      stable,
      { ...stable, id: "amp.1.next", type: "CONSUMER", partitionAssignor: "uniform", state: "RECONCILING" },
      { ...stable, id: "amp.2.rest", state: "EMPTY", partitionAssignor: undefined, isSimple: true },
      { ...stable, id: "shared", type: "SHARE", partitionAssignor: undefined },
    ]);
    expect(world.asked).toEqual(["GET /v3/clusters/lkc-1/consumer-groups"]);
  });

  it("may be empty", async () => {
    expect(await groupsOver(() => list([])).groups.list(cluster)).toEqual([]);
  });

  it("takes a server that does not tell the type, and a state that no document knows", async () => {
    const { type: _, is_mixed_consumer_group: __, ...old } = group("amp.1.orders", { state: "NOT_READY" });
    expect(await groupsOver(() => list([old])).groups.list(cluster)).toEqual([
      { ...stable, type: undefined, state: "NOT_READY" },
    ]);
  });

  it.each([[null], [{}], [{ related: "" }], [{ related: `${BASE}/brokers/` }], [{ related: `${BASE}/brokers/x` }]])(
    "takes a coordinator that tells no broker: %j",
    async (coordinator) => {
      const [found] = await groupsOver(() => list([group("amp.1.orders", { coordinator })])).groups.list(cluster);
      expect(found?.coordinator).toBeUndefined();
    },
  );

  it("goes on with the next page at the configured address, and names each group once", async () => {
    const pages = [
      list([group("a"), group("b")], `${BASE}/consumer-groups?page_token=2`),
      list([group("b", { state: "EMPTY" }), group("c")]),
    ];
    const world = groupsOver(() => pages.shift() ?? kafkaError(500, 50002));
    const found = await world.groups.list(cluster);
    expect(found.map(({ id, state }) => `${id} ${state}`)).toEqual(["a STABLE", "b EMPTY", "c STABLE"]);
    expect(world.asked[1]).toBe("GET /v3/clusters/lkc-1/consumer-groups?page_token=2");
    expect(new URL(world.requests[1]?.url ?? "").host).toBe("rest.acme.example");
  });

  it("is never a part of the list", async () => {
    const cut = () => new Response(`{"data":[${JSON.stringify(group("a"))},`);
    expect((await failureFrom(groupsOver(cut).groups.list(cluster))).failure.kind).toBe("malformed");
    const odd = () => list([group("a"), { consumer_group_id: 1, state: "STABLE" }]);
    expect((await failureFrom(groupsOver(odd).groups.list(cluster))).failure.kind).toBe("malformed");
  });

  it("says what the login lacks when it is refused", async () => {
    const error = await failureFrom(groupsOver(() => kafkaError(403, 40301)).groups.list(cluster));
    expect(error.failure.kind).toBe("forbidden");
    expect(error.message).toContain("DESCRIBE on GROUP *");
  });
});

describe("one group", () => {
  it("is read by its name, whatever stands in it", async () => {
    for (const name of EVIL) {
      const world = groupsOver((_request, url) => {
        expect(decodeURIComponent(url.pathname.slice("/v3/clusters/lkc-1/consumer-groups/".length))).toBe(name);
        return json(group(name));
      });
      expect((await world.groups.get(cluster, name))?.id).toBe(name);
    }
  });

  it("is undefined when it is not there, and an error when the cluster is not", async () => {
    const gone = groupsOver(() => kafkaError(404, 404, "HTTP 404 Not Found"));
    expect(await gone.groups.get(cluster, "amp.1.orders")).toBeUndefined();
    const nowhere = groupsOver(() => kafkaError(404, 404, "Cluster lkc-1 could not be found."));
    expect((await failureFrom(nowhere.groups.get(cluster, "amp.1.orders"))).failure.kind).toBe("missing");
  });

  it("asks nothing for a name that no address can carry", async () => {
    const world = groupsOver(() => json(group("x")));
    expect((await failureFrom(world.groups.get(cluster, ".."))).failure.kind).toBe("invalid");
    expect(world.asked).toEqual([]);
  });
});

describe("the members of a group", () => {
  const member = (id: string, more: object = {}) => ({
    kind: "KafkaConsumer",
    metadata: { self: `${BASE}/consumer-groups/g/consumers/${id}` },
    cluster_id: "lkc-1",
    consumer_group_id: "g",
    consumer_id: id,
    instance_id: null,
    client_id: "orders-app-1",
    assignments: { related: "…" },
    ...more,
  });

  it("are told with what identifies them", async () => {
    const world = groupsOver(() => list([member("c-1"), member("inst-1-c-2", { instance_id: "inst-1" })]));
    expect(await world.groups.members(cluster, "g")).toEqual([
      { consumerId: "c-1", clientId: "orders-app-1", instanceId: undefined },
      { consumerId: "inst-1-c-2", clientId: "orders-app-1", instanceId: "inst-1" },
    ]);
    expect(world.asked).toEqual(["GET /v3/clusters/lkc-1/consumer-groups/g/consumers"]);
  });

  it("are none for a group at rest, and unknown for a group that is not there", async () => {
    expect(await groupsOver(() => list([])).groups.members(cluster, "g")).toEqual([]);
    const gone = groupsOver(() => kafkaError(404, 404, "Consumer Group g does not exist."));
    expect(await gone.groups.members(cluster, "g")).toBeUndefined();
    const nowhere = groupsOver(() => kafkaError(404, 404, "Cluster lkc-1 could not be found."));
    expect((await failureFrom(nowhere.groups.members(cluster, "g"))).failure.kind).toBe("missing");
  });
});

describe("groups that commit no offsets", () => {
  it("are told by their ids", async () => {
    const world = groupsOver((_request, url) =>
      url.pathname.endsWith("/share-groups")
        ? list([{ kind: "KafkaShareGroup", share_group_id: "amp.1.share", state: "STABLE", type: "SHARE" }])
        : list([{ kind: "KafkaStreamsGroup", group_id: "amp.1.streams", state: "STABLE" }]),
    );
    expect(await world.groups.others(cluster, "share")).toEqual(["amp.1.share"]);
    expect(await world.groups.others(cluster, "streams")).toEqual(["amp.1.streams"]);
    expect(world.asked).toEqual(["GET /v3/clusters/lkc-1/share-groups", "GET /v3/clusters/lkc-1/streams-groups"]);
  });

  it.each([
    [404, 404],
    [405, 405],
    [501, 501],
    [403, 40301],
  ])("are not known where the server does not offer the list (%i)", async (status, code) => {
    expect(await groupsOver(() => kafkaError(status, code)).groups.others(cluster, "share")).toBeUndefined();
  });

  it("are not taken for none when the server fails", async () => {
    const failing = groupsOver(() => kafkaError(500, 50002)).groups.others(cluster, "share");
    expect((await failureFrom(failing)).failure.kind).toBe("server");
  });
});
