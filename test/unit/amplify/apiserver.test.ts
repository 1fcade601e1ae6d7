import { describe, expect, it } from "vitest";
import type { ListOptions } from "../../../src/amplify/apiserver.ts";
import { createApiServer } from "../../../src/amplify/apiserver.ts";
import type { Draft, Resource } from "../../../src/amplify/resource.ts";
import { NotYet, UpstreamError } from "../../../src/http/errors.ts";
import type { Reply } from "../../../src/http/outlet.ts";
import { reply, StubOutlet } from "./support.ts";

const BASE = "https://apicentral.axway.com";
const SERVICES = "/management/v1/environments/kafka-env/apiservices";
const ORDERS = `${SERVICES}/orders-82cc2b`;

function api(outlet: StubOutlet, invalidated: string[] = []) {
  return createApiServer({
    outlet,
    tokens: {
      token: async () => ({ value: "t0ken", orgGuid: undefined, expiresAt: 0 }),
      invalidate: async (value) => {
        invalidated.push(value);
      },
    },
    baseUrl: BASE,
    tenantId: "123456789",
    userAgent: "KafkaDiscoveryAgent/1.0.0 (…)",
    timeoutMs: 60_000,
    pageSize: 100,
  });
}

/** A service as the server gives it, with members that we do not know. */
const orders = {
  group: "management",
  apiVersion: "v1",
  kind: "APIService",
  name: "orders-82cc2b",
  title: "orders",
  attributes: { cost: "7" },
  finalizers: [],
  tags: ["kafka"],
  owner: null,
  metadata: {
    id: "4b4b9d8b6cb3edc874ff2466fa4ce229",
    selfLink: ORDERS,
    resourceVersion: "3",
    acl: [],
    references: [],
    scope: { id: "006e", kind: "Environment", name: "kafka-env" },
    audit: { createTimestamp: "2026-11-23T15:13:45.624+0000" },
  },
  spec: { description: "d", icon: {} },
  "x-agent-details": { externalAPIID: "lkc-1/orders" },
  source: { dataplaneType: { managed: "Kafka" } },
};

const draft: Draft = {
  group: "management",
  apiVersion: "v1",
  kind: "APIService",
  name: "orders-82cc2b",
  title: "orders",
  attributes: {},
  finalizers: [],
  tags: ["kafka"],
  spec: { description: "d" },
};

async function failureOf(promise: Promise<unknown>): Promise<UpstreamError> {
  const error: unknown = await promise.catch((thrown: unknown) => thrown);
  if (!(error instanceof UpstreamError)) throw new Error(`not an UpstreamError: ${String(error)}`);
  return error;
}

async function listed(outlet: StubOutlet, options?: ListOptions): Promise<Resource[][]> {
  const pages: Resource[][] = [];
  for await (const page of api(outlet).list(SERVICES, options)) pages.push(page);
  return pages;
}

const page = (from: number, count: number, total?: number): Reply =>
  reply(
    200,
    Array.from({ length: count }, (_, i) => ({ name: `s${from + i}` })),
    total === undefined ? {} : { "X-Axway-Total-Count": String(total) },
  );

