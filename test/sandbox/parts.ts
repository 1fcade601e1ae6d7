import type { Addresses, ServiceName } from "./addresses.ts";
import { type Amplify, amplifyService } from "./amplify/amplify.ts";
import { Ingestion, type IngestionBehaviour } from "./amplify/ingestion.ts";
import { Marketplace } from "./amplify/marketplace.ts";
import { type Receiver, type WebhookBehaviour, Webhooks } from "./amplify/webhooks.ts";
import type { CloudBehaviour } from "./cloud/behaviour.ts";
import { controlPlane } from "./cloud/control-plane.ts";
import { kafkaKey, registryKey } from "./cloud/keys.ts";
import { metricsApi } from "./cloud/metrics-api.ts";
import type { MetricsBehaviour } from "./cloud/metrics-behaviour.ts";
import { Organization } from "./cloud/organization.ts";
import { reportingCaller } from "./core/caller.ts";
import type { Authenticate, SandboxContext, SandboxService } from "./core/types.ts";
import { KafkaCluster } from "./kafka/cluster.ts";
import { kafkaRest } from "./kafka/rest.ts";
import { brokerLogin } from "./logins.ts";
import { type PlatformOptions, registryLogin, restLogin } from "./platform.ts";
import { Registry } from "./registry/registry.ts";
import { registryRest } from "./registry/rest.ts";
import type { Secrets } from "./secrets.ts";
import { playedContext } from "./traffic/time.ts";
import { Traffic } from "./traffic/traffic.ts";
import { SaslUsers } from "./users/sasl-users.ts";
import { type UserAdminOptions, userAdmin } from "./users/user-admin.ts";
import { amplifySeed } from "./world/amplify.ts";
import { platformBrokers, platformClusterId, type Side } from "./world/demo.ts";
import { saslUser, seedKeys } from "./world/logins.ts";
import { cloudIds, cloudOrganization } from "./world/organization.ts";

/** The simulated systems of one sandbox, whole and connected, without topics and subjects. */
export interface Parts {
  readonly amplify: Amplify;
  readonly ingestion: Ingestion;
  readonly organization: Organization;
  readonly clusters: Readonly<Record<Side, KafkaCluster>>;
  readonly registries: Readonly<Record<Side, Registry>>;
  /** Consumers who ask for access, and read what they get. */
  readonly marketplace: Marketplace;
  readonly webhooks: Webhooks;
  /** Who can log in to the Platform's brokers. */
  readonly users: SaslUsers;
  /** Applications that produce and consume, and what they really did. */
  readonly traffic: Traffic;
  readonly services: ReadonlyMap<ServiceName, SandboxService>;
}

export interface PartsOptions {
  readonly addresses: Addresses;
  readonly secrets: Secrets;
  /** Undefined: no limit. */
  readonly amplifyRequestsPerMinute: number | undefined;
  readonly platform: PlatformOptions;
  readonly cloud?: Partial<CloudBehaviour>;
  readonly metrics?: Partial<MetricsBehaviour>;
  readonly ingestion?: Partial<IngestionBehaviour>;
  readonly users?: Partial<UserAdminOptions>;
  /** What traffic is drawn from. */
  readonly seed: number;
  readonly webhooks: {
    readonly receiver: () => Receiver | undefined;
    readonly wait: (ms: number) => Promise<void>;
    readonly behaviour?: Partial<WebhookBehaviour>;
  };
}

export function buildParts(context: SandboxContext, options: PartsOptions): Parts {
  const { addresses, secrets, platform } = options;
  const played = playedContext(context);
  const organization = new Organization(
    played,
    cloudOrganization({ kafka: addresses.cloudKafka, registry: addresses.cloudRegistry }),
    options.cloud,
    options.metrics,
  );
  seedKeys(organization);
  const amplify = amplifyService(context, amplifySeed(secrets, options.amplifyRequestsPerMinute));
  const ingestion = new Ingestion(amplify, options.ingestion);
  const marketplace = new Marketplace(context, amplify);
  const webhooks = new Webhooks(context, amplify, options.webhooks);
  const clusters = {
    cloud: new KafkaCluster(played, { clusterId: cloudIds.cluster }),
    platform: new KafkaCluster(played, {
      clusterId: platformClusterId,
      software: "confluent-server",
      brokers: platformBrokers,
    }),
  };
  const registries = {
    cloud: new Registry(context, { kafkaClusterId: cloudIds.cluster, keepsRuleSets: true }),
    platform: new Registry(context, { kafkaClusterId: platformClusterId }),
  };
  const users = new SaslUsers(played);
  users.put(saslUser, "SCRAM-SHA-512", secrets.saslPassword, false);
  const login = (side: Side) => brokerLogin({ organization, users }, side);
  const traffic = new Traffic({
    clock: played.clock,
    clusters,
    logins: { cloud: login("cloud"), platform: login("platform") },
    seed: options.seed,
  });
  organization.aclCount = (cluster) => (cluster === cloudIds.cluster ? clusters.cloud.acls.all().length : 0);
  const services: SandboxService[] = [
    amplify,
    ingestion,
    controlPlane(context, organization, { origin: addresses.cloud }),
    metricsApi(context, organization, new Map([[cloudIds.cluster, traffic.history]])),
    service("cloud-kafka", clusters.cloud, kafkaKey(organization, cloudIds.cluster), (authenticate) =>
      kafkaRest(clusters.cloud, {
        flavour: "cloud",
        authenticate,
        lagsRefused: () =>
          organization.cluster(cloudIds.cluster)?.kind === "Dedicated" ? undefined : organization.behaviour.lagsRefused,
      }),
    ),
    service("cloud-registry", registries.cloud, registryKey(organization, cloudIds.registry), (authenticate) =>
      registryRest(registries.cloud, { flavour: "cloud", authenticate }),
    ),
    service("platform-kafka", clusters.platform, restLogin(platform, secrets), (authenticate) =>
      kafkaRest(clusters.platform, { flavour: platform.server ?? "rest-proxy", authenticate }),
    ),
    service("platform-registry", registries.platform, registryLogin(platform, secrets), (authenticate) =>
      registryRest(registries.platform, { flavour: "platform", authenticate }),
    ),
    userAdmin(context, users, { tokens: [secrets.usersToken], ...options.users }),
  ];
  const byName = new Map(services.map((each) => [each.name as ServiceName, each]));
  return {
    amplify,
    ingestion,
    marketplace,
    webhooks,
    organization,
    clusters,
    registries,
    users,
    traffic,
    services: byName,
  };
}

interface Stateful {
  snapshot(): unknown;
  restore(snapshot: unknown): void;
}

/** A service whose code is handed its `authenticate`: who was recognised is reported to the request log. */
function service(
  name: ServiceName,
  state: Stateful,
  authenticate: Authenticate,
  rest: (authenticate: Authenticate) => { fetch(request: Request): Response | Promise<Response> },
): SandboxService {
  const reporting = reportingCaller(authenticate);
  const { fetch } = rest(reporting.authenticate);
  return {
    name,
    fetch: async (request) => reporting.report(request, await fetch(request)),
    snapshot: () => state.snapshot(),
    restore: (snapshot) => state.restore(snapshot),
  };
}
