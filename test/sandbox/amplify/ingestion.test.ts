import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { callerHeader } from "../core/caller.ts";
import { CLIENT, first, ORGANIZATION, World } from "./fixture.ts";
import { Ingestion } from "./ingestion.ts";
import type { JsonObject } from "./json.ts";

const metric = { id: "m-1", event: "api.transaction.status.metric", data: { units: { transactions: { count: 1 } } } };

async function setUp(lacks: string[] = []) {
  const world = new World({ lacks });
  const ingestion = new Ingestion(world.amplify);
  const token = String(first((await world.token()).json).access_token);
  const headers = {
    authorization: `Bearer ${token}`,
    "capture-org-id": ORGANIZATION,
    timestamp: "1785571200",
    "axway-target-flow": "api-central-metric",
    "content-type": "application/json; charset=UTF-8",
  };
  const send = (body: BodyInit, changes: Record<string, string> = {}) =>
    ingestion.fetch(
      new Request("http://ingestion.test/", { method: "POST", headers: { ...headers, ...changes }, body }),
    );
  return { world, ingestion, send };
}

describe("ingestion", () => {
  test("keeps each event of a batch, and the later one of two with the same id", async () => {
    const { ingestion, send } = await setUp();
    expect((await send(JSON.stringify([metric, { ...metric, id: "m-2" }]))).status).toBe(200);
    const grown: JsonObject = { ...metric, data: { units: { transactions: { count: 5 } } } };
    const answer = await send(JSON.stringify([grown]));
    expect([answer.status, answer.headers.get(callerHeader)]).toEqual([200, CLIENT]);
    expect(ingestion.events()).toEqual([
      { flow: "api-central-metric", event: grown },
      { flow: "api-central-metric", event: { ...metric, id: "m-2" } },
    ]);
  });

  test("reads gzip", async () => {
    const { ingestion, send } = await setUp();
    const body = gzipSync(JSON.stringify([metric]));
    expect((await send(body, { "content-encoding": "gzip" })).status).toBe(200);
    expect(ingestion.events()).toHaveLength(1);
  });

  test.each<[string, string, Record<string, string>, number]>([
    ["an invented token", "[]", { authorization: "Bearer a.b.c" }, 401],
    ["another organisation", "[]", { "capture-org-id": "1" }, 403],
    ["an unknown flow", "[]", { "axway-target-flow": "other" }, 400],
    ["a time that is not in seconds", "[]", { timestamp: "now" }, 400],
    ["another encoding", "[]", { "content-encoding": "br" }, 415],
    ["a body that is not JSON", "[", {}, 400],
    ["a body that is no list", "{}", {}, 400],
    ["an event without id", '[{"event":"e"}]', {}, 400],
    ["gzip that is none", "[]", { "content-encoding": "gzip" }, 400],
  ])("refuses %s", async (_what, body, changes, status) => {
    const { ingestion, send } = await setUp();
    expect((await send(body, changes)).status).toBe(status);
    expect(ingestion.events()).toEqual([]);
  });

  test("refuses an account without the right", async () => {
    const { send } = await setUp(["ingestion:write"]);
    expect((await send("[]")).status).toBe(403);
  });

  test("brings its events back from a snapshot", async () => {
    const { world, ingestion, send } = await setUp();
    await send(JSON.stringify([metric]));
    const later = new Ingestion(world.amplify);
    later.restore(JSON.parse(JSON.stringify(ingestion.snapshot())));
    expect(later.events()).toEqual(ingestion.events());
    expect(() => later.restore({})).toThrow("no snapshot of ingestion");
  });
});
