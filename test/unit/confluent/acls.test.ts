import { describe, expect, it } from "vitest";
import { type AclBinding, difference } from "../../../src/confluent/acl-binding.ts";
import { createAcls } from "../../../src/confluent/acls.ts";
import { createRest } from "../../../src/confluent/rest.ts";
import { failureFrom } from "../http/support.ts";
import { access, cluster, EVIL, json, kafkaError, list, type Server, worldOf } from "./support.ts";

const SA = "User:sa-1jjv26";

function binding(more: Partial<AclBinding> = {}): AclBinding {
  return {
    resourceType: "TOPIC",
    resourceName: "orders",
    patternType: "LITERAL",
    principal: SA,
    host: "*",
    operation: "READ",
    permission: "ALLOW",
    ...more,
  };
}

const group = binding({ resourceType: "GROUP", resourceName: "amp.0a1b2c3d4e5f.", patternType: "PREFIXED" });

/** As Kafka REST lists it. */
function item(more: object = {}) {
  return {
    kind: "KafkaAcl",
    metadata: { self: "http://internal-host:8082/v3/clusters/lkc-1/acls?x=y" },
    cluster_id: "lkc-1",
    resource_type: "TOPIC",
    resource_name: "orders",
    pattern_type: "LITERAL",
    principal: SA,
    host: "*",
    operation: "READ",
    permission: "ALLOW",
    ...more,
  };
}

function aclsOver(server: Server) {
  const world = worldOf(server);
  return Object.assign(world, { acls: createAcls(createRest({ ...world, upstream: "kafka", access, headers: {} })) });
}

const empty = (status: number) => () => new Response(null, { status });
const ANY = "resource_type=ANY&pattern_type=ANY&principal=User%3Asa-1jjv26&operation=ANY&permission=ANY";

