import type { RequestRecord } from "../http/create-outlet.ts";
import type { Upstream } from "../http/outlet.ts";

/** How a request ended: the class of its status, or without a whole answer. */
export type AnswerClass = "2xx" | "3xx" | "4xx" | "5xx" | "none";

/** Requests by upstream and what became of them, since the object was made. */
export interface AnswerCounts {
  note(record: Pick<RequestRecord, "upstream" | "status" | "failure">): void;
  list(): readonly { readonly upstream: Upstream; readonly answer: AnswerClass; readonly count: number }[];
}

export function answerCounts(): AnswerCounts {
  const counts = new Map<Upstream, Map<AnswerClass, number>>();
  return {
    note: (record) => {
      const ofUpstream = counts.get(record.upstream) ?? new Map<AnswerClass, number>();
      const answer = classOf(record);
      ofUpstream.set(answer, (ofUpstream.get(answer) ?? 0) + 1);
      counts.set(record.upstream, ofUpstream);
    },
    list: () =>
      [...counts].flatMap(([upstream, answers]) =>
        [...answers].map(([answer, count]) => ({ upstream, answer, count })),
      ),
  };
}

function classOf({ status, failure }: Pick<RequestRecord, "status" | "failure">): AnswerClass {
  const isWhole = failure !== "unreachable" && failure !== "timeout" && failure !== "too-large";
  if (status === undefined || !isWhole) return "none";
  const first = Math.floor(status / 100);
  return first === 2 ? "2xx" : first === 3 ? "3xx" : first === 4 ? "4xx" : "5xx";
}
