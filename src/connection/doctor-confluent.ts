import type { CloudKafka, ConnectionConfig } from "../config/model.ts";
import { targetOf } from "../confluent/cloud.ts";
import {
  alterCheck,
  type Check,
  cloudChecks,
  kafkaChecks,
  look,
  metricsChecks,
  provisioningChecks,
  registryCheck,
} from "../confluent/doctor.ts";
import type { Cluster } from "../confluent/model.ts";
import { REGISTRY_HEADERS } from "../confluent/registry.ts";
import { type Access, createRest, type Rest } from "../confluent/rest.ts";
import type { Clock } from "../runtime/ports.ts";
import { controlAccess, kafkaAccess, registryAccess } from "./access.ts";
import type { DoctorCheck } from "./api.ts";
import { type Examiner, type Login, type Probe, untold } from "./doctor-check.ts";
import { askAccounts, askRoleBindings, askUsers } from "./doctor-provisioning.ts";
import { askLags, askOffsets, askQuotas } from "./doctor-questions.ts";
import { hindranceOf } from "./hindrance.ts";
import type { Upstreams } from "./upstreams.ts";

export interface ConfluentQuestions {
  readonly config: ConnectionConfig;
  readonly upstreams: Upstreams;
  readonly clock: Clock;
  /** As it was looked up last; undefined when it never was. */
  readonly cluster: Cluster | undefined;
  /** Keeps what the look-up gives: only addresses that are known may be called. */
  readonly keep: (cluster: Cluster) => void;
  /** What earlier runs saw for certain: then an empty list is a refusal. */
  readonly seen: { readonly topics: boolean; readonly subjects: boolean };
}

/** Control plane, cluster, registry and metrics, each with its own credential. */
export async function examineConfluent(examiner: Examiner, asked: ConfluentQuestions): Promise<DoctorCheck[]> {
  const { config } = asked;
  return config.kafka.kind === "cloud" ? examineCloud(examiner, asked, config.kafka) : examinePlatform(examiner, asked);
}

async function examineCloud(examiner: Examiner, asked: ConfluentQuestions, kafka: CloudKafka): Promise<DoctorCheck[]> {
  const found = Promise.withResolvers<Cluster | undefined>();
  const control = examineControl(examiner, asked, kafka, found.resolve).finally(() => found.resolve(asked.cluster));
  // With its address known from before, the cluster need not wait for the look-up.
  const cluster = asked.cluster ?? (await found.promise);
  const servers = await Promise.all([
    examineKafka(examiner, asked, cluster),
    examineRegistry(examiner, asked, cluster),
  ]);
  return [...(await control), ...servers.flat()];
}

async function examineControl(
  examiner: Examiner,
  asked: ConfluentQuestions,
  kafka: CloudKafka,
  found: (cluster: Cluster) => void,
): Promise<DoctorCheck[]> {
  const { config, upstreams, clock } = asked;
  const access = controlAccess(config, kafka);
  const login: Login = { check: "cloud-login", permission: "a Cloud API key", variable: access.variable };
  const lookUp = async () => {
    const cluster = await upstreams.reader.cluster();
    asked.keep(cluster);
    found(cluster);
    return cluster;
  };
  if (!kafka.cloudKey) {
    await lookUp();
    return [untold(login, `${access.variable} is not set: access cannot be given and consumption not measured.`)];
  }
  const { environmentId, clusterId, cloudUrl, metricsUrl } = kafka;
  const common = { outlet: upstreams.outlet, clock, access, headers: { Accept: "application/json" } };
  const rest = createRest({ ...common, upstream: "cloud" });
  const metrics = createRest({ ...common, upstream: "metrics" });
  const [reading] = cloudChecks(cloudUrl, environmentId, clusterId);
  const first: Probe = {
    check: "cloud-cluster",
    permission: reading?.ask.permission,
    variable: access.variable,
    ask: async () => {
      const { type } = await lookUp();
      return { ok: true, message: `It may look up the cluster ${clusterId} (${type}) and the Schema Registry.` };
    },
  };
  const provisioning = provisioningChecks(cloudUrl, environmentId, clusterId).map((check) =>
    check.name === "cloud-quotas" ? askQuotas(rest, check, access.variable) : probeOf(rest, check, access),
  );
  const measuring = metricsChecks(metricsUrl, clusterId)
    .filter(({ name }) => name === "metrics-cluster")
    .map((check) => probeOf(metrics, check, access));
  const making = [
    askAccounts(rest, cloudUrl, access.variable),
    ...(config.registry ? [askRoleBindings(rest, kafka, asked.cluster, access.variable)] : []),
  ];
  return examiner.behind(login, first, [...provisioning, ...making, ...measuring]);
}

