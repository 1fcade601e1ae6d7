import { describe, expect, it } from "vitest";
import { createSandbox } from "../sandbox.ts";

const name = "amp-1234abcd-0123456789ab-1";
const password = "a_password-of-20-characters";
const body = { mechanism: "SCRAM-SHA-512", password, iterations: 8192 };

function endpoint(options: Parameters<typeof createSandbox>[0] = {}) {
  const sandbox = createSandbox({ inProcess: true, world: "empty", ...options });
  const { KAFKA_USERS_URL: url = "", KAFKA_USERS_TOKEN: token = "" } = sandbox.environmentVariables("platform");
  async function ask(method: string, path: string, content?: unknown, bearer = token) {
    const headers = { authorization: `Bearer ${bearer}`, "content-type": "application/json" };
    const text = content === undefined ? {} : { body: JSON.stringify(content) };
    const response = await sandbox.fetch(new Request(`${url}${path}`, { method, headers, ...text }));
    const received = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: received === "" ? undefined : JSON.parse(received),
    };
  }
  return { sandbox, url, ask, users: sandbox.parts.users };
}

describe("the user-admin endpoint", () => {
  it("makes a user that can log in to the cluster, with the new password after a second PUT, and not after its removal", async () => {
    const { ask, users } = endpoint();
    expect(users.login(name, password)).toBeUndefined();
    expect(await ask("PUT", `/users/${name}`, body)).toMatchObject({
      status: 201,
      body: { name, mechanism: "SCRAM-SHA-512" },
    });
    expect(users.login(name, password)).toBe(`User:${name}`);
    expect(users.login(name, "another_password_here")).toBeUndefined();
    expect(users.login(name, password, "SCRAM-SHA-256")).toBeUndefined();
    const other = { mechanism: "SCRAM-SHA-512", password: "another_password_here" };
    expect((await ask("PUT", `/users/${name}`, other)).status).toBe(200);
    expect([users.login(name, password), users.login(name, other.password)]).toEqual([undefined, `User:${name}`]);
    expect(await ask("GET", `/users/${name}`)).toMatchObject({
      status: 200,
      body: { name, mechanisms: ["SCRAM-SHA-512"], exists: true },
    });
    expect((await ask("DELETE", `/users/${name}`)).status).toBe(204);
    expect((await ask("DELETE", `/users/${name}`)).body).toMatchObject({ error: { reason: "no-such-user" } });
    expect((await ask("GET", `/users/${name}`)).status).toBe(404);
    expect(users.login(name, other.password)).toBeUndefined();
  });

  it("lists by prefix what it made, and nothing else", async () => {
    const { ask, users } = endpoint();
    users.put("amp-somebody-elses-1", "SCRAM-SHA-512", password, false);
    for (const each of ["amp-2222-aaaa-1", "amp-1111-aaaa-1", "amp-1111-bbbb-1"])
      await ask("PUT", `/users/${each}`, body);
    expect((await ask("GET", "/users?prefix=amp-1111-")).body).toEqual({
      users: ["amp-1111-aaaa-1", "amp-1111-bbbb-1"].map((each) => ({ name: each, mechanisms: ["SCRAM-SHA-512"] })),
    });
    expect((await ask("GET", "/users")).body.users).toHaveLength(3);
    expect((await ask("GET", "/users?prefix=A")).status).toBe(400);
  });

  it.each(["GET", "PUT", "DELETE"])("leaves a user alone that it did not make, at %s", async (method) => {
    const { ask, users } = endpoint();
    users.put(name, "SCRAM-SHA-512", "made_by_an_operator", false);
    const refused = await ask(method, `/users/${name}`, method === "PUT" ? body : undefined);
    expect(refused).toMatchObject({ status: 409, body: { error: { reason: "foreign-user" } } });
    expect(users.login(name, "made_by_an_operator")).toBe(`User:${name}`);
  });

  it.each([
    ["a name without our beginning", "admin", body, "invalid-name"],
    ["a name with other characters", "amp-12345678%2Fx", body, "invalid-name"],
    ["PLAIN", name, { ...body, mechanism: "PLAIN" }, "unsupported-mechanism"],
    ["a short password", name, { ...body, password: "short" }, "invalid-password"],
    ["a password that Kafka stores wrong", name, { ...body, password: "with]a]bracket]inside" }, "invalid-password"],
    ["too few iterations", name, { ...body, iterations: 1 }, "invalid-iterations"],
    ["a list", name, [body], "invalid-body"],
  ])("refuses %s without repeating it", async (_case, user, content, reason) => {
    const { ask, users } = endpoint();
    const before = users.all();
    const refused = await ask("PUT", `/users/${user}`, content);
    expect(refused).toMatchObject({ status: 400, body: { error: { reason } } });
    expect(JSON.stringify(refused.body)).not.toContain("bracket");
    expect(users.all()).toEqual(before);
  });

  it("refuses other methods, paths, media types, long bodies and callers without the token", async () => {
    const { ask, sandbox, url } = endpoint();
    expect((await ask("POST", `/users/${name}`, body)).status).toBe(405);
    expect((await ask("DELETE", "/users")).status).toBe(405);
    expect((await ask("GET", "/")).status).toBe(404);
    expect((await ask("PUT", `/users/${name}`, { ...body, more: "x".repeat(5000) })).status).toBe(413);
    const stranger = await ask("PUT", `/users/${name}`, body, "wrong");
    expect([stranger.status, stranger.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
    expect((await sandbox.fetch(new Request(`${url}/users`))).status).toBe(401);
    expect((await sandbox.fetch(new Request(`${url}/health`))).status).toBe(200);
  });

  it("takes sixty requests a minute, and says when to come again", async () => {
    const { ask, sandbox } = endpoint();
    for (let count = 0; count < 60; count++) expect((await ask("GET", "/users")).status).toBe(200);
    const refused = await ask("GET", "/users");
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
    expect((await ask("GET", "/users", undefined, "wrong")).status).toBe(401);
    sandbox.clock.advance(1000);
    expect((await ask("GET", "/users")).status).toBe(200);
  });

  it("is logged with its caller, and keeps its users but no password in a snapshot", async () => {
    const { ask, sandbox } = endpoint();
    await ask("PUT", `/users/${name}`, body);
    expect(sandbox.log.all().at(-1)).toMatchObject({ service: "users", status: 201, caller: "user-admin token" });
    const snapshot = JSON.stringify(sandbox.snapshot().users);
    expect(snapshot).toContain(name);
    expect(snapshot).not.toContain(password);
    const after = endpoint();
    after.users.restore(JSON.parse(snapshot));
    expect(after.users.login(name, password)).toBe(`User:${name}`);
    expect(() => after.users.restore({ version: 2 })).toThrow();
  });

  it("knows the worker's own user of the brokers, and does not touch it", async () => {
    const { ask, sandbox, users } = endpoint();
    const variables = sandbox.environmentVariables("platform");
    const { KAFKA_CLUSTER_AUTH_SASL_USERNAME: user = "", KAFKA_CLUSTER_AUTH_SASL_PASSWORD: own = "" } = variables;
    expect(users.login(user, own)).toBe(`User:${user}`);
    expect((await ask("DELETE", `/users/${user}`)).status).toBe(400);
  });
});
