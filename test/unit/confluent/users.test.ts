import { describe, expect, it } from "vitest";
import { createUserAdmin, type SaslLogin } from "../../../src/confluent/users.ts";
import { failureFrom } from "../http/support.ts";
import { EVIL, json, kafkaError, type Server, worldOf } from "./support.ts";

const PASSWORD = "a-password_that-Nobody-may-see-0123456789";
const NAME = "amp-0a1b2c3d-0a1b2c3d4e5f-1";
const login: SaslLogin = { mechanism: "SCRAM-SHA-512", password: PASSWORD, iterations: 8192 };

function usersOver(server: Server, url = "https://users.acme.example/base/") {
  const world = worldOf(server);
  const headers = { "CF-Access-Client-Id": "tunnel" };
  return Object.assign(world, {
    users: createUserAdmin({ ...world, url, token: "t0ken", headers, timeoutMs: 5000 }),
  });
}

const made = () => json({ name: NAME, mechanism: "SCRAM-SHA-512" }, 201);

describe("a SASL user", () => {
  it.each([200, 201])(
    "is made, or made again, by one PUT with the token and the tunnel's headers (%i)",
    async (status) => {
      const world = usersOver(() => json({ name: NAME, mechanism: "SCRAM-SHA-512", more: 1 }, status));
      await world.users.put(NAME, login);
      await world.users.put(NAME, login);
      const [request] = world.requests;
      expect(request?.url).toBe(`https://users.acme.example/base/users/${NAME}`);
      expect(world.asked).toEqual([`PUT /base/users/${NAME}`, `PUT /base/users/${NAME}`]);
      expect(await request?.text()).toBe(`{"mechanism":"SCRAM-SHA-512","password":"${PASSWORD}","iterations":8192}`);
      expect([
        request?.headers.get("authorization"),
        request?.headers.get("cf-access-client-id"),
        request?.headers.get("content-type"),
      ]).toEqual(["Bearer t0ken", "tunnel", "application/json"]);
    },
  );

  it("is not made for the mechanism PLAIN, and the reason is given before any request", async () => {
    const world = usersOver(made);
    const failure = await failureFrom(world.users.put(NAME, { ...login, mechanism: "PLAIN" }));
    expect([failure.failure.kind, world.asked]).toEqual(["invalid", []]);
    expect(failure.message).toBe(
      "The user-admin endpoint: users of the mechanism PLAIN are written in the brokers' own configuration and cannot be made " +
        "one by one; offer a listener with SCRAM-SHA-512 and set KAFKA_CLUSTER_AUTH_SASL_MECHANISM to it.",
    );
  });

  it.each<[string, Partial<SaslLogin>]>([
    ["another mechanism", { mechanism: "OAUTHBEARER" }],
    ["a mechanism in small letters", { mechanism: "scram-sha-512" }],
    ["no password", { password: "" }],
    ["a short password", { password: "x".repeat(15) }],
    ["a long password", { password: "x".repeat(129) }],
    ["a password that Kafka's tools would store wrongly", { password: `${PASSWORD}]` }],
    ["a password outside ASCII", { password: `${PASSWORD}ä` }],
    ["a password of two lines", { password: `${PASSWORD}\nSCRAM-SHA-256=` }],
    ["too few iterations", { iterations: 4095 }],
    ["too many iterations", { iterations: 16385 }],
    ["half an iteration", { iterations: 4096.5 }],
  ])("is not made with %s, and no request is sent", async (_case, more) => {
    const world = usersOver(made);
    const failure = await failureFrom(world.users.put(NAME, { ...login, ...more }));
    expect([failure.failure.kind, world.asked]).toEqual(["invalid", []]);
    expect(failure.message).not.toContain(PASSWORD);
  });

  it.each([
    "",
    "alice",
    "amp-",
    "amp-short",
    "amp-UPPER-12345678",
    `amp-${"x".repeat(61)}`,
    `${NAME}\n`,
    "admin",
    ...EVIL,
  ])("is touched only when it is one of ours: %j is not", async (name) => {
    const world = usersOver(made);
    for (const attempt of [world.users.put(name, login), world.users.get(name), world.users.remove(name)]) {
      expect((await failureFrom(attempt)).failure.kind).toBe("invalid");
    }
    expect(world.asked).toEqual([]);
  });

  it.each<[string, Server, string]>([
    ["400", () => json({ error: `bad password ${PASSWORD}` }, 400), "invalid"],
    ["400 of another form", () => kafkaError(400, 40002, `password=${PASSWORD}`), "invalid"],
    ["400 with a code", () => json({ error_code: PASSWORD, message: PASSWORD }, 400), "invalid"],
    ["401", () => json({ message: PASSWORD }, 401), "unauthorised"],
    ["403", () => new Response(PASSWORD, { status: 403 }), "forbidden"],
    ["429", () => new Response(PASSWORD, { status: 429 }), "throttled"],
    ["500", () => new Response(PASSWORD, { status: 500 }), "server"],
    ["502", () => new Response(`<html><title>${PASSWORD}</title>`, { status: 502 }), "server"],
    ["an answer that is not JSON", () => new Response(PASSWORD, { status: 200 }), "malformed"],
    ["an answer of another form", () => json({ [PASSWORD]: PASSWORD, name: 1 }), "malformed"],
    ["another user", () => json({ name: PASSWORD, mechanism: "SCRAM-SHA-512" }), "malformed"],
    ["another mechanism", () => json({ name: NAME, mechanism: "SCRAM-SHA-256" }), "malformed"],
    ["no answer", () => Promise.reject(new Error("Network connection lost.")), "unreachable"],
  ])("fails without a word of its password or the token: %s", async (_case, server, kind) => {
    const failure = await failureFrom(usersOver(server).users.put(NAME, login));
    expect(failure.failure.kind).toBe(kind);
    const said = JSON.stringify([failure.message, failure.detail, failure.code, failure.stack, failure.cause, failure]);
    expect(said).not.toContain(PASSWORD);
    expect(said).not.toContain("t0ken");
  });

  it("names the credential that is not accepted", async () => {
    const failure = await failureFrom(usersOver(() => json({}, 401)).users.put(NAME, login));
    expect(failure.message).toBe(
      `The user-admin endpoint did not accept the credential of KAFKA_USERS_TOKEN (401), so it could not make the user ${NAME}.`,
    );
  });

  it("is read, with or without its mechanism", async () => {
    const world = usersOver(made);
    expect(await world.users.get(NAME)).toEqual({ name: NAME, mechanisms: ["SCRAM-SHA-512"] });
    expect(world.asked).toEqual([`GET /base/users/${NAME}`]);
    expect(await usersOver(() => json({ name: NAME, mechanism: null, exists: true })).users.get(NAME)).toEqual({
      name: NAME,
      mechanisms: [],
    });
    const both = ["SCRAM-SHA-256", "SCRAM-SHA-512"];
    expect(await usersOver(() => json({ name: NAME, mechanisms: both, exists: true })).users.get(NAME)).toEqual({
      name: NAME,
      mechanisms: both,
    });
  });

  it("may not be there, said in either way", async () => {
    expect(await usersOver(() => json({}, 404)).users.get(NAME)).toBeUndefined();
    expect(await usersOver(() => json({ name: NAME, exists: false })).users.get(NAME)).toBeUndefined();
    const other = usersOver(() => json({ name: "amp-other-user-1", mechanism: "SCRAM-SHA-512" }));
    expect((await failureFrom(other.users.get(NAME))).failure.kind).toBe("malformed");
  });

  it.each<[string, Server]>([
    ["204", () => new Response(null, { status: 204 })],
    ["200", () => json({})],
    ["404", () => json({ message: "no such user" }, 404)],
  ])("is removed once or found gone: %s", async (_case, server) => {
    const world = usersOver(server);
    await world.users.remove(NAME);
    await world.users.remove(NAME);
    expect(world.asked).toEqual([`DELETE /base/users/${NAME}`, `DELETE /base/users/${NAME}`]);
  });

  it.each<[number, string]>([
    [401, "unauthorised"],
    [403, "forbidden"],
    [405, "unsupported"],
    [500, "server"],
  ])("is not removed when the endpoint answers %i", async (status, kind) => {
    expect((await failureFrom(usersOver(() => json({}, status)).users.remove(NAME))).failure.kind).toBe(kind);
  });
});

