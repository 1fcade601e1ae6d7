import { expect, test } from "vitest";
import { createApp } from "../../../routes/app.ts";
import type {
  Answer,
  ConnectionApi,
  ConsumptionPage,
  GroupDetail,
  GroupsPage,
  TopicDetail,
} from "../../../src/connection/api.ts";
import type { ConsumptionEntry } from "../../../src/traceability/consumption-entry.ts";

const TOKEN = "a-token-of-the-test-0123";
const NOW = Date.UTC(2026, 7, 2);
const evil = `<script>alert("x")</script>`;
const asked: unknown[] = [];

const group: GroupDetail = {
  group: `amp.0123456789ab.${evil}`,
  application: evil,
  state: "STABLE",
  kind: "consumer",
  supported: true,
  topics: [evil],
  lag: "9007199254740993",
  trend: "growing",
  lastCommitSeen: NOW - 61_000,
  lastSample: NOW - 5_000,
  quality: "stale",
  reasons: ["rebalancing"],
  notes: [`It could not be sampled: ${evil}`],
  firstSeen: NOW - 3_600_000,
  members: [{ consumerId: evil, clientId: "the client", partitions: 6 }],
  standings: [
    {
      topic: evil,
      lag: "9007199254740993",
      trend: "growing",
      lastCommitSeen: undefined,
      quality: "exact",
      reasons: [],
      partitions: [
        { partition: 0, committed: "1", logEnd: "9007199254740994", lag: "9007199254740993", expired: true },
        { partition: 1, committed: undefined, logEnd: undefined, lag: undefined, expired: false },
      ],
      points: [{ at: NOW - 120_000, position: "41", lag: "42" }],
    },
  ],
};
const entry: ConsumptionEntry = {
  id: 1,
  application: evil,
  topic: evil,
  request: evil,
  from: NOW - 3_600_000,
  to: NOW - 1_000,
  messages: "9007199254740995",
  reread: "7",
  skipped: "8",
  quality: "upper_bound",
  reasons: ["compact"],
  report: "refused",
  event: "e",
  reportedAt: undefined,
  error: evil,
};
const groups: GroupsPage = { items: [group], next: "a/b&c", notes: [`${evil} has 4 new groups`] };
let consumption: ConsumptionPage = { items: [entry], unattributed: [{ ...entry, request: undefined }], next: "1" };
let none = false;

const connection = new Proxy({} as ConnectionApi, {
  get: (_target, method: string) => async (input: unknown) => {
    asked.push([method, input]);
    return answerOf(method, input);
  },
});

function answerOf(method: string, input: unknown): Answer<unknown> {
  if (input === "nobody") return { ok: false, reason: "not-found", message: "there is no group" };
  if (input === "later") return { ok: false, reason: "unavailable", message: "not now" };
  if (method === "group") return { ok: true, value: group };
  if (method === "consumption") return { ok: true, value: consumption };
  if (method === "topic") return { ok: true, value: topic };
  return { ok: true, value: none ? { items: [], next: undefined, notes: [] } : groups };
}

const topic: TopicDetail = {
  name: "orders",
  decision: "eligible",
  rule: "no filter",
  error: undefined,
  state: "published",
  held: undefined,
  subjects: [],
  partitions: 6,
  replication: 3,
  service: undefined,
  revision: undefined,
  instance: undefined,
  sha256: undefined,
  changedAt: 1_000,
  configs: {},
  document: undefined,
  waitingDocument: undefined,
  work: undefined,
};

const app = createApp({
  connections: {
    entries: [{ name: "env", problems: [], warnings: [] }],
    get: (name) => (name === "env" ? connection : undefined),
  },
  adminTokens: [TOKEN],
  metricsTokens: [],
  webhookTokens: [],
  log: { write: () => undefined },
  now: () => NOW,
});
const headers = { Authorization: `Basic ${btoa(`me:${TOKEN}`)}` };
const page = async (path: string) => await app.request(`/connections/${path}`, { headers });

test("the groups are shown with what was read within a day, and nothing from outside becomes markup", async () => {
  asked.length = 0;
  const reply = await page("env/groups?after=amp.0");
  expect(reply.status).toBe(200);
  const html = await reply.text();
  expect(html).not.toContain("<script>");
  expect(asked).toEqual([
    ["groups", { limit: 100, after: "amp.0" }],
    ["consumption", { limit: 100, from: NOW - 86_400_000 }],
  ]);
  for (const text of [
    "9007199254740993",
    "growing",
    "stale (rebalancing)",
    "has 4 new groups",
    "1 min ago",
    `/groups/${encodeURIComponent(group.group)}`,
    "after=a%2Fb%26c",
    "9007199254740995",
    "upper_bound (compact)",
    "refused",
    "explained by no access request",
    "The newest windows",
  ])
    expect(html).toContain(text);
});

test("a page without groups says when there will be some", async () => {
  none = true;
  consumption = { items: [], unattributed: [], next: undefined };
  const html = await (await page("env/groups")).text();
  expect(html).toContain("bears the prefix that its application was told");
  expect(html).toContain("Nothing was counted");
  expect(html).not.toContain("explained by no access request");
  none = false;
});

test("one group is shown with its partitions and points, by its very name", async () => {
  asked.length = 0;
  const reply = await page("env/groups/amp.0123456789ab.a%2Fb%252F");
  expect(asked).toEqual([["group", "amp.0123456789ab.a/b%2F"]]);
  const html = await reply.text();
  expect(html).not.toContain("<script>");
  for (const text of ["9007199254740994", "1 (gone)", "unknown", "the client", ">41<", ">42<", "2 min ago"])
    expect(html).toContain(text);
});

test("a topic shows who reads it", async () => {
  const html = await (await page("env/topics/orders")).text();
  expect(html).toContain(`/groups/${encodeURIComponent(group.group)}`);
  none = true;
  expect(await (await page("env/topics/orders")).text()).toContain("No group of our applications");
  none = false;
});

test.each([
  ["env/groups/nobody", 404],
  ["env/groups/later", 503],
  ["nowhere/groups", 404],
  ["nowhere/groups/g", 404],
  ["nowhere/topics/orders", 404],
])("%s is answered %i", async (path, status) => {
  expect((await page(path)).status).toBe(status);
});

test("nobody sees them without the token", async () => {
  for (const path of ["groups", "groups/g"]) expect((await app.request(`/connections/env/${path}`)).status).toBe(401);
});
