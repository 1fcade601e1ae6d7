import { describe, expect, it } from "vitest";
import { batchSize, type KeptEvent, probeIngestion, sendMetricEvents } from "../../../src/amplify/ingestion.ts";
import type { TokenSource } from "../../../src/amplify/token.ts";
import { NotYet, UpstreamError } from "../../../src/http/errors.ts";
import { failureFrom } from "../http/support.ts";
import { reply, StubOutlet } from "./support.ts";

function tokensOf(value = "t0ken"): TokenSource & { readonly invalidated: string[] } {
  const invalidated: string[] = [];
  return {
    invalidated,
    token: async () => ({ value, orgGuid: "guid", expiresAt: 0 }),
    invalidate: async (refused) => {
      invalidated.push(refused);
    },
  };
}

const over = (outlet: StubOutlet, tokens: TokenSource = tokensOf()) => ({
  outlet,
  tokens,
  url: "https://ingestion.acme.example",
  tenantId: "123456789",
  userAgent: "KafkaTraceabilityAgent/1.0.0 (…)",
  timeoutMs: 60_000,
});

const events: KeptEvent[] = [
  { timestamp: 1_785_574_800_000, body: '{"id":"a","name":"Ärger 😀"}' },
  { timestamp: 1_785_578_400_000, body: '{"id":"b","count":9223372036854775807}' },
];

async function unpacked(outlet: StubOutlet, index = 0): Promise<string> {
  const body = outlet.calls[index]?.body;
  if (!(body instanceof Uint8Array)) throw new Error("the body is not packed");
  return new Response(new Blob([body]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
}

describe("metric events", () => {
  it("go out in one request, packed, with the headers of Axway's agents", async () => {
    const outlet = new StubOutlet(reply(200));
    expect(await sendMetricEvents(over(outlet), events)).toEqual({ kind: "accepted" });
    const [{ body: _, ...call } = { body: "" }] = outlet.calls;
    expect(call).toEqual({
      upstream: "ingestion",
      method: "POST",
      url: "https://ingestion.acme.example/",
      headers: {
        Authorization: "Bearer t0ken",
        "Capture-Org-ID": "123456789",
        "User-Agent": "KafkaTraceabilityAgent/1.0.0 (…)",
        Timestamp: "1785574800",
        "axway-target-flow": "api-central-metric",
        "Content-Type": "application/json; charset=UTF-8",
        "Content-Encoding": "gzip",
      },
      timeoutMs: 60_000,
    });
    expect(await unpacked(outlet)).toBe('[{"id":"a","name":"Ärger 😀"},{"id":"b","count":9223372036854775807}]');
  });

  it("are the same in every digit when they are sent again", async () => {
    const outlet = new StubOutlet(reply(503), reply(201));
    expect(await sendMetricEvents(over(outlet), events)).toMatchObject({ kind: "again", error: { status: 503 } });
    expect(await sendMetricEvents(over(outlet), events)).toEqual({ kind: "accepted" });
    expect(await unpacked(outlet, 1)).toBe(await unpacked(outlet, 0));
    expect(outlet.calls[1]?.headers).toEqual(outlet.calls[0]?.headers);
  });

  it("are no request when there are none", async () => {
    const outlet = new StubOutlet();
    expect(await sendMetricEvents(over(outlet), [])).toEqual({ kind: "accepted" });
    expect(outlet.calls).toEqual([]);
  });

  it("are at most a hundred in a request, whatever is configured", async () => {
    expect([1, 50, 100, 2048].map(batchSize)).toEqual([1, 50, 100, 100]);
    const outlet = new StubOutlet(reply(200));
    const many = Array.from({ length: 101 }, () => events[0] ?? { timestamp: 0, body: "" });
    await expect(sendMetricEvents(over(outlet), many)).rejects.toThrow(RangeError);
    expect(outlet.calls).toEqual([]);
    expect(await sendMetricEvents(over(outlet), many.slice(1))).toEqual({ kind: "accepted" });
  });
});

describe("a batch that is not accepted", () => {
  it.each([
    ["again", 202],
    ["again", 204],
    ["again", 408],
    ["again", 429],
    ["again", 500],
    ["again", 502],
    ["refused", 403],
    ["refused", 404],
    ["refused", 405],
    ["rejected", 400],
    ["rejected", 413],
    ["rejected", 415],
    ["rejected", 422],
  ])("is %s after %i", async (kind, status) => {
    const outlet = new StubOutlet(reply(status, "no such luck for Bearer abcdefghijkl"));
    const outcome = await sendMetricEvents(over(outlet), events);
    expect(outcome).toMatchObject({ kind, error: { status, upstream: "ingestion" } });
    expect(outcome).toMatchObject({ error: { detail: "no such luck for […]" } });
  });

  it("gives the token up that was refused, so that the next try has another", async () => {
    const tokens = tokensOf("revoked");
    expect((await sendMetricEvents(over(new StubOutlet(reply(401)), tokens), events)).kind).toBe("refused");
    expect(tokens.invalidated).toEqual(["revoked"]);
    await sendMetricEvents(over(new StubOutlet(reply(500)), tokens), events);
    expect(tokens.invalidated).toEqual(["revoked"]);
  });

  it("may have been stored when there was no answer", async () => {
    for (const kind of ["timeout", "unreachable"] as const) {
      const lost = new UpstreamError("ingestion", { kind }, "no answer");
      expect(await sendMetricEvents(over(new StubOutlet(lost)), events)).toEqual({ kind: "again", error: lost });
    }
  });

  it("is refused when no request may go to that host", async () => {
    const error = new UpstreamError("ingestion", { kind: "refused-host", host: "x" }, "no");
    expect(await sendMetricEvents(over(new StubOutlet(error)), events)).toEqual({ kind: "refused", error });
  });

  it("waits with its work when the ingestion asked for a pause or the login does not answer", async () => {
    await expect(sendMetricEvents(over(new StubOutlet(new NotYet(5, "pause"))), events)).rejects.toThrow(NotYet);
    const shut: TokenSource = {
      token: () => Promise.reject(new UpstreamError("amplify-auth", { kind: "server" }, "no login")),
      invalidate: async () => undefined,
    };
    const outlet = new StubOutlet();
    expect((await failureFrom(sendMetricEvents(over(outlet, shut), events))).upstream).toBe("amplify-auth");
    expect(outlet.calls).toEqual([]);
  });
});

describe("the probe of the ingestion", () => {
  it("sends no event", async () => {
    const outlet = new StubOutlet(reply(200));
    expect(await probeIngestion(over(outlet), 1_785_574_800_999)).toEqual({ kind: "accepted" });
    expect(await unpacked(outlet)).toBe("[]");
    expect(outlet.calls[0]?.headers?.Timestamp).toBe("1785574800");
  });

  it("tells an account that may not send from a service that wants an event", async () => {
    expect((await probeIngestion(over(new StubOutlet(reply(403))), 0)).kind).toBe("refused");
    expect((await probeIngestion(over(new StubOutlet(reply(400))), 0)).kind).toBe("rejected");
  });
});
