import type { FilterCheck } from "../../config/agents.ts";
import { type Condition, type FilterData, toCondition } from "./condition.ts";
import { doubts } from "./doubts.ts";
import { FilterError, type FilterErrorCode } from "./errors.ts";
import { parseExpressions } from "./expression.ts";

export interface Decision {
  readonly matched: boolean;
  /** The part of the filter that decided, as written; the whole filter where all of it did; "no filter" without one. */
  readonly rule: string;
}

export type Filter =
  | {
      readonly ok: true;
      /**
       * Decides on one topic. What the filter sees is `tags` and, over them, the topic's name both as a key and as its
       * value: `tag.orders.Exists()`, `tag.MatchRegEx("^orders")` and `tag.Any() == "orders"` all speak of the name.
       */
      readonly matches: (topic: string, tags?: Readonly<Record<string, string>>) => Decision;
      /** What is legal and surely not meant, in sentences for the operator. */
      readonly doubts: readonly string[];
    }
  | { readonly ok: false; readonly code: FilterErrorCode; readonly message: string };

/**
 * Reads KAFKA_FILTER: the filter language of Axway's agents (agent-sdk `pkg/filter`), with its error codes 1147–1154
 * and its results. One thing is done better: names with dashes are matched as they are, wherever they stand. An empty
 * filter admits every topic.
 */
export function parseFilter(text: string): Filter {
  const filter = text.trim();
  if (filter === "") return { ok: true, matches: () => ({ matched: true, rule: "no filter" }), doubts: [] };
  try {
    const expressions = parseExpressions(filter);
    const conditions = expressions.map(toCondition);
    return {
      ok: true,
      matches: (topic, tags = {}) => decide(conditions, new Map([...Object.entries(tags), [topic, topic]]), filter),
      doubts: doubts(expressions),
    };
  } catch (error) {
    if (error instanceof FilterError) return { ok: false, code: error.code, message: error.message };
    throw error;
  }
}

/** What the configuration asks of a filter: why it is refused, and what is doubtful about it. */
export const checkFilter: FilterCheck = (text) => {
  const filter = parseFilter(text);
  return filter.ok ? { problem: undefined, warnings: filter.doubts } : { problem: filter.message, warnings: [] };
};

/** The first condition that holds decides; when none does, the only one's failing part, or the whole filter. */
export function decide(conditions: readonly Condition[], data: FilterData, filter: string): Decision {
  let last: Decision | undefined;
  for (const condition of conditions) {
    last = evaluate(condition, data);
    if (last.matched) return last;
  }
  return conditions.length === 1 && last ? last : { matched: false, rule: filter };
}

function evaluate(condition: Condition, data: FilterData): Decision {
  const rule = condition.source;
  if (condition.kind === "test") return { matched: condition.holds(data), rule };
  const decisive = condition.kind === "or";
  const left = evaluate(condition.left, data);
  if (left.matched === decisive) return left;
  const right = evaluate(condition.right, data);
  return right.matched === decisive ? right : { matched: !decisive, rule };
}
