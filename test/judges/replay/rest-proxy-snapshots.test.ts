import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { everything, permits, type Rights } from "../../sandbox/core/permissions.ts";
import { anyone, basicUsers, type User } from "../../sandbox/kafka/authenticators.ts";
import { KafkaCluster } from "../../sandbox/kafka/cluster.ts";
import { stillContext } from "../../sandbox/kafka/fixtures.ts";
import { serveOnLoopback } from "../../sandbox/kafka/node-server.ts";
import { type KafkaRestOptions, kafkaRest } from "../../sandbox/kafka/rest.ts";
import { RECORDED_BARE_CLUSTER, recordedCluster } from "./recorded-platform.ts";
import { comparable, type Exchange, readSnapshots, send } from "./snapshots.ts";

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
  [
    /^(no-authorizer-list|no-authorizer-create|list-no-topics|list-all-no-topics|get-operations-no-authorizer)$/,
    bareCluster,
  ],
  [/^list-during-delete$/, duringDelete],
  [/./, () => ({ cluster: laterWorld() })],
];

/** Lags come with traceability. */
const LATER = new Set([
  "limited-groups",
  "limited-group",
  "limited-lags",
  "limited-lags-forbidden-topic",
  "limited-lag-summary-forbidden-topic",
]);

describe.each(["errors.json", "clusters.json", "topics.json", "partitions.json", "topic-configs.json"])(
  "the recorded answers of %s",
  (file) => {
    it.each(readSnapshots(file).filter(({ name }) => !LATER.has(name)))(
      "$name is answered as the real REST Proxy answered it",
      async (exchange) => {
        expect(await answerTo(exchange)).toEqual(
          comparable(exchange.response.status, exchange.response.headers, exchange.response.body),
        );
      },
    );
  },
);

it("sets aside only exchanges that there are", () => {
  const names = new Set(readSnapshots("errors.json").map(({ name }) => name));
  expect([...LATER].filter((name) => !names.has(name))).toEqual([]);
});

async function answerTo({ name, request }: Exchange): Promise<unknown> {
  const state = STATES.find(([pattern]) => pattern.test(name))?.[1]();
  if (state === undefined) throw new Error(`no state for ${name}`);
  const rest = kafkaRest(state.cluster, { flavour: "rest-proxy", authenticate: anyone(), ...state.options });
  const server = await serveOnLoopback(rest.fetch);
  try {
    const asSent = state.body === undefined ? request : { ...request, body: state.body };
    for (let sent = 0; sent < (state.before ?? 0); sent++) await send(server.port, asSent, state.headers ?? {});
    return await send(server.port, asSent, state.headers ?? {});
  } finally {
    await server.close();
  }
}

/** The cluster when the snapshots were taken: the topics of the timeline, groups' topic included, and some records. */
function laterWorld(): KafkaCluster {
  const cluster = recordedCluster(stillContext());
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
  cluster.append("orders", 0, 15n);
  return cluster;
}

function withLogin(): State {
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
    ],
    deny: [],
  };
  const users = new Map([
    ["operator", user("operator-password", everything)],
    ["guest", user("guest-password", everything, true)],
    ["limited", user("limited-password", limited)],
  ]);
  return { cluster: laterWorld(), options: { authenticate: basicUsers(users) } };
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
