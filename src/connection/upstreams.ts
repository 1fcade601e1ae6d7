import type { Seal } from "../amplify/sealing.ts";
import type { ConnectionConfig } from "../config/model.ts";
import { createCloudReader } from "../confluent/cloud.ts";
import type { ConfluentReader } from "../confluent/model.ts";
import { createPlatformReader } from "../confluent/platform.ts";
import type { RequestRecord } from "../http/create-outlet.ts";
import type { UpstreamError } from "../http/errors.ts";
import { mayCall } from "../http/hosts.ts";
import type { Outlet } from "../http/outlet.ts";
import type { Ports } from "../runtime/ports.ts";
import type { Lane } from "../store/work.ts";
import { controlAccess, kafkaAccess, registryAccess } from "./access.ts";
import { type Amplify, createAmplify } from "./amplify.ts";
import { ClusterFact } from "./facts.ts";
import type { Gate } from "./gate.ts";
import type { Stores } from "./stores.ts";

/** Everything outside, as the items of one lane see it. */
export interface Upstreams extends Amplify {
  readonly reader: ConfluentReader;
}

export interface UpstreamFactory {
  readonly gate: Gate;
  for(lane: Lane): Promise<Upstreams>;
  /** As `AmplifyFactory.fresh`, for Confluent's servers too. */
  fresh(): Promise<Upstreams>;
  /** Seals what must be secret and outlive a wake. */
  seal(): Promise<Seal>;
}

export interface UpstreamOptions {
  readonly config: ConnectionConfig;
  readonly ports: Ports;
  readonly stores: Stores;
  /** Amplify requests a minute that this connection may start. */
  readonly requestsPerMinute: number;
  readonly onRequest: (record: RequestRecord) => void;
}

export function createUpstreams(options: UpstreamOptions): UpstreamFactory {
  const { config, ports, stores } = options;
  const amplify = createAmplify({
    ...options,
    side: config,
    allowHost: (url) => mayCall(url, hostRule(config, stores)),
  });
  const made = new Map<Lane, Upstreams>();
  const withReader = (found: Amplify): Upstreams => ({ ...found, reader: createReader(config, found.outlet, ports) });
  return {
    gate: amplify.gate,
    for: async (lane) => {
      const found = await amplify.for(lane);
      // Tokens of Confluent's servers live in the reader.
      const upstreams = made.get(lane) ?? withReader(found);
      made.set(lane, upstreams);
      return upstreams;
    },
    fresh: async () => withReader(await amplify.fresh()),
    seal: amplify.seal,
  };
}

/** Addresses that requests may go to: those of the configuration, and those that Confluent's control plane returned. */
function hostRule(config: ConnectionConfig, stores: Stores) {
  const { central, auth, kafka, registry, users, traceability } = config;
  const cluster = stores.known.get("cluster", ClusterFact)?.value;
  const configured = [
    central.url,
    central.platformUrl,
    auth.tokenUrl,
    kafka.restUrl,
    registry?.url,
    users?.url,
    traceability.url,
    ...(kafka.kind === "cloud" ? [kafka.cloudUrl, kafka.metricsUrl] : []),
    ...[kafka.auth, registry?.auth].map((each) => (each?.kind === "oauth" ? each.tokenUrl : undefined)),
  ].filter((address) => address !== undefined);
  const returned =
    kafka.kind === "cloud" ? [cluster?.restUrl, cluster?.registryUrl].filter((address) => address !== undefined) : [];
  return { configured, returned, cloudUrl: kafka.kind === "cloud" ? kafka.cloudUrl : undefined };
}

function createReader(config: ConnectionConfig, outlet: Outlet, ports: Ports): ConfluentReader {
  const { kafka, registry } = config;
  const access = registryAccess(config);
  const common = {
    outlet,
    clock: ports.clock,
    kafka: kafkaAccess(config),
    onBrokenSchema: (subject: string | undefined, error: UpstreamError) =>
      ports.log.write("warn", "a schema of the registry was not understood", { subject, error: error.message }),
    onTopicRefused: (topic: string, error: UpstreamError) =>
      ports.log.write("warn", "the configs of a topic may not be read", { topic, error: error.message }),
  };
  if (kafka.kind === "platform") {
    return createPlatformReader({
      ...common,
      restUrl: kafka.restUrl,
      clusterId: kafka.clusterId,
      bootstrapServers: kafka.bootstrapServers,
      registry: access && registry?.url !== undefined ? { ...access, url: registry.url } : undefined,
    });
  }
  return createCloudReader({
    ...common,
    cloudUrl: kafka.cloudUrl,
    environmentId: kafka.environmentId,
    clusterId: kafka.clusterId,
    control: kafka.cloudKey && controlAccess(config, kafka),
    restUrl: kafka.restUrl,
    ...(kafka.bootstrapServers.length > 0 ? { bootstrapServers: kafka.bootstrapServers } : {}),
    registry: access && { ...access, url: registry?.url },
  });
}
