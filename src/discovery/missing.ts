/** Two complete listings this far apart must lack a topic before it is shown as out of sync. */
export const APART_MS = 10 * 60 * 1000;

export interface Absent {
  readonly name: string;
  /** First complete listing without it, undefined when this is the first. */
  readonly missingSince: number | undefined;
  /** It is already shown as out of sync. */
  readonly flagged: boolean;
}

export type MissingPlan =
  | {
      readonly kind: "go";
      /** Absent for the first time: remembered, nothing else. */
      readonly remember: readonly string[];
      /** Absent in two listings far enough apart: shown as out of sync. */
      readonly flag: readonly string[];
    }
  /** Too many at once to be believed: nothing is flagged until a person accepts it. */
  | {
      readonly kind: "stop";
      readonly remember: readonly string[];
      readonly topics: readonly string[];
      readonly allowed: number;
    };

/**
 * What to do about published topics that a complete listing no longer has, or that the rules no longer admit.
 * Nothing is ever deleted: customers' subscriptions hang on the service.
 * @param published how many topics are published in all
 * @param accepted a person has accepted the loss of this run
 */
export function planMissing(absent: readonly Absent[], published: number, now: number, accepted: boolean): MissingPlan {
  const open = absent.filter(({ flagged }) => !flagged);
  const remember = open.filter(({ missingSince }) => missingSince === undefined).map(({ name }) => name);
  const due = open
    .filter(({ missingSince }) => missingSince !== undefined && now - missingSince >= APART_MS)
    .map(({ name }) => name);
  const allowed = Math.max(3, Math.floor(published / 10));
  if (due.length > allowed && !accepted) return { kind: "stop", remember, topics: due, allowed };
  return { kind: "go", remember, flag: due };
}
