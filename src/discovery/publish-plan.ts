import type { Published, ResourceState, TopicRow } from "../store/topics.ts";

/** What a topic's resources in Amplify shall look like, as fingerprints: equal ones need no request. */
export interface DesiredFingerprints {
  readonly service: string;
  readonly serviceDetails: string;
  /** Name of the revision that holds the wanted document; it contains the document's hash. Empty when no document is wanted. */
  readonly revision: string;
  readonly instance: string;
  readonly instanceDetails: string;
}

/** One request to Amplify. */
export type PublishStep =
  | "create-service"
  | "write-service-details"
  | "replace-service"
  | "create-revision"
  | "create-instance"
  | "write-instance-details"
  | "replace-instance";

export type BadgeStep = "service-badge" | "instance-badge";

/**
 * The next request that brings Amplify nearer to what is desired, undefined when nothing differs. The order lets a run
 * that was cut off anywhere go on: identity first, then content, then the instance that consumers see.
 */
export function nextStep(published: Published, desired: DesiredFingerprints): PublishStep | undefined {
  const { service, revision, instance } = published;
  if (!service) return "create-service";
  if (service.details !== desired.serviceDetails) return "write-service-details";
  if (service.body !== desired.service) return "replace-service";
  if (desired.revision === "") return undefined;
  if (revision?.name !== desired.revision) return "create-revision";
  if (!instance) return "create-instance";
  if (instance.body !== desired.instance) return "replace-instance";
  if (instance.details !== desired.instanceDetails) return "write-instance-details";
  return undefined;
}

/**
 * Whether anything about the topic is to be written. Of one that the rules no longer admit nothing is, until it is shown
 * as out of sync: an import under way stops at the topics that a new filter leaves out.
 */
export function isToBeWritten({ decision, wanted, published, held, flagged }: TopicRow): boolean {
  if (held) return false;
  if (flagged) return published.service !== undefined;
  if (decision === "filtered" || decision === "internal") return false;
  return wanted !== undefined || published.service !== undefined;
}

/** The badge that is still missing on resources that exist; undefined when both are written. */
export function nextBadge(published: Published): BadgeStep | undefined {
  if (published.service && published.service.source !== true) return "service-badge";
  if (published.instance && published.instance.source !== true) return "instance-badge";
  return undefined;
}

/** Nobody else can have written to it: we have just made it, and wrote nothing besides. */
export function isFresh(state: ResourceState): boolean {
  return state.body !== undefined && state.details === undefined && state.madeAt !== undefined;
}

/** Requests that a step takes: what others may have written to is read before it is replaced. */
function requestsOf(step: PublishStep | BadgeStep, { service, instance }: Published): number {
  switch (step) {
    case "replace-service":
      return service?.shared ? 2 : 1;
    case "replace-instance":
      return instance?.shared ? 2 : 1;
    case "write-service-details":
      return service && !isFresh(service) ? 2 : 1;
    case "write-instance-details":
      return instance && !isFresh(instance) ? 2 : 1;
    default:
      return 1;
  }
}

/** What `published` becomes when the step succeeds; names and versions are made up. Used to count requests. */
function afterStep(published: Published, desired: DesiredFingerprints, step: PublishStep | BadgeStep): Published {
  const service = published.service ?? { name: "", version: "", madeAt: 0 };
  const instance = published.instance ?? { name: "", version: "", madeAt: 0 };
  switch (step) {
    case "create-service":
    case "replace-service":
      return { ...published, service: { ...service, body: desired.service } };
    case "write-service-details":
      return { ...published, service: { ...service, details: desired.serviceDetails } };
    case "create-revision":
      return { ...published, revision: { name: desired.revision, count: 1 } };
    case "create-instance":
    case "replace-instance":
      return { ...published, instance: { ...instance, body: desired.instance } };
    case "write-instance-details":
      return { ...published, instance: { ...instance, details: desired.instanceDetails } };
    case "service-badge":
      return { ...published, service: { ...service, source: true } };
    case "instance-badge":
      return { ...published, instance: { ...instance, source: true } };
  }
}

/** How many requests publishing the topic will make, badges and reads included, if nothing is refused. */
export function countSteps(published: Published, desired: DesiredFingerprints): number {
  let state = published;
  let count = 0;
  for (;;) {
    const step = nextStep(state, desired) ?? nextBadge(state);
    if (!step) return count;
    count += requestsOf(step, state);
    state = afterStep(state, desired, step);
  }
}
