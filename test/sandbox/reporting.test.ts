import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "./amplify/json.ts";
import { metricEvent, WINDOW } from "./amplify/metric-fixture.ts";
import { answers } from "./core/faults.ts";
import { createSandbox, type Sandbox } from "./sandbox.ts";

/** What an agent reports, through scenarios in which it goes wrong on the way. */

async function reporter(sandbox: Sandbox) {
  const { amplify } = sandbox.endpoints();
  const { id, secret } = amplify.clients.withSecret;
  const body = new URLSearchParams({ grant_type: "client_credentials" });
  const headers = { authorization: `Basic ${btoa(`${id}:${secret}`)}` };
  const login = await sandbox.fetch(new Request(amplify.tokenUrl, { method: "POST", headers, body }));
  const { access_token: token } = (await login.json()) as { access_token: string };
  const send = async (...events: readonly JsonObject[]): Promise<number> => {
    const request = new Request(amplify.ingestionUrl, {
      method: "POST",
      headers: {
        authorization: `Bearer ${token}`,
        "capture-org-id": amplify.organizationId,
        timestamp: String(WINDOW / 1000),
        "axway-target-flow": "api-central-metric",
        "content-type": "application/json; charset=UTF-8",
        "content-encoding": "gzip",
      },
      body: gzipSync(JSON.stringify(events.map((event) => ({ ...event, org: amplify.organizationGuid })))),
    });
    const response = await sandbox.fetch(request).catch(() => undefined);
    return response?.status ?? 0;
  };
  return { send };
}

const accepted = ({ parts }: Sandbox): number =>
  parts.ingestion.accepted().reduce((sum, { transactions }) => sum + transactions, 0);

describe("an event that is sent until it is acknowledged", () => {
  const event = metricEvent({ count: 10 });
  const others = [metricEvent({ count: 2 }), metricEvent({ count: 3 })];

  it("counts once when the answer was lost after it was stored", async () => {
    const sandbox = createSandbox({ inProcess: true, world: "empty" });
    const { send } = await reporter(sandbox);
    sandbox.faults.add({
      name: "lost",
      when: { service: "ingestion", calls: { first: 2 } },
      fault: { do: "lose-reply" },
    });
    expect([await send(event), await send(event), await send(event)]).toEqual([0, 0, 200]);
    expect([accepted(sandbox), sandbox.parts.ingestion.changed()]).toEqual([10, []]);
    expect(sandbox.parts.ingestion.events()[0]?.sent).toBe(3);
  });

  it("is not there when the request was lost or refused before it arrived", async () => {
    const sandbox = createSandbox({ inProcess: true, world: "empty" });
    const { send } = await reporter(sandbox);
    const when = { service: "ingestion", calls: { first: 1 } } as const;
    sandbox.faults.add({ name: "reset", when, fault: { do: "reset" } });
    expect(await send(event)).toBe(0);
    sandbox.faults.add({ name: "down", when: { service: "ingestion" }, fault: answers.badGateway() });
    expect(await send(event)).toBe(502);
    expect(accepted(sandbox)).toBe(0);
    sandbox.faults.clear();
    expect(await send(event)).toBe(200);
    expect(accepted(sandbox)).toBe(10);
  });

  it("counts once when a part of its batch was stored before the server failed", async () => {
    const sandbox = createSandbox({ inProcess: true, world: "empty", ingestion: { nextStoresOnly: 2, stored: 201 } });
    const { send } = await reporter(sandbox);
    expect(await send(event, ...others)).toBe(500);
    expect(accepted(sandbox)).toBe(12);
    expect(await send(event, ...others)).toBe(201);
    expect([accepted(sandbox), sandbox.parts.ingestion.largestBatch()]).toEqual([15, 3]);
    expect(sandbox.defects).toEqual([]);
  });
});
