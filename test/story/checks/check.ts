import type { Facts, SideFacts } from "../facts.ts";

/** One sentence of the story that must be true. Each text that it returns says what is not. */
export interface Check {
  readonly name: string;
  find(facts: Facts): readonly string[];
}

export interface Finding {
  readonly check: string;
  readonly detail: string;
}

export function sideCheck(name: string, find: (side: SideFacts, facts: Facts) => readonly string[]): Check {
  return {
    name,
    find: (facts) =>
      Object.values(facts.sides).flatMap((side) => find(side, facts).map((detail) => `${side.side}: ${detail}`)),
  };
}

/** At most this many details of one check: the first ones say what is wrong. */
const MOST_DETAILS = 5;

export function judge(checks: readonly Check[], facts: Facts): Finding[] {
  return checks.flatMap(({ name, find }) => {
    const details = find(facts);
    const rest = details.length - MOST_DETAILS;
    return [...details.slice(0, MOST_DETAILS), ...(rest > 0 ? [`and ${rest} more`] : [])].map((detail) => ({
      check: name,
      detail,
    }));
  });
}
