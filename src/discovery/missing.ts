/** Two complete listings this far apart must lack a topic before it is shown as out of sync. */
export const APART_MS = 10 * 60 * 1000;

export interface Absent {
  readonly name: string;
  /** First complete listing without it, undefined when this is the first. */
  readonly missingSince: number | undefined;
  /** It is already shown as out of sync. */
  readonly flagged: boolean;
}

export interface MissingPlan {
  /** Absent for the first time: remembered, nothing else. */
  readonly remember: readonly string[];
  /** Absent in two listings far enough apart: shown as out of sync. */
  readonly flag: readonly string[];
  /** Too many at once to be believed: none of these is flagged until a person accepts it. */
  readonly loss: { readonly topics: readonly string[]; readonly allowed: number } | undefined;
}

/**
 * What to do about published topics that a complete listing no longer has, or that the rules no longer admit.
 * Nothing is ever deleted: customers' subscriptions hang on the service. All that are absent and not yet flagged count
 * together, so that a loss is not believed bit by bit as one after the other comes of age.
 * @param published how many topics are published in all
 * @param accepted the topics whose loss a person has accepted
 */
export function planMissing(
  absent: readonly Absent[],
  published: number,
  now: number,
  accepted: ReadonlySet<string>,
): MissingPlan {
  const open = absent.filter(({ flagged }) => !flagged);
  const remember = open.filter(({ missingSince }) => missingSince === undefined).map(({ name }) => name);
  const isDue = ({ missingSince }: Absent) => missingSince !== undefined && now - missingSince >= APART_MS;
  const allowed = Math.max(3, Math.floor(published / 10));
  const doubtful = open.filter(({ name }) => !accepted.has(name));
  const isTooMuch = doubtful.length > allowed && doubtful.some(isDue);
  const flag = open.filter((each) => isDue(each) && (accepted.has(each.name) || doubtful.length <= allowed));
  return {
    remember,
    flag: flag.map(({ name }) => name),
    loss: isTooMuch ? { topics: doubtful.map(({ name }) => name), allowed } : undefined,
  };
}
