import { describe, expect, it } from "vitest";
import { anyone, basicUsers, bearerTokens, requiredHeaders } from "./authenticators.ts";
import { rig } from "./fixtures.ts";

const may = () => true;
const users = new Map([
  ["alice", { password: "with:colon", may }],
  ["guest", { password: "guest", may, hasNoRole: true }],
]);

const basic = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;

describe("login by user and password", () => {
  const { ask } = rig({ authenticate: basicUsers(users) });
  const asked = (authorization?: string) =>
    ask("topics", {
      headers: { accept: "application/json", ...(authorization === undefined ? {} : { authorization }) },
    });

  it("lets a user in whose password has a colon", async () => {
    expect((await asked(basic("alice:with:colon"))).status).toBe(200);
  });

  it.each([
    ["nobody", undefined],
    ["a stranger", basic("mallory:x")],
    ["a wrong password", basic("alice:with")],
    ["a token where a password is asked for", "Bearer abc"],
  ])("answers %s with 401 and the realm, and without an error_code", async (_, authorization) => {
    const answer = await asked(authorization);
    expect(answer.headers.get("www-authenticate")).toBe('Basic realm="KafkaRest"');
    expect(answer.body).toEqual({
      message: "Unauthorized",
      url: "http://kafka.example:8082/v3/clusters/c1/topics",
      status: "401",
    });
  });

  it("answers a user without a role with 403, and credentials that are not Base64 with 500", async () => {
    expect((await asked(basic("guest:guest"))).body).toMatchObject({ message: "!authorized", status: "403" });
    expect((await asked("Basic %%%")).body.status).toBe("500");
  });

  it("answers before it looks at path, method or body", async () => {
    expect((await ask("/nowhere", { method: "POST", body: "{" })).status).toBe(401);
  });
});

it("recognises the owner of a token and nobody by any other", async () => {
  const { ask } = rig({ authenticate: bearerTokens(new Map([["t-1", { name: "alice", may }]])) });
  const status = async (authorization: string) => (await ask("topics", { headers: { authorization } })).status;
  expect(await status("Bearer t-1")).toBe(200);
  expect(await status("Bearer t-2")).toBe(401);
  expect(await status(basic("alice:t-1"))).toBe(401);
});

it("lets nobody through the tunnel who lacks one of its headers, and answers with the tunnel's own page", async () => {
  const { ask } = rig({
    authenticate: requiredHeaders({ "cf-access-client-id": "id", "cf-access-client-secret": "s" }, anyone()),
  });
  expect(
    (await ask("topics", { headers: { "cf-access-client-id": "id", "cf-access-client-secret": "s" } })).status,
  ).toBe(200);
  const stopped = await ask("topics", { headers: { "cf-access-client-id": "id", accept: "application/json" } });
  expect([stopped.status, stopped.headers.get("content-type")]).toEqual([403, "text/html; charset=utf-8"]);
  expect(stopped.text).toContain("<title>Forbidden</title>");
});
