import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { failureOf, networkFailure, retryAfterMs } from "../../../src/http/failures.ts";
import { call, failureFrom, outletOver } from "./support.ts";

const none = new Headers();

describe("a status", () => {
  it.each([
    [301, "malformed"],
    [400, "invalid"],
    [401, "unauthorised"],
    [402, "quota"],
    [403, "forbidden"],
    [404, "missing"],
    [405, "unsupported"],
    [406, "unsupported"],
    [408, "server"],
    [409, "conflict"],
    [410, "gone"],
    [413, "invalid"],
    [422, "invalid"],
    [428, "stale"],
    [429, "throttled"],
    [431, "invalid"],
    [500, "server"],
    [501, "unsupported"],
    [502, "server"],
    [503, "server"],
    [504, "server"],
    [520, "server"],
  ])("%i is %s", (status, kind) => {
    expect(failureOf(status, none).kind).toBe(kind);
  });

  it("carries the wait that the server asked for", () => {
    const headers = new Headers({ "retry-after": "7" });
    expect(failureOf(429, headers)).toEqual({ kind: "throttled", retryAfterMs: 7000 });
    expect(failureOf(503, headers)).toEqual({ kind: "server", retryAfterMs: 7000 });
    expect(failureOf(429, none)).toEqual({ kind: "throttled", retryAfterMs: undefined });
  });
});

describe("the wait a server asks for", () => {
  const now = Date.parse("2026-11-23T10:00:00Z");
  const date = "Mon, 23 Nov 2026 10:05:00 GMT";
  const cases: readonly [string, Record<string, string>, number | undefined][] = [
    ["nothing said", {}, undefined],
    ["seconds", { "retry-after": "120" }, 120_000],
    ["parts of a second are rounded up", { "retry-after": "0.2" }, 200],
    ["a year is cut to a day", { "retry-after": "31536000" }, 86_400_000],
    ["a date, by our clock when the answer has none", { "retry-after": date }, 300_000],
    [
      "a date, by the answer's own clock, two minutes off",
      { "retry-after": date, date: "Mon, 23 Nov 2026 10:02:00 GMT" },
      180_000,
    ],
    ["a date that has passed", { "retry-after": date, date: "Mon, 23 Nov 2026 11:00:00 GMT" }, 0],
    ["a date in another year is cut to a day", { "retry-after": "Tue, 23 Nov 2027 10:05:00 GMT" }, 86_400_000],
    ["words", { "retry-after": "later" }, undefined],
    ["a negative number is no date in the past either", { "retry-after": "-5", date }, 0],
    ["Confluent's reset, in seconds from now", { "x-ratelimit-reset": "13" }, 13_000],
    ["a reset that is a time of day is not guessed at", { "x-ratelimit-reset": "1795428000" }, undefined],
    ["Retry-After goes first", { "retry-after": "2", "x-ratelimit-reset": "13" }, 2000],
  ];
  it.each(cases)("%s", (_case, headers, expected) => {
    expect(retryAfterMs(new Headers(headers), now)).toBe(expected);
  });
});

