import { describe, expect, test } from "vitest";
import { CLIENT, details, ENV, first, ORGANIZATION, World } from "./fixture.ts";
import { RIGHTS } from "./seed.ts";

const SERVICES = `${ENV}/apiservices`;

describe("the organisation", () => {
  test.each([
    ["missing", undefined, 401],
    ["another", "987654321", 403],
    ["a float of the same", "1.23456789e+08", 403],
  ])("that is %s in X-Axway-Tenant-Id is refused with %s %s", async (_what, tenant, status) => {
    const w = new World();
    const token = String(first((await w.token()).json).access_token);
    const headers = { authorization: `Bearer ${token}`, ...(tenant && { "x-axway-tenant-id": tenant }) };
    for (const path of [`/apis${ENV}`, "/api/v1/platformTeams", "/events/management/v1/watchtopics/t"]) {
      const answer = await w.raw("GET", path, { headers });
      expect([answer.status, details(answer).length]).toEqual([status, 1]);
    }
  });

  test("is shown with its entitlements to its own accounts, without the tenant header", async () => {
    const w = new World();
    const token = String(first((await w.token()).json).access_token);
    const headers = { authorization: `Bearer ${token}` };
    const own = await w.raw("GET", `/api/v1/org/${ORGANIZATION}?fields%5B%5D=entitlements`, { headers });
    expect([own.status, own.json]).toEqual([
      200,
      { success: true, result: { org_id: 123456789, entitlements: { agents: true } } },
    ]);
    expect((await w.raw("GET", "/api/v1/org/1", { headers })).status).toBe(403);
  });
});

describe("rights", () => {
  test.each([
    ["environments:read", "GET", ENV],
    ["apiservices:read", "GET", SERVICES],
    ["apiservices:read", "HEAD", SERVICES],
    ["apiservices:write", "POST", SERVICES],
    ["apiservices:write", "PUT", `${SERVICES}/orders`],
    ["apiservices:write", "PUT", `${SERVICES}/orders/status`],
    ["apiservices:write", "PATCH", `${SERVICES}/orders/status`],
    ["apiservices:write", "DELETE", `${SERVICES}/orders`],
    ["discoveryagents:write", "POST", `${ENV}/discoveryagents`],
    ["secrets:read", "GET", `${ENV}/secrets/s`],
  ])("an account that lacks %s alone is answered 403 to %s %s", async (right, method, link) => {
    const w = new World({ lacks: [right] });
    w.publish("orders");
    const answer = await w.api(method, link, method === "GET" || method === "HEAD" ? undefined : {});
    expect(answer.status).toBe(403);
    const others = RIGHTS.filter((each) => each !== right && /^(environments|apiservices|secrets):read$/.test(each));
    for (const other of others) {
      const plural = other.replace(":read", "");
      const path = plural === "environments" ? "/management/v1/environments" : `${ENV}/${plural}`;
      expect((await w.api("GET", path)).status).toBe(200);
    }
  });

  test("are refused in the error body of the API server, which names the kind", async () => {
    const answer = await new World({ lacks: ["environments:read"] }).api("GET", ENV);
    const detail = "the account may not view resources of kind Environment";
    expect(answer.json).toEqual({ errors: [{ status: 403, title: "Forbidden", detail, meta: {} }] });
  });

  test.each([
    ["teams:read", "/api/v1/platformTeams"],
    ["watchtopics:read", "/events/management/v1/watchtopics/t"],
    ["organization:read", `/api/v1/org/${ORGANIZATION}`],
  ])("%s opens %s", async (right, path) => {
    expect((await new World({ lacks: [right] }).call("GET", path)).status).toBe(403);
  });

  test("can be taken and given while the sandbox runs, and must exist", async () => {
    const w = new World({ rights: ["environments:read"] });
    expect((await w.api("GET", SERVICES)).status).toBe(403);
    w.amplify.client(CLIENT).rights.add("apiservices:read");
    expect((await w.api("GET", SERVICES)).status).toBe(200);
    expect(() => new World({ lacks: ["topics:read"] })).toThrow("no such right: topics:read");
  });
});

