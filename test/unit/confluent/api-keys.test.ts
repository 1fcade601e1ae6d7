import { describe, expect, it } from "vitest";
import { NotYet } from "../../../src/http/errors.ts";
import { failureFrom } from "../http/support.ts";
import { CLOUD, controlPlane, lost, refusal } from "./control-plane.ts";
import { json, type Server } from "./support.ts";

const SECRET = "gtH2gI50-a-secret-that-nobody-may-see";

function key(more: object = {}, spec: object = {}) {
  return {
    api_version: "iam/v2",
    kind: "ApiKey",
    id: "7FJIYKQ4SGQDQ72H",
    metadata: { self: "http://api.confluent.cloud/v2/odd", created_at: "2026-02-03T10:12:00Z" },
    spec: {
      display_name: "app",
      description: "amplify:v1",
      owner: { id: "sa-1", kind: "ServiceAccount", api_version: "iam/v2", related: "https://x.example" },
      resource: { id: "lkc-1", kind: "Cluster", api_version: "cmk/v2" },
      ...spec,
    },
    ...more,
  };
}
const newKey = { owner: "sa-1", resource: "lkc-1", displayName: "app", description: "amplify:v1 op=1" };
const listed = {
  id: "7FJIYKQ4SGQDQ72H",
  displayName: "app",
  description: "amplify:v1",
  owner: "sa-1",
  resources: ["lkc-1"],
  createdAt: Date.UTC(2026, 1, 3, 10, 12),
};

describe("an API key", () => {
  it.each([200, 201, 202])("is made in one request, and its secret handed over (%i)", async (status) => {
    const world = controlPlane(() => json(key({}, { secret: SECRET }), status));
    expect(await world.keys.create(newKey)).toEqual({ kind: "created", id: "7FJIYKQ4SGQDQ72H", secret: SECRET });
    expect(world.asked).toEqual(["POST /iam/v2/api-keys"]);
    expect(await world.requests[0]?.text()).toBe(
      '{"spec":{"display_name":"app","description":"amplify:v1 op=1","owner":{"id":"sa-1","kind":"ServiceAccount"},"resource":{"id":"lkc-1","kind":"Cluster"}}}',
    );
  });

  it.each<[string, Server]>([
    ...lost,
    ["an answer without the secret", () => json(key(), 202)],
    ["an answer without the key", () => json(key({ id: undefined }, { secret: SECRET }), 202)],
    ["an answer that breaks off", () => new Response(`{"id":"K","spec":{"secret":"${SECRET}"`, { status: 202 })],
    ["408", () => refusal(408)],
  ])("may exist though nobody knows its secret, after %s", async (_case, server) => {
    const outcome = await controlPlane(server).keys.create(newKey);
    expect(outcome.kind).toBe("lost");
    const error = outcome.kind === "lost" ? outcome.error : undefined;
    expect(JSON.stringify([error?.message, error?.detail, error?.stack, error])).not.toContain(SECRET);
  });

  it.each<[string, Server]>([
    ["402", () => refusal(402, "quota_exceeded", "The request would exceed the quota: apikeys_per_org")],
    ["400", () => refusal(400, undefined, "The service account has reached its limit of 10 API keys: limit reached")],
  ])("is one too many, told by %s", async (_case, server) => {
    expect((await controlPlane(server).keys.create(newKey)).kind).toBe("quota");
  });

  it.each<[string, Server, string]>([
    ["400", () => refusal(400, undefined, "invalid resource"), "invalid"],
    ["401", () => refusal(401), "unauthorised"],
    ["403", () => refusal(403, "forbidden_access"), "forbidden"],
    ["422", () => refusal(422), "invalid"],
    ["429", () => new Response(null, { status: 429 }), "throttled"],
  ])("does not exist when it was refused: %s", async (_case, server, kind) => {
    expect((await failureFrom(controlPlane(server).keys.create(newKey))).failure.kind).toBe(kind);
  });

  it("is not asked for during a pause", async () => {
    const world = controlPlane(() => new Response(null, { status: 429, headers: { "retry-after": "30" } }));
    await failureFrom(world.keys.create(newKey));
    await expect(world.keys.create(newKey)).rejects.toBeInstanceOf(NotYet);
    expect(world.asked).toHaveLength(1);
  });

  it("is listed by owner and resource, to the last page", async () => {
    const world = controlPlane((_request, url) =>
      url.searchParams.has("page_token")
        ? json({ metadata: { next: null }, data: [key({ id: "B" })] })
        : json({ metadata: { next: `${CLOUD}/iam/v2/api-keys?page_token=2` }, data: [key()] }),
    );
    expect(await world.keys.list({ owner: "sa-1", resource: "lkc-1" })).toEqual([listed, { ...listed, id: "B" }]);
    expect(world.asked).toEqual([
      "GET /iam/v2/api-keys?spec.owner=sa-1&spec.resource=lkc-1&page_size=100",
      "GET /iam/v2/api-keys?spec.owner=sa-1&spec.resource=lkc-1&page_size=100&page_token=2",
    ]);
    const all = controlPlane(() => json({ metadata: {}, data: null }));
    expect(await all.keys.list({ owner: "sa-1" })).toEqual([]);
    expect(all.asked).toEqual(["GET /iam/v2/api-keys?spec.owner=sa-1&page_size=100"]);
  });

  it.each<[string, object, string[]]>([
    ["the newer form", { resource: null, resources: [{ id: "lkc-1" }, { id: "lsrc-1" }] }, ["lkc-1", "lsrc-1"]],
    ["none", { resource: undefined }, []],
  ])("is read whichever form its resource has: %s", async (_case, spec, resources) => {
    const world = controlPlane(() => json({ metadata: {}, data: [key({}, spec)] }));
    expect(await world.keys.list({ owner: "sa-1", resource: "lkc-1" })).toEqual([{ ...listed, resources }]);
  });

  it.each<[string, object]>([
    ["of another owner", { owner: { id: "sa-10" } }],
    ["for another resource", { resource: { id: "lkc-10" } }],
    ["of nobody", { owner: undefined }],
  ])("is never taken from a list that holds keys %s", async (_case, spec) => {
    const world = controlPlane(() => json({ metadata: {}, data: [key(), key({ id: "B" }, spec)] }));
    const failure = await failureFrom(world.keys.list({ owner: "sa-1", resource: "lkc-1" }));
    expect(failure.failure.kind).toBe("malformed");
  });
});
