/** Config entries as the admin client describes them, whatever they belong to (kafka-rest AbstractConfigData). */

type ConfigSource =
  | "DYNAMIC_TOPIC_CONFIG"
  | "DYNAMIC_BROKER_CONFIG"
  | "DYNAMIC_DEFAULT_BROKER_CONFIG"
  | "STATIC_BROKER_CONFIG"
  | "DEFAULT_CONFIG";

export interface ConfigSynonym {
  readonly name: string;
  /** null when sensitive or unset */
  readonly value: string | null;
  readonly source: ConfigSource;
}

export interface ConfigEntry {
  readonly name: string;
  readonly value: string | null;
  readonly isReadOnly: boolean;
  readonly isSensitive: boolean;
  readonly source: ConfigSource;
  /** The chain of values, the one in force first; empty for a default that no broker config stands behind. */
  readonly synonyms: readonly ConfigSynonym[];
  /** Whether the value in force is Kafka's own default. */
  readonly isDefault: boolean;
}

/** One change of a config; a null value is refused by the broker, but reaches it. */
export interface ConfigChange {
  readonly name: string;
  readonly operation: "SET" | "DELETE";
  readonly value: string | null;
}

export const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