describe("a connection that fails", () => {
  const cause = (message: string, code: string) =>
    new TypeError("fetch failed", { cause: Object.assign(new Error(message), { code }) });
  it.each([
    ["workerd, lost", new Error("Network connection lost."), "unreachable", "broke before the whole answer"],
    ["workerd, no reason", new Error("internal error; reference = abc123"), "unreachable", "without a reason given"],
    [
      "workerd, TLS",
      new Error("TLS peer's certificate is not trusted; reason = unable to get local issuer certificate"),
      "unreachable",
      "certificate authority",
    ],
    [
      "Node, refused",
      cause("connect ECONNREFUSED 10.0.0.5:8082", "ECONNREFUSED"),
      "unreachable",
      "refused the connection",
    ],
    ["Node, reset", cause("read ECONNRESET", "ECONNRESET"), "unreachable", "broke before the whole answer"],
    ["Node, closed", cause("other side closed", "UND_ERR_SOCKET"), "unreachable", "broke before the whole answer"],
    ["Node, name", cause("getaddrinfo ENOTFOUND kafka.acme.example", "ENOTFOUND"), "unreachable", "not known to DNS"],
    ["Node, slow", cause("Connect Timeout Error", "UND_ERR_CONNECT_TIMEOUT"), "timeout", "in time"],
    [
      "Node, self-signed",
      cause("self-signed certificate", "DEPTH_ZERO_SELF_SIGNED_CERT"),
      "unreachable",
      "certificate authority",
    ],
    [
      "Node, other name",
      cause("Hostname/IP does not match", "ERR_TLS_CERT_ALTNAME_INVALID"),
      "unreachable",
      "certificate authority",
    ],
    ["Node, expired", cause("certificate has expired", "CERT_HAS_EXPIRED"), "unreachable", "certificate authority"],
    [
      "Deno, refused",
      new TypeError(
        "error sending request for url (https://k.example/?a=secret): client error (Connect): tcp connect error: Connection refused (os error 111)",
      ),
      "unreachable",
      "refused the connection",
    ],
    [
      "Deno, certificate",
      new TypeError("client error (Connect): invalid peer certificate: UnknownIssuer"),
      "unreachable",
      "certificate authority",
    ],
    [
      "Deno, name",
      new TypeError("client error (Connect): dns error: failed to lookup address information"),
      "unreachable",
      "not known to DNS",
    ],
    [
      "Node, no TLS there",
      cause("write EPROTO 40ED:error:0A00010B:SSL routines:wrong version number", "EPROTO"),
      "unreachable",
      "does not speak TLS",
    ],
    [
      "Deno, no TLS there",
      new TypeError("client error (Connect): received corrupt message of type InvalidContentType"),
      "unreachable",
      "does not speak TLS",
    ],
    [
      "Deno, cut off",
      new TypeError("error reading a body from connection"),
      "unreachable",
      "broke before the whole answer",
    ],
    ["not an error", "boom", "unreachable", "without a reason given"],
  ])("%s", (_case, thrown, kind, reason) => {
    const failure = networkFailure("kafka", "kafka.acme.example", thrown);
    expect(failure.failure.kind).toBe(kind);
    expect(failure.message).toContain("Kafka REST at kafka.acme.example could not be reached: ");
    expect(failure.message).toContain(reason);
    expect(failure.cause).toBeUndefined();
    expect(`${failure.message} ${failure.detail}`).not.toMatch(/secret|10\.0\.0\.5/);
  });

  it("names the ways out when no public authority signed the certificate", () => {
    const failure = networkFailure(
      "registry",
      "sr.acme.example",
      cause("self-signed certificate", "DEPTH_ZERO_SELF_SIGNED_CERT"),
    );
    expect(failure.code).toBe("certificate");
    expect(failure.message).toContain("tunnel's host name");
  });

  it("through a real reset is unreachable", async () => {
    const server = createServer((socket) => socket.once("data", () => socket.resetAndDestroy()));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const { outlet } = outletOver((request) => fetch(request), { allowHost: () => true });
    const failure = await failureFrom(outlet.send(call({ url: `http://127.0.0.1:${port}/v3/clusters` })));
    expect(failure.failure.kind).toBe("unreachable");
    await new Promise((resolve) => server.close(resolve));
    const refused = await failureFrom(outlet.send(call({ url: `http://127.0.0.1:${port}/v3/clusters` })));
    expect(refused.message).toContain("it refused the connection");
  });
});

describe("an answer that Cloudflare gives in place of the server", () => {
  it.each([
    [526, "unreachable", "certificate"],
    [525, "unreachable", undefined],
    [521, "unreachable", undefined],
    [522, "timeout", undefined],
    [530, "unreachable", undefined],
  ])("%i is no answer of the server", async (status, kind, code) => {
    const { outlet } = outletOver(async () => new Response(`error code: ${status}`, { status }));
    const failure = await failureFrom(outlet.send(call()));
    expect([failure.failure.kind, failure.code, failure.status]).toEqual([kind, code, status]);
  });
});
