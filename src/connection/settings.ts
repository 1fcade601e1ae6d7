import type { ConnectionConfig, KafkaConfig } from "../config/model.ts";
import { parseFilter } from "../discovery/filter/filter.ts";
import type { DiscoverySettings, TopicFilter } from "../discovery/settings.ts";

/** What discovery needs of the configuration. The filter was checked when the configuration was read. */
export function discoverySettings(config: ConnectionConfig): DiscoverySettings {
  const { discovery, kafka, asyncapi, central } = config;
  return {
    mode: discovery.mode,
    intervalMs: discovery.intervalMs,
    filter: topicFilter(discovery.filter),
    asyncapiVersion: asyncapi.version,
    ...speech(config),
    environment: central.environment,
    additionalTags: discovery.additionalTags,
    appendEnvironmentToTitle: discovery.appendEnvironmentToTitle,
    revisionPattern: discovery.revisionTitlePattern,
    vendor: vendorOf(config),
    oauth: oauthOf(kafka),
  };
}

/** An empty filter admits everything; one that is wrong admits nothing and says so. */
export function topicFilter(text: string): TopicFilter {
  const filter = parseFilter(text);
  if (!filter.ok) return { matches: () => ({ matched: false, rule: filter.message }) };
  return { matches: (topic) => filter.matches(topic) };
}

function vendorOf({ kafka, registry }: ConnectionConfig): DiscoverySettings["vendor"] {
  if (kafka.kind === "cloud") return "confluent-cloud";
  return registry ? "confluent-platform" : "apache-kafka";
}

/**
 * How clients speak to the brokers. Confluent Cloud knows TLS with PLAIN. Of Platform the configuration tells by a
 * protocol before the servers (`SASL_SSL://…`); where it does not, a login means TLS: nobody should send a password in clear.
 */
function speech({ kafka }: ConnectionConfig): Pick<DiscoverySettings, "tls" | "mechanism"> {
  if (kafka.kind === "cloud") return { tls: true, mechanism: "PLAIN" };
  const { securityProtocol, saslMechanism } = kafka;
  return {
    tls: securityProtocol === undefined ? saslMechanism !== undefined : securityProtocol.endsWith("SSL"),
    mechanism: saslMechanism ?? (securityProtocol === "SSL" ? "mTLS" : undefined),
  };
}

function oauthOf({ auth }: KafkaConfig): DiscoverySettings["oauth"] {
  return auth.kind === "oauth" ? { tokenUrl: auth.tokenUrl, scopes: auth.scopes } : undefined;
}
