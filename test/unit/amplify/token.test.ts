import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { AmplifyCredentials } from "../../../src/amplify/credentials.ts";
import { keyPairCredentials } from "../../../src/amplify/credentials.ts";
import type { TokenKeep } from "../../../src/amplify/token.ts";
import { createTokenSource } from "../../../src/amplify/token.ts";
import { NotYet, UpstreamError } from "../../../src/http/errors.ts";
import type { Call } from "../../../src/http/outlet.ts";
import { countingRandom, reply, StubOutlet, TestClock } from "./support.ts";

const pem = generateKeyPairSync("rsa", { modulusLength: 2048 })
  .privateKey.export({ type: "pkcs8", format: "pem" })
  .toString();
const keyPair = await keyPairCredentials("sa_1", pem);
const clientSecret: AmplifyCredentials = { kind: "client-secret", clientId: "sa_1", clientSecret: "sécret:+" };

function memoryKeep(text?: string): TokenKeep & { text: string | undefined; stores: number } {
  return {
    text,
    stores: 0,
    async load() {
      return this.text;
    },
    async store(next) {
      this.text = next;
      this.stores++;
    },
  };
}

function accessToken(name: string): string {
  return `e30.${Buffer.from(JSON.stringify({ org_guid: "c0ffee00", jti: name })).toString("base64url")}.s`;
}

const granted = (name: string) =>
  reply(200, { access_token: accessToken(name), expires_in: 1800, token_type: "bearer" });

function source(
  outlet: StubOutlet,
  more: { credentials?: AmplifyCredentials; clock?: TestClock; keep?: TokenKeep } = {},
) {
  return createTokenSource({
    outlet,
    credentials: more.credentials ?? keyPair,
    authUrl: "https://login.axway.com/auth/",
    realm: "Broker",
    timeoutMs: 10_000,
    clock: more.clock ?? new TestClock(),
    random: countingRandom(),
    keep: more.keep ?? memoryKeep(),
  });
}

function claimsOf(call: Call | undefined): { iat: number; exp: number; aud: string[]; jti: string } {
  const assertion = new URLSearchParams(String(call?.body)).get("client_assertion") ?? "";
  return JSON.parse(Buffer.from(assertion.split(".")[1] ?? "", "base64url").toString());
}

async function failureOf(promise: Promise<unknown>): Promise<UpstreamError> {
  const error: unknown = await promise.catch((thrown: unknown) => thrown);
  if (!(error instanceof UpstreamError)) throw new Error(`not an UpstreamError: ${String(error)}`);
  return error;
}

