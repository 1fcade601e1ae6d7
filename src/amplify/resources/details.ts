import type { TopicNames } from "../names.ts";

/** Sub-resource in which agents keep what ties a resource to the data plane. */
export const AGENT_DETAILS = "x-agent-details";
/** `createdBy` of all that we publish. */
export const CREATED_BY = "AmplifyKafkaWorker";
/** Detail of a service whose topic has vanished, see `sync.ts`. */
export const SYNC_WARNING_DETAIL = "externalAPISyncWarning";

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
 * What to write so that the sub-resource says ours and keeps what others put there; undefined when it says so already.
 * A warning of an earlier disappearance goes; so do the hashes by which Axway's agents skip writes, for they are stale
 * as soon as somebody else writes (agent-sdk pkg/apic/client.go).
 */
export function publishedDetails(
  existing: Readonly<Record<string, unknown>> | undefined,
  ours: Details,
): Record<string, unknown> | undefined {
  const { [SYNC_WARNING_DETAIL]: warning, ...kept } = withoutHashes(existing);
  const same = warning === undefined && Object.entries(ours).every(([key, value]) => kept[key] === value);
  return same ? undefined : { ...kept, ...ours };
}

/** The sub-resource without the hashes that only Axway's agents may rely on. */
export function withoutHashes(existing: Readonly<Record<string, unknown>> | undefined): Record<string, unknown> {
  const { "x-subresource-hashes": _hashes, ...kept } = existing ?? {};
  return kept;
}