async function examinePlatform(examiner: Examiner, asked: ConfluentQuestions): Promise<DoctorCheck[]> {
  const { config, upstreams, clock } = asked;
  const { variable } = kafkaAccess(config);
  const { users } = config;
  const isProvisioning = hindranceOf(config) === undefined;
  const found = Promise.withResolvers<Cluster | undefined>();
  const first: Probe = {
    check: "kafka-cluster-id",
    permission: "access to the REST API",
    variable,
    ask: async () => {
      const cluster = await upstreams.reader.cluster();
      asked.keep(cluster);
      found.resolve(cluster);
      return {
        ok: true,
        message: `It serves the cluster ${cluster.clusterId} at ${new URL(cluster.restUrl).pathname}.`,
      };
    },
  };
  const others = Promise.all([
    examiner.all(users && isProvisioning ? [askUsers(config, users, upstreams.outlet, clock)] : []),
    examineRegistry(examiner, asked, undefined),
  ]);
  const asking = examiner.behind(kafkaLogin(variable, false), first, []).finally(() => found.resolve(undefined));
  const cluster = await found.promise;
  const checks = cluster
    ? await examiner.all(kafkaProbes(asked, cluster))
    : probesWithout(asked).map((probe) => untold(probe, "It could not be told: the cluster was not found."));
  return [...(await asking), ...checks, ...(await others).flat()];
}

function examineKafka(
  examiner: Examiner,
  asked: ConfluentQuestions,
  cluster: Cluster | undefined,
): Promise<DoctorCheck[]> {
  const { variable } = kafkaAccess(asked.config);
  const login = kafkaLogin(variable, true);
  const [first, ...others] = cluster ? kafkaProbes(asked, cluster) : [];
  if (!first) {
    const message = "It could not be told: the address of the cluster is not known.";
    return Promise.resolve([login, ...probesWithout(asked)].map((probe) => untold(probe, message)));
  }
  return examiner.behind(login, first, others);
}

function kafkaLogin(variable: string, isCloud: boolean): Login {
  const permission = isCloud ? "an API key of this cluster, or a global one" : "a login at the REST API";
  return { check: "kafka-login", permission, variable };
}

function kafkaProbes({ config, upstreams, clock, seen }: ConfluentQuestions, cluster: Cluster): Probe[] {
  const access = kafkaAccess(config);
  const isProvisioning = hindranceOf(config) === undefined;
  const rest = createRest({
    outlet: upstreams.outlet,
    clock,
    upstream: "kafka",
    isProxy: config.kafka.kind === "platform",
    access,
    headers: { Accept: "application/json" },
  });
  return [
    ...[...kafkaChecks(rest, cluster), ...(isProvisioning ? [alterCheck(rest, cluster)] : [])].map((check) =>
      probeOf(rest, check, access, check.name === "kafka-topics" && seen.topics),
    ),
    askLags(rest, cluster, access.variable),
    askOffsets(rest, cluster, access.variable),
  ];
}

/** The same probes by name, of a cluster that cannot be asked. */
function probesWithout(asked: ConfluentQuestions): Probe[] {
  const nowhere = { clusterId: "unknown", type: "Unknown", restUrl: "https://unknown.invalid" } as const;
  return kafkaProbes(asked, { ...nowhere, bootstrapServers: [], registryUrl: undefined, registryId: undefined });
}

function examineRegistry(
  examiner: Examiner,
  { config, upstreams, clock, seen, ...asked }: ConfluentQuestions,
  found: Cluster | undefined,
): Promise<DoctorCheck[]> {
  const access = registryAccess(config);
  if (!access) return Promise.resolve([]);
  const cluster = found ?? asked.cluster;
  const url = config.registry?.url ?? cluster?.registryUrl;
  const login: Login = { check: "registry-login", permission: "a login at Schema Registry", variable: access.variable };
  const check = registryCheck((url ?? "https://unknown.invalid").replace(/\/+$/, ""));
  const headers = { ...REGISTRY_HEADERS, ...(cluster ? targetOf(access, cluster) : {}) };
  const rest = createRest({ outlet: upstreams.outlet, clock, upstream: "registry", access, headers });
  const first = probeOf(rest, check, access, seen.subjects);
  if (url === undefined) {
    const message = "It could not be told: the address of Schema Registry is not known, or the environment has none.";
    return Promise.resolve([untold(login, message), untold(first, message)]);
  }
  return examiner.behind(login, first, []);
}

/** @param isSeen what the check lists has been seen before, so that an empty list is a refusal */
function probeOf(rest: Rest, check: Check, { variable }: Access, isSeen = false): Probe {
  return {
    check: check.name,
    permission: check.ask.permission,
    variable,
    ask: () => look(rest, isSeen ? { ...check, isNeverEmpty: true } : check),
  };
}
