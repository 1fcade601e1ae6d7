import * as v from "valibot";
import { makeWatchTopic, readWatchTopic } from "../amplify/watch-topic.ts";
import { hindranceOf } from "./hindrance.ts";
import type { SetupDependencies } from "./setup.ts";

/** How long a watch topic that was seen is believed to be there. */
const FRESH_MS = 24 * 60 * 60 * 1000;

/** What has to be done about the watch topic, as last seen or done. */
const WatchTopicFact = v.picklist(["keep", "create", "recreate"]);
const FACT = "watch-topic";
/** Place in the events up to which they were read. */
export const SEQUENCE = "sequence";

type Known = Pick<SetupDependencies, "config" | "stores">;
/** What a person decided of the installation; installed when nobody did. */
const WantedFact = v.picklist(["installed", "removed"]);
const WANTED = "install";

export function want(
  wanted: v.InferOutput<typeof WantedFact>,
  { stores, now }: Pick<SetupDependencies, "stores" | "now">,
) {
  stores.known.put(WANTED, wanted, now());
}

/** Whether a person had everything that tells us of changes taken out of Amplify. */
export function isRemoved({ known }: Pick<SetupDependencies["stores"], "known">): boolean {
  return known.get(WANTED, WantedFact)?.value === "removed";
}

/** Whether this connection is to be told what consumers ask for. In plan mode it only looks. */
function follows({ config, stores }: Known): boolean {
  return hindranceOf(config) === undefined && !isRemoved(stores);
}

/** Has the watch topic made, or made anew; looks once a day. In plan mode it is only looked at. */
export async function watchTopic(writes: boolean, dependencies: SetupDependencies): Promise<void> {
  const { config, stores, upstreams, now } = dependencies;
  if (!follows(dependencies)) return;
  const environment = config.central.environment;
  const known = stores.known.get(FACT, WatchTopicFact);
  const seen = known && now() - known.at < FRESH_MS ? known.value : undefined;
  if (seen === "keep" || (seen !== undefined && !writes)) return;
  const decision = seen ?? (await readWatchTopic(upstreams.api, environment));
  // What is looked at and then made may be cut off between: the next time it is looked at again.
  stores.known.drop(FACT);
  if (decision !== "keep" && writes) {
    await makeWatchTopic(upstreams.api, environment, decision);
    // Its log begins anew.
    stores.known.drop(SEQUENCE);
  }
  stores.known.put(FACT, writes ? "keep" : decision, now());
}

/** The topic is gone, or is to be looked at: setup makes it again where it is wanted. */
export function forgetWatchTopic({ stores, now }: Pick<SetupDependencies, "stores" | "now">): void {
  stores.known.drop(FACT);
  stores.work.hint("setup", "status", now(), "the watch topic is to be looked at");
}

/** Requests that are still made before events are followed: the topic, and one look at each of the three kinds. */
export function watchRequests(known: Known): number {
  if (!follows(known)) return 0;
  const { stores } = known;
  const isListed = stores.known.get(SEQUENCE, v.string()) !== undefined;
  const topic = stores.known.get(FACT, WatchTopicFact)?.value;
  const ofTopic = topic === undefined ? 2 : { keep: 0, create: 1, recreate: 2 }[topic];
  return ofTopic + (isListed ? 0 : 3);
}
