import type { TopicNames } from "../names.ts";

/** Sub-resource in which agents keep what ties a resource to the data plane. */
export const AGENT_DETAILS = "x-agent-details";
/** `createdBy` of all that we publish. */
const CREATED_BY = "AmplifyKafkaWorker";
/**
 * Tag of an instance, and detail of its service, whose topic has vanished: the platform shows it as out of sync, and
 * nothing is deleted (agent-sdk pkg/agent/instancevalidator.go).
 */
export const SYNC_WARNING_TAG = "Agent Sync Warning";
export const SYNC_WARNING_DETAIL = { externalAPISyncWarning: "warning" } as const;

/** All values are texts: Axway's agents cannot read a number there (agent-sdk pkg/util/subresource.go). */
export type Details = Readonly<Record<string, string>>;

export interface DetailsInput {
  readonly names: TopicNames;
  readonly topic: string;
  readonly clusterId: string;
}

/** `x-agent-details` of the instance (agent-sdk pkg/apic/definitions). */
export function instanceDetails(input: DetailsInput): Details {
  return {
    createdBy: CREATED_BY,
    externalAPIID: input.names.externalApiId,
    externalAPIName: input.topic,
    kafkaClusterId: input.clusterId,
    kafkaTopic: input.topic,
  };
}

/** `x-agent-details` of the service: as the instance's, and the mark without which Axway's agents would migrate it. */
export function serviceDetails(input: DetailsInput): Details {
  return { ...instanceDetails(input), "marketplace-migration": "completed" };
}

/**
 * The sub-resource with ours in it and what others put there kept. A warning goes unless it is among ours; so do the
 * hashes by which Axway's agents skip writes, for they are stale as soon as somebody else writes (agent-sdk
 * pkg/apic/client.go).
 */
export function mergedDetails(
  existing: Readonly<Record<string, unknown>> | undefined,
  ours: Details,
): Record<string, unknown> {
  const { externalAPISyncWarning: _warning, "x-subresource-hashes": _hashes, ...kept } = existing ?? {};
  return { ...kept, ...ours };
}
