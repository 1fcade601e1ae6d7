import { describe, expect, it } from "vitest";
import type { TokenSource } from "../../../src/amplify/token.ts";
import { sendUsage, type Usage, usageReport } from "../../../src/amplify/usage.ts";
import { NotYet, UpstreamError } from "../../../src/http/errors.ts";
import { countingRandom, reply, StubOutlet } from "./support.ts";

const usage: Usage = {
  environmentId: "8a2e8f3a",
  window: { start: Date.UTC(2026, 7, 1, 0, 0, 7), end: Date.UTC(2026, 7, 2, 0, 0, 59, 999) },
  count: 125_000n,
  reporter: { version: "1.0.0", type: "KafkaTraceabilityAgent", sdkVersion: "1.0.0", agentName: "my-env-ta" },
};

describe("the usage report", () => {
  it("is to the letter what Axway's agents send, in whole minutes", () => {
    expect(usageReport(usage)).toBe(
      '{"envId":"8a2e8f3a","timestamp":"2026-08-02T00:00:00Z","granularity":86400000,' +
        '"schemaId":"https://platform.axway.com/api/v1/report.schema.json",' +
        '"report":{"2026-08-01T00:00:00Z":{"product":"Kafka","usage":{"Kafka.Transactions":125000},"meta":{}}},' +
        '"meta":{"AgentName":"my-env-ta","AgentVersion":"1.0.0","AgentType":"KafkaTraceabilityAgent","AgentSDKVersion":"1.0.0"}}',
    );
  });

  it("keeps every digit of a count beyond 2^53", () => {
    expect(usageReport({ ...usage, count: 9007199254740993n })).toContain('{"Kafka.Transactions":9007199254740993}');
  });

  it("is none for nothing, and for no time", () => {
    expect(usageReport({ ...usage, count: 0n })).toBeUndefined();
    expect(usageReport({ ...usage, count: -1n })).toBeUndefined();
    const { start } = usage.window;
    expect(usageReport({ ...usage, window: { start, end: start + 1000 } })).toBeUndefined();
    expect(usageReport({ ...usage, window: { start, end: start - 86_400_000 } })).toBeUndefined();
  });
});

function tokensOf(orgGuid: string | undefined): TokenSource & { readonly invalidated: string[] } {
  const invalidated: string[] = [];
  return {
    invalidated,
    token: async () => ({ value: "t0ken", orgGuid, expiresAt: 0 }),
    invalidate: async (refused) => {
      invalidated.push(refused);
    },
  };
}

const over = (outlet: StubOutlet, tokens: TokenSource = tokensOf("org-guid")) => ({
  outlet,
  tokens,
  random: countingRandom(),
  platformUrl: "https://platform.acme.example",
  userAgent: "KafkaTraceabilityAgent/1.0.0 (…)",
  timeoutMs: 60_000,
});

const refusal = (status: number, description: string) => reply(status, { success: false, description, code: status });

describe("sending a usage report", () => {
  it("is one request of two parts, without a tenant", async () => {
    const outlet = new StubOutlet(reply(202));
    expect(await sendUsage(over(outlet), '{"envId":"8a2e8f3a"}')).toEqual({ kind: "accepted" });
    const [call] = outlet.calls;
    const type = call?.headers?.["Content-Type"] ?? "";
    expect(call).toMatchObject({
      upstream: "amplify-platform",
      method: "POST",
      url: "https://platform.acme.example/api/v1/usage",
      timeoutMs: 60_000,
    });
    expect(call?.headers).toEqual({
      Authorization: "Bearer t0ken",
      "User-Agent": "KafkaTraceabilityAgent/1.0.0 (…)",
      "Content-Type": type,
    });
    const form = await new Response(call?.body ?? "", { headers: { "content-type": type } }).formData();
    expect([...form.keys()]).toEqual(["organizationId", "file"]);
    expect(form.get("organizationId")).toBe("org-guid");
    const file = form.get("file");
    if (!(file instanceof File)) throw new Error("the second part is no file");
    expect(file.name).toMatch(/^[0-9a-f-]{36}\.json$/);
    expect(file.type).toBe("application/json");
    expect(await file.text()).toBe('{"envId":"8a2e8f3a"}');
  });

  it("leaves the organisation empty when the token does not tell it", async () => {
    const outlet = new StubOutlet(reply(202));
    await sendUsage(over(outlet, tokensOf(undefined)), "{}");
    expect(outlet.calls[0]?.body).toContain('name="organizationId"\r\n\r\n\r\n--');
  });

  it.each([
    ["a report that is too large", 413, "The file exceeds the maximum upload size of 10485760 bytes", "too-large"],
    ["an environment that is not there", 404, "Environment ID not found", "unknown-environment"],
    ["the same by another status", 400, "Environment ID not found", "unknown-environment"],
  ])("drops %s, which is never taken", async (_case, status, description, reason) => {
    expect(await sendUsage(over(new StubOutlet(refusal(status, description))), "{}")).toMatchObject({
      kind: "dropped",
      reason,
      error: { status, detail: description },
    });
  });

  it.each([
    ["200, which is no success here", reply(200, { success: true })],
    ["a failure of the platform", refusal(500, "Environment ID not found")],
    ["words that nobody knows", refusal(400, "Environment ID not found yet")],
    ["no words", reply(400, "<html>")],
    ["too many requests", reply(429)],
  ])("is to be tried again after %s", async (_case, answer) => {
    expect(await sendUsage(over(new StubOutlet(answer)), "{}")).toMatchObject({ kind: "again" });
  });

  it("is refused to an account that may not, and gives up a token that was refused", async () => {
    const tokens = tokensOf("org-guid");
    expect((await sendUsage(over(new StubOutlet(reply(403)), tokens), "{}")).kind).toBe("refused");
    expect(tokens.invalidated).toEqual([]);
    expect((await sendUsage(over(new StubOutlet(reply(401)), tokens), "{}")).kind).toBe("refused");
    expect(tokens.invalidated).toEqual(["t0ken"]);
  });

  it("is to be tried again when there was no answer, and waits when it has to", async () => {
    const lost = new UpstreamError("amplify-platform", { kind: "timeout" }, "no answer");
    expect(await sendUsage(over(new StubOutlet(lost)), "{}")).toEqual({ kind: "again", error: lost });
    await expect(sendUsage(over(new StubOutlet(new NotYet(5, "pause"))), "{}")).rejects.toThrow(NotYet);
  });
});
