import { beforeEach, describe, expect, test } from "vitest";
import { createApp } from "../../../routes/app.ts";
import type { ResourceEvent } from "../../../src/amplify/event.ts";
import type { ConnectionApi } from "../../../src/connection/api.ts";

const CURRENT = "the-current-webhook-token";
const PREVIOUS = "the-previous-webhook-token";
const taken: [connection: string, ResourceEvent][] = [];
const logged: string[] = [];
beforeEach(() => {
  taken.length = 0;
  logged.length = 0;
});

const connectionOf = (name: string, isThere: boolean): ConnectionApi =>
  new Proxy({} as ConnectionApi, {
    get: () => async (event: ResourceEvent) => {
      taken.push([name, event]);
      return isThere
        ? { ok: true, value: { outcome: "taken" } }
        : { ok: false, reason: "unavailable", message: "it moved" };
    },
  });

const app = (tokens: readonly string[] = [CURRENT, PREVIOUS], isThere = true) =>
  createApp({
    connections: {
      entries: ["connection 1", "env-a", "env-b"].map((name) => ({ name, problems: [], warnings: [] })),
      get: (name) => (name.startsWith("env-") && name !== "env-x" ? connectionOf(name, isThere) : undefined),
    },
    adminTokens: ["an-admin-token-of-the-test"],
    metricsTokens: [],
    webhookTokens: tokens,
    log: { write: (_level, message) => logged.push(message) },
    now: () => 0,
  });

/** As Amplify's documentation shows it: without `metadata` for a creation. */
const body = (scope: unknown = { kind: "Environment", name: "env-b" }, more: object = {}) =>
  JSON.stringify({
    id: "0f6d",
    time: "2026-08-01T09:15:02.608+0000",
    version: "v1",
    product: "EnterpriseMarketplace",
    organization: { id: "123456789" },
    type: "ResourceCreated",
    payload: {
      group: "management",
      kind: "AccessRequest",
      name: "acc-8f2k",
      metadata: { id: "8a2e", scope, resourceVersion: "4" },
      spec: { managedApplication: "app-x" },
      status: { level: "Pending" },
    },
    ...more,
  });

/** A body that says how much of it was asked for. */
function watched(pieces: number, bytes = 100_000) {
  let pulled = 0;
  const stream = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        pulled++;
        if (pulled > pieces) controller.close();
        else controller.enqueue(new Uint8Array(bytes).fill(32));
      },
    },
    { highWaterMark: 0 },
  );
  return { stream, pulled: () => pulled };
}

const post = (input: BodyInit, headers: Record<string, string> = { "X-Kafka-Worker-Token": CURRENT }, to = app()) =>
  to.request("/amplify/webhook", { method: "POST", body: input, headers, duplex: "half" } as RequestInit);

