import { readWatchTopic, type WatchTopicDecision } from "../amplify/watch-topic.ts";
import { observeSetup } from "../amplify/webhook-installer.ts";
import { installPlan, type ObservedSetup, type SetupAction } from "../amplify/webhook-plan.ts";
import { SETUP_KINDS } from "../amplify/webhook-setup.ts";
import type { InstalledResource, InstallReport } from "./api.ts";
import type { Context } from "./context.ts";
import { hindranceOf } from "./hindrance.ts";
import { INSTALL, noWebhookBecause, wantedWebhook } from "./install.ts";
import { isRemoved } from "./watch.ts";

/**
 * What of the installation is there and what differs, by up to five requests, none of which writes. Throws `NotYet` where
 * the request budget does not suffice, `UpstreamError` as the API server.
 */
export async function installReport(context: Context): Promise<InstallReport> {
  const { config, stores, settings } = context;
  const { environment } = config.central;
  const wanted = wantedWebhook(context);
  const { api } = await context.upstreams.for("status");
  const observed = await observeSetup(api, environment, wanted?.token);
  const topic = await readWatchTopic(api, environment);
  const plan = installPlan(wanted && { environment, url: wanted.url }, observed);
  const removed = isRemoved(stores);
  const work = stores.work.get(INSTALL);
  return {
    wanted: removed ? "removed" : "installed",
    url: wanted?.url,
    noWebhookBecause: settings.mode === "plan" ? "In plan mode nothing is installed." : noWebhookBecause(context),
    resources: [
      ...SETUP_KINDS.map((kind) => ({ kind, state: stateOf(kind, plan, observed) })),
      { kind: "WatchTopic", state: topicState(topic, !removed && hindranceOf(config) === undefined) },
    ],
    work: work && { due: work.due, reason: work.reason, error: work.error },
  };
}

const STATES = { create: "missing", repair: "changed", remove: "unwanted" } as const;

function stateOf(
  kind: SetupAction["what"],
  plan: readonly SetupAction[],
  observed: ObservedSetup,
): InstalledResource["state"] {
  const action = plan.find(({ what }) => what === kind);
  if (action) return STATES[action.kind];
  return observed[kind] ? "right" : "absent";
}

function topicState(decision: WatchTopicDecision, isWanted: boolean): InstalledResource["state"] {
  if (decision === "create") return isWanted ? "missing" : "absent";
  if (!isWanted) return "unwanted";
  return decision === "keep" ? "right" : "changed";
}
