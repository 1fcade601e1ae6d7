import { describe, expect, test } from "vitest";
import { details, ENV, first, ORGANIZATION, World } from "./fixture.ts";
import type { JsonObject } from "./json.ts";

const SERVICES = `${ENV}/apiservices`;
const DEFINITIONS = `${ENV}/accessrequestdefinitions`;
const definition: JsonObject = { name: "kafka-access", spec: { schema: { type: "object" } } };

function metadata(body: JsonObject | undefined): JsonObject {
  return first(body?.metadata ?? null);
}

describe("creating", () => {
  test("assigns id, link, scope, times and version, and answers 201 with the whole resource", async () => {
    const w = new World();
    w.context.clock.advance(678);
    const answer = await w.api("POST", SERVICES, {
      ...{ group: "management", apiVersion: "v1", kind: "APIService", title: "Orders", name: "orders" },
      ...{
        attributes: { a: "b" },
        tags: ["kafka"],
        owner: { type: "team", id: "aaaaaaaa-0000-4000-8000-000000000002" },
      },
      spec: { description: "Kafka topic orders", icon: {} },
    });
    expect(answer.status).toBe(201);
    const { metadata: meta, ...others } = first(answer.json);
    expect(others).toEqual({
      ...{ group: "management", apiVersion: "v1", kind: "APIService", name: "orders", title: "Orders" },
      ...{ attributes: { a: "b" }, finalizers: [], tags: ["kafka"] },
      owner: { type: "team", id: "aaaaaaaa-0000-4000-8000-000000000002" },
      spec: { description: "Kafka topic orders", icon: {} },
    });
    const user = expect.stringMatching(/^[0-9a-f-]{36}$/);
    expect(meta).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      audit: {
        createTimestamp: "2026-08-01T09:00:00.678+0000",
        createUserId: user,
        modifyTimestamp: "2026-08-01T09:00:00.678+0000",
        modifyUserId: user,
      },
      scope: { id: metadata(w.amplify.get(ENV)).id, kind: "Environment", name: "kafka-env", selfLink: ENV },
      resourceVersion: "0",
      references: [],
      selfLink: `${SERVICES}/orders`,
    });
  });

  test("leaves sub-resources and unknown members of the body aside and reads null as empty", async () => {
    const w = new World();
    const answer = await w.api("POST", DEFINITIONS, {
      ...definition,
      ...{ attributes: null, tags: null, finalizers: null, owner: null, applicationprofile: { name: "x" }, surplus: 1 },
      "x-agent-details": { specHash: "1" },
      metadata: {
        id: "mine",
        scope: {},
        resourceVersion: "7",
        audit: { createTimestamp: "0001-01-01T00:00:00.000+0000" },
      },
    });
    expect(answer.status).toBe(201);
    const body = first(answer.json);
    expect(Object.keys(body)).toEqual([
      "group",
      "apiVersion",
      "kind",
      "name",
      "title",
      "metadata",
      "attributes",
      "finalizers",
      "tags",
      "spec",
    ]);
    expect(body).toMatchObject({ attributes: {}, tags: [], finalizers: [], title: "kafka-access" });
    expect(metadata(body).resourceVersion).toBe("0");
    expect(metadata(body).id).not.toBe("mine");
  });

  test("makes a name from the title, another one when that is taken, and one of its own without a title", async () => {
    const w = new World();
    const made = async (body: JsonObject): Promise<unknown> => first((await w.api("POST", SERVICES, body)).json).name;
    expect(await made({ title: "Webhook.site listener" })).toBe("webhook-site-listener");
    expect(await made({ title: "Webhook.site listener" })).toMatch(/^webhook-site-listener-[0-9a-f]{6}$/);
    expect(await made({ title: "日本" })).toMatch(/^r-[0-9a-f]{6}$/);
    expect(await made({})).toBe("apiservice");
  });

  test("answers 409 for a name that is taken in the scope, and 201 for the same name in another", async () => {
    const w = new World();
    expect((await w.api("POST", SERVICES, { name: "orders" })).status).toBe(201);
    const again = await w.api("POST", SERVICES, { name: "orders", title: "another" });
    expect([again.status, again.json]).toEqual([
      409,
      { errors: [{ status: 409, title: "Conflict", detail: "APIService orders already exists", meta: {} }] },
    ]);
    const elsewhere = SERVICES.replace("kafka-env", "other-env");
    expect((await w.api("POST", elsewhere, { name: "orders" })).status).toBe(201);
  });

  test("is not possible outside a scope, in a scope that is missing, or for a kind that is unknown", async () => {
    const w = new World();
    expect((await w.api("POST", "/management/v1/apiservices", { name: "a" })).status).toBe(405);
    expect((await w.api("POST", "/management/v1/environments/none/apiservices", { name: "a" })).status).toBe(404);
    expect((await w.api("POST", `${ENV}/nonsense/x/y`, { name: "a" })).status).toBe(404);
    expect((await w.api("POST", "/management/v2/environments", { name: "a" })).status).toBe(404);
  });
});