describe("a SASL user of somebody else", () => {
  it("is left alone by the endpoint, which is told", async () => {
    const body = { error: { reason: "foreign-user", message: `left alone, ${PASSWORD}` } };
    const { users } = usersOver(() => json(body, 409));
    for (const attempt of [users.put(NAME, login), users.remove(NAME)]) {
      const failure = await failureFrom(attempt);
      expect(failure.failure.kind).toBe("conflict");
      expect(failure.message).toBe(
        `The user-admin endpoint left the user ${NAME} alone (409): it is there, and was not made by it.`,
      );
    }
    const failure = await failureFrom(users.put(NAME, login));
    expect(JSON.stringify([failure.message, failure.detail, failure.cause, failure.stack])).not.toContain(PASSWORD);
  });

  it("is not gone because the address is wrong", async () => {
    const { users } = usersOver(() => json({ error: { reason: "not-found", message: "no such path" } }, 404));
    expect((await failureFrom(users.remove(NAME))).failure.kind).toBe("missing");
    expect((await failureFrom(users.get(NAME))).failure.kind).toBe("missing");
    const gone = usersOver(() => json({ error: { reason: "no-such-user", message: "there is no such user" } }, 404));
    await gone.users.remove(NAME);
    expect(await gone.users.get(NAME)).toBeUndefined();
  });
});

describe("the list of SASL users", () => {
  it("holds those of a prefix", async () => {
    const world = usersOver(() =>
      json({
        users: [
          { name: NAME, mechanisms: ["SCRAM-SHA-512"] },
          { name: "amp-0a1b2c3d-x-2", exists: false },
        ],
      }),
    );
    expect(await world.users.list("amp-0a1b2c3d-")).toEqual([{ name: NAME, mechanisms: ["SCRAM-SHA-512"] }]);
    expect(world.asked).toEqual(["GET /base/users?prefix=amp-0a1b2c3d-"]);
    expect(await usersOver(() => json({ users: [] })).users.list("amp-")).toEqual([]);
  });

  it.each(["", "a", "amp", "alice", "amp-*", "AMP-"])("is not asked for by %j, which is not ours", async (prefix) => {
    const world = usersOver(() => json({ users: [] }));
    expect((await failureFrom(world.users.list(prefix))).failure.kind).toBe("invalid");
    expect(world.asked).toEqual([]);
  });

  it.each<[string, Server, string]>([
    ["holds others", () => json({ users: [{ name: NAME }, { name: "alice" }] }), "malformed"],
    ["is none", () => json({}), "malformed"],
    ["is at another address", () => json({}, 404), "missing"],
    ["is refused", () => json({}, 401), "unauthorised"],
  ])("is not taken when it %s", async (_case, server, kind) => {
    expect((await failureFrom(usersOver(server).users.list("amp-0a1b2c3d-"))).failure.kind).toBe(kind);
  });
});
