import type { MetricFamily } from "./api.ts";
import type { Context } from "./context.ts";
import { webhookCalls } from "./hints.ts";
import { PREFIX, sample, seconds, UP } from "./metric-samples.ts";
import { groupMetrics } from "./metrics-groups.ts";
import { partsOf } from "./metrics-parts.ts";
import { runMetrics } from "./metrics-runs.ts";

/** Everything that monitoring is told of a connection, from rows and memory alone. */
export function metrics(context: Context): MetricFamily[] {
  return [
    ...healthMetrics(context),
    ...requestMetrics(context),
    ...runMetrics(context),
    ...workMetrics(context),
    ...outboxMetrics(context),
    ...webhookMetrics(context),
    ...groupMetrics(context),
  ];
}

function healthMetrics(context: Context): MetricFamily[] {
  const connection = context.config.name;
  const { parts, credentials } = partsOf(context);
  const isUp = [...parts.values(), ...credentials.values()].every((isWell) => isWell);
  return [
    { ...UP, samples: [sample({ connection }, isUp)] },
    {
      name: `${PREFIX}part_up`,
      type: "gauge",
      help: "1 when this part of the work went through the last time and is not late, else 0.",
      samples: [...parts].map(([part, isWell]) => sample({ connection, part }, isWell)),
    },
    {
      name: `${PREFIX}credential_accepted`,
      type: "gauge",
      help: "0 while this upstream refuses the credential and nothing is sent there, else 1.",
      samples: [...credentials].map(([upstream, isAccepted]) => sample({ connection, upstream }, isAccepted)),
    },
  ];
}

function requestMetrics({ config, answers, stores, requestsPerMinute, now }: Context): MetricFamily[] {
  const connection = config.name;
  return [
    {
      name: `${PREFIX}requests_total`,
      type: "counter",
      help: "Requests by upstream and class of the answer's status (none: no whole answer). Counted in the memory of the object, which the platform drops when it is idle: then it begins at 0 again.",
      samples: answers.list().map(({ upstream, answer, count }) => sample({ connection, upstream, answer }, count)),
    },
    {
      name: `${PREFIX}request_budget`,
      type: "gauge",
      help: "Requests to Amplify that this connection may start within a minute.",
      samples: [sample({ connection }, requestsPerMinute)],
    },
    {
      name: `${PREFIX}request_budget_used`,
      type: "gauge",
      help: "Requests to Amplify that were started in the last minute.",
      samples: [sample({ connection }, stores.budget.starts(now()).length)],
    },
  ];
}

function workMetrics({ config, stores }: Context): MetricFamily[] {
  const connection = config.name;
  const lanes = [...stores.work.countsByLane()];
  return [
    {
      name: `${PREFIX}work_waiting`,
      type: "gauge",
      help: "Items on the work list by lane, what comes round again by itself included.",
      samples: lanes.map(([lane, { waiting }]) => sample({ connection, lane }, waiting)),
    },
    {
      name: `${PREFIX}work_dead`,
      type: "gauge",
      help: "Items that were given up by lane, and wait for a person.",
      samples: lanes.map(([lane, { dead }]) => sample({ connection, lane }, dead)),
    },
  ];
}

function outboxMetrics({ config, stores, now }: Context): MetricFamily[] {
  const labels = { connection: config.name };
  const { waiting, refused, oldest } = stores.outbox.status();
  return [
    {
      name: `${PREFIX}outbox_waiting`,
      type: "gauge",
      help: "Metric events that ingestion has not accepted yet.",
      samples: [sample(labels, waiting)],
    },
    {
      name: `${PREFIX}outbox_refused`,
      type: "gauge",
      help: "Of those, what ingestion refused for themselves; they are offered again.",
      samples: [sample(labels, refused)],
    },
    {
      name: `${PREFIX}outbox_oldest_age_seconds`,
      type: "gauge",
      help: "Age of the oldest metric event that waits; 0 when none does.",
      samples: [sample(labels, oldest === undefined ? 0 : seconds(now() - oldest))],
    },
    {
      name: `${PREFIX}outbox_dropped`,
      type: "gauge",
      help: "Windows whose metric event was given up, as far as they are remembered: after two weeks one a day counts, after 400 days none.",
      samples: [sample(labels, stores.consumption.unreported())],
    },
  ];
}

function webhookMetrics(context: Context): MetricFamily[] {
  const labels = { connection: context.config.name };
  const { received, foreign, dropped } = webhookCalls(context);
  return [
    {
      name: `${PREFIX}webhook_calls_total`,
      type: "counter",
      help: "Calls of the webhook since the database was made.",
      samples: [sample(labels, received)],
    },
    {
      name: `${PREFIX}webhook_calls_foreign_total`,
      type: "counter",
      help: "Of those, from another organisation or environment.",
      samples: [sample(labels, foreign)],
    },
    {
      name: `${PREFIX}webhook_calls_dropped_total`,
      type: "counter",
      help: "Of those, without consequence: repeated, late, or an echo of what we wrote ourselves.",
      samples: [sample(labels, dropped)],
    },
  ];
}
