import { byName, type ConfigEntry, type ConfigSynonym } from "./configs.ts";

/** One broker as the admin client sees it. */
export interface Broker {
  readonly id: number;
  /** Host and port of the listener that the REST server itself uses, usually an internal one. */
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
  /** What stands in its server.properties, e.g. `advertised.listeners`; everything else has Kafka's default. */
  readonly properties: Readonly<Record<string, string>>;
}

interface BrokerConfigDefinition {
  readonly defaultValue: string | null;
  /** Cannot be changed while the broker runs (Kafka DynamicBrokerConfig). */
  readonly readOnly: boolean;
}

/** The broker configs that tell how a cluster is reached and what new topics look like, with Kafka's defaults. */
const DEFINITIONS: Readonly<Record<string, BrokerConfigDefinition>> = {
  "advertised.listeners": { defaultValue: null, readOnly: true },
  "auto.create.topics.enable": { defaultValue: "true", readOnly: true },
  "broker.rack": { defaultValue: null, readOnly: true },
  "compression.type": { defaultValue: "producer", readOnly: false },
  "default.replication.factor": { defaultValue: "1", readOnly: true },
  "delete.topic.enable": { defaultValue: "true", readOnly: true },
  "inter.broker.listener.name": { defaultValue: null, readOnly: true },
  listeners: { defaultValue: "PLAINTEXT://:9092", readOnly: false },
  "listener.security.protocol.map": {
    defaultValue: "SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT",
    readOnly: false,
  },
  "log.retention.hours": { defaultValue: "168", readOnly: true },
  "message.max.bytes": { defaultValue: "1048588", readOnly: false },
  "min.insync.replicas": { defaultValue: "1", readOnly: false },
  "num.partitions": { defaultValue: "1", readOnly: true },
  "sasl.enabled.mechanisms": { defaultValue: "GSSAPI", readOnly: false },
  "sasl.mechanism.inter.broker.protocol": { defaultValue: "GSSAPI", readOnly: false },
  "security.inter.broker.protocol": { defaultValue: "PLAINTEXT", readOnly: true },
};

/** Login modules and passwords: described without their value. */
const SENSITIVE = /(sasl\.jaas\.config|\.password|\.secret)$/;

/** All configs of a broker, sorted by name; `dynamicDefaults` are those set for the whole cluster. */
export function brokerConfigs(broker: Broker, dynamicDefaults: ReadonlyMap<string, string>): readonly ConfigEntry[] {
  const names = new Set([...Object.keys(DEFINITIONS), ...Object.keys(broker.properties)]);
  return [...names].map((name) => describe(name, broker.properties[name], dynamicDefaults.get(name))).sort(byName);
}

function describe(name: string, property: string | undefined, dynamicDefault: string | undefined): ConfigEntry {
  const definition = DEFINITIONS[name];
  const isSensitive = SENSITIVE.test(name);
  const synonyms: ConfigSynonym[] = [];
  const add = (value: string | null | undefined, source: ConfigSynonym["source"]): void => {
    if (value !== undefined && value !== null) synonyms.push({ name, value: isSensitive ? null : value, source });
  };
  add(dynamicDefault, "DYNAMIC_DEFAULT_BROKER_CONFIG");
  add(property, "STATIC_BROKER_CONFIG");
  add(definition?.defaultValue, "DEFAULT_CONFIG");
  const inForce = synonyms[0] ?? { value: null, source: "DEFAULT_CONFIG" as const };
  return {
    name,
    value: inForce.value,
    isReadOnly: definition?.readOnly ?? true,
    isSensitive,
    source: inForce.source,
    synonyms,
    isDefault: inForce.source === "DEFAULT_CONFIG",
  };
}

/** The dynamic cluster-wide overrides alone, as `broker-configs` lists them. */
export function clusterConfigs(dynamicDefaults: ReadonlyMap<string, string>): readonly ConfigEntry[] {
  return [...dynamicDefaults]
    .map(([name, value]): ConfigEntry => {
      const source = "DYNAMIC_DEFAULT_BROKER_CONFIG";
      return {
        name,
        value,
        isReadOnly: false,
        isSensitive: false,
        source,
        synonyms: [{ name, value, source }],
        isDefault: false,
      };
    })
    .sort(byName);
}
