import { beforeEach, describe, expect, test } from "vitest";
import { createApp } from "../../../routes/app.ts";
import type { Answer, ConnectionApi, MetricFamily } from "../../../src/connection/api.ts";
import { readExposition } from "../../support/exposition.ts";

const ADMIN = "an-admin-token-of-the-test";
const SCRAPER = "a-metrics-token-of-the-test";
const asked: unknown[] = [];
beforeEach(() => {
  asked.length = 0;
});

const families: readonly MetricFamily[] = [
  { name: "amplify_kafka_up", type: "gauge", help: "up", samples: [{ labels: { connection: "env" }, value: "1" }] },
  {
    name: "kafka_consumergroup_group_lag",
    type: "gauge",
    help: "lag",
    samples: [{ labels: { connection: "env", group: 'a"b\\c\nd' }, value: "9223372036854775807" }],
  },
];
const connectionOf = (isThere: boolean) =>
  new Proxy({} as ConnectionApi, {
    get:
      (_target, method: string) =>
      async (input: unknown): Promise<Answer<unknown>> => {
        asked.push([method, input]);
        if (!isThere) return { ok: false, reason: "unavailable", message: "the connection cannot be reached" };
        if (method === "metrics") return { ok: true, value: families };
        if (input === "nobody") return { ok: false, reason: "not-found", message: "there is no group" };
        return { ok: true, value: { items: [], next: undefined } };
      },
  });
const connections = new Map([
  ["env", connectionOf(true)],
  ["broken", connectionOf(false)],
]);

function app(metricsTokens: readonly string[] = [SCRAPER, `${SCRAPER}-before`]) {
  return createApp({
    connections: {
      entries: ["env", "broken", "connection 3"].map((name) => ({ name, problems: [], warnings: [] })),
      get: (name) => connections.get(name),
    },
    adminTokens: [ADMIN],
    metricsTokens,
    webhookTokens: [],
    log: { write: () => undefined },
    now: () => 0,
  });
}
const scrape = async (token: string | undefined, tokens?: readonly string[]) =>
  await app(tokens).request("/metrics", token === undefined ? {} : { headers: { Authorization: `Bearer ${token}` } });
const get = async (path: string, token = ADMIN) =>
  await app().request(`/v1/connections/${path}`, { headers: { Authorization: `Bearer ${token}` } });

describe("/metrics", () => {
  test.each([
    ["without a token", undefined, 401],
    ["with a wrong one", "a-metrics-token-of-the-tesu", 401],
    ["with the operator's, where there is one of its own", ADMIN, 401],
    ["with the current one", SCRAPER, 200],
    ["with the previous one", `${SCRAPER}-before`, 200],
  ])("%s is answered as it deserves, and nothing is asked for who may not know", async (_which, token, status) => {
    const reply = await scrape(token);
    expect(reply.status).toBe(status);
    expect(asked.length > 0).toBe(status === 200);
    if (status === 401) expect(reply.headers.get("www-authenticate")).toBe("Bearer");
  });

  test("without any token configured answers 503 and says why", async () => {
    const reply = await scrape(SCRAPER, []);
    expect([reply.status, await reply.json()]).toEqual([
      503,
      { error: { reason: "unavailable", message: "METRICS_TOKEN is not set, so nobody may use this" } },
    ]);
  });

  test("does not take the login that a browser sends by itself", async () => {
    const headers = { Authorization: `Basic ${btoa(`me:${SCRAPER}`)}` };
    expect((await app().request("/metrics", { headers })).status).toBe(401);
  });

  test("is Prometheus' text, with what a connection says, and 0 for each that says nothing", async () => {
    const reply = await scrape(SCRAPER);
    expect(reply.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(reply.headers.get("cache-control")).toBe("no-store");
    const scraped = readExposition(await reply.text());
    const up = scraped.all("amplify_kafka_up").map(({ labels, value }) => [labels.connection, value]);
    expect(up).toEqual([
      ["env", "1"],
      ["broken", "0"],
      ["connection 3", "0"],
    ]);
    expect(scraped.value("kafka_consumergroup_group_lag", { group: 'a"b\\c\nd' })).toBe("9223372036854775807");
  });

  test("is only read", async () => {
    const headers = { Authorization: `Bearer ${SCRAPER}` };
    expect((await app().request("/metrics", { method: "POST", headers })).status).toBe(404);
  });
});

describe("groups and consumption over HTTP", () => {
  test("are asked for as the query says", async () => {
    await get("env/groups?limit=5&after=amp.1&topic=orders");
    await get("env/groups/amp.0123456789ab.a%2Fb%252F");
    await get("env/consumption?limit=1000&after=17&application=app&topic=t&from=2026-08-01&to=2026-08-01T12:30:00Z");
    await get("env/consumption?from=2026-08-01T12:30&to=2026-08-01T12:30:00%2B02:00");
    await get("env/consumption");
    expect(asked).toEqual([
      ["groups", { limit: 5, after: "amp.1", topic: "orders" }],
      ["group", "amp.0123456789ab.a/b%2F"],
      [
        "consumption",
        {
          limit: 1000,
          after: 17,
          application: "app",
          topic: "t",
          from: Date.UTC(2026, 7, 1),
          to: Date.UTC(2026, 7, 1, 12, 30),
        },
      ],
      ["consumption", { limit: 100, from: Date.UTC(2026, 7, 1, 12, 30), to: Date.UTC(2026, 7, 1, 10, 30) }],
      ["consumption", { limit: 100 }],
    ]);
  });

  test.each([
    ["groups?limit=0", 422],
    ["groups?topic=", 422],
    ["consumption?after=x", 422],
    ["consumption?from=yesterday", 422],
    ["consumption?to=2026-13-01", 422],
    ["consumption?limit=1001", 422],
    ["groups/nobody", 404],
  ])("%s is answered %i", async (path, status) => {
    expect((await get(`env/${path}`)).status).toBe(status);
  });

  test.each(["groups", "groups/g", "consumption"])("%s is the operator's alone", async (path) => {
    expect((await get(`env/${path}`, SCRAPER)).status).toBe(401);
    expect((await get(`broken/${path}`)).status).toBe(503);
    expect((await get(`nowhere/${path}`)).status).toBe(404);
    expect(asked).toHaveLength(1);
  });
});
