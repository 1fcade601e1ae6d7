import * as v from "valibot";
import type { RunEntry } from "../store/journal.ts";
import { SAMPLED, SampledFact } from "../traceability/round.ts";
import type { MetricFamily } from "./api.ts";
import type { Context } from "./context.ts";
import { RunFact } from "./facts.ts";
import { PREFIX, sample, seconds } from "./metric-samples.ts";

/** As many as are kept. */
const REMEMBERED = 200;
/** What a run leaves that did not go through. */
const NotThrough = v.union([v.looseObject({ failed: v.string() }), v.looseObject({ postponed: v.string() })]);

export function runMetrics({ config, stores, now }: Context): MetricFamily[] {
  const connection = config.name;
  const runs = stores.journal.runs(REMEMBERED);
  const counts = new Map<string, { readonly kind: string; readonly result: string; count: number }>();
  const last = new Map<string, number>();
  const wentThrough = (kind: string, at: number | undefined) => {
    if (at !== undefined) last.set(kind, Math.max(at, last.get(kind) ?? 0));
  };
  for (const run of runs) {
    const result = resultOf(run);
    const key = `${result} ${run.kind}`;
    const known = counts.get(key) ?? { kind: run.kind, result, count: 0 };
    counts.set(key, { ...known, count: known.count + 1 });
    if (result === "through") wentThrough(run.kind, run.endedAt);
  }
  // These outlive the list of runs.
  wentThrough("discovery", stores.known.get("run", RunFact)?.at);
  wentThrough("verification", stores.known.get("verified", v.literal(true))?.at);
  wentThrough("sampling", stores.known.get(SAMPLED, SampledFact)?.at);
  return [
    {
      name: `${PREFIX}runs`,
      type: "gauge",
      help: `Runs by kind and result among the last ${REMEMBERED}.`,
      samples: [...counts.values()].map(({ kind, result, count }) => sample({ connection, kind, result }, count)),
    },
    {
      name: `${PREFIX}last_good_run_age_seconds`,
      type: "gauge",
      help: "Seconds since a run of this kind last went through; absent when none did.",
      samples: [...last].map(([kind, at]) => sample({ connection, kind }, seconds(now() - at))),
    },
  ];
}

function resultOf({ endedAt, result }: RunEntry): "unfinished" | "failed" | "through" {
  if (endedAt === undefined) return "unfinished";
  return v.is(NotThrough, result) ? "failed" : "through";
}
