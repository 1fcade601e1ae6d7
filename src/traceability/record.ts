import type { CheckpointStore } from "../store/checkpoints.ts";
import type { Consumed, ConsumptionStore } from "../store/consumption.ts";
import type { GrantedStore } from "../store/granted.ts";
import { requestFor } from "./attribution.ts";
import type { Change } from "./count.ts";
import { type Count, QUALITIES, type Quality, worst } from "./model.ts";

export interface RecordDependencies {
  readonly checkpoints: CheckpointStore;
  readonly consumption: ConsumptionStore;
  readonly granted: GrantedStore;
}

/**
 * Moves checkpoints, and adds what was counted with each that moved. To be called in one transaction: a checkpoint that
 * is no longer where the count began adds nothing.
 */
export function recordChanges(application: string, changes: readonly Change[], dependencies: RecordDependencies): void {
  for (const { before, after, count } of changes) {
    if (dependencies.checkpoints.move(before, after) && count) addCount(application, count, dependencies);
  }
}

/** Adds a count to the open window of its application, topic and access request. */
export function addCount(
  application: string,
  count: Count,
  { consumption, granted }: Pick<RecordDependencies, "consumption" | "granted">,
): void {
  const request = requestFor(application, count.topic, granted.toRead(application, count.topic))?.request ?? "";
  const counted: Consumed = {
    application,
    topic: count.topic,
    request,
    startedAt: count.from,
    endedAt: count.to,
    messages: count.messages,
    reread: count.reread,
    skipped: count.skipped,
    quality: count.quality,
    reasons: count.reasons,
  };
  const open = consumption.open(application, count.topic, request);
  consumption.putOpen(open ? fold(open, counted) : counted);
}

/** Two windows of one application, topic and request as one: as certain as the less certain of them. */
export function fold(one: Consumed, other: Consumed): Consumed {
  return {
    application: one.application,
    topic: one.topic,
    request: one.request,
    startedAt: Math.min(one.startedAt, other.startedAt),
    endedAt: Math.max(one.endedAt, other.endedAt),
    messages: one.messages + other.messages,
    reread: one.reread + other.reread,
    skipped: one.skipped + other.skipped,
    quality: worst([qualityOf(one.quality), qualityOf(other.quality)]),
    reasons: [...new Set([...one.reasons, ...other.reasons])],
  };
}

/** A word of another version of this code is taken for the least certain. */
function qualityOf(text: string): Quality {
  return QUALITIES.find((quality) => quality === text) ?? "expired";
}