describe("a request to the API server", () => {
  it("bears token, tenant, user agent and content type", async () => {
    const outlet = new StubOutlet(reply(200, orders));
    await api(outlet).get(ORDERS);
    expect(outlet.calls).toEqual([
      {
        upstream: "amplify",
        method: "GET",
        url: `${BASE}/apis${ORDERS}`,
        headers: {
          Authorization: "Bearer t0ken",
          "X-Axway-Tenant-Id": "123456789",
          "User-Agent": "KafkaDiscoveryAgent/1.0.0 (…)",
          "Content-Type": "application/json",
        },
        timeoutMs: 60_000,
      },
    ]);
  });

  it("is never made with a link that is no link: dots, queries, escapes, another host", async () => {
    const outlet = new StubOutlet();
    for (const link of [
      "/management/v1/environments/../secrets",
      "/management/v1/environments/a?b=c",
      "/management/v1/environments/a%2Fb",
      "//evil.example/v1/environments/a",
      "https://evil.example/a/b/c",
      "/management/v1/environments/a/",
      "/management/v1",
      "@evil.example/management/v1/environments",
    ]) {
      expect((await failureOf(api(outlet).get(link))).failure.kind).toBe("malformed");
    }
    expect(outlet.calls).toEqual([]);
  });

  it("follows a stored link of the deprecated version under v1", async () => {
    const outlet = new StubOutlet(reply(200, orders));
    await api(outlet).get("/management/v1alpha1/environments/kafka-env/apiservices/orders-82cc2b");
    expect(outlet.lines).toEqual([`GET ${BASE}/apis${ORDERS}`]);
  });

  it("that gets 401 gives the token up once and says so in one message", async () => {
    const invalidated: string[] = [];
    const error = await failureOf(api(new StubOutlet(reply(401, "{}")), invalidated).create(SERVICES, draft));
    expect(invalidated).toEqual(["t0ken"]);
    expect(error.failure).toEqual({ kind: "unauthorised" });
    expect(error.message).toBe(
      "Amplify did not accept the token of the service account in order to create API services in the environment kafka-env. Check that CENTRAL_URL and CENTRAL_AUTH_URL are of the same region and that the service account is of organisation 123456789.",
    );
  });

  it("that gets 403 names the right that is missing, and cuts what the server let slip", async () => {
    const body = {
      errors: [{ status: 403, title: "Forbidden", detail: "denied by 10.0.3.7:8443 for Bearer abcdefghijkl" }],
    };
    const invalidated: string[] = [];
    const error = await failureOf(
      api(new StubOutlet(reply(403, body)), invalidated).putSub(ORDERS, "x-agent-details", {}),
    );
    expect(error.message).toBe(
      "The service account may not change API services (orders-82cc2b, x-agent-details) in the environment kafka-env. Give it the role Engage Admin in organisation 123456789, or check CENTRAL_ORGANIZATIONID.",
    );
    expect(error.detail).toBe("Forbidden: denied by [address] for […]");
    expect(invalidated).toEqual([]);
  });

  it.each([
    [400, "invalid"],
    [404, "missing"],
    [410, "gone"],
    [429, "throttled"],
    [500, "server"],
    [503, "server"],
    [302, "malformed"],
    [204, "malformed"],
  ])("that gets %i fails as %s, with what the first error says", async (status, kind) => {
    const body = { errors: [{ title: "First", detail: "a" }, { title: "Second" }] };
    const error = await failureOf(api(new StubOutlet(reply(status, body))).create(SERVICES, draft));
    expect([error.failure.kind, error.status, error.detail]).toEqual([kind, status, "First: a"]);
  });

  it("hands a planned wait through", async () => {
    const wait = new NotYet(99, "budget");
    await expect(api(new StubOutlet(wait)).get(ORDERS)).rejects.toBe(wait);
  });

  it.each(["", "<html>", "[]", '{"kind":"APIService"}', '{"name":7}', '{"name":"a","tags":"kafka"}'])(
    "does not believe a 200 with the body %j",
    async (text) => {
      expect((await failureOf(api(new StubOutlet(reply(200, text))).get(ORDERS))).failure.kind).toBe("malformed");
    },
  );
});

