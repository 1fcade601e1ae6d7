import type { CloudKafka } from "../config/model.ts";
import { createApiKeys } from "../confluent/api-keys.ts";
import type { Cluster } from "../confluent/model.ts";
import { probeKafka, probeRegistry, probeSubject } from "../confluent/probe.ts";
import { readQuotas } from "../confluent/quotas.ts";
import { readRegistryName } from "../confluent/registries.ts";
import { createRest } from "../confluent/rest.ts";
import { createRoleBindings } from "../confluent/role-bindings.ts";
import { createServiceAccounts } from "../confluent/service-accounts.ts";
import type { Outlet } from "../http/outlet.ts";
import { cloudInventory } from "../provisioning/cloud-inventory.ts";
import { cloudPrincipals } from "../provisioning/cloud-principals.ts";
import { cloudRegistry } from "../provisioning/cloud-registry.ts";
import type { ProvisioningContext } from "../provisioning/context.ts";
import { quotaFigures } from "../provisioning/quota-figures.ts";
import { controlAccess } from "./access.ts";
import type { Context } from "./context.ts";

/** The part of provisioning that Cloud and Platform do differently. */
export type ProvisioningSide = Pick<ProvisioningContext, "principals" | "registry" | "quotas" | "inventory">;

/** Provisioning on Confluent Cloud, by the control plane with the Cloud API key. */
export function cloudSide(context: Context, kafka: CloudKafka, cluster: Cluster, outlet: Outlet): ProvisioningSide {
  const { config, stores, ports, now, audit } = context;
  const { cloudUrl, environmentId } = kafka;
  const { clock, random } = ports;
  const headers = { Accept: "application/json" };
  const rest = createRest({ outlet, clock, upstream: "cloud", access: controlAccess(config, kafka), headers });
  const quotas = quotaFigures({
    known: stores.known,
    read: (of) =>
      readQuotas(
        rest,
        cloudUrl,
        of === "organization"
          ? { scope: "ORGANIZATION" }
          : { scope: "KAFKA_CLUSTER", environmentId, clusterId: cluster.clusterId },
      ),
    now,
  });
  const making = { keys: createApiKeys(rest, cloudUrl), intents: stores.intents, quotas, random, now, audit };
  const ofKafka = { outlet, clock, headers: kafka.headers, timeoutMs: kafka.timeoutMs };
  const { registry } = config;
  const ofRegistry = {
    ...ofKafka,
    headers: registry?.headers ?? {},
    timeoutMs: registry?.timeoutMs ?? kafka.timeoutMs,
  };
  const { registryId, registryUrl } = cluster;
  const accounts = createServiceAccounts(rest, cloudUrl);
  const registryAccess = cloudRegistry({
    ...making,
    roleBindings: createRoleBindings(rest, cloudUrl),
    known: stores.known,
    registry: registry && registryUrl !== undefined ? (registryId ?? registryUrl) : undefined,
    lookUp: () => readRegistryName(rest, cloudUrl, environmentId, { id: registryId, url: registryUrl }),
    probe: (key, subject) =>
      subject === undefined ? probeRegistry(ofRegistry, cluster, key) : probeSubject(ofRegistry, cluster, key, subject),
  });
  return {
    principals: cloudPrincipals({
      ...making,
      accounts,
      clusterId: cluster.clusterId,
      probe: (key) => probeKafka(ofKafka, cluster, key),
    }),
    registry: registryAccess,
    quotas,
    inventory: cloudInventory({
      accounts,
      keys: making.keys,
      resources: () => {
        const name = registryAccess.name();
        return [cluster.clusterId, ...(typeof name === "object" ? [name.id] : [])];
      },
    }),
  };
}
