import { runInDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { expect, test } from "vitest";
import { cloudflarePorts } from "../../src/runtime/cloudflare.ts";
import { checkpointStore } from "../../src/store/checkpoints.ts";
import { groupStore } from "../../src/store/groups.ts";
import { readExposition } from "../support/exposition.ts";

const NAME = "meridian-platform";
const GROUP = "amp.0123456789ab.of the test";
const get = (path: string, token: string) =>
  exports.default.fetch(
    new Request(`https://worker.example${path}`, { headers: { Authorization: `Bearer ${token}` } }),
  );
const scrape = (token = "worker-test-metrics-token") => get("/metrics", token);

test("the real Worker is scraped: every connection, values to the last digit from the object's own rows", async () => {
  const row = { name: GROUP, application: "app", state: "STABLE", type: "CLASSIC", firstSeenAt: 1, samples: 2 };
  const mark = { committed: 9_007_199_254_740_993n, high: 0n, logEnd: 9_223_372_036_854_775_807n, lostTo: undefined };
  const stub = env.CONNECTION.getByName(NAME);
  await stub.overview();
  await runInDurableObject(stub, (_instance, state) => {
    const { sql } = cloudflarePorts(state.storage, { write: () => undefined });
    groupStore(sql).put({ ...row, absent: 0, hasCommits: true, staleSince: undefined, problem: undefined });
    const known = { epoch: 1, generation: 0, partitionCount: 1, readAt: 1, movedAt: 1, firstSeenAt: 1, points: [] };
    const partitions = new Map([[0, { ...mark, absent: 0 }]]);
    checkpointStore(sql).move(undefined, { group: GROUP, topic: "orders", partitions, ...known });
  });
  const reply = await scrape();
  expect(reply.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  const scraped = readExposition(await reply.text());
  expect(scraped.all("amplify_kafka_up").map(({ labels }) => labels.connection)).toEqual(["meridian-cloud", NAME]);
  expect(scraped.value("kafka_consumergroup_group_offset", { group: GROUP })).toBe("9007199254740993");
  expect(scraped.value("kafka_consumergroup_group_lag", { group: GROUP })).toBe("9214364837600034814");
  const told = await get(`/v1/connections/${NAME}/groups/${encodeURIComponent(GROUP)}`, "worker-test-admin-token");
  expect(await told.json()).toMatchObject({ group: GROUP, lag: "9214364837600034814", topics: ["orders"] });
  const consumption = await get(`/v1/connections/${NAME}/consumption`, "worker-test-admin-token");
  expect(await consumption.json()).toEqual({ items: [], unattributed: [] });
});

test("the operator's token does not scrape where there is one for that", async () => {
  const reply = await scrape("worker-test-admin-token");
  expect(reply.status).toBe(401);
  await reply.text();
});
