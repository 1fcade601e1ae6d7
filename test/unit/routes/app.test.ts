import { describe, expect, test } from "vitest";
import { createApp } from "../../../routes/app.ts";
import type { Answer, ConnectionApi, Overview, TopicDetail, TopicSummary } from "../../../src/connection/api.ts";

const TOKEN = "a-token-of-the-test-0123";
const asked: unknown[] = [];
const ok = async <T>(value: T): Promise<Answer<T>> => ({ ok: true, value });

const overview: Overview = {
  connection: "kafka-env",
  mode: "publish",
  cluster: { clusterId: "lkc-1", type: "Basic" },
  topics: { published: 2, eligible: 2 },
  work: { waiting: 1, dead: 0, nextDue: 1 },
  budget: { requestsPerMinute: 25, used: 3 },
  webhook: { received: 0, foreign: 0, dropped: 0, lastAt: undefined },
  lastRun: undefined,
  problems: [{ what: "discovery", message: "<b>registry</b> is down", until: undefined }],
  loss: undefined,
  settings: [],
};

const summary = (name: string): TopicSummary => ({
  name,
  decision: "eligible",
  rule: "no filter",
  error: undefined,
  state: "published",
  held: undefined,
  subjects: [],
  partitions: 6,
  replication: 3,
  service: "s",
  revision: "r",
  instance: "i",
  sha256: "aa",
  changedAt: 1_000,
});

const evil = `<script>alert("x")</script>`;
const detail = (name: string): TopicDetail => ({
  ...summary(name),
  configs: {},
  document: `{"info":"${evil}"}`,
  waitingDocument: undefined,
  work: undefined,
});

const connection = new Proxy({} as ConnectionApi, {
  get: (_target, method: keyof ConnectionApi) => (input: unknown) => {
    asked.push([method, input]);
    if (method === "overview") return ok(overview);
    if (method === "topics") return ok({ items: [summary(evil)], next: "a/b&c" });
    if (method === "topic") return ok(detail(String(input)));
    if (method === "groups") return ok({ items: [], notes: [], next: undefined });
    if (method === "work") return ok({ items: [], next: undefined });
    return Promise.resolve({ ok: false, reason: "conflict", message: "not now" });
  },
});

function app(tokens: readonly string[] = [TOKEN]) {
  return createApp({
    connections: {
      entries: [
        { name: "kafka-env", problems: [], warnings: [] },
        { name: "connection 2", problems: ["CENTRAL_ENVIRONMENT_2 missing"], warnings: [] },
      ],
      get: (name) => (name === "kafka-env" ? connection : undefined),
    },
    adminTokens: tokens,
    metricsTokens: [],
    webhookTokens: [],
    log: { write: () => undefined },
    now: () => 61_000,
  });
}

const basic = { headers: { Authorization: `Basic ${btoa(`me:${TOKEN}`)}` } };
const bearer = { headers: { Authorization: `Bearer ${TOKEN}` } };

describe("pages", () => {
  test("ask a browser for a login", async () => {
    const reply = await app().request("/");
    expect(reply.status).toBe(401);
    expect(reply.headers.get("www-authenticate")).toMatch(/^Basic realm=/);
  });

  test("are closed, with the reason, where no token is configured", async () => {
    const reply = await app([]).request("/", basic);
    expect(reply.status).toBe(503);
    expect(await reply.text()).toContain("ADMIN_TOKEN is not set");
  });

  test("show every connection, what is wrong with it escaped", async () => {
    const reply = await app().request("/", basic);
    expect(reply.status).toBe(200);
    expect(reply.headers.get("content-security-policy")).toContain("default-src 'none'");
    const html = await reply.text();
    expect(html).toMatch(/^<!doctype html>/);
    expect(html).toContain("&lt;b&gt;registry&lt;/b&gt; is down");
    expect(html).toContain("CENTRAL_ENVIRONMENT_2 missing");
  });

  test("escape a topic's name in text and in links, and lead to the next page", async () => {
    const html = await (await app().request("/connections/kafka-env?decision=eligible", basic)).text();
    expect(html).not.toContain(evil);
    expect(html).toContain(`/connections/kafka-env/topics/${encodeURIComponent(evil)}`);
    expect(html).toContain("?decision=eligible&amp;after=a%2Fb%26c");
    expect(html).toContain('href="/connections/kafka-env/groups"');
    expect(html).toContain("1 min ago");
  });

  test("show a topic whose name holds a slash, its document escaped", async () => {
    asked.length = 0;
    const html = await (await app().request("/connections/kafka-env/topics/a%2Fb%252F", basic)).text();
    expect(asked).toEqual([
      ["topic", "a/b%2F"],
      ["groups", { limit: 100, topic: "a/b%2F" }],
    ]);
    expect(html).toContain("a/b%2F");
    expect(html).not.toContain(evil);
  });

  test.each(["/connections/nowhere", "/connections/kafka-env?decision=all", "/connections", "/favicon.ico"])(
    "answer 404 for %s",
    async (path) => {
      expect((await app().request(path, basic)).status).toBe(404);
    },
  );

  test("serve their style without a login", async () => {
    const reply = await app().request("/style.css");
    expect(reply.headers.get("content-type")).toContain("text/css");
  });
});

describe("the API", () => {
  test("does not take the login that a browser sends by itself, so no foreign page can act for the operator", async () => {
    const reply = await app().request("/v1/connections/kafka-env/discovery", { ...basic, method: "POST" });
    expect(reply.status).toBe(401);
  });

  test("asks for a topic by its very name", async () => {
    asked.length = 0;
    await app().request("/v1/connections/kafka-env/topics/a%2Fb%252F%20%C3%BC", bearer);
    expect(asked).toEqual([["topic", "a/b%2F ü"]]);
  });

  test("tells a misconfigured connection by what is wrong with it", async () => {
    const reply = await app().request("/v1/connections/connection%202/topics", bearer);
    expect(reply.status).toBe(503);
    expect(await reply.text()).toContain("CENTRAL_ENVIRONMENT_2 missing");
  });

  test.each([
    ["discovery", '{"acceptLos":true}', "acceptLos: not known here"],
    ["topics/orders", "{}", "action: missing"],
  ])("names what is wrong in a body to %s", async (path, body, message) => {
    const reply = await app().request(`/v1/connections/kafka-env/${path}`, { ...bearer, method: "POST", body });
    expect(reply.status).toBe(422);
    expect(await reply.json()).toEqual({ error: { reason: "invalid", message } });
  });

  test.each([
    ["POST", "installed"],
    ["DELETE", "removed"],
  ])("asks by %s for the installation to be %s, and takes no body that says otherwise", async (method, wanted) => {
    asked.length = 0;
    const path = "/v1/connections/kafka-env/install";
    await app().request(path, { ...bearer, method });
    expect(asked).toEqual([["install", wanted]]);
    expect((await app().request(path, { ...bearer, method, body: '{"now":true}' })).status).toBe(422);
    expect((await app().request(path, { ...basic, method })).status).toBe(401);
    expect(asked).toHaveLength(1);
  });

  test("answers a conflict as 409, with the connection's own words", async () => {
    const reply = await app().request("/v1/connections/kafka-env/discovery", { ...bearer, method: "POST" });
    expect(reply.status).toBe(409);
    expect(await reply.json()).toEqual({ error: { reason: "conflict", message: "not now" } });
  });
});
