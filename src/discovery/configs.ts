import { TOPIC_CONFIGS } from "../asyncapi/channel.ts";
import type { TopicConfig } from "../confluent/model.ts";

/** Also those that decide how subjects are matched. */
const MATTERS: ReadonlySet<string> = new Set(TOPIC_CONFIGS);

/** Whether the value has to be kept: it matters and it has one. */
export function configMatters(config: TopicConfig): config is TopicConfig & { readonly value: string } {
  return config.value !== null && MATTERS.has(config.name);
}

/** The same configs in the order of their names, so that equal ones compare equal as JSON. */
export function sortedConfigs(configs: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(configs).sort(([a], [b]) => (a < b ? -1 : 1)));
}
