import { describe, expect, test } from "vitest";
import { createApp } from "../../../routes/app.ts";
import type { Answer, ConnectionApi } from "../../../src/connection/api.ts";
import type { ApplicationStanding } from "../../../src/provisioning/access-view.ts";

const TOKEN = "a-token-of-the-test-0123";
const evil = `<script>alert("x")</script>`;
const asked: unknown[] = [];

const standing = { title: evil, level: "Pending", since: 1_000, error: undefined, told: undefined, waits: undefined };
const application: ApplicationStanding = {
  ...standing,
  name: "app",
  step: "told",
  work: undefined,
  access: [{ ...standing, name: "ar", step: "requested", topic: "orders", asked: { operations: evil } }],
  credentials: [
    {
      ...standing,
      name: "c",
      step: "waiting for the key",
      error: "the limit is reached",
      waits: { for: "the new key to work", until: 66_000 },
      wanted: "active",
      reported: "",
      expiresAt: undefined,
      principals: ["User:sa-1"],
      keys: [
        { id: "KEY", principal: "User:sa-1", state: "made", madeAt: 1, at: 66_000, shown: false, registry: undefined },
      ],
      acls: ["READ TOPIC orders"],
      unseen: ["READ TOPIC orders"],
      roleBindings: [],
    },
  ],
};

const connection = new Proxy({} as ConnectionApi, {
  get: (_target, method: keyof ConnectionApi) => async (first: unknown, second: unknown) => {
    asked.push([method, first, second]);
    return answerOf(method, first);
  },
});

function answerOf(method: string, first: unknown): Answer<unknown> {
  if (first === "nobody") return { ok: false, reason: "not-found", message: "there is nobody" };
  if (first === "done") return { ok: false, reason: "conflict", message: "it is done" };
  if (method === "drift") return { ok: true, value: { plan: "0123456789abcdef", differences: [] } };
  if (method === "applications") return { ok: true, value: { items: [application], next: "app" } };
  return { ok: true, value: method === "access" ? application : { name: first } };
}

const app = createApp({
  connections: {
    entries: [{ name: "env", problems: [], warnings: [] }],
    get: (name) => (name === "env" ? connection : undefined),
  },
  adminTokens: [TOKEN],
  metricsTokens: [],
  webhookTokens: [],
  log: { write: () => undefined },
  now: () => 61_000,
});
const bearer = { Authorization: `Bearer ${TOKEN}` };
const post = async (path: string, body?: string) =>
  await app.request(`/v1/connections/env/access/${path}`, {
    method: "POST",
    headers: bearer,
    ...(body ? { body } : {}),
  });

describe("access over HTTP", () => {
  test("is listed by the page, and told of one name", async () => {
    const list = await app.request("/v1/connections/env/access?limit=1&after=a", { headers: bearer });
    expect(await list.json()).toMatchObject({ items: [{ name: "app" }], next: "app" });
    expect(asked.at(-1)).toEqual(["applications", { limit: 1, after: "a" }, undefined]);
    expect((await app.request("/v1/connections/env/access/c", { headers: bearer })).status).toBe(200);
    expect((await app.request("/v1/connections/env/access/nobody", { headers: bearer })).status).toBe(404);
    expect((await app.request("/v1/connections/env/access?limit=x", { headers: bearer })).status).toBe(422);
    expect((await app.request("/v1/connections/env/access")).status).toBe(401);
  });

  test.each(["retry", "revoke", "enable", "takeover"] as const)(
    "takes %s, and refuses it with a sentence",
    async (action) => {
      expect((await post(`c/${action}`)).status).toBe(202);
      expect(asked.at(-1)).toEqual(["actOnAccess", "c", action]);
      expect((await post(`nobody/${action}`)).status).toBe(404);
      const refused = await post(`done/${action}`);
      expect([refused.status, await refused.json()]).toEqual([
        409,
        { error: { reason: "conflict", message: "it is done" } },
      ]);
      expect((await post(`c/${action}`, `{"more":1}`)).status).toBe(422);
    },
  );

  test("knows no other decision", async () => {
    expect((await post("c/delete")).status).toBe(404);
  });

  test("is compared with Confluent, and mended by a plan that was shown", async () => {
    const drift = await app.request("/v1/connections/env/drift", { headers: bearer });
    expect([drift.status, await drift.json()]).toMatchObject([200, { plan: "0123456789abcdef" }]);
    const apply = async (body: string) =>
      (await app.request("/v1/connections/env/drift/apply", { method: "POST", headers: bearer, body })).status;
    expect(await apply(`{"plan":"0123456789abcdef"}`)).toBe(202);
    expect(asked.at(-1)).toEqual(["applyDrift", "0123456789abcdef", undefined]);
    for (const body of ["", "{}", `{"plan":"everything"}`]) expect(await apply(body)).toBe(422);
  });

  test("is shown as a page, where nothing from outside becomes markup", async () => {
    const headers = { Authorization: `Basic ${btoa(`me:${TOKEN}`)}` };
    const page = await app.request("/connections/env/access", { headers });
    const html = await page.text();
    expect(page.status).toBe(200);
    expect(html).not.toContain("<script>");
    for (const text of [
      "waiting for the key",
      "the limit is reached",
      "KEY, made",
      "(not seen yet)",
      "in 5 s",
      "after=app",
    ])
      expect(html).toContain(text);
    expect((await app.request("/connections/other/access", { headers })).status).toBe(404);
  });
});
