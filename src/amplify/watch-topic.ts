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

/** To be made anew when its filters are not ours: events are missing from its log that we need. */
export type WatchTopicDecision = "keep" | "create" | "recreate";

/** What to do about the watch topic as it is stored; undefined when there is none. */
export function decideWatchTopic(environment: string, stored: Resource | undefined): WatchTopicDecision {
  if (stored === undefined) return "create";
  const ours = [...requestTriggers(environment), ...deletionTriggers(environment)];
  return sameTriggers(stored.spec.filters, ours) ? "keep" : "recreate";
}

/** What has to be done about our watch topic: one request. */
export async function readWatchTopic(api: ApiServer, environment: string): Promise<WatchTopicDecision> {
  return decideWatchTopic(environment, await api.get(watchTopicLink(environment)));
}

/** Takes our watch topic away, in one request. False when there was none. */
export async function removeWatchTopic(api: ApiServer, environment: string): Promise<boolean> {
  return (await api.remove(watchTopicLink(environment))).kind === "removed";
}

/**
 * Our watch topic as it should be: nothing to `keep`, one request to `create`, two to `recreate`. After that its log
 * begins anew and what its sequences begin with is not known: read the newest sequence, then list all that is watched.
 * Throws `UpstreamError` (`stale`) when somebody else makes it at the same time; killed half-way, look at it again.
 */
export async function makeWatchTopic(
  api: ApiServer,
  environment: string,
  decision: Exclude<WatchTopicDecision, "keep">,
): Promise<void> {
  if (decision === "recreate") await api.remove(watchTopicLink(environment));
  const created = await api.create(TOPICS, watchTopicDraft(environment));
  if (created.kind === "created") return;
  const message = `The watch topic ${watchTopicName(environment)} changed while it was looked at; it has to be read again.`;
  throw new UpstreamError("amplify", { kind: "stale" }, message);
}
