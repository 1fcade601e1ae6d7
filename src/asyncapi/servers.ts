import { compare, type Json, type JsonObject, objectOf } from "./json.ts";
import { BINDING_VERSION } from "./messages.ts";
import type { DocumentInput, Mechanism } from "./model.ts";
import { code } from "./words.ts";

type Cluster = DocumentInput["cluster"];

const VENDORS: Readonly<Record<Cluster["vendor"], string>> = {
  "confluent-cloud": "Confluent Cloud",
  "confluent-platform": "Confluent Platform",
  "apache-kafka": "Apache Kafka",
};

/** `Confluent Cloud cluster `lkc-1``, for descriptions. */
export function clusterWords({ vendor, clusterId }: Cluster): string {
  return `${VENDORS[vendor]} cluster ${code(clusterId)}`;
}

/** One server for each bootstrap address, sorted: their order means nothing to Kafka. */
export function serversOf(cluster: Cluster): JsonObject {
  const hosts = [...new Set(cluster.bootstrapServers)].toSorted(compare);
  const name = (index: number) => (hosts.length === 1 ? "kafka" : `kafka-${index + 1}`);
  return objectOf(hosts.map((host, index) => [name(index), server(host, cluster)]));
}

function server(host: string, cluster: Cluster): JsonObject {
  const scheme = schemeName(cluster.mechanism);
  return objectOf([
    ["host", host],
    ["protocol", cluster.tls ? "kafka-secure" : "kafka"],
    ["description", `Bootstrap server of the ${clusterWords(cluster)}, ${transport(cluster)}.`],
    ["security", scheme === undefined ? undefined : [{ $ref: `#/components/securitySchemes/${scheme}` }]],
    ["bindings", registryBinding(cluster)],
  ]);
}

/** Kafka's own word for the protocol (`security.protocol` of its clients). */
function transport({ tls, mechanism }: Cluster): string {
  const sasl = mechanism !== undefined && mechanism !== "mTLS";
  const protocol = `${sasl ? "SASL_" : ""}${tls ? "SSL" : "PLAINTEXT"}`;
  return sasl ? `\`${protocol}\` with mechanism \`${mechanism}\`` : `\`${protocol}\``;
}

/** Whatever the registry is, we read it as Confluent's clients do: their serializers fit it. */
function registryBinding({ registryUrl }: Cluster): Json | undefined {
  if (registryUrl === undefined) return undefined;
  return {
    kafka: { schemaRegistryUrl: registryUrl, schemaRegistryVendor: "confluent", bindingVersion: BINDING_VERSION },
  };
}

const SCHEMES: Readonly<Record<Mechanism, string>> = {
  PLAIN: "saslPlain",
  "SCRAM-SHA-256": "saslScramSha256",
  "SCRAM-SHA-512": "saslScramSha512",
  OAUTHBEARER: "saslOauthbearer",
  mTLS: "mutualTls",
};

export function schemeName(mechanism: Mechanism | undefined): string | undefined {
  return mechanism === undefined ? undefined : SCHEMES[mechanism];
}

/** The one security scheme of the cluster; undefined when it asks for none. */
export function securitySchemes(cluster: Cluster): JsonObject | undefined {
  const { mechanism } = cluster;
  return mechanism === undefined ? undefined : { [SCHEMES[mechanism]]: scheme(mechanism, cluster) };
}

function scheme(mechanism: Mechanism, cluster: Cluster): JsonObject {
  switch (mechanism) {
    case "PLAIN":
      return { type: "plain", description: `SASL/PLAIN. ${credential(cluster)}` };
    case "SCRAM-SHA-256":
      return { type: "scramSha256", description: `SASL/SCRAM-SHA-256. ${credential(cluster)}` };
    case "SCRAM-SHA-512":
      return { type: "scramSha512", description: `SASL/SCRAM-SHA-512. ${credential(cluster)}` };
    case "OAUTHBEARER":
      return oauth(cluster);
    case "mTLS":
      return { type: "X509", description: "TLS with a client certificate that the cluster trusts." };
  }
}

function credential({ vendor }: Cluster): string {
  return vendor === "confluent-cloud"
    ? "The user name is an API key, the password its secret."
    : "User name and password of a user of the cluster.";
}

function oauth({ oauth: settings }: Cluster): JsonObject {
  const description = "SASL/OAUTHBEARER. The client sends a token that it got with its client id and secret.";
  if (settings === undefined) return { type: "oauth2", description, flows: {} };
  const scopes = [...new Set(settings.scopes)].toSorted(compare);
  const availableScopes = objectOf(scopes.map((scope) => [scope, "Asked for with every token."]));
  const clientCredentials = { tokenUrl: settings.tokenUrl, availableScopes };
  return objectOf([
    ["type", "oauth2"],
    ["description", description],
    ["flows", { clientCredentials }],
    ["scopes", scopes.length > 0 ? scopes : undefined],
  ]);
}