describe("both versions", () => {
  test("are the same resources, and only v1alpha1 shows metadata.acl", async () => {
    const w = new World();
    const old = SERVICES.replace("/v1/", "/v1alpha1/");
    const made = await w.api("POST", old, { apiVersion: "v1alpha1", name: "orders" });
    expect(made.status).toBe(201);
    const newer = first((await w.api("GET", `${SERVICES}/orders`)).json);
    const older = first((await w.api("GET", `${old}/orders`)).json);
    expect(metadata(older).id).toBe(metadata(newer).id);
    expect(metadata(older).acl).toEqual([]);
    expect(metadata(newer)).not.toHaveProperty("acl");
    expect(metadata(older).selfLink).toBe(`${SERVICES}/orders`);
    expect((await w.api("GET", old)).headers.get("x-axway-total-count")).toBe("1");
  });
});

describe("replacing", () => {
  test("counts the version, keeps sub-resources and drops what the body leaves out", async () => {
    const w = new World();
    await w.api("POST", SERVICES, { name: "orders", title: "Orders", tags: ["a"], spec: { description: "one" } });
    await w.api("PUT", `${SERVICES}/orders/x-agent-details`, { "x-agent-details": { externalAPIID: "lkc-1/orders" } });
    w.context.clock.advance(1000);
    const answer = await w.api("PUT", `${SERVICES}/orders`, {
      title: "Orders",
      spec: { description: "two" },
      "x-agent-details": {},
    });
    expect(answer.status).toBe(200);
    const body = first(answer.json);
    expect(body).toMatchObject({
      tags: [],
      spec: { description: "two" },
      "x-agent-details": { externalAPIID: "lkc-1/orders" },
    });
    expect(metadata(body).resourceVersion).toBe("2");
    expect(metadata(body).audit).toMatchObject({
      createTimestamp: "2026-08-01T09:00:00.000+0000",
      modifyTimestamp: "2026-08-01T09:00:01.000+0000",
    });
  });

  test("with a resourceVersion that is stale is answered 428 and changes nothing; current or blank ones pass", async () => {
    const w = new World();
    await w.api("POST", SERVICES, { name: "orders", title: "Orders" });
    const put = (resourceVersion: string): Promise<{ status: number }> =>
      w.api("PUT", `${SERVICES}/orders`, { title: "Mine", metadata: { resourceVersion } });
    w.amplify.edit(`${SERVICES}/orders`, { title: "Edited by a person" });
    const stale = await put("0");
    expect(stale.status).toBe(428);
    expect(w.amplify.get(`${SERVICES}/orders`)?.title).toBe("Edited by a person");
    expect((await put("1")).status).toBe(200);
    expect((await put("")).status).toBe(200);
    expect((await put("2")).status).toBe(428);
  });

  test("a sub-resource makes the version of the main resource stale", async () => {
    const w = new World();
    await w.api("POST", SERVICES, { name: "orders" });
    await w.api("PUT", `${SERVICES}/orders/source`, { source: { dataplaneType: { managed: "Kafka" } } });
    const answer = await w.api("PUT", `${SERVICES}/orders`, { metadata: { resourceVersion: "0" } });
    expect(answer.status).toBe(428);
  });

  test("what is not there is answered 404 and makes nothing", async () => {
    const w = new World();
    expect((await w.api("PUT", `${SERVICES}/orders`, { name: "orders" })).status).toBe(404);
    expect((await w.api("DELETE", `${SERVICES}/orders`)).status).toBe(404);
    expect(w.amplify.resources("APIService")).toEqual([]);
  });
});

