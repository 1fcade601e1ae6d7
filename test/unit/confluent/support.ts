import { type CloudOptions, createCloudReader } from "../../../src/confluent/cloud.ts";
import type { Cluster, ConfluentReader } from "../../../src/confluent/model.ts";
import { createPlatformReader, type PlatformOptions } from "../../../src/confluent/platform.ts";
import type { Access } from "../../../src/confluent/rest.ts";
import { createOutlet } from "../../../src/http/create-outlet.ts";
import type { Outlet } from "../../../src/http/outlet.ts";

export type Answer = Response | Promise<Response>;
export type Server = (request: Request, url: URL) => Answer;

export interface World {
  readonly outlet: Outlet;
  /** "GET /v3/clusters?x=y", host apart, in order. */
  readonly asked: string[];
  readonly requests: Request[];
  now: number;
  readonly clock: { now(): number };
}

export function worldOf(server: Server): World {
  const requests: Request[] = [];
  const asked: string[] = [];
  const clock = { now: () => world.now };
  const outlet = createOutlet({
    http: async (request) => {
      const url = new URL(request.url);
      requests.push(request);
      asked.push(`${request.method} ${url.pathname}${url.search}`);
      return server(request, url);
    },
    clock,
    random: { uuid: () => "", bytes: (length) => new Uint8Array(length), fraction: () => 0 },
    allowHost: () => true,
  });
  const world = { outlet, asked, requests, now: 1_000_000, clock };
  return world;
}

export function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
}

export function kafkaError(status: number, code: number, message = "no"): Response {
  return json({ error_code: code, message }, status);
}

/** A Kafka REST list around its items, with links as a server behind a proxy makes them. */
export function list(data: readonly unknown[], next: string | null = null): Response {
  return json({ kind: "KafkaList", metadata: { self: "http://internal-host:8082/v3/x", next }, data });
}

export const access: Access = {
  credentials: { kind: "basic", username: "KEY", password: "s3cret" },
  timeoutMs: 5000,
  variable: "KAFKA_CLUSTER_AUTH_APIKEY_ID",
};

export const cluster: Cluster = {
  clusterId: "lkc-1",
  type: "Platform",
  restUrl: "https://rest.acme.example/v3",
  bootstrapServers: ["kafka.acme.example:9092"],
  registryUrl: "https://sr.acme.example",
  registryId: undefined,
};

export function platformOver(server: Server, more: Partial<PlatformOptions> = {}): World & { reader: ConfluentReader } {
  const world = worldOf(server);
  const reader = createPlatformReader({
    outlet: world.outlet,
    clock: world.clock,
    kafka: access,
    restUrl: "https://rest.acme.example",
    bootstrapServers: ["kafka.acme.example:9092"],
    registry: { ...access, variable: "KAFKA_SCHEMAREGISTRY_AUTH_APIKEY_ID", url: "https://sr.acme.example/" },
    ...more,
  });
  return Object.assign(world, { reader });
}

export function cloudOver(server: Server, more: Partial<CloudOptions> = {}): World & { reader: ConfluentReader } {
  const world = worldOf(server);
  const reader = createCloudReader({
    outlet: world.outlet,
    clock: world.clock,
    environmentId: "env-1",
    clusterId: "lkc-1",
    control: { ...access, variable: "KAFKA_CLOUD_AUTH_APIKEY_ID" },
    kafka: access,
    registry: { ...access, variable: "KAFKA_SCHEMAREGISTRY_AUTH_APIKEY_ID" },
    ...more,
  });
  return Object.assign(world, { reader });
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** Names that an evil server may give. */
export const EVIL = [
  "a/b",
  "a%2Fb",
  "../../admin",
  "a b+c?d=e&f#g",
  `quote"'\`<script>`,
  "a\\b;c=d",
  "Ärger-😀",
  "x".repeat(249),
  "orders\r\nHost: evil",
];