describe("making ACLs", () => {
  it.each([200, 201, 204])("is one request, whatever server (%i)", async (status) => {
    const world = aclsOver(status === 200 ? () => json({}) : empty(status));
    expect(await world.acls.ensure(cluster, [binding(), group])).toEqual({ kind: "done" });
    expect(world.asked).toEqual(["POST /v3/clusters/lkc-1/acls:batch"]);
    expect(world.requests[0]?.url).toBe("https://rest.acme.example/v3/clusters/lkc-1/acls:batch");
    expect(world.requests[0]?.headers.get("content-type")).toBe("application/json");
    expect(await world.requests[0]?.text()).toBe(
      '{"data":[{"resource_type":"TOPIC","resource_name":"orders","pattern_type":"LITERAL","principal":"User:sa-1jjv26",' +
        '"host":"*","operation":"READ","permission":"ALLOW"},{"resource_type":"GROUP","resource_name":"amp.0a1b2c3d4e5f.",' +
        '"pattern_type":"PREFIXED","principal":"User:sa-1jjv26","host":"*","operation":"READ","permission":"ALLOW"}]}',
    );
  });

  it("asks for nothing when there is nothing to make", async () => {
    const world = aclsOver(empty(204));
    expect(await world.acls.ensure(cluster, [])).toEqual({ kind: "done" });
    expect(world.asked).toEqual([]);
  });

  it("sends each entry once, and very many in several requests", async () => {
    const world = aclsOver(empty(204));
    const many = Array.from({ length: 2001 }, (_, index) => binding({ resourceName: `t${index}` }));
    await world.acls.ensure(cluster, [...many, ...many]);
    const sizes = await Promise.all(
      world.requests.map(async (request) => JSON.parse(await request.text()).data.length),
    );
    expect(sizes).toEqual([1000, 1000, 1]);
  });

  it.each([404, 405])("goes one by one where the server has no batch (%i), and asks for it once", async (status) => {
    const world = aclsOver((_request, url) =>
      url.pathname.endsWith(":batch") ? kafkaError(status, status) : new Response(null, { status: 201 }),
    );
    expect(await world.acls.ensure(cluster, [binding(), group])).toEqual({ kind: "done" });
    expect(await world.acls.ensure(cluster, [group])).toEqual({ kind: "done" });
    expect(world.asked).toEqual([
      "POST /v3/clusters/lkc-1/acls:batch",
      "POST /v3/clusters/lkc-1/acls",
      "POST /v3/clusters/lkc-1/acls",
      "POST /v3/clusters/lkc-1/acls",
    ]);
    expect(JSON.parse((await world.requests[1]?.text()) ?? "")).toEqual({
      resource_type: "TOPIC",
      resource_name: "orders",
      pattern_type: "LITERAL",
      principal: SA,
      host: "*",
      operation: "READ",
      permission: "ALLOW",
    });
  });

  it("tells a cluster that is not there from a batch that is not there", async () => {
    const world = aclsOver(() => kafkaError(404, 404, "HTTP 404 Not Found"));
    expect((await failureFrom(world.acls.ensure(cluster, [binding()]))).failure.kind).toBe("missing");
    expect((await failureFrom(world.acls.ensure(cluster, [binding()]))).failure.kind).toBe("missing");
    expect(world.asked.filter((line) => line.endsWith(":batch"))).toHaveLength(2);
  });

  it.each<[string, Server]>([
    ["a broker that refuses one of them", () => kafkaError(400, 40002, "Invalid ACL")],
    ["a failure of the server", () => kafkaError(500, 50002)],
    ["brokers that do not answer", () => kafkaError(500, 50003)],
    ["a broken gateway", () => new Response("<html>", { status: 502 })],
    ["a lost connection", () => Promise.reject(new Error("Network connection lost."))],
  ])("may be done in part after %s, and says so", async (_case, server) => {
    const outcome = await aclsOver(server).acls.ensure(cluster, [binding(), group]);
    expect(outcome.kind).toBe("incomplete");
  });

  it("stops at the first that fails where it goes one by one", async () => {
    let made = 0;
    const world = aclsOver((_request, url) => {
      if (url.pathname.endsWith(":batch")) return kafkaError(404, 404);
      return ++made === 2 ? kafkaError(500, 50003) : new Response(null, { status: 201 });
    });
    expect((await world.acls.ensure(cluster, [binding(), group, binding({ operation: "WRITE" })])).kind).toBe(
      "incomplete",
    );
    expect(world.asked).toHaveLength(3);
  });

  it.each<[string, Server]>([
    ["the broker's code", () => kafkaError(400, 40002, "Adding ACLs would exceed the limit of 1000 ACLs per cluster")],
    ["402", () => json({ errors: [{ code: "quota_exceeded", detail: "quota: kafka.max_acls.per_cluster" }] }, 402)],
  ])("tells a full cluster by %s", async (_case, server) => {
    expect((await aclsOver(server).acls.ensure(cluster, [binding()])).kind).toBe("quota");
  });

  it.each<[string, Server, string]>([
    ["a login", () => new Response("<html><title>401</title></html>", { status: 401 }), "unauthorised"],
    ["a permission", () => kafkaError(403, 40301), "forbidden"],
    ["a permission, without a word", () => json({}, 403), "forbidden"],
    ["too many requests", () => kafkaError(429, 429), "throttled"],
    ["a body that is none", () => kafkaError(400, 400, "Cannot construct instance"), "invalid"],
    ["an unknown member", () => kafkaError(422, 422, "Unrecognized field: foo"), "invalid"],
  ])("throws when it was refused whole, for %s", async (_case, server, kind) => {
    expect((await failureFrom(aclsOver(server).acls.ensure(cluster, [binding()]))).failure.kind).toBe(kind);
  });

  it("shows nothing of the dump that a broker puts into its refusal", async () => {
    const dump =
      "Request Request(processor=2, connectionId=broker-1.acme.internal:9092-10.0.0.5:35010-2-50, " +
      "session=org.apache.kafka.network.Session@5decaaa4, buffer=null) needs ALTER permission.";
    const failure = await failureFrom(aclsOver(() => kafkaError(403, 40301, dump)).acls.ensure(cluster, [binding()]));
    expect([failure.message, failure.detail]).toEqual([
      "Kafka REST does not let the credential of KAFKA_CLUSTER_AUTH_APIKEY_ID add ACLs (403, code 40301): it needs ALTER on CLUSTER kafka-cluster.",
      "The request needs ALTER permission.",
    ]);
  });
});