describe("sub-resources", () => {
  test("are replaced as a whole, answered with the full resource, and can be read alone", async () => {
    const w = new World();
    await w.api("POST", SERVICES, { name: "orders" });
    const link = `${SERVICES}/orders/x-agent-details`;
    await w.api("PUT", link, { "x-agent-details": { a: "1", b: "2" } });
    const answer = await w.api("PUT", link, { "x-agent-details": { b: "3" }, other: {} });
    expect(answer.status).toBe(200);
    expect(first(answer.json)).toMatchObject({ kind: "APIService", name: "orders" });
    expect(first(answer.json)["x-agent-details"]).toEqual({ b: "3" });
    expect((await w.api("GET", link)).json).toEqual({ "x-agent-details": { b: "3" } });
    expect((await w.api("GET", `${SERVICES}/orders/status`)).status).toBe(404);
  });

  test("need their wrapper, a resource, and a name that the kind declares or that begins with x-", async () => {
    const w = new World();
    await w.api("POST", SERVICES, { name: "orders" });
    const put = (path: string, body: JsonObject): Promise<{ status: number }> =>
      w.api("PUT", `${SERVICES}/${path}`, body);
    expect((await put("orders/status", { level: "Error" })).status).toBe(400);
    expect((await put("orders/state", { state: {} })).status).toBe(404);
    expect((await put("missing/status", { status: {} })).status).toBe(404);
    expect((await put("orders/x-lint-results", { "x-lint-results": [1] })).status).toBe(200);
    expect((await put("orders/status/more", { more: {} })).status).toBe(404);
  });

  test("are patched from x-build-object-tree on, within themselves only", async () => {
    const w = new World();
    await w.api("POST", SERVICES, { name: "orders" });
    const link = `/apis${SERVICES}/orders/x-agent-details`;
    const patch = (...operations: JsonObject[]) => w.call("PATCH", link, operations, "application/json-patch+json");
    const tree = { op: "x-build-object-tree", path: "/x-agent-details/deep" };
    const made = await patch(tree, { op: "add", path: "/x-agent-details/deep/a~1b", value: "1" });
    expect(first(made.json)["x-agent-details"]).toEqual({ deep: { "a/b": "1" } });
    const gone = await patch(tree, { op: "remove", path: "/x-agent-details/deep/a~1b" });
    expect(first(gone.json)["x-agent-details"]).toEqual({ deep: {} });
    expect((await patch({ op: "add", path: "/status/level", value: "Error" })).status).toBe(400);
    expect((await patch({ op: "replace", path: "/x-agent-details/none", value: 1 })).status).toBe(400);
    expect((await patch({ op: "remove", path: "/x-agent-details/none" })).status).toBe(400);
    expect((await w.call("PATCH", link, [], "application/json")).status).toBe(415);
  });
});

describe("references", () => {
  test("are computed from the spec, hard and soft, and follow it when it changes", async () => {
    const w = new World();
    await w.api("POST", DEFINITIONS, definition);
    w.publish("orders");
    const link = `${ENV}/apiserviceinstances/orders`;
    const edited = w.amplify.edit(link, {
      spec: { apiServiceRevision: "orders-r1", accessRequestDefinition: "kafka-access", endpoint: [] },
    });
    const target = (path: string) => metadata(w.amplify.get(`${ENV}/${path}`)).id;
    expect(metadata(edited).references).toEqual([
      {
        ...{
          id: target("apiservicerevisions/orders-r1"),
          group: "management",
          kind: "APIServiceRevision",
          name: "orders-r1",
        },
        ...{
          scopeKind: "Environment",
          scopeName: "kafka-env",
          selfLink: `${ENV}/apiservicerevisions/orders-r1`,
          type: "hard",
        },
      },
      {
        ...{
          id: target("accessrequestdefinitions/kafka-access"),
          group: "management",
          kind: "AccessRequestDefinition",
        },
        ...{ name: "kafka-access", scopeKind: "Environment", scopeName: "kafka-env" },
        ...{ selfLink: `${DEFINITIONS}/kafka-access`, type: "soft" },
      },
    ]);
  });

  test("that are hard take the referrers along, through a chain", async () => {
    const w = new World();
    w.publish("orders");
    w.publish("stock");
    expect((await w.api("DELETE", `${SERVICES}/orders`)).status).toBe(204);
    const names = (kind: string) => w.amplify.resources(kind).map(({ name }) => name);
    expect([names("APIService"), names("APIServiceRevision"), names("APIServiceInstance")]).toEqual([
      ["stock"],
      ["stock-r1"],
      ["stock"],
    ]);
  });

  test("that are soft are emptied when their target goes", async () => {
    const w = new World();
    await w.api("POST", DEFINITIONS, definition);
    for (const name of ["kafka-sasl", "kafka-key"]) {
      const spec = { schema: {}, provision: { schema: {} } };
      await w.api("POST", `${ENV}/credentialrequestdefinitions`, { name, spec });
    }
    w.publish("orders");
    const link = `${ENV}/apiserviceinstances/orders`;
    w.amplify.edit(link, {
      spec: {
        apiServiceRevision: "orders-r1",
        accessRequestDefinition: "kafka-access",
        credentialRequestDefinitions: ["kafka-sasl", "kafka-key"],
      },
    });
    await w.api("DELETE", `${DEFINITIONS}/kafka-access`);
    await w.api("DELETE", `${ENV}/credentialrequestdefinitions/kafka-sasl`);
    const instance = w.amplify.get(link);
    expect(instance?.spec).toEqual({
      apiServiceRevision: "orders-r1",
      accessRequestDefinition: null,
      credentialRequestDefinitions: ["kafka-key"],
    });
    expect(metadata(instance).references).toHaveLength(2);
    expect(metadata(instance).resourceVersion).toBe("3");
  });

  test("a scope takes everything in it along", async () => {
    const w = new World();
    w.publish("orders");
    await w.api("DELETE", ENV);
    expect(w.amplify.resources("APIServiceInstance")).toEqual([]);
    expect((await w.api("GET", SERVICES)).status).toBe(404);
    expect(w.amplify.resources("Environment").map(({ name }) => name)).toEqual(["other-env"]);
  });
});

