import { internalRule } from "./internal.ts";
import type { TopicFilter } from "./settings.ts";

export type Admission =
  | { readonly decision: "eligible"; readonly rule: string }
  | { readonly decision: "filtered"; readonly rule: string }
  | { readonly decision: "internal"; readonly rule: string };

/** Whether the rules admit a topic, and the rule that decided. Internal topics are never published, whatever the filter says. */
export function admit(topic: { readonly name: string; readonly internal: boolean }, filter: TopicFilter): Admission {
  const internal = internalRule(topic.name, topic.internal);
  if (internal !== undefined) return { decision: "internal", rule: internal };
  const { matched, rule } = filter.matches(topic.name);
  return { decision: matched ? "eligible" : "filtered", rule };
}
