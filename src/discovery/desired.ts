import type { Draft } from "../amplify/resource.ts";
import type { DesiredFingerprints } from "./publish-plan.ts";

/** What Amplify shall hold of one topic. Made by `desiredTopic`, pure but for hashing. */
export interface DesiredTopic {
  readonly fingerprints: DesiredFingerprints;
  readonly externalApiId: string;
  readonly title: string;
  /** `host:port` as instances show them. */
  readonly endpoints: readonly string[];
  readonly service: Draft;
  readonly serviceDetails: Readonly<Record<string, string>>;
  /** @param count number of the revision, from 1 */
  readonly revision: (document: string, count: number, now: number) => Draft;
  readonly instance: Draft;
  readonly instanceDetails: Readonly<Record<string, string>>;
}
