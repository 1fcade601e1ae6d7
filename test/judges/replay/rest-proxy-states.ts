import { gzipSync } from "node:zlib";
import { everything, permits, type Rights } from "../../sandbox/core/permissions.ts";
import type { SandboxContext } from "../../sandbox/core/types.ts";
import { basicUsers, type User } from "../../sandbox/kafka/authenticators.ts";
import { KafkaCluster } from "../../sandbox/kafka/cluster.ts";
import { stillContext } from "../../sandbox/kafka/fixtures.ts";
import type { KafkaRestOptions } from "../../sandbox/kafka/rest.ts";
import { RECORDED_BARE_CLUSTER, recordedCluster } from "./recorded-platform.ts";

/** The state that a REST Proxy and its cluster were in when a single answer was recorded. */
interface State {
  readonly cluster: KafkaCluster;
  readonly options?: Partial<KafkaRestOptions>;
  /** Headers that the recording leaves out. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What was sent where the recording shows only a part of it. */
  readonly body?: Buffer;
  /** Requests of the same kind that came right before. */
  readonly before?: number;
}

/** Names of snapshots and the state that the real server was in; the first that fits counts. */
const STATES: readonly (readonly [RegExp, () => State])[] = [
  [/^http-403-role$/, () => ({ ...withLogin(), headers: basic("guest", "guest-password") })],
  [/^http-401-wrong$/, () => ({ ...withLogin(), headers: basic("operator", "wrong") })],
  [/^http-401-/, withLogin],
  [
    /^limited-lag/,
    () => ({ ...withLogin(withMixedGroup(laterWorld())), headers: basic("limited", "limited-password") }),
  ],
  [/^limited-/, () => ({ ...withLogin(), headers: basic("limited", "limited-password") })],
  [/^kafka-login-/, () => ({ cluster: unavailable("login-refused") })],
  [/^no-broker-/, () => ({ cluster: unavailable("unreachable") })],
  [/^rate-limited$/, () => ({ cluster: laterWorld(), options: { permitsPerSecond: 1 }, before: 1 })],
  [/^dos-filter$/, () => ({ cluster: laterWorld(), options: { dosFilterPerSecond: 1 }, before: 1 })],
  [/^blocked-(get|post)$/, () => ({ cluster: laterWorld(), options: { blocklist: ["api.v3.acls.*"] } })],
  [
    /^advertised-listeners$/,
    () => ({ cluster: laterWorld(), options: { advertisedListener: "http://internal-host:8082" } }),
  ],
  [/^long-header$/, () => ({ cluster: laterWorld(), headers: { "x-long": "x".repeat(20_000) } })],
  [/^gzip-request$/, () => ({ cluster: laterWorld(), body: gzipSync("{}") })],
  [/^large-batch$/, () => ({ cluster: laterWorld(), body: Buffer.from(JSON.stringify({ data: manyAcls(20_000) })) })],
  [/^(no-authorizer-(list|create)|get-operations-no-authorizer|list-(none|no-topics|all-no-topics))$/, bareCluster],
  [/^list-during-delete$/, duringDelete],
  [/^(get|list)-after-topic-deleted$/, () => ({ cluster: topicDeleted().cluster })],
  [/^(list|summary)-after-one-topic-deleted$/, () => ({ cluster: topicDeleted().cluster })],
  [/^(get|list|list-old)-after-topic-recreated$/, topicRecreated],
  [/^list-acme-mixed$/, () => ({ cluster: withMixedGroup(laterWorld()) })],
  [/^get-after-offsets-gone$/, minutesLater],
  [/./, () => ({ cluster: laterWorld() })],
];

/** The state for the snapshot of that name. */
export function stateFor(name: string): State {
  const state = STATES.find(([pattern]) => pattern.test(name))?.[1]();
  if (state === undefined) throw new Error(`no state for ${name}`);
  return state;
}

/** The cluster when the snapshots were taken: the topics of the timeline, groups' topic included, and some records. */
function laterWorld(context: SandboxContext = stillContext()): KafkaCluster {
  const cluster = recordedCluster(context);
  const partitions = {
    "acme-shipping-events": 4,
    "acme.payments.v1": 2,
    acme_inventory_updates: 1,
    inventory: 2,
    ["l".repeat(249)]: 1,
    orders: 6,
    pageviews: 3,
    ratings: 1,
    recycled: 2,
    "stock-trades": 1,
    "txn.audit": 1,
    users: 3,
    __consumer_offsets: 4,
  };
  for (const [name, count] of Object.entries(partitions)) cluster.createTopic({ name, partitions: count });
  fillLogs(cluster);
  addMembers(cluster);
  for (const [group, topic, offsets] of COMMITTED) {
    for (const [partition, offset] of Object.entries(offsets)) {
      cluster.groups.commit(group, { topic, partition: Number(partition) }, offset);
    }
  }
  return cluster;
}

function fillLogs(cluster: KafkaCluster): void {
  for (let partition = 0; partition < 6; partition++) cluster.append("orders", partition, 15n);
  cluster.append("acme.payments.v1", 0, 21n);
  cluster.append("acme.payments.v1", 1, 19n);
  cluster.append("pageviews", 0, 2n);
  cluster.append("recycled", 0, 8n);
  cluster.append("txn.audit", 0, 15n);
  cluster.appendOpen("txn.audit", 0, 4n);
}

