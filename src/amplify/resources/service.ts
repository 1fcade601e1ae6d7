import type { TopicNames } from "../names.ts";
import type { Draft, Owner } from "../resource.ts";
import { cutText, draftOf } from "./draft.ts";
import { ICON } from "./icon.ts";

/** `source` of services and instances: the badge that tells the data plane (agent-sdk pkg/apic/definitions.go). */
export const KAFKA_SOURCE = { dataplaneType: { managed: "Kafka" } } as const;

export interface ServiceInput {
  readonly names: TopicNames;
  readonly topic: string;
  /** Must say the same for as long as the topic is the same, or each run would write. */
  readonly description: string;
  readonly tags: readonly string[];
  readonly owner: Owner | undefined;
}

/** The API service of a topic (agent-sdk pkg/apic/apiservice.go). Its title is the topic's name, whole: Kafka's limit is 249. */
export function serviceDraft(input: ServiceInput): Draft {
  return draftOf("APIService", {
    name: input.names.service,
    title: input.topic,
    tags: input.tags,
    owner: input.owner,
    spec: { description: cutText(input.description), icon: ICON },
  });
}
