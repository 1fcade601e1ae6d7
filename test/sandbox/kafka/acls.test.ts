import { describe, expect, it } from "vitest";
import { everythingBut, permits } from "../core/permissions.ts";
import { anyone } from "./authenticators.ts";
import { withAcls } from "./caller-rights.ts";
import { KafkaCluster } from "./cluster.ts";
import { ORIGIN, type Rig, rig, stillContext } from "./fixtures.ts";

const BASE = `${ORIGIN}/v3/clusters/c1`;

const acl = (changes: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> => ({
  resource_type: "TOPIC",
  resource_name: "orders",
  pattern_type: "LITERAL",
  principal: "User:alice",
  host: "*",
  operation: "READ",
  permission: "ALLOW",
  ...changes,
});

const ALL = "resource_type=ANY&pattern_type=ANY&operation=ANY&permission=ANY";

/** Type, name, pattern, principal and operation of each entry that the search finds. */
async function found({ ask }: Rig, query = ""): Promise<readonly string[]> {
  const { body } = await ask(`acls?${query}`);
  return body.data.map((entry) =>
    [entry.resource_type, entry.resource_name, entry.pattern_type, entry.principal, entry.operation].join(" "),
  );
}

/** Whether alice, who has no roles, may read the topic. */
const aliceReads = ({ cluster }: Rig): boolean =>
  withAcls(cluster, { name: "x", principal: "User:alice", may: () => false }).may("TOPIC:READ", "orders");

const without = (operation: string) => anyone((asked, resource) => permits(everythingBut(operation), asked, resource));

describe("making ACLs", () => {
  it("answers 201 with the address of the entry and no body, and the same for one that is there", async () => {
    const kafka = rig();
    for (let time = 0; time < 2; time++) {
      const { status, headers, text } = await kafka.post("acls", acl({ principal: "User:CN=app 1,OU=a+b" }));
      expect([status, text]).toEqual([201, ""]);
      expect(headers.get("location")).toBe(
        `${BASE}/acls?resource_type=TOPIC&resource_name=orders&pattern_type=LITERAL` +
          "&principal=User%3ACN%3Dapp+1%2COU%3Da%2Bb&host=*&operation=READ&permission=ALLOW",
      );
    }
    expect(await found(kafka)).toEqual(["TOPIC orders LITERAL User:CN=app 1,OU=a+b READ"]);
  });

  it("takes a batch with 204, an empty one too, and counts what is in it twice once", async () => {
    const kafka = rig();
    expect((await kafka.post("acls:batch", { data: [acl(), acl()] })).status).toBe(204);
    expect((await kafka.post("acls:batch", { data: [] })).status).toBe(204);
    expect(await found(kafka)).toHaveLength(1);
  });

  it("makes nothing of a batch in which one entry is not valid, but all the rest when the broker refuses one", async () => {
    const kafka = rig();
    const invalid = [acl(), acl({ pattern_type: "ANY" })];
    expect((await kafka.post("acls:batch", { data: invalid })).body).toEqual({
      error_code: 400,
      message: "pattern_type cannot be ANY",
    });
    expect(await found(kafka)).toEqual([]);
    const refused = [acl({ resource_name: "" }), acl(), acl({ principal: "alice" }), acl({ operation: "WRITE" })];
    expect((await kafka.post("acls:batch", { data: refused })).body).toEqual({
      error_code: 40002,
      message: "Invalid empty resource name",
    });
    expect(await found(kafka)).toEqual([
      "TOPIC orders LITERAL User:alice READ",
      "TOPIC orders LITERAL User:alice WRITE",
    ]);
  });

  it("may be without the batch, as servers of before it are, and takes single entries all the same", async () => {
    const kafka = rig({ blocklist: ["api.v3.acls.batch-create"] });
    expect((await kafka.post("acls:batch", { data: [acl()] })).status).toBe(405);
    expect((await kafka.post("acls", acl())).status).toBe(201);
    expect(await found(kafka)).toHaveLength(1);
  });

  it("takes 10000 new entries at once and not one more, whatever is there already", async () => {
    const kafka = rig();
    const many = (count: number) => Array.from({ length: count }, (_, index) => acl({ resource_name: `t${index}` }));
    const tooMany = await kafka.post("acls:batch", { data: many(10_001) });
    expect([tooMany.status, tooMany.body.message]).toEqual([
      400,
      "Unable to perform excessively large batch operation.",
    ]);
    expect(await found(kafka)).toEqual([]);
    expect((await kafka.post("acls:batch", { data: many(10_000) })).status).toBe(204);
    expect((await kafka.post("acls:batch", { data: many(10_001) })).status).toBe(204);
  });

  it.each([
    ["a name in small letters", { ...acl(), operation: "read" }, 400, /of type `Operation` from String "read"/],
    ["a bad enum before a missing member", { permission: "MAYBE" }, 400, /of type `Permission` from String "MAYBE"/],
    ["no host", { ...acl(), host: null }, 400, /^Cannot construct instance of `CreateAclRequest`, problem: Null host$/],
    ["a list", [acl()], 400, /^Cannot deserialize value of type `CreateAclRequest` from Array value/],
    ["an unknown member", { ...acl(), colour: "red" }, 422, /^Unrecognized field: colour$/],
  ])("refuses %s as Jackson does, and makes nothing", async (_, body, status, message) => {
    const kafka = rig();
    const answer = await kafka.post("acls", body);
    expect([answer.status, answer.body.error_code]).toEqual([status, status]);
    expect(answer.body.message).toMatch(message);
    expect(await found(kafka)).toEqual([]);
  });

  it("refuses whoever may not alter the cluster, in a text that nobody should pass on", async () => {
    const kafka = rig({ authenticate: without("CLUSTER:ALTER") });
    for (const answer of [
      await kafka.post("acls", acl()),
      await kafka.post("acls:batch", { data: [acl()] }),
      await kafka.ask(`acls?${ALL}`, { method: "DELETE" }),
    ]) {
      expect([answer.status, answer.body.error_code]).toEqual([403, 40301]);
      expect(answer.body.message).toMatch(/^Request Request\(.*\) needs ALTER permission\.$/);
    }
    expect(await found(kafka)).toEqual([]);
  });

  it("has no use for ACLs without an authorizer", async () => {
    const kafka = rig({}, { authorizer: false });
    const message = "No Authorizer is configured.";
    expect((await kafka.post("acls", acl())).body).toEqual({ error_code: 40002, message });
    expect((await kafka.post("acls:batch", { data: [acl()] })).body).toEqual({ error_code: 40002, message });
    expect((await kafka.ask(`acls?${ALL}`, { method: "DELETE" })).body).toEqual({ error_code: 40002, message });
    expect((await kafka.ask("acls")).body.message).toBe("No Authorizer is configured on the broker");
  });
});

describe("searching ACLs", () => {
  async function world(): Promise<Rig> {
    const kafka = rig();
    const data = [
      acl({ resource_type: "GROUP", resource_name: "a", pattern_type: "PREFIXED" }),
      acl({ resource_name: "acme.", pattern_type: "PREFIXED", operation: "WRITE" }),
      acl({ resource_name: "acme.payments", permission: "DENY", host: "10.1.2.3" }),
      acl({ resource_name: "acme.payments", principal: "User:bob" }),
      acl({ resource_name: "*", principal: "User:*", operation: "DESCRIBE" }),
    ];
    await kafka.post("acls:batch", { data });
    return kafka;
  }

  it("finds everything without a filter: types as declared, then names, patterns, principals", async () => {
    expect(await found(await world())).toEqual([
      "TOPIC * LITERAL User:* DESCRIBE",
      "TOPIC acme. PREFIXED User:alice WRITE",
      "TOPIC acme.payments LITERAL User:alice READ",
      "TOPIC acme.payments LITERAL User:bob READ",
      "GROUP a PREFIXED User:alice READ",
    ]);
  });

  it.each([
    ["resource_type=topic&resource_name=acme.payments&pattern_type=match", 4],
    ["resource_type=topic&pattern_type=MATCH", 4],
    ["resource_name=acme.payments&pattern_type=LITERAL", 2],
    ["resource_name=acme.payments&pattern_type=PREFIXED", 0],
    ["resource_name=acme.&pattern_type=ANY", 1],
    ["resource_name=*&pattern_type=MATCH", 1],
    ["principal=User:*", 1],
    ["principal=alice", 0],
    ["principal=user:alice", 0],
    ["principal=&host=&resource_name=", 5],
    ["host=10.1.2.3", 1],
    ["operation=read", 3],
    ["permission=DENY&permission=ALLOW", 1],
    ["colour=red", 5],
  ])("finds by %s exactly %i", async (query, count) => {
    expect(await found(await world(), query)).toHaveLength(count);
  });

  it("links an entry to the search that finds it alone, and gives it no CRN", async () => {
    const kafka = await world();
    const [entry] = (await kafka.ask("acls?principal=User:bob")).body.data;
    const self =
      `${BASE}/acls?resource_type=TOPIC&resource_name=acme.payments&pattern_type=LITERAL` +
      "&principal=User%3Abob&host=*&operation=READ&permission=ALLOW";
    expect(JSON.stringify(entry)).toBe(
      JSON.stringify({
        kind: "KafkaAcl",
        metadata: { self },
        cluster_id: "c1",
        ...acl({ resource_name: "acme.payments", principal: "User:bob" }),
      }),
    );
    expect((await kafka.ask(self.slice(ORIGIN.length))).body.data).toEqual([entry]);
  });
});

describe("removing ACLs", () => {
  it("removes one by its seven values, tells it, and does so twice without complaint", async () => {
    const kafka = rig();
    await kafka.post("acls:batch", { data: [acl(), acl({ operation: "WRITE" })] });
    const query = new URLSearchParams(acl());
    const first = await kafka.ask(`acls?${query}`, { method: "DELETE" });
    expect(first.status).toBe(200);
    expect(first.body).toEqual({ data: [expect.objectContaining(acl())] });
    expect((await kafka.ask(`acls?${query}`, { method: "DELETE" })).body).toEqual({ data: [] });
    expect(await found(kafka)).toEqual(["TOPIC orders LITERAL User:alice WRITE"]);
  });

  it("wipes a principal in one request and leaves the others", async () => {
    const kafka = rig();
    const group = acl({ resource_type: "GROUP", resource_name: "g", pattern_type: "PREFIXED" });
    await kafka.post("acls:batch", { data: [group, acl(), acl({ principal: "User:bob" })] });
    const { body } = await kafka.ask(`acls?${ALL}&principal=User:alice`, { method: "DELETE" });
    expect(body.data.map((entry) => entry.resource_type)).toEqual(["TOPIC", "GROUP"]);
    expect(await found(kafka)).toEqual(["TOPIC orders LITERAL User:bob READ"]);
  });

  it.each([
    ["", "resource_type"],
    ["resource_type=TOPIC", "pattern_type"],
    ["resource_type=TOPIC&pattern_type=unknown", "pattern_type"],
    ["resource_type=TOPIC&pattern_type=ANY", "operation"],
    ["resource_type=TOPIC&pattern_type=ANY&operation=ANY&principal=User:alice", "permission"],
  ])("asks for what is missing in %j", async (query, name) => {
    const kafka = rig();
    await kafka.post("acls", acl());
    expect((await kafka.ask(`acls?${query}`, { method: "DELETE" })).body).toEqual({
      error_code: 400,
      message: `${name} cannot be unspecified or UNKNOWN`,
    });
    expect(await found(kafka)).toHaveLength(1);
  });
});

describe("a cluster that is late", () => {
  it("shows a new entry only after a while, which counts no earlier either, and may remove it before", async () => {
    const kafka = rig();
    kafka.cluster.acls.behaviour.appearsAfter = 30_000;
    expect((await kafka.post("acls", acl())).status).toBe(201);
    kafka.context.clock.advance(29_999);
    expect([await found(kafka), aliceReads(kafka)]).toEqual([[], false]);
    await kafka.post("acls", acl());
    kafka.context.clock.advance(1);
    expect([await found(kafka), aliceReads(kafka)]).toEqual([["TOPIC orders LITERAL User:alice READ"], true]);
    await kafka.post("acls", acl({ operation: "WRITE" }));
    expect((await kafka.ask(`acls?${ALL}`, { method: "DELETE" })).body.data).toHaveLength(2);
    kafka.context.clock.advance(30_000);
    expect(await found(kafka)).toEqual([]);
  });

  it("can lose an entry that it answered with 201, until somebody makes it again", async () => {
    const kafka = rig();
    kafka.cluster.acls.behaviour.appearsAfter = "never";
    expect((await kafka.post("acls", acl())).status).toBe(201);
    kafka.context.clock.advance(24 * 3600_000);
    expect(await found(kafka)).toEqual([]);
    kafka.cluster.acls.behaviour.appearsAfter = 0;
    await kafka.post("acls", acl());
    expect(await found(kafka)).toHaveLength(1);
  });

  it("goes on showing a removed entry for a while, and takes it back when it is made again meanwhile", async () => {
    const kafka = rig();
    kafka.cluster.acls.behaviour.vanishesAfter = 10_000;
    await kafka.post("acls", acl());
    await kafka.ask(`acls?${ALL}`, { method: "DELETE" });
    expect(await found(kafka)).toHaveLength(1);
    expect((await kafka.ask(`acls?${ALL}`, { method: "DELETE" })).body).toEqual({ data: [] });
    kafka.context.clock.advance(10_000);
    expect(await found(kafka)).toEqual([]);
    await kafka.post("acls", acl());
    await kafka.ask(`acls?${ALL}`, { method: "DELETE" });
    await kafka.post("acls", acl());
    kafka.context.clock.advance(10_000);
    expect(await found(kafka)).toHaveLength(1);
  });

  it("can fail a batch after a part of it, once", async () => {
    const kafka = rig();
    kafka.cluster.acls.behaviour.nextCreateFailsAfter = 1;
    const data = [acl(), acl({ operation: "WRITE" })];
    const answer = await kafka.post("acls:batch", { data });
    expect([answer.status, answer.body.error_code]).toEqual([500, 50003]);
    expect(await found(kafka)).toEqual(["TOPIC orders LITERAL User:alice READ"]);
    expect((await kafka.post("acls:batch", { data })).status).toBe(204);
    expect(await found(kafka)).toHaveLength(2);
  });

  it("takes no more than its quota, counting what is asked for again, and all or nothing", async () => {
    const kafka = rig();
    kafka.cluster.acls.behaviour.quota = 2;
    await kafka.post("acls", acl());
    const refusal = { error_code: 40002, message: "ACLs not created since it will exceed the limit 2" };
    expect((await kafka.post("acls:batch", { data: [acl(), acl({ operation: "WRITE" })] })).body).toEqual(refusal);
    expect(await found(kafka)).toHaveLength(1);
    expect((await kafka.post("acls", acl({ operation: "WRITE" }))).status).toBe(201);
    expect((await kafka.post("acls", acl())).body).toEqual(refusal);
    await kafka.ask(`acls?${ALL}&principal=User:alice`, { method: "DELETE" });
    expect((await kafka.post("acls", acl())).status).toBe(201);
  });
});

describe("the state of the ACLs", () => {
  it("is saved and taken back with what is not visible yet", async () => {
    const kafka = rig();
    await kafka.post("acls", acl());
    kafka.cluster.acls.behaviour.appearsAfter = 5000;
    await kafka.post("acls", acl({ operation: "WRITE" }));
    const context = stillContext();
    const other = new KafkaCluster(context, { clusterId: "c1" });
    other.acls.create([ENTRY]);
    other.restore(JSON.parse(JSON.stringify(kafka.cluster.snapshot())));
    expect(other.acls.all().map(({ operation }) => operation)).toEqual(["READ"]);
    context.clock.advance(5000);
    expect(other.acls.all().map(({ operation }) => operation)).toEqual(["READ", "WRITE"]);
  });

  it("is empty in a state that was saved before there were any", () => {
    const cluster = new KafkaCluster(stillContext(), { clusterId: "c1" });
    const { acls: _, ...before } = cluster.snapshot();
    cluster.acls.create([ENTRY]);
    cluster.restore(before);
    expect(cluster.acls.all()).toEqual([]);
  });
});

const ENTRY = {
  resourceType: "TOPIC",
  resourceName: "other",
  patternType: "LITERAL",
  principal: "User:eve",
  host: "*",
  operation: "ALL",
  permission: "ALLOW",
} as const;