/** What groups had committed, by topic and partition. */
const COMMITTED: readonly (readonly [string, string, Readonly<Record<number, bigint>>])[] = [
  ["acme-orders-stable", "orders", { 0: 10n, 1: 0n, 2: 0n, 3: 10n, 4: 0n, 5: 0n }],
  ["acme-billing", "acme.payments.v1", { 0: 10n, 1: 0n }],
  ["acme-partial", "orders", { 0: 5n, 1: 15n }],
  ["acme-beyond", "orders", { 0: 99n }],
  ["acme-txn", "txn.audit", { 0: 5n }],
  ["acme-multi", "acme.payments.v1", { 0: 3n }],
  ["acme-multi", "orders", { 0: 15n, 1: 10n, 2: 0n }],
  ["acme-multi", "pageviews", { 0: 0n }],
  ["acme-old", "orders", { 5: 2n }],
  ["acme-old", "recycled", { 0: 8n }],
  ["a/b c+d%", "orders", { 0: 5n }],
  ["acme-recycled", "recycled", { 0: 1n }],
];

/** A group of two topics that came after the list of groups was recorded. */
function withMixedGroup(cluster: KafkaCluster): KafkaCluster {
  cluster.groups.commit("acme-mixed", { topic: "orders", partition: 0 }, 1n);
  cluster.groups.commit("acme-mixed", { topic: "users", partition: 0 }, 0n);
  return cluster;
}

/** Groups that somebody joined; the ids of the members are those of the recording. */
function addMembers({ groups }: KafkaCluster): void {
  const topics = ["orders"];
  const member = (groupId: string, id: string, clientId: string, instanceId: string | null = null): void => {
    groups.join(groupId, { id, clientId, instanceId, topics });
  };
  member("acme-orders-stable", "orders-app-2-c78f22bb-b783-4be6-ade3-ab3f9f8a95c8", "orders-app-2");
  member("acme-orders-stable", "inst-1-654c4c3f-9ffd-4c2b-9131-0501372dc67b", "orders-app-1", "inst-1");
  member("acme-fresh", "fresh", "fresh");
  groups.join("acme-orders-next", { clientId: "next", instanceId: null, topics }, "CONSUMER");
  member("acme-billing", "billing", "billing");
  groups.leave("acme-billing", "billing");
}

function topicDeleted(): { readonly cluster: KafkaCluster; readonly context: SandboxContext } {
  const context = stillContext();
  const cluster = laterWorld(context);
  cluster.deleteTopic("recycled");
  return { cluster, context };
}

function topicRecreated(): State {
  const { cluster } = topicDeleted();
  cluster.createTopic({ name: "recycled", partitions: 2 });
  cluster.append("recycled", 0, 3n);
  return { cluster };
}

function minutesLater(): State {
  const { cluster, context } = topicDeleted();
  context.clock.advance(10 * 60_000);
  return { cluster };
}

function withLogin(cluster: KafkaCluster = laterWorld()): State {
  const user = (password: string, rights: Rights, hasNoRole = false): User => ({
    password,
    may: (operation, resource) => permits(rights, operation, resource),
    hasNoRole,
  });
  const limited: Rights = {
    allow: [
      { operation: "TOPIC:READ", resource: "orders" },
      { operation: "TOPIC:DESCRIBE", resource: "pageviews" },
      { operation: "TOPIC:DESCRIBE", resource: "acme.payments.v1" },
      { operation: "TOPIC:DESCRIBE_CONFIGS", resource: "acme.payments.v1" },
      { operation: "GROUP:DESCRIBE", resource: "acme-partial" },
      { operation: "GROUP:DESCRIBE", resource: "acme-multi" },
      { operation: "GROUP:DESCRIBE", resource: "acme-mixed" },
    ],
    deny: [],
  };
  const users = new Map([
    ["operator", user("operator-password", everything)],
    ["guest", user("guest-password", everything, true)],
    ["limited", user("limited-password", limited)],
  ]);
  return { cluster, options: { authenticate: basicUsers(users) } };
}

const basic = (user: string, password: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`,
});

function unavailable(availability: "unreachable" | "login-refused"): KafkaCluster {
  const cluster = laterWorld();
  cluster.availability = availability;
  return cluster;
}

function bareCluster(): State {
  const options = { clusterId: RECORDED_BARE_CLUSTER, registry: false, authorizer: false };
  return { cluster: new KafkaCluster(stillContext(), options) };
}

function duringDelete(): State {
  const cluster = laterWorld();
  cluster.lateness.listFailsAfterDelete = true;
  cluster.deleteTopic("recycled");
  return { cluster };
}

const manyAcls = (count: number): object[] =>
  Array.from({ length: count }, (_, index) => ({
    resource_type: "TOPIC",
    resource_name: `bulk-${index}`,
    pattern_type: "LITERAL",
    principal: "User:bulk",
    host: "*",
    operation: "READ",
    permission: "ALLOW",
  }));