describe("an ACL that cannot be meant", () => {
  it.each<[string, Partial<AclBinding>]>([
    ["for everybody", { principal: "User:*" }],
    ["for every topic", { resourceName: "*" }],
    ["for nobody", { principal: "" }],
    ["for a user without a name", { principal: "User:" }],
    ["for a principal without a type", { principal: "sa-1" }],
    ["for a group", { principal: "Group:devs" }],
    ["of a nameless resource", { resourceName: "" }],
    ["of no host", { host: "" }],
    ["of a type that is not known", { resourceType: "UNKNOWN" }],
    ["of an operation that is not known", { operation: "UNKNOWN" }],
  ])("is neither made nor removed: %s", async (_case, more) => {
    const world = aclsOver(() => json({ data: [] }));
    const both = [binding(), binding(more)];
    expect((await failureFrom(world.acls.ensure(cluster, both))).failure.kind).toBe("invalid");
    expect((await failureFrom(world.acls.remove(cluster, both))).failure.kind).toBe("invalid");
    expect(world.asked).toEqual([]);
  });

  it.each(["", "User:", "User:*", "*", "sa-1"])("is not looked for nor wiped out: those of %j", async (principal) => {
    const world = aclsOver(() => json({ data: [] }));
    expect((await failureFrom(world.acls.removeAll(cluster, principal))).failure.kind).toBe("invalid");
    expect((await failureFrom(world.acls.list(cluster, principal))).failure.kind).toBe("invalid");
    expect(world.asked).toEqual([]);
  });
});

describe("the ACLs of a principal", () => {
  it("are asked for by that principal and read whole", async () => {
    const world = aclsOver(() =>
      list([item(), item({ resource_type: "GROUP", resource_name: group.resourceName, pattern_type: "PREFIXED" })]),
    );
    expect(await world.acls.list(cluster, SA)).toEqual([binding(), group]);
    expect(world.asked).toEqual(["GET /v3/clusters/lkc-1/acls?principal=User%3Asa-1jjv26"]);
  });

  it.each(["User:123456", "UserV2:sa-1jjv26", SA])(
    "bear the name that was asked for, though %s was answered",
    async (principal) => {
      expect(await aclsOver(() => list([item({ principal })])).acls.list(cluster, SA)).toEqual([binding()]);
    },
  );

  it.each([
    [SA, "User:sa-other"],
    [SA, "User:*"],
    ["User:amp-1", "User:123456"],
    ["User:alice", "User:Alice"],
  ])("are not those of another, asked for %s and answered %s", async (asked, principal) => {
    const failure = await failureFrom(aclsOver(() => list([item({ principal })])).acls.list(cluster, asked));
    expect(failure.failure.kind).toBe("malformed");
  });

  it("may be none", async () => {
    expect(await aclsOver(() => list([])).acls.list(cluster, SA)).toEqual([]);
  });

  it("keep what is newer than this software, as unknown", async () => {
    const newer = item({ resource_type: "USER", operation: "CREATE_TOKENS", pattern_type: "SUFFIXED", permission: 7 });
    expect(await aclsOver(() => list([newer])).acls.list(cluster, SA)).toEqual([
      binding({ resourceType: "UNKNOWN", operation: "UNKNOWN", patternType: "UNKNOWN", permission: "UNKNOWN" }),
    ]);
  });

  it("are read to the last page", async () => {
    const world = aclsOver((_request, url) =>
      url.searchParams.get("page_token") === "2"
        ? list([item({ resource_name: "b" })])
        : list([item({ resource_name: "a" })], "http://internal-host:8082/v3/clusters/lkc-1/acls?page_token=2"),
    );
    expect((await world.acls.list(cluster, SA)).map(({ resourceName }) => resourceName)).toEqual(["a", "b"]);
    expect(world.asked[1]).toBe("GET /v3/clusters/lkc-1/acls?principal=User%3Asa-1jjv26&page_token=2");
  });

  it.each<[string, Server, string]>([
    ["refused", () => kafkaError(403, 40301), "forbidden"],
    ["not JSON", () => new Response("<html>"), "malformed"],
    ["without entries", () => json({ kind: "KafkaAclList" }), "malformed"],
    ["of entries without a name", () => list([item({ resource_name: null })]), "malformed"],
    ["of a cluster without ACLs", () => kafkaError(400, 40002, "No Authorizer is configured on the broker"), "invalid"],
  ])("fail when the list is %s", async (_case, server, kind) => {
    expect((await failureFrom(aclsOver(server).acls.list(cluster, SA))).failure.kind).toBe(kind);
  });
});

