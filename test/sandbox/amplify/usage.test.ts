import { describe, expect, test } from "vitest";
import { type Answer, ENV, first, ORGANIZATION_GUID, World } from "./fixture.ts";
import { type Json, type JsonObject, memberAt } from "./json.ts";

const DAY = 86_400_000;

const environmentId = (w: World): string => String(memberAt(w.amplify.get(ENV), ["metadata", "id"]));

const report = (w: World, changes: JsonObject = {}): JsonObject => ({
  envId: environmentId(w),
  timestamp: "2026-08-02T00:00:00Z",
  granularity: DAY,
  schemaId: "https://platform.axway.com/api/v1/report.schema.json",
  report: { "2026-08-01T00:00:00Z": { product: "Kafka", usage: { "Kafka.Transactions": 125_000 }, meta: {} } },
  meta: {
    AgentName: "ta",
    AgentVersion: "1.0.0",
    AgentType: "KafkaTraceabilityAgent",
    AgentSDKVersion: "1.1.152",
  },
  ...changes,
});

async function post(w: World, body: BodyInit): Promise<Answer> {
  const token = String(first((await w.token()).json).access_token);
  return w.raw("POST", "/api/v1/usage", { headers: { authorization: `Bearer ${token}` }, body });
}

function formOf(content: Json | string, organization = ""): FormData {
  const form = new FormData();
  form.set("organizationId", organization);
  const text = typeof content === "string" ? content : JSON.stringify(content);
  form.set("file", new File([text], "usage.json", { type: "application/json" }));
  return form;
}

describe("usage", () => {
  test("is accepted as multipart with 202 and added up, also from an SDK that leaves the organisation empty", async () => {
    const w = new World();
    expect((await post(w, formOf(report(w)))).status).toBe(202);
    const next = { "2026-08-02T00:00:00+00:00": { product: "Kafka", usage: { "Kafka.Transactions": 5 }, meta: {} } };
    const later = report(w, { timestamp: "2026-08-03T00:00:00Z", report: next });
    expect((await post(w, formOf(later, ORGANIZATION_GUID))).status).toBe(202);
    expect(w.amplify.usageReports()).toHaveLength(2);
    expect([...w.amplify.usage()]).toEqual([[environmentId(w), { "Kafka.Transactions": 125_005 }]]);
  });

  test("counts a window once that is reported again because the answer was lost", async () => {
    const w = new World();
    await post(w, formOf(report(w)));
    await post(w, formOf(report(w)));
    expect([...w.amplify.usage().values()]).toEqual([{ "Kafka.Transactions": 125_000 }]);
  });

  test("of another media type, or without its file, is refused", async () => {
    const w = new World();
    expect((await post(w, "{}")).status).toBe(415);
    const form = new FormData();
    form.set("organizationId", "");
    expect((await post(w, form)).status).toBe(400);
    expect(w.amplify.usageReports()).toEqual([]);
  });

  const none: JsonObject = {};
  test.each<[string, (w: World) => JsonObject | string, number, string]>([
    ["an unknown environment", (w) => report(w, { envId: "nowhere" }), 404, "Environment ID not found"],
    ["no JSON", () => "{", 400, "The file is not JSON"],
    ["no window", (w) => report(w, { report: none }), 400, "The file holds more than one window, or none"],
    ["seconds in its time", (w) => report(w, { timestamp: "2026-08-02T00:00:01Z" }), 400, "The file is invalid"],
    ["an end before its start", (w) => report(w, { timestamp: "2026-07-01T00:00:00Z" }), 400, "The file ends before"],
    ["too many bytes", () => " ".repeat(11 * 2 ** 20), 413, "The file exceeds the maximum upload size of "],
  ])("with %s is refused in words that an agent understands", async (_what, content, status, words) => {
    const w = new World();
    const answer = await post(w, formOf(content(w)));
    const body = first(answer.json);
    expect([answer.status, body.success, body.code]).toEqual([status, false, status]);
    expect(body.description).toContain(words);
    expect(w.amplify.usageReports()).toEqual([]);
  });

  test("of another organisation is refused", async () => {
    const w = new World();
    expect((await post(w, formOf(report(w), "another"))).status).toBe(403);
  });
});
