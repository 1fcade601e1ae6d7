import type { Resource } from "../resource.ts";
import { SYNC_WARNING_DETAIL, withoutHashes } from "./details.ts";

/** Tag of an instance whose topic has vanished. The platform shows such a service as out of sync; nothing is deleted (agent-sdk pkg/agent/instancevalidator.go). */
export const SYNC_WARNING_TAG = "Agent Sync Warning";

/** The instance as it is to be saved; undefined when it is tagged already. */
export function warnedInstance(instance: Resource): Resource | undefined {
  const { tags } = instance;
  return tags.includes(SYNC_WARNING_TAG) ? undefined : { ...instance, tags: [...tags, SYNC_WARNING_TAG] };
}

/** `x-agent-details` of the service as it is to be written; undefined when it bears the warning already. Publishing takes it away again. */
export function warnedDetails(
  existing: Readonly<Record<string, unknown>> | undefined,
): Record<string, unknown> | undefined {
  const kept = withoutHashes(existing);
  return kept[SYNC_WARNING_DETAIL] === "warning" ? undefined : { ...kept, [SYNC_WARNING_DETAIL]: "warning" };
}
