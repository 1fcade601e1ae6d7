import { type ApiServer, createApiServer } from "../amplify/apiserver.ts";
import type { CentralOptions } from "../amplify/central.ts";
import { type AmplifyCredentials, keyPairCredentials, secretMaterialOf } from "../amplify/credentials.ts";
import { createSeal } from "../amplify/sealing.ts";
import { createTokenSource, type TokenKeep, type TokenSource } from "../amplify/token.ts";
import { userAgent } from "../amplify/user-agent.ts";
import type { ConnectionConfig, KafkaConfig } from "../config/model.ts";
import { createCloudReader } from "../confluent/cloud.ts";
import type { Credentials } from "../confluent/credentials.ts";
import type { ConfluentReader } from "../confluent/model.ts";
import { createPlatformReader } from "../confluent/platform.ts";
import type { Access } from "../confluent/rest.ts";
import { createOutlet, type RequestRecord } from "../http/create-outlet.ts";
import type { UpstreamError } from "../http/errors.ts";
import { mayCall } from "../http/hosts.ts";
import type { Outlet } from "../http/outlet.ts";
import type { Pause } from "../http/pauses.ts";
import type { Ports } from "../runtime/ports.ts";
import type { Lane } from "../store/work.ts";
import { VERSION } from "../version.ts";
import { ClusterFact, PausesFact } from "./facts.ts";
import { createGate, type Gate } from "./gate.ts";
import { admission } from "./metered.ts";
import type { Stores } from "./stores.ts";

/** A token is kept no longer than this, whatever it says of itself. */
const TOKEN_KEPT_MS = 24 * 60 * 60 * 1000;

/** Everything outside, as the items of one lane see it. Made once a lane and object, for tokens live in memory here and there. */
export interface Upstreams {
  readonly api: ApiServer;
  readonly central: CentralOptions;
  readonly reader: ConfluentReader;
  readonly outlet: Outlet;
}

export interface UpstreamFactory {
  readonly gate: Gate;
  for(lane: Lane): Promise<Upstreams>;
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
  const { config, ports, stores, requestsPerMinute } = options;
  const gate = createGate(stores.known);
  const meter = { ...stores, clock: ports.clock, gate, requestsPerMinute };
  const keepPause = (pause: Pause): void => {
    const now = ports.clock.now();
    const kept = stores.known.get("pauses", PausesFact)?.value.filter(({ until }) => until > now) ?? [];
    stores.known.put("pauses", [...kept, pause], now);
  };
  const outletFor = (lane: Lane): Outlet =>
    createOutlet({
      http: ports.http,
      clock: ports.clock,
      random: ports.random,
      allowHost: (url) => mayCall(url, hostRule(config, stores)),
      admit: admission(meter, lane),
      onPause: keepPause,
      onRequest: (record) => {
        if (record.status !== undefined) gate.note(record.upstream, record.status, ports.clock.now());
        options.onRequest(record);
      },
    });

  let login: Promise<TokenSource> | undefined;
  const made = new Map<Lane, Upstreams>();
  return {
    gate,
    for: async (lane) => {
      login ??= createLogin(config, ports, stores, outletFor("status"));
      const tokens = await login;
      const upstreams = made.get(lane) ?? upstreamsOf(config, ports, tokens, outletFor(lane));
      made.set(lane, upstreams);
      return upstreams;
    },
  };
}

function upstreamsOf(config: ConnectionConfig, ports: Ports, tokens: TokenSource, outlet: Outlet): Upstreams {
  const central: CentralOptions = {
    outlet,
    tokens,
    baseUrl: config.central.url,
    tenantId: config.central.organizationId,
    userAgent: userAgent({
      agentType: "KafkaDiscoveryAgent",
      version: VERSION,
      environment: config.central.environment,
      agentName: config.agents.discovery,
    }),
    timeoutMs: config.central.timeoutMs,
  };
  const api = createApiServer({ ...central, pageSize: config.central.pageSize });
  return { api, central, outlet, reader: createReader(config, outlet, ports) };
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

async function createLogin(
  config: ConnectionConfig,
  ports: Ports,
  stores: Stores,
  outlet: Outlet,
): Promise<TokenSource> {
  const { auth } = config;
  const credentials: AmplifyCredentials =
    auth.kind === "key-pair"
      ? await keyPairCredentials(auth.clientId, auth.privateKeyPem)
      : { kind: "client-secret", clientId: auth.clientId, clientSecret: auth.clientSecret };
  const seal = await createSeal({ secretMaterial: secretMaterialOf(credentials), connection: config.name });
  const keep: TokenKeep = {
    load: async () => {
      const bytes = stores.sealed.get("token", "amplify", ports.clock.now());
      return bytes && (await seal.open("sealed", "token/amplify", bytes));
    },
    store: async (text) => {
      const bytes = await seal.seal("sealed", "token/amplify", text);
      stores.sealed.put("token", "amplify", bytes, ports.clock.now() + TOKEN_KEPT_MS);
    },
  };
  const [authUrl, realm] = splitAudience(auth.audience);
  return createTokenSource({
    outlet,
    credentials,
    authUrl,
    realm,
    timeoutMs: auth.timeoutMs,
    clock: ports.clock,
    random: ports.random,
    keep,
  });
}

/** `{CENTRAL_AUTH_URL}/realms/{realm}` in its two parts. */
function splitAudience(audience: string): [string, string] {
  const at = audience.lastIndexOf("/realms/");
  return [audience.slice(0, at), audience.slice(at + "/realms/".length)];
}

function createReader(config: ConnectionConfig, outlet: Outlet, ports: Ports): ConfluentReader {
  const { kafka, registry } = config;
  const access = registry && {
    credentials: registry.auth,
    headers: registry.headers,
    timeoutMs: registry.timeoutMs,
    variable: "KAFKA_SCHEMAREGISTRY_AUTH_APIKEY_ID",
  };
  const common = {
    outlet,
    clock: ports.clock,
    kafka: kafkaAccess(kafka),
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
      registry: access && registry.url !== undefined ? { ...access, url: registry.url } : undefined,
    });
  }
  return createCloudReader({
    ...common,
    cloudUrl: kafka.cloudUrl,
    environmentId: kafka.environmentId,
    clusterId: kafka.clusterId,
    control: controlAccess(kafka),
    restUrl: kafka.restUrl,
    ...(kafka.bootstrapServers.length > 0 ? { bootstrapServers: kafka.bootstrapServers } : {}),
    registry: access && { ...access, url: registry.url },
  });
}

export function kafkaAccess(kafka: KafkaConfig): Access {
  const variable = kafka.kind === "cloud" ? "KAFKA_CLUSTER_AUTH_APIKEY_ID" : "KAFKA_CLUSTER_REST_AUTH_USERNAME";
  return { credentials: kafka.auth, headers: kafka.headers, timeoutMs: kafka.timeoutMs, variable };
}

export function controlAccess(kafka: KafkaConfig & { readonly kind: "cloud" }): Access {
  const credentials: Credentials = kafka.cloudKey
    ? { kind: "basic", username: kafka.cloudKey.id, password: kafka.cloudKey.secret }
    : { kind: "none" };
  return { credentials, timeoutMs: kafka.cloudTimeoutMs, variable: "KAFKA_CLOUD_AUTH_APIKEY_ID" };
}
