import type { ConfigChange, ConfigEntry, ConfigSynonym } from "./configs.ts";
import { refused } from "./kafka-error.ts";
import { complaint, type TopicConfigDefinition } from "./topic-config-definitions.ts";

/** Describes and checks the configs of topics under one set of definitions and the cluster's dynamic broker defaults. */
export class TopicConfigs {
  readonly #definitions: ReadonlyMap<string, TopicConfigDefinition>;
  readonly #dynamicDefaults: ReadonlyMap<string, string>;
  /** Entries of a topic that sets nothing; shared by all topics, thousands of them look the same. */
  readonly defaults: readonly ConfigEntry[];

  constructor(definitions: readonly TopicConfigDefinition[], dynamicDefaults: ReadonlyMap<string, string>) {
    this.#definitions = new Map(definitions.map((definition) => [definition.name, definition]));
    this.#dynamicDefaults = dynamicDefaults;
    this.defaults = definitions.map((definition) => this.#describe(definition, undefined));
  }

  /** Every config of a topic, sorted by name, `set` being what was set on the topic itself. */
  describe(set: ReadonlyMap<string, string>): readonly ConfigEntry[] {
    if (set.size === 0) return this.defaults;
    return this.defaults.map((entry) => {
      const value = set.get(entry.name);
      const definition = this.#definitions.get(entry.name);
      return value === undefined || definition === undefined ? entry : this.#describe(definition, value);
    });
  }

  knows(name: string): boolean {
    return this.#definitions.has(name);
  }

  /**
   * What is set on the topic after `changes`, all or nothing; throws the controller's refusal.
   * `where` names the place in the text about nulls, which differs between create and alter.
   */
  apply(set: ReadonlyMap<string, string>, changes: readonly ConfigChange[], where: string): Map<string, string> {
    for (const { name, operation, value } of changes) {
      if (operation === "SET" && value === null) throw refused(`Null value not supported for ${where}: ${name}`);
    }
    const result = new Map(set);
    for (const { name, operation, value } of changes) {
      if (operation === "DELETE" || value === null) result.delete(name);
      else result.set(name, value);
    }
    for (const [name, value] of result) this.#check(name, value);
    return result;
  }

  #check(name: string, value: string): void {
    const definition = this.#definitions.get(name);
    if (definition === undefined) throw refused(`Unknown topic config name: ${name}`);
    const text = complaint(definition, value);
    if (text !== undefined) throw refused(text);
  }

  #describe(definition: TopicConfigDefinition, set: string | undefined): ConfigEntry {
    const { name, synonym, defaultValue } = definition;
    const synonyms: ConfigSynonym[] = [];
    if (set !== undefined) synonyms.push({ name, value: set, source: "DYNAMIC_TOPIC_CONFIG" });
    if (synonym !== undefined) {
      const dynamic = this.#dynamicDefaults.get(synonym);
      if (dynamic !== undefined) {
        synonyms.push({ name: synonym, value: dynamic, source: "DYNAMIC_DEFAULT_BROKER_CONFIG" });
      }
      synonyms.push({ name: synonym, value: defaultValue, source: "DEFAULT_CONFIG" });
    }
    const inForce = synonyms[0] ?? { value: defaultValue, source: "DEFAULT_CONFIG" as const };
    return {
      name,
      value: inForce.value,
      isReadOnly: false,
      isSensitive: false,
      source: inForce.source,
      synonyms,
      isDefault: inForce.source === "DEFAULT_CONFIG",
    };
  }
}
