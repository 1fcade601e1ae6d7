import { describe, expect, it } from "vitest";
import { NotYet } from "../../../src/http/errors.ts";
import { failureFrom } from "../http/support.ts";
import { controlPlane, refusal } from "./control-plane.ts";
import { EVIL, json, kafkaError, type Server } from "./support.ts";

describe("removing something of the control plane", () => {
  const things = ["accounts", "keys", "bindings"] as const;
  const cases: [string, Server, string][] = [
    ["204", () => new Response(null, { status: 204 }), "removed"],
    ["200 with the thing", () => json({ id: "x-1" }), "removed"],
    ["404", () => refusal(404, "service_account_not_found"), "absent"],
    ["403 of the control plane", () => refusal(403, "forbidden_access", "Forbidden Access"), "hidden"],
    [
      "403 in the other form",
      () => kafkaError(403, 40301, "Either unauthorized to access role binding or it does not exist"),
      "hidden",
    ],
    ["403 without a word", () => new Response(null, { status: 403 }), "hidden"],
  ];
  it.each(cases)("is done or not needed: %s", async (_case, server, outcome) => {
    for (const thing of things) expect(await controlPlane(server)[thing].remove("x-1")).toBe(outcome);
  });

  it.each<[string, Server, string]>([
    [
      "the worker's own key is refused",
      () => refusal(403, undefined, "invalid API key: make sure it exists"),
      "unauthorised",
    ],
    ["it has no login", () => refusal(401, "user_unauthenticated"), "unauthorised"],
    ["it failed", () => refusal(500), "server"],
    ["something depends on it", () => refusal(409), "conflict"],
  ])("is not done when %s", async (_case, server, kind) => {
    for (const thing of things)
      expect((await failureFrom(controlPlane(server)[thing].remove("x-1"))).failure.kind).toBe(kind);
  });

  it("is a DELETE of one thing, whatever its id", async () => {
    for (const id of EVIL) {
      const world = controlPlane(() => new Response(null, { status: 204 }));
      for (const thing of things) await world[thing].remove(id);
      expect(world.requests.map((request) => [request.method, new URL(request.url).search])).toEqual(
        things.map(() => ["DELETE", ""]),
      );
      expect(world.requests.map((request) => new URL(request.url).pathname.split("/").length)).toEqual([5, 5, 5]);
    }
    const world = controlPlane(() => new Response(null, { status: 204 }));
    for (const thing of things)
      for (const id of ["", ".", ".."])
        expect((await failureFrom(world[thing].remove(id))).failure.kind).toBe("invalid");
    expect(world.asked).toEqual([]);
  });

  it("waits while a pause is asked for", async () => {
    const world = controlPlane(() => new Response(null, { status: 429, headers: { "retry-after": "30" } }));
    expect((await failureFrom(world.keys.remove("K"))).failure).toEqual({ kind: "throttled", retryAfterMs: 30_000 });
    await expect(world.keys.remove("K")).rejects.toBeInstanceOf(NotYet);
    expect(world.asked).toHaveLength(1);
  });
});
