import { afterEach, beforeEach, expect, test } from "vitest";
import type { PartitionLag } from "../../../src/confluent/lags.ts";
import { keepMembers, membersIn, membersOf, pruneMembers } from "../../../src/connection/members.ts";
import { openStores, type Stores } from "../../../src/connection/stores.ts";
import { type NodeRuntime, openNodeRuntime } from "../../../src/runtime/node.ts";
import { migrate } from "../../../src/store/schema.ts";
import { dumpRows } from "../../support/rows.ts";

const GROUP = "amp.0123456789ab.a";
let runtime: NodeRuntime;
let stores: Stores;
let time = 1_000;
const context = () => ({ stores, now: () => time });
beforeEach(() => {
  runtime = openNodeRuntime(":memory:", { log: { write: () => undefined } });
  migrate(runtime.ports.sql);
  stores = openStores(runtime.ports.sql);
});
afterEach(() => runtime.close());

const lag = (partition: number, consumerId?: string, clientId?: string, instanceId?: string): PartitionLag => ({
  topic: "orders",
  partition,
  currentOffset: 1n,
  logEndOffset: 1n,
  lag: 0n,
  consumerId,
  clientId,
  instanceId,
});

test("members are told once each, with how many partitions they own; what nobody owns is nobody's", () => {
  expect(membersIn([lag(0, "b", "app"), lag(1, "a", "app", "i-1"), lag(2, "b", "app"), lag(3)])).toEqual([
    { consumerId: "a", clientId: "app", instanceId: "i-1", partitions: 1 },
    { consumerId: "b", clientId: "app", partitions: 2 },
  ]);
});

test("a group of very many members is shown in part", () => {
  expect(membersIn(Array.from({ length: 500 }, (_, index) => lag(index, `m${index}`)))).toHaveLength(200);
});

test("the same members again write nothing, others replace them, none end them", () => {
  keepMembers(GROUP, [lag(0, "a")], context());
  const before = dumpRows(runtime.ports.sql);
  time++;
  keepMembers(GROUP, [lag(0, "a")], context());
  expect(dumpRows(runtime.ports.sql)).toEqual(before);
  keepMembers(GROUP, [lag(0, "b")], context());
  expect(membersOf(GROUP, context())).toEqual([{ consumerId: "b", partitions: 1 }]);
  keepMembers(GROUP, [], context());
  expect(membersOf(GROUP, context())).toBeUndefined();
  expect(stores.known.names("members:")).toEqual([]);
});

test("members of a group that was forgotten are forgotten with it, those of others stay", () => {
  const row = { application: "app", state: "STABLE", type: "CLASSIC", firstSeenAt: 1, samples: 1, absent: 0 };
  stores.groups.put({ name: GROUP, ...row, hasCommits: true, staleSince: undefined, problem: undefined });
  for (const group of [GROUP, "amp.gone"]) keepMembers(group, [lag(0, "a")], context());
  pruneMembers(context());
  expect(stores.known.names("members:")).toEqual([`members:${GROUP}`]);
});
