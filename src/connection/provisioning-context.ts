import * as v from "valibot";
import { credentialRequestDefinition } from "../amplify/resources/definitions.ts";
import { createAcls } from "../confluent/acls.ts";
import type { Cluster } from "../confluent/model.ts";
import { createRest } from "../confluent/rest.ts";
import { createUserAdmin } from "../confluent/users.ts";
import { NotYet, UpstreamError } from "../http/errors.ts";
import type { Outlet } from "../http/outlet.ts";
import type { ProvisioningContext, SecretKeep } from "../provisioning/context.ts";
import { platformInventory } from "../provisioning/platform-inventory.ts";
import { platformPrincipals } from "../provisioning/platform-principals.ts";
import { quotaFigures } from "../provisioning/quota-figures.ts";
import type { TopicRow } from "../store/topics.ts";
import { kafkaAccess } from "./access.ts";
import { cloudSide, type ProvisioningSide } from "./cloud-side.ts";
import { type Context, publishingFacts } from "./context.ts";
import { ClusterFact, clusterOf, EnvironmentFact } from "./facts.ts";
import { credentialForm } from "./setup.ts";

const RECHECK_MS = 15_000;
/** Making a user starts a JVM next to the brokers twice, for up to 30 s each, and may have to wait for its turn. */
const USERS_TIMEOUT_MS = 90_000;
/** A secret that was not needed within a day is not needed any more. */
const SECRET_KEPT_MS = 24 * 60 * 60 * 1000;
const JSON_ONLY = { Accept: "application/json" };

/** Everything that provisioning of this connection is done with. Throws `NotYet` before setup and the first discovery. */
export async function provisioningContext(context: Context): Promise<ProvisioningContext> {
  const { config, stores, ports, settings, now } = context;
  const facts = publishingFacts(context);
  const known = stores.known.get("cluster", ClusterFact)?.value;
  const environment = stores.known.get("environment", EnvironmentFact)?.value;
  const form = credentialForm(config);
  // Before Amplify was compared nobody knows which topic an instance stands for.
  const isVerified = stores.known.names("verified").length > 0;
  if (!facts || !known || !environment || !form || !isVerified)
    throw new NotYet(now() + RECHECK_MS, "waiting for setup and the first discovery");
  const { api, outlet } = await context.upstreams.for("provisioning");
  const cluster = clusterOf(known);
  const rest = createRest({
    outlet,
    clock: ports.clock,
    upstream: "kafka",
    access: kafkaAccess(config),
    headers: JSON_ONLY,
  });
  let byInstance: ReadonlyMap<string, TopicRow> | undefined;
  const publishedAs = (instance: string) => {
    byInstance ??= new Map(stores.topics.all().flatMap((row) => named(row.published.instance?.name, row)));
    return byInstance.get(instance);
  };
  const definition = credentialRequestDefinition(form, {
    owner: facts.owner,
    expiryDays: environment.credentialExpiryDays,
  });
  return {
    api,
    environment: config.central.environment,
    ids: { organization: config.central.organizationId, environment: environment.id },
    cluster,
    acls: createAcls(rest),
    ...sideOf(context, cluster, outlet),
    grants: stores.grants,
    intents: stores.intents,
    echoes: stores.echoes,
    secrets: await secretKeep(context),
    topicOf: (instance) => publishedAs(instance)?.name,
    serviceOf: (instance) => {
      const service = publishedAs(instance)?.published.service;
      return service && { id: service.id, owner: facts.owner };
    },
    subjectsOf: (topic) => publishedSubjects(stores.topics.get(topic)),
    told: {
      definition: definition.name,
      bootstrapServers: facts.cluster.bootstrapServers.join(","),
      mechanism: `${settings.tls ? "SASL_SSL" : "SASL_PLAINTEXT"}, ${settings.mechanism ?? "PLAIN"}`,
      login: form === "api-key" ? { id: "apiKey", secret: "apiSecret" } : { id: "username", secret: "password" },
      registryUrl: config.registry && cluster.registryUrl,
      schema: v.parse(Provision, definition.spec).provision.schema,
      expiryDays: environment.credentialExpiryDays,
      deprovisionExpired: environment.deprovisionExpired,
    },
    overlapMs: config.provisioning.rotationOverlapMs,
    idempotentWrite: config.provisioning.idempotentWrite,
    now,
    fraction: () => ports.random.fraction(),
    together: context.together,
    concern: (application) => stores.work.hint(`application:${application}`, "provisioning", now(), "found elsewhere"),
    audit: context.audit,
  };
}

function named(instance: string | undefined, row: TopicRow): [string, TopicRow][] {
  return instance === undefined ? [] : [[instance, row]];
}

const Provision = v.looseObject({ provision: v.looseObject({ schema: v.unknown() }) });

/** What differs between Cloud and Platform: service accounts, API keys and role bindings there, SASL users here. */
function sideOf(context: Context, cluster: Cluster, outlet: Outlet): ProvisioningSide {
  const { config, stores, ports, settings, now } = context;
  const { kafka, users } = config;
  if (kafka.kind === "cloud") return cloudSide(context, kafka, cluster, outlet);
  if (!users) {
    throw new UpstreamError(
      "users",
      { kind: "invalid" },
      "KAFKA_USERS_URL is not set: no SASL user can be made. Run tools/user-admin next to the brokers and name it there.",
    );
  }
  const admin = createUserAdmin({
    outlet,
    clock: ports.clock,
    url: users.url,
    token: users.token,
    headers: users.headers,
    timeoutMs: USERS_TIMEOUT_MS,
  });
  return {
    principals: platformPrincipals({
      users: admin,
      random: ports.random,
      mechanism: settings.mechanism ?? "PLAIN",
      now,
      audit: context.audit,
    }),
    registry: undefined,
    // Kafka's own brokers count nothing that they would refuse to make more of.
    quotas: quotaFigures({ known: stores.known, read: async () => [], now }),
    inventory: platformInventory(admin),
  };
}

/**
 * Rows of older versions tell only those of the topic's own schemas, until it is discovered again. While it is not known
 * which document an instance that was found again shows, it is taken for the one that is wanted.
 */
function publishedSubjects(row: TopicRow | undefined): readonly string[] {
  if (!row) return [];
  const published = row.published.wanted ?? (row.published.instance && row.wanted);
  return published ? (published.subjects ?? row.subjects.map(({ subject }) => subject)) : [];
}

/** Sealed, under the key's id. */
async function secretKeep({ upstreams, stores, now }: Context): Promise<SecretKeep> {
  const seal = await upstreams.seal();
  const place = (key: string) => `key/${key}`;
  return {
    seal: async (key, secret) => {
      const bytes = await seal.seal("sealed", place(key), secret);
      return () => stores.sealed.put("key", key, bytes, now() + SECRET_KEPT_MS);
    },
    get: async (key) => {
      const bytes = stores.sealed.get("key", key, now());
      return bytes && (await seal.open("sealed", place(key), bytes));
    },
    drop: (key) => stores.sealed.drop("key", key),
  };
}