describe("get", () => {
  it("keeps all that the server tells, sub-resources and unknown members too", async () => {
    const resource = await api(new StubOutlet(reply(200, orders))).get(ORDERS);
    expect(resource).toEqual(orders);
  });

  it("reads null and absent members, as Axway's agents leave them, as empty", async () => {
    const body = {
      name: "a",
      tags: null,
      attributes: null,
      finalizers: null,
      owner: null,
      metadata: { references: null },
    };
    expect(await api(new StubOutlet(reply(200, body))).get(ORDERS)).toEqual({
      group: "",
      apiVersion: "",
      kind: "",
      name: "a",
      title: "",
      metadata: { references: null },
      tags: [],
      attributes: {},
      finalizers: [],
      owner: null,
      spec: {},
    });
  });

  it("asks for a projection and embedded references when told to, and nothing on 404", async () => {
    const outlet = new StubOutlet(reply(404, "{}"));
    expect(await api(outlet).get(ORDERS, { fields: "name,metadata.id", embed: "metadata.references" })).toBeUndefined();
    expect(outlet.lines).toEqual([`GET ${BASE}/apis${ORDERS}?embed=metadata.references&fields=name%2Cmetadata.id`]);
  });
});

describe("list", () => {
  it("of nothing is one request and one empty page", async () => {
    const outlet = new StubOutlet(page(0, 0, 0));
    expect(await listed(outlet)).toEqual([[]]);
    expect(outlet.lines).toEqual([`GET ${BASE}/apis${SERVICES}?page=1&pageSize=100`]);
  });

  it("sends query, fields, sort and embed form-encoded in the order of their names", async () => {
    const outlet = new StubOutlet(page(0, 1));
    await listed(outlet, {
      query: 'name=="a b";x!=1',
      fields: "name,tags",
      sort: "name,ASC",
      embed: "metadata.references",
      pageSize: 10,
    });
    expect(outlet.lines).toEqual([
      `GET ${BASE}/apis${SERVICES}?embed=metadata.references&fields=name%2Ctags&page=1&pageSize=10&query=name%3D%3D%22a+b%22%3Bx%21%3D1&sort=name%2CASC`,
    ]);
  });

  it("without a count reads on after a full page, and stops after one that is not", async () => {
    const outlet = new StubOutlet(page(0, 100), page(100, 100), page(200, 0));
    expect((await listed(outlet)).map((resources) => resources.length)).toEqual([100, 100, 0]);
  });

  it("with a count needs one request for each hundred, also when the last page is full", async () => {
    const outlet = new StubOutlet(page(0, 100, 200), page(100, 100, 200));
    expect((await listed(outlet)).flat()).toHaveLength(200);
    expect(outlet.calls).toHaveLength(2);
  });

  it("reads on when the server's pages are smaller than asked", async () => {
    const outlet = new StubOutlet(page(0, 50, 120), page(50, 50, 120), page(100, 20, 120));
    expect((await listed(outlet)).flat()).toHaveLength(120);
  });

  it("ignores the count when there is a query, for it may be that of the whole collection", async () => {
    const outlet = new StubOutlet(page(0, 2, 500));
    expect((await listed(outlet, { query: 'name=="a"' })).flat()).toHaveLength(2);
  });

  it("throws when something was deleted while it was read, for a resource may have been skipped", async () => {
    const outlet = new StubOutlet(page(0, 100, 150), page(101, 49, 149));
    expect((await failureOf(listed(outlet))).failure.kind).toBe("stale");
  });

  it("throws when it ends before its count, and does not hand out the page that was cut", async () => {
    const pages: Resource[][] = [];
    const outlet = new StubOutlet(page(0, 100, 250), page(0, 0, 250));
    const reading = (async () => {
      for await (const resources of api(outlet).list(SERVICES)) pages.push(resources);
    })();
    expect((await failureOf(reading)).failure.kind).toBe("stale");
    expect(pages.map((resources) => resources.length)).toEqual([100]);
  });

  it("throws what a page throws, and goes on from that page when asked", async () => {
    const wait = new NotYet(5, "budget");
    const outlet = new StubOutlet(page(0, 100, 130), wait);
    await expect(listed(outlet)).rejects.toBe(wait);
    const later = new StubOutlet(page(100, 30, 130));
    expect((await listed(later, { fromPage: 2 })).flat()).toHaveLength(30);
    expect(later.lines).toEqual([`GET ${BASE}/apis${SERVICES}?page=2&pageSize=100`]);
  });

  it("throws when one resource of a page is not one", async () => {
    const outlet = new StubOutlet(reply(200, [{ name: "a" }, { title: "nameless" }]));
    expect((await failureOf(listed(outlet))).failure.kind).toBe("malformed");
  });

  it("costs nothing more when the reader stops early", async () => {
    const outlet = new StubOutlet(page(0, 100, 300));
    for await (const _ of api(outlet).list(SERVICES)) break;
    expect(outlet.calls).toHaveLength(1);
  });
});

