import {
  createExecutionContext,
  createScheduledController,
  runDurableObjectAlarm,
  waitOnExecutionContext,
} from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { Answer, DoctorReport, InstallReport, Overview } from "../../src/connection/api.ts";
import worker from "../../src/worker.ts";

const names = ["meridian-cloud", "meridian-platform"];
const admin = { headers: { Authorization: "Bearer worker-test-admin-token" } };
const get = (path: string, init: RequestInit = admin) =>
  exports.default.fetch(new Request(`https://worker.example${path}`, init));

async function tick(): Promise<void> {
  const context = createExecutionContext();
  await worker.scheduled(createScheduledController({ scheduledTime: new Date(), cron: "* * * * *" }), env, context);
  await waitOnExecutionContext(context);
}

test("before the first tick health is 503 and says so without a token", async () => {
  const reply = await get("/health", {});
  expect(reply.status).toBe(503);
  expect(await reply.json()).toMatchObject({
    healthy: false,
    connections: [{ connection: names[0] }, { connection: names[1] }],
  });
});

test("a cron tick makes the real objects import both clusters by their alarms", async () => {
  await tick();
  for (const name of names) {
    const stub = env.CONNECTION.getByName(name);
    for (let alarms = 0; alarms < 20; alarms++) {
      await runDurableObjectAlarm(stub);
      const overview = (await stub.overview()) as Answer<Overview>;
      if (
        overview.ok &&
        overview.value.topics.published === overview.value.topics.eligible &&
        (overview.value.topics.published ?? 0) > 0
      )
        break;
    }
    const reply = await get(`/v1/connections/${name}`);
    const overview = await reply.json<{ topics: Record<string, number>; work: { dead: number } }>();
    expect(overview.topics.published).toBeGreaterThanOrEqual(30);
    expect(overview.topics.published).toBe(overview.topics.eligible);
    expect(overview.work.dead).toBe(0);
  }
  expect((await get("/health", {})).status).toBe(200);
});

test("the real Worker packs what it sends to ingestion once, as the doctor sees", async () => {
  const { checks } = await (await get(`/v1/connections/${names[0]}/doctor`)).json<DoctorReport>();
  expect(checks.find(({ check }) => check === "amplify-ingestion-write")).toMatchObject({
    ok: true,
    message: "It may send metric events.",
  });
});

test("the installation has made itself, is shown, goes and comes back", async () => {
  const path = `/v1/connections/${names[1]}/install`;
  const states = async () => {
    await runDurableObjectAlarm(env.CONNECTION.getByName(names[1] ?? ""));
    const report = await (await get(path)).json<InstallReport>();
    expect(JSON.stringify(report)).not.toContain("worker-test-webhook-token");
    return report.resources.map(({ kind, state }) => `${kind} ${state}`);
  };
  const all = (state: string) =>
    ["Integration", "Secret", "Webhook", "ResourceHook", "WatchTopic"].map((kind) => `${kind} ${state}`);
  expect(await states()).toEqual(all("right"));
  for (const [method, state] of [
    ["DELETE", "absent"],
    ["POST", "right"],
  ] as const) {
    expect((await get(path, { ...admin, method })).status).toBe(202);
    expect(await states()).toEqual(all(state));
  }
});

test("topics are listed by pages, each with the rule that decided", async () => {
  const first = await (await get(`/v1/connections/${names[0]}/topics?limit=5`)).json<{
    items: { name: string; rule: string }[];
    next: string;
  }>();
  expect(first.items).toHaveLength(5);
  expect(first.items.every(({ rule }) => rule !== "")).toBe(true);
  const second = await (
    await get(`/v1/connections/${names[0]}/topics?limit=5&after=${encodeURIComponent(first.next)}`)
  ).json<{ items: { name: string }[] }>();
  expect(second.items[0]?.name.localeCompare(first.items[4]?.name ?? "")).not.toBe(0);
  const detail = await get(`/v1/connections/${names[0]}/topics/${encodeURIComponent("orders")}`);
  expect(await detail.json()).toMatchObject({
    name: "orders",
    state: "published",
    document: expect.stringContaining('"asyncapi"'),
  });
});

test.each([
  ["/v1/connections", {}, 401],
  ["/v1/connections", { headers: { Authorization: "Bearer wrong" } }, 401],
  ["/v1/connections", { headers: { Authorization: "Bearer worker-test-previous-token" } }, 200],
  ["/v1/connections/nowhere", admin, 404],
  ["/v1/connections/meridian-cloud/topics/nothing", admin, 404],
  ["/v1/connections/meridian-cloud/topics?limit=0", admin, 422],
  ["/v1/connections/meridian-cloud/topics?decision=maybe", admin, 422],
  ["/v1/connections/meridian-cloud/work", admin, 200],
  ["/v1/connections/meridian-cloud/runs", admin, 200],
  ["/v1/connections/meridian-cloud/audit", admin, 200],
  ["/v1/connections/meridian-cloud/plan", admin, 200],
  ["/nothing", {}, 404],
])("%s with %j answers %i", async (path, init, status) => {
  const reply = await get(path, init);
  expect(reply.status).toBe(status);
  expect(reply.headers.get("cache-control")).toBe("no-store");
  await reply.text();
});

test.each([
  ["not json", 400],
  ['{"acceptLoss":"yes"}', 422],
  ['{"unknown":true}', 422],
  [`"${"x".repeat(20_000)}"`, 413],
  ["", 202],
])("a discovery asked for with body number %# is answered as it deserves", async (body: string, status: number) => {
  const reply = await get("/v1/connections/meridian-cloud/discovery", { ...admin, method: "POST", body });
  expect(reply.status).toBe(status);
  await reply.text();
});