describe("asking for a token", () => {
  it("with a key pair sends the assertion, and neither client id nor scope", async () => {
    const outlet = new StubOutlet(granted("one"));
    const clock = new TestClock();
    expect(await source(outlet, { clock }).token()).toEqual({
      value: accessToken("one"),
      orgGuid: "c0ffee00",
      expiresAt: clock.time + 1_800_000,
    });
    expect(outlet.calls).toHaveLength(1);
    const call = outlet.calls[0];
    expect(call).toMatchObject({
      upstream: "amplify-auth",
      method: "POST",
      url: "https://login.axway.com/auth/realms/Broker/protocol/openid-connect/token",
      headers: { "Content-Type": "application/x-www-form-urlencoded", Accept: "application/json" },
      timeoutMs: 10_000,
    });
    expect(call?.headers).not.toHaveProperty("Authorization");
    const form = new URLSearchParams(String(call?.body));
    expect([...form.keys()].sort()).toEqual(["client_assertion", "client_assertion_type", "grant_type"]);
    expect(form.get("grant_type")).toBe("client_credentials");
    expect(form.get("client_assertion_type")).toBe("urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    const seconds = clock.time / 1000;
    expect(claimsOf(call)).toMatchObject({
      iat: seconds,
      exp: seconds + 60,
      aud: ["https://login.axway.com/auth/realms/Broker"],
    });
  });

  it("with a client secret sends Basic and the grant type only", async () => {
    const outlet = new StubOutlet(granted("one"));
    await source(outlet, { credentials: clientSecret }).token();
    expect(outlet.calls[0]?.headers).toEqual({
      "Content-Type": "application/x-www-form-urlencoded",
      Accept: "application/json",
      Authorization: `Basic ${Buffer.from("sa_1:sécret:+").toString("base64")}`,
    });
    expect(outlet.calls[0]?.body).toBe("grant_type=client_credentials");
  });

  it("happens once, however many ask while the login is slow", async () => {
    let answer: (value: ReturnType<typeof granted>) => void = () => undefined;
    const outlet = new StubOutlet(() => new Promise((resolve) => (answer = resolve)));
    const tokens = source(outlet);
    const asked = Array.from({ length: 20 }, () => tokens.token());
    await expect.poll(() => outlet.calls.length).toBe(1);
    answer(granted("one"));
    expect(new Set((await Promise.all(asked)).map((token) => token.value))).toEqual(new Set([accessToken("one")]));
    expect(outlet.calls).toHaveLength(1);
  });

  it("happens again only after 4/5 of its life", async () => {
    const outlet = new StubOutlet(granted("one"), granted("two"));
    const clock = new TestClock();
    const tokens = source(outlet, { clock });
    await tokens.token();
    clock.time += 1_440_000 - 1;
    expect((await tokens.token()).value).toBe(accessToken("one"));
    clock.time += 1;
    expect((await tokens.token()).value).toBe(accessToken("two"));
    expect(claimsOf(outlet.calls[0]).jti).not.toBe(claimsOf(outlet.calls[1]).jti);
  });

  it("does not happen in a new object that finds a kept token", async () => {
    const keep = memoryKeep();
    await source(new StubOutlet(granted("one")), { keep }).token();
    expect(await source(new StubOutlet(), { keep }).token()).toMatchObject({
      value: accessToken("one"),
      orgGuid: "c0ffee00",
    });
  });

  it("happens when what was kept cannot be read or is of another form", async () => {
    for (const text of ["", "{", '{"token":{"value":7},"offsetMs":0}', "[]"]) {
      expect((await source(new StubOutlet(granted("one")), { keep: memoryKeep(text) }).token()).value).toBe(
        accessToken("one"),
      );
    }
  });

  it("gives a token without organisation when the token is opaque", async () => {
    const outlet = new StubOutlet(reply(200, { access_token: "opaque", expires_in: 60 }));
    expect(await source(outlet).token()).toMatchObject({ value: "opaque", orgGuid: undefined });
  });
});

describe("a clock that is wrong", () => {
  const behind = (clock: TestClock, ms: number) => ({ date: new Date(clock.time + ms).toUTCString() });

  it("by two minutes is corrected by the login's Date after one refusal, and stays corrected in a new object", async () => {
    const clock = new TestClock();
    const keep = memoryKeep();
    const refused = reply(
      400,
      { error: "invalid_client", error_description: "Token is not active" },
      behind(clock, 120_000),
    );
    const outlet = new StubOutlet(refused, granted("one"));
    await source(outlet, { clock, keep }).token();
    const seconds = clock.time / 1000;
    expect(outlet.calls.map((call) => claimsOf(call).iat)).toEqual([seconds, seconds + 120]);

    clock.time += 1_440_000;
    const later = new StubOutlet(granted("two"));
    await source(later, { clock, keep }).token();
    expect(claimsOf(later.calls[0]).iat).toBe(clock.time / 1000 + 120);
  });

  it("by less than 30 s is not the cause of a refusal, so nothing is tried again", async () => {
    const clock = new TestClock();
    const outlet = new StubOutlet(reply(401, { error: "invalid_client" }, behind(clock, -29_000)));
    expect((await failureOf(source(outlet, { clock }).token())).failure.kind).toBe("unauthorised");
    expect(outlet.calls).toHaveLength(1);
  });

  it("is tried once only, and an offset that did not help is not kept", async () => {
    const clock = new TestClock();
    const keep = memoryKeep();
    const refused = reply(
      401,
      { error: "unauthorized_client", error_description: "signature" },
      behind(clock, 300_000),
    );
    const outlet = new StubOutlet(refused, refused);
    const error = await failureOf(source(outlet, { clock, keep }).token());
    expect(outlet.calls).toHaveLength(2);
    expect(error.message).toContain("The private key does not belong to it");
    expect(keep.stores).toBe(0);
  });

  it("does not matter to a client secret", async () => {
    const clock = new TestClock();
    const outlet = new StubOutlet(reply(401, { error: "invalid_client" }, behind(clock, 300_000)));
    const error = await failureOf(source(outlet, { clock, credentials: clientSecret }).token());
    expect(outlet.calls).toHaveLength(1);
    expect(error.message).toBe(
      "Amplify's login refused the service account sa_1. The client secret is wrong or was replaced. Check CENTRAL_AUTH_CLIENTID and the client secret.",
    );
  });
});

describe("a refusal of the login", () => {
  const cases: readonly (readonly [string, ReturnType<typeof reply>, string, RegExp])[] = [
    [
      "unknown client",
      reply(401, { error: "unauthorized_client", error_description: "unknown client" }),
      "unauthorised",
      /does not know the service account sa_1, or it is disabled/,
    ],
    [
      "wrong key",
      reply(400, { error: "invalid_client", error_description: "Unable to load public key" }),
      "invalid",
      /The private key does not belong to it, or its public key was replaced/,
    ],
    [
      "clock, without a Date",
      reply(400, { error: "invalid_client", error_description: "Token is not active" }),
      "invalid",
      /outside its time. Check the clock/,
    ],
    [
      "wrong realm",
      reply(404, { error: "Realm does not exist" }),
      "missing",
      /no token endpoint of Amplify at the configured address \(status 404\). Check CENTRAL_AUTH_URL, CENTRAL_AUTH_REALM and CENTRAL_REGION/,
    ],
    ["another server", reply(200, "<html><title>Welcome</title></html>"), "malformed", /is not its token endpoint/],
    ["no lifetime", reply(200, { access_token: "x" }), "malformed", /is not its token endpoint/],
    ["redirect", reply(302, "", { location: "https://elsewhere" }), "malformed", /status 302/],
    ["down", reply(503, "<html>oops</html>"), "server", /cannot give a token at the moment \(status 503\)/],
    ["throttled", reply(429, "", { "retry-after": "7" }), "throttled", /asks to wait/],
  ];
  it.each(cases)("is told in words that name what to correct: %s", async (_name, answer, kind, message) => {
    const error = await failureOf(source(new StubOutlet(answer)).token());
    expect(error.upstream).toBe("amplify-auth");
    expect(error.failure.kind).toBe(kind);
    expect(error.message).toMatch(message);
    expect(error.status).toBe(answer.status);
  });

  it("is repeated to everyone for a minute without asking again, then asked again", async () => {
    const outlet = new StubOutlet(reply(401, { error: "invalid_client" }), granted("one"));
    const clock = new TestClock();
    const tokens = source(outlet, { clock });
    const first = await failureOf(tokens.token());
    clock.time += 59_999;
    expect(await failureOf(tokens.token())).toBe(first);
    expect(outlet.calls).toHaveLength(1);
    clock.time += 1;
    expect((await tokens.token()).value).toBe(accessToken("one"));
  });

  it("never shows the secret or the assertion", async () => {
    const echo = (call: Call) => reply(400, `bad request: ${String(call.body)} ${call.headers?.Authorization}`);
    for (const credentials of [keyPair, clientSecret]) {
      const error = await failureOf(source(new StubOutlet(echo), { credentials }).token());
      expect(`${error.message} ${error.detail} ${error.code}`).not.toMatch(/eyJ|c8OpY3JldDor|c2FfMTp/);
    }
  });
});

describe("trouble on the way to the login", () => {
  const timeout = new UpstreamError("amplify-auth", { kind: "timeout" }, "Amplify's login did not answer in 10 s.");

  it("keeps the old token in use until its end, and asks again after ten seconds only", async () => {
    const outlet = new StubOutlet(granted("one"), timeout, timeout, granted("two"));
    const clock = new TestClock();
    const tokens = source(outlet, { clock });
    await tokens.token();
    clock.time += 1_440_000;
    expect((await tokens.token()).value).toBe(accessToken("one"));
    clock.time += 9_999;
    expect((await tokens.token()).value).toBe(accessToken("one"));
    expect(outlet.calls).toHaveLength(2);
    clock.time += 360_000;
    expect(await failureOf(tokens.token())).toBe(timeout);
    clock.time += 10_000;
    expect((await tokens.token()).value).toBe(accessToken("two"));
  });

  it("that is a planned wait is passed on and not remembered", async () => {
    const wait = new NotYet(5, "the login asked for it");
    const tokens = source(new StubOutlet(wait, granted("one")));
    await expect(tokens.token()).rejects.toBe(wait);
    expect((await tokens.token()).value).toBe(accessToken("one"));
  });
});

describe("a token that the API refused", () => {
  it("is replaced once; a second refusal within a minute waits, also in a new object", async () => {
    const outlet = new StubOutlet(granted("one"), granted("two"), granted("three"));
    const clock = new TestClock();
    const keep = memoryKeep();
    const tokens = source(outlet, { clock, keep });
    await tokens.token();
    await tokens.invalidate(accessToken("one"));
    expect(keep.text).not.toContain(accessToken("one"));
    expect((await tokens.token()).value).toBe(accessToken("two"));
    const forcedAt = clock.time;

    clock.time += 20_000;
    await tokens.invalidate(accessToken("two"));
    for (const asked of [tokens, source(new StubOutlet(), { clock, keep })]) {
      const wait: unknown = await asked.token().catch((thrown: unknown) => thrown);
      expect(wait).toBeInstanceOf(NotYet);
      expect(wait).toMatchObject({ until: forcedAt + 60_000 });
    }
    clock.time = forcedAt + 60_000;
    expect((await tokens.token()).value).toBe(accessToken("three"));
    expect(outlet.calls).toHaveLength(3);
  });

  it("a hundred times over costs one token a minute", async () => {
    const outlet = new StubOutlet(granted("one"), granted("two"));
    const clock = new TestClock();
    const tokens = source(outlet, { clock });
    for (let i = 0; i < 100; i++) {
      await tokens.token().then(
        (token) => tokens.invalidate(token.value),
        () => undefined,
      );
      clock.time += 500;
    }
    expect(outlet.calls).toHaveLength(2);
  });

  it("is left alone when it is no longer the one in use", async () => {
    const keep = memoryKeep();
    const tokens = source(new StubOutlet(granted("one")), { keep });
    await tokens.token();
    await tokens.invalidate("an older one");
    expect((await tokens.token()).value).toBe(accessToken("one"));
    expect(keep.stores).toBe(1);
  });
});