describe("the webhook's address", () => {
  test.each([
    ["current", CURRENT],
    ["previous", PREVIOUS],
  ])(
    "takes the %s token, answers 202 and hands on which resource it is, and nothing else of it",
    async (_which, token) => {
      const reply = await post(body(), { "X-Kafka-Worker-Token": token });
      expect(reply.status).toBe(202);
      expect(reply.headers.get("cache-control")).toBe("no-store");
      expect(await reply.json()).toEqual({ accepted: true });
      expect(taken).toEqual([
        [
          "env-b",
          {
            type: "created",
            organization: "123456789",
            resource: {
              kind: "AccessRequest",
              name: "acc-8f2k",
              id: "8a2e",
              scope: { kind: "Environment", name: "env-b" },
              resourceVersion: "4",
              references: [],
            },
          },
        ],
      ]);
    },
  );

  test("understands a call with metadata, which names the sub-resource", async () => {
    await post(body(undefined, { type: "SubResourceUpdated", metadata: { subresource: "status" } }));
    expect(taken).toMatchObject([["env-b", { type: "changed-sub", subresource: "status" }]]);
  });

  test.each([
    ["a wrong token", { "X-Kafka-Worker-Token": `${CURRENT}x` }],
    ["a token cut short", { "X-Kafka-Worker-Token": CURRENT.slice(0, -1) }],
    ["both tokens at once", { "X-Kafka-Worker-Token": `${CURRENT} ${PREVIOUS}` }],
    ["no token", {}],
    ["the token of operators", { "X-Kafka-Worker-Token": "an-admin-token-of-the-test" }],
    ["the token in another header", { Authorization: `Bearer ${CURRENT}` }],
  ])("answers 401 to %s before it has read a single byte", async (_what, headers) => {
    const { stream, pulled } = watched(3);
    const reply = await post(stream, headers);
    expect(reply.status).toBe(401);
    expect(pulled()).toBe(0);
    expect(taken).toEqual([]);
    expect(await reply.text()).not.toContain(CURRENT);
  });

  test("does not take a token from the address, where logs would show it", async () => {
    const reply = await app().request(`/amplify/webhook?X-Kafka-Worker-Token=${CURRENT}`, {
      method: "POST",
      body: body(),
    });
    expect(reply.status).toBe(401);
  });

  test("answers 503 with the reason where no token is configured, whatever is sent, and reads nothing", async () => {
    const { stream, pulled } = watched(3);
    const reply = await post(stream, { "X-Kafka-Worker-Token": "" }, app([]));
    expect(reply.status).toBe(503);
    expect(await reply.json()).toMatchObject({
      error: { message: expect.stringContaining("WEBHOOK_TOKEN is not set") },
    });
    expect(pulled()).toBe(0);
  });

  test("answers 413 to a body that announces more than 1 MB, and reads nothing of it", async () => {
    const { stream, pulled } = watched(20);
    const reply = await post(stream, { "X-Kafka-Worker-Token": CURRENT, "Content-Length": "1000001" });
    expect(reply.status).toBe(413);
    expect(pulled()).toBe(0);
  });

  test.each([
    ["does not say how long it is", {}],
    ["says that it is short", { "Content-Length": "10" }],
  ])("answers 413 to a body that %s as soon as it is past 1 MB", async (_what, headers) => {
    const { stream, pulled } = watched(1_000);
    const reply = await post(stream, { "X-Kafka-Worker-Token": CURRENT, ...headers });
    expect(reply.status).toBe(413);
    expect(pulled()).toBe(11);
    expect(taken).toEqual([]);
  });

  test("takes a body of exactly 1 MB", async () => {
    const text = body();
    expect((await post(text.padEnd(1_000_000))).status).toBe(202);
    expect((await post(text.padEnd(1_000_001))).status).toBe(413);
  });

  test.each([
    ["no JSON", "{"],
    ["nothing", ""],
    ["a list", "[]"],
    ["a text", '"ResourceCreated"'],
    ["null", "null"],
    ["an object that is no event", "{}"],
    ["an event without a resource", '{"type":"ResourceCreated","payload":{"kind":"AccessRequest"}}'],
    ["an endless nest", "[".repeat(500_000)],
  ])("answers 400 to %s", async (_what, input) => {
    const reply = await post(input);
    expect(reply.status).toBe(400);
    expect(await reply.json()).toMatchObject({ error: { reason: "invalid" } });
    expect(taken).toEqual([]);
  });

  test.each([
    ["another environment", { kind: "Environment", name: "env-x" }],
    ["no environment", null],
    ["something else that bears an environment's name", { kind: "Integration", name: "env-b" }],
    ["a name that every object has", { kind: "Environment", name: "constructor" }],
  ])("hands what is of %s to the first connection that runs, to be counted", async (_what, scope) => {
    expect((await post(body(scope))).status).toBe(202);
    expect(taken.map(([name]) => name)).toEqual(["env-a"]);
  });

  test("answers 202 although the connection cannot be reached, and says so in the log", async () => {
    expect((await post(body(), undefined, app([CURRENT], false))).status).toBe(202);
    expect(logged).toEqual(["a webhook could not be handed on"]);
  });

  test.each(["GET", "PUT", "DELETE"])("is not there for %s", async (method) => {
    const reply = await app().request("/amplify/webhook", { method, headers: { "X-Kafka-Worker-Token": CURRENT } });
    expect(reply.status).toBe(404);
  });
});
