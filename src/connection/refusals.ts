import * as v from "valibot";
import { UpstreamError } from "../http/errors.ts";
import type { KnownStore } from "../store/known.ts";
import type { Lane } from "../store/work.ts";
import { errorText } from "./backoff.ts";
import type { Gate } from "./gate.ts";
import { LaneBlocked } from "./wake.ts";

const FIRST_MS = 5 * 60 * 1000;
const LONGEST_MS = 60 * 60 * 1000;
const PREFIX = "refused:";

const Refused = v.object({ message: v.string(), times: v.number(), until: v.number() });

/**
 * Keeps a missing permission, or environment, from being found out by every topic for itself: what one is refused the
 * next would be too, so the lane rests, longer each time, and is told once. Work that succeeds, or a person, ends it.
 */
export interface Refusals {
  /** Throws `LaneBlocked` while the lane rests. */
  check(lane: Lane, now: number): void;
  /** Takes note of why an item of the lane failed. True when it was refused. */
  note(lane: Lane, error: unknown, now: number): boolean;
  /** An item of the lane went through. True when that ended a refusal. */
  succeeded(lane: Lane): boolean;
  open(): void;
  list(): { readonly lane: string; readonly message: string; readonly until: number }[];
}

export function createRefusals(known: KnownStore, gate: Gate): Refusals {
  const read = (lane: string) => known.get(`${PREFIX}${lane}`, Refused)?.value;
  return {
    check: (lane, now) => {
      const refused = read(lane);
      if (refused && refused.until > now) throw new LaneBlocked(lane, refused.until);
    },
    note: (lane, error, now) => {
      if (!(error instanceof UpstreamError)) return false;
      const { failure, upstream } = error;
      // A token that is no longer good is replaced once before the gate closes.
      const closed = failure.kind === "unauthorised" && gate.closed(now).find((each) => each.upstream === upstream);
      // Missing is what all topics' resources are made in.
      if (failure.kind !== "forbidden" && failure.kind !== "missing" && !closed) return false;
      const times = (read(lane)?.times ?? 0) + 1;
      // The gate opens whenever anything else is answered, as events are every minute: that alone would be asked for ever.
      const until = Math.max(closed ? closed.until : now, now + Math.min(FIRST_MS * 2 ** (times - 1), LONGEST_MS));
      known.put(`${PREFIX}${lane}`, { message: errorText(error), times, until }, now);
      return true;
    },
    succeeded: (lane) => {
      const wasRefused = read(lane) !== undefined;
      if (wasRefused) known.drop(`${PREFIX}${lane}`);
      return wasRefused;
    },
    open: () => {
      for (const name of known.names(PREFIX)) known.drop(name);
    },
    list: () =>
      known.names(PREFIX).flatMap((name) => {
        const lane = name.slice(PREFIX.length);
        const refused = read(lane);
        return refused ? [{ lane, message: refused.message, until: refused.until }] : [];
      }),
  };
}