describe("removing ACLs", () => {
  it("asks for exactly each entry, and is content when there was none", async () => {
    const world = aclsOver(() => json({ data: [] }));
    await world.acls.remove(cluster, [binding(), group, binding()]);
    expect(world.asked).toEqual([
      "DELETE /v3/clusters/lkc-1/acls?resource_type=TOPIC&resource_name=orders&pattern_type=LITERAL&principal=User%3Asa-1jjv26&host=*&operation=READ&permission=ALLOW",
      "DELETE /v3/clusters/lkc-1/acls?resource_type=GROUP&resource_name=amp.0a1b2c3d4e5f.&pattern_type=PREFIXED&principal=User%3Asa-1jjv26&host=*&operation=READ&permission=ALLOW",
    ]);
  });

  it("wipes a principal in one request and says what it had", async () => {
    const world = aclsOver(() => json({ data: [item({ principal: "User:99" })] }));
    expect(await world.acls.removeAll(cluster, SA)).toEqual([binding()]);
    expect(world.asked).toEqual([`DELETE /v3/clusters/lkc-1/acls?${ANY}`]);
    expect(await aclsOver(() => json({ data: [] })).acls.removeAll(cluster, SA)).toEqual([]);
  });

  it.each(EVIL)("names no other entry, whatever the name: %j", async (name) => {
    const world = aclsOver(() => json({ data: [] }));
    await world.acls.remove(cluster, [binding({ resourceName: name, principal: `User:${name}` })]);
    await world.acls.removeAll(cluster, `User:${name}`);
    const [one, all] = world.requests.map(({ url }) => new URL(url));
    expect([...(one?.searchParams ?? [])]).toEqual([
      ["resource_type", "TOPIC"],
      ["resource_name", name],
      ["pattern_type", "LITERAL"],
      ["principal", `User:${name}`],
      ["host", "*"],
      ["operation", "READ"],
      ["permission", "ALLOW"],
    ]);
    expect(all?.searchParams.get("principal")).toBe(`User:${name}`);
    expect(one?.pathname).toBe("/v3/clusters/lkc-1/acls");
  });

  it.each<[string, Server, string]>([
    ["refused", () => kafkaError(403, 40301), "forbidden"],
    ["failed", () => kafkaError(500, 50003), "server"],
    ["answered oddly", () => new Response(null, { status: 204 }), "malformed"],
  ])("is not done when it is %s", async (_case, server, kind) => {
    expect((await failureFrom(aclsOver(server).acls.removeAll(cluster, SA))).failure.kind).toBe(kind);
    expect((await failureFrom(aclsOver(server).acls.remove(cluster, [binding()]))).failure.kind).toBe(kind);
  });
});

describe("the difference of two sets of ACLs", () => {
  it("is nothing for the same, in any order and number", () => {
    expect(difference([binding(), group], [group, binding(), group])).toEqual({ missing: [], extra: [] });
    expect(difference([], [])).toEqual({ missing: [], extra: [] });
  });

  it.each<[string, Partial<AclBinding>]>([
    ["type", { resourceType: "GROUP" }],
    ["name", { resourceName: "orders2" }],
    ["pattern", { patternType: "PREFIXED" }],
    ["principal", { principal: "User:sa-2" }],
    ["host", { host: "10.0.0.1" }],
    ["operation", { operation: "WRITE" }],
    ["permission", { permission: "DENY" }],
  ])("is told by each of the seven: %s", (_case, more) => {
    expect(difference([binding()], [binding(more)])).toEqual({ missing: [binding()], extra: [binding(more)] });
  });

  it("names each entry once", () => {
    expect(difference([group, group], [binding(), binding()])).toEqual({ missing: [group], extra: [binding()] });
  });
});