describe("platform teams", () => {
  const all = [
    { guid: "aaaaaaaa-0000-4000-8000-000000000001", name: "Default Team", default: true },
    { guid: "aaaaaaaa-0000-4000-8000-000000000002", name: "Streaming", default: false },
  ];

  test.each([
    ["", all],
    ['name=="Streaming"', all.slice(1)],
    ['name=="Default Team"', all.slice(0, 1)],
    ['guid=="aaaaaaaa-0000-4000-8000-000000000002"', all.slice(1)],
    ['name=="None"', []],
  ])("asked for with %s are a list", async (query, expected) => {
    const suffix = query === "" ? "" : `?${new URLSearchParams({ query })}`;
    expect((await new World().call("GET", `/api/v1/platformTeams${suffix}`)).json).toEqual(expected);
  });
});

describe("the rate limit", () => {
  test("lets 25 requests start in any 60 seconds, and tells how long to wait", async () => {
    const w = new World({ requestsPerMinute: 25 });
    const paths = [`/apis${ENV}`, "/api/v1/platformTeams", "/events/management/v1/watchtopics/t"];
    for (let i = 0; i < 25; i += 1) {
      expect((await w.call("GET", paths[i % 3] ?? "")).status).not.toBe(429);
      w.context.clock.advance(1000);
    }
    const refused = await w.api("GET", ENV);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "35"]);
    expect(refused.json).toEqual({
      errors: [
        { status: 429, title: "Too Many Requests", detail: "the rate limit of the account is exceeded", meta: {} },
      ],
    });
    w.context.clock.advance(34_999);
    const still = await w.api("GET", ENV);
    expect([still.status, still.headers.get("retry-after")]).toEqual([429, "1"]);
    w.context.clock.advance(1);
    expect((await w.api("GET", ENV)).status).toBe(200);
    expect((await w.api("GET", ENV)).status).toBe(429);
  });

  test("counts what is answered with an error, but neither tokens nor the platform's other calls", async () => {
    const w = new World({ requestsPerMinute: 2 });
    for (let i = 0; i < 5; i += 1) {
      await w.token();
      expect((await w.call("GET", `/api/v1/org/${ORGANIZATION}`)).status).toBe(200);
    }
    expect((await w.api("GET", `${ENV}/apiservices/none`)).status).toBe(404);
    expect((await w.api("POST", SERVICES, { name: "BAD" })).status).toBe(400);
    expect((await w.api("GET", ENV)).status).toBe(429);
  });

  test("refuses before anything is written", async () => {
    const w = new World({ requestsPerMinute: 1 });
    await w.api("GET", ENV);
    expect((await w.api("POST", SERVICES, { name: "orders" })).status).toBe(429);
    expect(w.amplify.resources("APIService")).toEqual([]);
  });

  test("is each client's own, and off where no figure is given", async () => {
    const clients = [
      { id: CLIENT, secret: "s3cret", requestsPerMinute: 1 },
      { id: "other_1", secret: "s3cret" },
    ];
    const w = new World({}, { clients });
    await w.api("GET", ENV);
    const token = String(first((await w.token("other_1")).json).access_token);
    const headers = { authorization: `Bearer ${token}`, "x-axway-tenant-id": ORGANIZATION };
    for (let i = 0; i < 60; i += 1) expect((await w.raw("GET", `/apis${ENV}`, { headers })).status).toBe(200);
    expect((await w.api("GET", ENV)).status).toBe(429);
  });
});

test("a path that is not there is answered 404 in the same error body", async () => {
  const answer = await new World().call("GET", "/api/v1/none");
  expect([answer.status, details(answer)]).toEqual([404, ["there is nothing at /api/v1/none"]]);
});