describe("finalizers", () => {
  const finalizers = [{ name: "agent.accessrequest.provisioned", description: "kafka-worker:v1" }];

  test("keep a deleted resource in state DELETING until the last of them is taken away", async () => {
    const w = new World();
    await w.api("POST", DEFINITIONS, { ...definition, finalizers });
    const link = `${DEFINITIONS}/kafka-access`;
    expect((await w.api("DELETE", link)).status).toBe(204);
    const waiting = first((await w.api("GET", link)).json);
    expect(metadata(waiting).state).toBe("DELETING");
    expect(waiting.finalizers).toEqual(finalizers);
    expect((await w.api("DELETE", link)).status).toBe(204);
    expect((await w.api("POST", DEFINITIONS, definition)).status).toBe(409);
    expect((await w.api("PUT", `${link}/x-agent-details`, { "x-agent-details": {} })).status).toBe(200);
    expect((await w.api("PUT", link, { ...definition, finalizers: [] })).status).toBe(200);
    expect((await w.api("GET", link)).status).toBe(404);
  });

  test("taken away from a resource that is not deleted leave it there", async () => {
    const w = new World();
    await w.api("POST", DEFINITIONS, { ...definition, finalizers });
    await w.api("PUT", `${DEFINITIONS}/kafka-access`, { ...definition, finalizers: [] });
    expect((await w.api("GET", `${DEFINITIONS}/kafka-access`)).status).toBe(200);
  });

  test("hold up a cascade for the resource that has them, which can still be let go afterwards", async () => {
    const w = new World();
    w.publish("orders");
    const link = `${ENV}/apiserviceinstances/orders`;
    w.amplify.edit(link, { finalizers });
    await w.api("DELETE", `${SERVICES}/orders`);
    expect(metadata(w.amplify.get(link)).state).toBe("DELETING");
    expect(w.amplify.resources("APIServiceRevision")).toEqual([]);
    const { spec } = w.amplify.get(link) ?? {};
    expect((await w.api("PUT", link, { spec: spec ?? null, finalizers: null })).status).toBe(200);
    expect(w.amplify.get(link)).toBeUndefined();
  });
});

test("a path with an encoded slash leads nowhere, one that is not encoded properly is refused", async () => {
  const w = new World();
  w.publish("orders");
  expect((await w.api("GET", `${SERVICES}/orders`)).status).toBe(200);
  expect((await w.api("GET", "/management/v1/environments/kafka-env%2Fapiservices%2Forders")).status).toBe(404);
  const within = "/management/v1/environments/kafka-env%2Fapiservices%2Forders/apiservices";
  expect((await w.api("POST", within, { name: "a" })).status).toBe(404);
  expect((await w.api("GET", `${SERVICES}/%zz`)).status).toBe(400);
});

test("a method that a path does not have is answered 405, and a body of another media type 415", async () => {
  const w = new World();
  await w.api("POST", SERVICES, { name: "orders" });
  expect((await w.api("PUT", SERVICES, {})).status).toBe(405);
  expect((await w.api("POST", `${SERVICES}/orders`, {})).status).toBe(405);
  expect((await w.api("DELETE", `${SERVICES}/orders/status`)).status).toBe(405);
  expect((await w.call("PUT", `/apis${SERVICES}/orders`, {}, "text/plain")).status).toBe(415);
  const headers = { authorization: "", "x-axway-tenant-id": ORGANIZATION, "content-type": "application/json" };
  const token = String(first((await w.token()).json).access_token);
  const broken = { headers: { ...headers, authorization: `Bearer ${token}` }, body: "{" };
  const answer = await w.raw("PUT", `/apis${SERVICES}/orders`, broken);
  expect([answer.status, details(answer)]).toEqual([400, ["the body is not JSON"]]);
});
