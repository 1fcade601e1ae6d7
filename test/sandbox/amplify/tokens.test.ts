import { describe, expect, test } from "vitest";
import { assertion, assertionForm, CLIENT, ENV, first, newKeyPair, ORGANIZATION, START, World } from "./fixture.ts";

const TOKEN = "/auth/realms/Broker/protocol/openid-connect/token";
const key = newKeyPair();
const other = newKeyPair();
const seconds = START / 1000;

function world(): World {
  return new World({ publicKey: key.publicPem });
}

describe("a client assertion", () => {
  test("opens the API server with a token that names the organisation and says when it ends", async () => {
    const w = world();
    const answer = await w.raw("POST", TOKEN, assertionForm(assertion(key, START)));
    expect(answer.status).toBe(200);
    const { access_token, ...others } = first(answer.json);
    expect(others).toEqual({
      expires_in: 1800,
      refresh_expires_in: 0,
      token_type: "bearer",
      "not-before-policy": 1571719187,
      scope: "email profile",
    });
    const claims = JSON.parse(Buffer.from(String(access_token).split(".")[1] ?? "", "base64url").toString());
    expect(claims).toMatchObject({
      org_guid: "c0ffee00-1111-4222-8333-444455556666",
      azp: CLIENT,
      iat: seconds,
      exp: seconds + 1800,
    });
    const headers = { authorization: `Bearer ${access_token}`, "x-axway-tenant-id": ORGANIZATION };
    expect((await w.raw("GET", `/apis${ENV}`, { headers })).status).toBe(200);
  });

  test("is good once: the same jti again is refused, also shortly before it could be forgotten", async () => {
    const w = world();
    const form = assertionForm(assertion(key, START));
    expect((await w.raw("POST", TOKEN, form)).status).toBe(200);
    const again = await w.raw("POST", TOKEN, form);
    expect([again.status, again.json]).toEqual([
      401,
      { error: "unauthorized_client", error_description: "jti was used before" },
    ]);
    w.context.clock.advance(85_000);
    expect((await w.raw("POST", TOKEN, form)).json).toMatchObject({ error_description: "jti was used before" });
  });

  test("that is refused does not use up its jti", async () => {
    const w = world();
    const jti = "a-jti";
    await w.raw("POST", TOKEN, assertionForm(assertion(other, START, { jti }, { kid: key.kid })));
    expect((await w.raw("POST", TOKEN, assertionForm(assertion(key, START, { jti })))).status).toBe(200);
  });

  test.each([
    ["kid of another key", {}, { kid: other.kid }, "kid names no key of the client"],
    ["another algorithm", {}, { alg: "RS512" }, "the assertion is malformed"],
    [
      "iss without the client",
      { iss: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" },
      {},
      "iss does not name the client",
    ],
    ["another realm", { aud: ["http://amplify.test/auth/realms/Other"] }, {}, "aud is not this realm"],
    ["aud as text", { aud: "http://amplify.test/auth/realms/Broker" }, {}, "the assertion is malformed"],
    ["two audiences", { aud: ["http://amplify.test/auth/realms/Broker", "b"] }, {}, "the assertion is malformed"],
    ["61 seconds of life", { exp: seconds + 61 }, {}, "the assertion lives longer than 60 seconds"],
    ["iat beyond the skew", { iat: seconds + 31, exp: seconds + 91 }, {}, "the assertion was made in the future"],
    ["its end behind by the skew", { iat: seconds - 90, exp: seconds - 30 }, {}, "the assertion has expired"],
    ["no jti", { jti: null }, {}, "the assertion is malformed"],
    [
      "an unknown client",
      { sub: "nobody", iss: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer:nobody" },
      {},
      "unknown client",
    ],
  ])("with %s is refused", async (_what, claims, head, description) => {
    const answer = await world().raw("POST", TOKEN, assertionForm(assertion(key, START, claims, head)));
    expect([answer.status, answer.json]).toEqual([
      401,
      { error: "unauthorized_client", error_description: description },
    ]);
  });

  test.each([
    ["ahead", 30],
    ["behind", -89],
  ])("of a clock that is %s by no more than is tolerated is taken", async (_what, shift) => {
    const answer = await world().raw("POST", TOKEN, assertionForm(assertion(key, START + shift * 1000)));
    expect(answer.status).toBe(200);
  });

  test("of a clock that is two minutes ahead is taken where the skew is set to that", async () => {
    const w = new World({ publicKey: key.publicPem }, { skewSeconds: 120 });
    expect((await w.raw("POST", TOKEN, assertionForm(assertion(key, START + 120_000)))).status).toBe(200);
  });

  test("signed by a foreign key under the registered kid is refused", async () => {
    const answer = await world().raw("POST", TOKEN, assertionForm(assertion(other, START, {}, { kid: key.kid })));
    expect([answer.status, answer.json]).toEqual([
      401,
      { error: "unauthorized_client", error_description: "the signature is wrong" },
    ]);
  });
});

describe("a client secret", () => {
  test("is taken as Basic", async () => {
    expect((await world().token()).status).toBe(200);
  });

  test.each([
    ["a wrong secret", CLIENT, "s3cretx"],
    ["an empty secret", CLIENT, ""],
    ["an unknown client", "nobody", "s3cret"],
  ])("is refused for %s", async (_what, id, secret) => {
    const answer = await world().token(id, secret);
    expect([answer.status, first(answer.json).error]).toEqual([401, "unauthorized_client"]);
  });

  test("does not open an account that has a key only, not even when none is given", async () => {
    const w = new World({}, { clients: [{ id: CLIENT, publicKey: key.publicPem }] });
    expect((await w.token(CLIENT, "undefined")).status).toBe(401);
    expect((await w.token(CLIENT, "")).status).toBe(401);
  });
});

describe("the token endpoint", () => {
  test("refuses another grant, another media type and another realm", async () => {
    const w = world();
    const form = { "content-type": "application/x-www-form-urlencoded" };
    const grant = await w.raw("POST", TOKEN, { headers: form, body: "grant_type=password" });
    expect([grant.status, first(grant.json).error]).toEqual([400, "unsupported_grant_type"]);
    const json = await w.raw("POST", TOKEN, { headers: { "content-type": "application/json" }, body: "{}" });
    expect([json.status, first(json.json).error]).toEqual([400, "invalid_request"]);
    expect((await w.raw("POST", TOKEN.replace("Broker", "Other"), { headers: form, body: "" })).status).toBe(404);
  });

  test("tells its own time in the header Date, so that a client can see how far its clock is off", async () => {
    const w = world();
    w.context.clock.advance(3_600_000);
    expect((await w.token()).headers.get("date")).toBe("Sat, 01 Aug 2026 10:00:00 GMT");
  });
});

describe("an access token", () => {
  test("ends by the sandbox's clock", async () => {
    const w = world();
    expect((await w.api("GET", ENV)).status).toBe(200);
    w.context.clock.advance(1_799_000);
    expect((await w.api("GET", ENV)).status).toBe(200);
    w.context.clock.advance(1000);
    const answer = await w.api("GET", ENV);
    expect([answer.status, answer.json]).toEqual([
      401,
      {
        errors: [
          { status: 401, title: "Unauthorized", detail: "the token is missing, wrong or has expired", meta: {} },
        ],
      },
    ]);
  });

  test.each([
    ["is missing", undefined],
    ["is invented", "Bearer abc.def.ghi"],
    ["is no JWT", "Bearer abc"],
    ["is Basic", "Basic d29ya2VyOnMzY3JldA=="],
  ])("that %s is answered 401", async (_what, authorization) => {
    const headers = { "x-axway-tenant-id": ORGANIZATION, ...(authorization && { authorization }) };
    for (const path of [
      `/apis${ENV}`,
      "/events/management/v1/watchtopics/t",
      "/api/v1/platformTeams",
      "/api/v1/org/1",
    ]) {
      expect((await world().raw("GET", path, { headers })).status).toBe(401);
    }
  });

  test("whose claims were changed is answered 401", async () => {
    const w = world();
    const token = String(first((await w.token()).json).access_token);
    const [head = "", body = "", mac = ""] = token.split(".");
    const claims = JSON.parse(Buffer.from(body, "base64url").toString());
    const forged = Buffer.from(JSON.stringify({ ...claims, exp: claims.exp + 1 })).toString("base64url");
    const headers = { authorization: `Bearer ${head}.${forged}.${mac}`, "x-axway-tenant-id": ORGANIZATION };
    expect((await w.raw("GET", `/apis${ENV}`, { headers })).status).toBe(401);
  });

  test("of an account that was disabled meanwhile is answered 401, and it gets no other", async () => {
    const w = world();
    await w.api("GET", ENV);
    w.amplify.client(CLIENT).enabled = false;
    expect((await w.api("GET", ENV)).status).toBe(401);
    expect((await w.token()).status).toBe(401);
  });
});
