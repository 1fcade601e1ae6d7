import { exports } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { Overview } from "../../src/connection/api.ts";

const name = "meridian-platform";
const ORGANIZATION = "315480851843079";
const admin = { Authorization: "Bearer worker-test-admin-token" };
const token = { "X-Kafka-Worker-Token": "worker-test-webhook-token" };
const call = (body: BodyInit, headers: Record<string, string> = token) =>
  exports.default.fetch(new Request("https://worker.example/amplify/webhook", { method: "POST", headers, body }));

const event = (environment: string, organization = ORGANIZATION) =>
  JSON.stringify({
    organization: { id: organization },
    type: "ResourceCreated",
    payload: {
      kind: "AccessRequest",
      name: "a-request",
      metadata: { id: "1", resourceVersion: "0", scope: { kind: "Environment", name: environment }, references: [] },
      spec: {},
    },
  });

test.each([
  ["without a token", {}, 401],
  ["with a wrong one", { "X-Kafka-Worker-Token": "worker-test-webhook-tokem" }, 401],
  ["with the current one", token, 202],
  ["with the previous one", { "X-Kafka-Worker-Token": "worker-test-webhook-token-before" }, 202],
])("a webhook %s is answered as it deserves", async (_which, headers, status) => {
  const reply = await call(event(name), headers);
  expect(reply.status).toBe(status);
  await reply.text();
});

test("what is told crosses to the object, which counts what is of somebody else", async () => {
  const webhook = async () => {
    const request = new Request(`https://worker.example/v1/connections/${name}`, { headers: admin });
    return (await (await exports.default.fetch(request)).json<Overview>()).webhook;
  };
  const before = await webhook();
  for (const body of [event(name), event(name, "666")]) expect((await call(body)).status).toBe(202);
  const after = await webhook();
  expect([after.received - before.received, after.foreign - before.foreign]).toEqual([2, 1]);
});

test("a body without an end is given up past 1 MB", async () => {
  let sent = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      sent += 100_000;
      if (sent > 20_000_000) controller.close();
      else controller.enqueue(new Uint8Array(100_000).fill(32));
    },
  });
  const reply = await call(endless);
  expect(reply.status).toBe(413);
  expect(sent).toBeLessThan(5_000_000);
  await reply.text();
});
