import { describe, expect, it } from "vitest";
import { failureFrom } from "../http/support.ts";
import { CLOUD, controlPlane, quota, refusal } from "./control-plane.ts";
import { json, type Server } from "./support.ts";

function account(more: object = {}) {
  return {
    api_version: "iam/v2",
    kind: "ServiceAccount",
    id: "sa-1jjv26",
    metadata: { self: "https://api.confluent.cloud/x", created_at: "2026-02-03T10:11:12.345678Z" },
    display_name: "amp-1-app",
    description: "amplify:v1",
    ...more,
  };
}
const read = {
  id: "sa-1jjv26",
  displayName: "amp-1-app",
  description: "amplify:v1",
  createdAt: Date.UTC(2026, 1, 3, 10, 11, 12, 345),
};
const wanted = { displayName: "amp-1-app", description: "amplify:v1" };

describe("a service account", () => {
  it("is made in one request", async () => {
    const world = controlPlane(() => json(account(), 201));
    expect(await world.accounts.create(wanted)).toEqual({ kind: "created", account: read });
    expect(world.requests[0]?.url).toBe(`${CLOUD}/iam/v2/service-accounts`);
    expect(world.asked).toEqual(["POST /iam/v2/service-accounts"]);
    expect(await world.requests[0]?.text()).toBe('{"display_name":"amp-1-app","description":"amplify:v1"}');
  });

  it("is not taken over when its name is somebody's", async () => {
    const taken = () => refusal(409, "resource_already_exists", "a service account with this name exists");
    expect(await controlPlane(taken).accounts.create(wanted)).toEqual({ kind: "exists" });
    expect(await controlPlane(() => refusal(409)).accounts.create(wanted)).toEqual({ kind: "exists" });
  });

  it.each<[string, Server]>([
    ["402", quota],
    ["400", () => refusal(400, undefined, "Maximum number of service accounts reached")],
    ["409", () => refusal(409, "quota_exceeded", "limit of 1000 reached")],
  ])("is one too many, told by %s", async (_case, server) => {
    expect((await controlPlane(server).accounts.create(wanted)).kind).toBe("quota");
  });

  it.each<[string, Server, string]>([
    ["500", () => refusal(500), "server"],
    ["422", () => refusal(422, "invalid_display_name", "no"), "invalid"],
    ["403", () => refusal(403, "forbidden_access", "Forbidden Access"), "forbidden"],
    ["401", () => refusal(401, "user_unauthenticated"), "unauthorised"],
    ["429", () => new Response(null, { status: 429 }), "throttled"],
    ["an odd answer", () => json({ kind: "ServiceAccount" }, 201), "malformed"],
  ])("is not made when refused: %s", async (_case, server, kind) => {
    expect((await failureFrom(controlPlane(server).accounts.create(wanted))).failure.kind).toBe(kind);
  });

  it.each(["", "x".repeat(65)])(
    "has a name of 1 to 64 characters, which is checked before any request",
    async (name) => {
      const world = controlPlane(() => json(account(), 201));
      const failure = await failureFrom(world.accounts.create({ ...wanted, displayName: name }));
      expect([failure.failure.kind, world.asked]).toEqual(["invalid", []]);
    },
  );

  it("is found by exactly its name", async () => {
    const world = controlPlane(() =>
      json({ metadata: {}, data: [account({ id: "sa-2", display_name: "amp-1-App" }), account()] }),
    );
    expect(await world.accounts.findByName("amp-1-app")).toEqual(read);
    expect(world.asked).toEqual(["GET /iam/v2/service-accounts?display_name=amp-1-app&page_size=100"]);
    expect(await world.accounts.findByName("amp-1")).toBeUndefined();
    expect(await controlPlane(() => json({ metadata: {}, data: [] })).accounts.findByName("amp-1-app")).toBeUndefined();
  });

  it("is read by its id, and known to be gone", async () => {
    const world = controlPlane(() => json(account()));
    expect(await world.accounts.get("sa-1jjv26")).toEqual(read);
    expect(world.asked).toEqual(["GET /iam/v2/service-accounts/sa-1jjv26"]);
    expect(await controlPlane(() => refusal(404, "service_account_not_found")).accounts.get("sa-1")).toBeUndefined();
    const denied = controlPlane(() => refusal(403, "forbidden_access"));
    expect((await failureFrom(denied.accounts.get("sa-1"))).failure.kind).toBe("forbidden");
  });

  it("may lack a description and a date", async () => {
    const bare = controlPlane(() =>
      json({ id: "sa-1", display_name: "x", description: null, metadata: { created_at: "soon" } }),
    );
    expect(await bare.accounts.get("sa-1")).toEqual({
      id: "sa-1",
      displayName: "x",
      description: "",
      createdAt: undefined,
    });
  });

  it("is listed with all others by the token of each page, whatever the links say", async () => {
    const world = controlPlane((_request, url) =>
      url.searchParams.get("page_token") === "T/2"
        ? json({ metadata: {}, data: [account({ id: "sa-2" })] })
        : json({ metadata: { next: "http://elsewhere.example/v9?page_size=1&page_token=T%2F2" }, data: [account()] }),
    );
    expect((await world.accounts.list()).map(({ id }) => id)).toEqual(["sa-1jjv26", "sa-2"]);
    expect(world.asked).toEqual([
      "GET /iam/v2/service-accounts?page_size=100",
      "GET /iam/v2/service-accounts?page_size=100&page_token=T%2F2",
    ]);
  });

  it("is not looked for in half a list", async () => {
    const endless = controlPlane(() =>
      json({ metadata: { next: "https://api.confluent.cloud/other" }, data: [account()] }),
    );
    expect((await failureFrom(endless.accounts.list())).failure.kind).toBe("malformed");
  });
});
