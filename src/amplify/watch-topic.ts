import { UpstreamError } from "../http/errors.ts";
import type { ApiServer } from "./apiserver.ts";
import type { Draft, Resource } from "./resource.ts";
import { draftOf } from "./resources/draft.ts";
import { deletionTriggers, requestTriggers, sameTriggers } from "./triggers.ts";

const TOPICS = "/management/v1/watchtopics";

/** Our own topic, never one of Axway's agents: those make theirs anew when the filters are not as they want them. */
function watchTopicName(environment: string): string {
  return `${environment}-kafka-worker`;
}

/** Self link of our watch topic, under which its events are read. */
export function watchTopicLink(environment: string): string {
  return `${TOPICS}/${watchTopicName(environment)}`;
}

/** The stored filter of what is to be told (agent-sdk pkg/agent/events/watchtopic.go). */
export function watchTopicDraft(environment: string): Draft<"WatchTopic"> {
  const name = watchTopicName(environment);
  const filters = [...requestTriggers(environment), ...deletionTriggers(environment)];
  const description = `What the Kafka worker of the environment ${environment} is told. It is made anew when changed.`;
  return draftOf("WatchTopic", { name, title: name, spec: { description, filters } });
}

export type WatchTopicDecision =
  | { readonly kind: "keep" }
  | { readonly kind: "create" }
  /** Its filters are not ours: events are missing from its log that we need, so it is made anew. */
  | { readonly kind: "recreate" };

/** What to do about the watch topic as it is stored; undefined when there is none. */
export function decideWatchTopic(environment: string, stored: Resource | undefined): WatchTopicDecision {
  if (stored === undefined) return { kind: "create" };
  const ours = [...requestTriggers(environment), ...deletionTriggers(environment)];
  return { kind: sameTriggers(stored.spec.filters, ours) ? "keep" : "recreate" };
}

/**
 * Our watch topic, made if it is missing: one request when it is as it should be, two when it is missing, three when its
 * filters were changed. After `created` the log begins anew and what its sequences begin with is not known: read the
 * newest sequence, then list all that is watched. Throws `UpstreamError` (`stale`) when somebody else makes it at the
 * same time; killed half-way, the next call goes on.
 */
export async function ensureWatchTopic(api: ApiServer, environment: string): Promise<"kept" | "created"> {
  const link = watchTopicLink(environment);
  const decision = decideWatchTopic(environment, await api.get(link));
  if (decision.kind === "keep") return "kept";
  if (decision.kind === "recreate") await api.remove(link);
  const created = await api.create(TOPICS, watchTopicDraft(environment));
  if (created.kind === "created") return "created";
  const message = `The watch topic ${watchTopicName(environment)} changed while it was looked at; it has to be read again.`;
  throw new UpstreamError("amplify", { kind: "stale" }, message);
}