describe("create", () => {
  it("posts the body as it is and gives what the server made of it", async () => {
    const outlet = new StubOutlet(reply(201, orders));
    expect(await api(outlet).create(SERVICES, draft)).toEqual({ kind: "created", resource: orders });
    expect(outlet.lines).toEqual([`POST ${BASE}/apis${SERVICES}`]);
    expect(outlet.bodyOf(0)).toEqual(draft);
  });

  it("tells a taken name apart from an error", async () => {
    expect(await api(new StubOutlet(reply(409, "{}"))).create(SERVICES, draft)).toEqual({ kind: "exists" });
  });
});

describe("replace", () => {
  it("puts the main members with the version that was read, and no sub-resource", async () => {
    const outlet = new StubOutlet(reply(200, orders), reply(200, { ...orders, metadata: { resourceVersion: "4" } }));
    const server = api(outlet);
    const read = await server.get(ORDERS);
    if (read === undefined) throw new Error("not read");
    const saved = await server.replace({ ...read, title: "Orders" });
    expect(saved.kind).toBe("saved");
    expect(outlet.lines[1]).toBe(`PUT ${BASE}/apis${ORDERS}`);
    const { "x-agent-details": _details, source: _source, ...main } = orders;
    expect(outlet.bodyOf(1)).toEqual({ ...main, title: "Orders" });
  });

  it("tells stale and missing apart", async () => {
    const read = await api(new StubOutlet(reply(200, orders))).get(ORDERS);
    if (read === undefined) throw new Error("not read");
    expect(await api(new StubOutlet(reply(428, "{}"))).replace(read)).toEqual({ kind: "stale" });
    expect(await api(new StubOutlet(reply(404, "{}"))).replace(read)).toEqual({ kind: "missing" });
    expect((await failureOf(api(new StubOutlet(reply(409, "{}"))).replace(read))).failure.kind).toBe("conflict");
  });

  it("refuses a resource that was read without its version, before any request", async () => {
    const outlet = new StubOutlet(reply(200, { name: "a", metadata: { selfLink: ORDERS } }));
    const server = api(outlet);
    const read = await server.get(ORDERS, { fields: "name,metadata.selfLink" });
    if (read === undefined) throw new Error("not read");
    await expect(server.replace(read)).rejects.toThrow(TypeError);
    expect(outlet.calls).toHaveLength(1);
  });
});

describe("putSub and remove", () => {
  it("wraps the value in its name", async () => {
    const outlet = new StubOutlet(reply(200, orders));
    expect(await api(outlet).putSub(ORDERS, "x-agent-details", { externalAPIID: "lkc-1/orders" })).toEqual({
      kind: "saved",
      resource: orders,
    });
    expect(outlet.lines).toEqual([`PUT ${BASE}/apis${ORDERS}/x-agent-details`]);
    expect(outlet.bodyOf(0)).toEqual({ "x-agent-details": { externalAPIID: "lkc-1/orders" } });
  });

  it("tell when the resource is gone", async () => {
    expect(await api(new StubOutlet(reply(404, "{}"))).putSub(ORDERS, "source", {})).toEqual({ kind: "missing" });
    expect(await api(new StubOutlet(reply(404, "{}"))).remove(ORDERS)).toEqual({ kind: "missing" });
  });

  it("removes without a body", async () => {
    const outlet = new StubOutlet(reply(204));
    expect(await api(outlet).remove(ORDERS)).toEqual({ kind: "removed" });
    expect(outlet.calls[0]).not.toHaveProperty("body");
  });
});
