import * as v from "valibot";
import { removeWatchTopic } from "../amplify/watch-topic.ts";
import { carryOut, observeSetup, setupActionInWords } from "../amplify/webhook-installer.ts";
import { installPlan } from "../amplify/webhook-plan.ts";
import { NotYet } from "../http/errors.ts";
import type { Context } from "./context.ts";
import { hindranceOf } from "./hindrance.ts";
import { setupFacts } from "./setup.ts";
import type { Outcome } from "./wake.ts";
import { forgetWatchTopic, isRemoved, want } from "./watch.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const RECHECK_MS = 15_000;
/** Work key of everything that makes Amplify call us. */
export const INSTALL = "webhook";
const FACT = "webhook";
/** By which address and token the webhook was last seen to be as it should be; a mark, so that the token is not in it. */
const InstalledFact = v.object({ mark: v.string() });

/** Why Amplify is not to call this worker, as a person reads it; undefined when it is. Plan mode apart, which only waits. */
export function noWebhookBecause({ config, stores, webhook }: Context): string | undefined {
  if (isRemoved(stores)) return "The installation was removed; POST …/install installs it again.";
  const hindrance = hindranceOf(config);
  if (hindrance !== undefined) return hindrance;
  return webhook
    ? undefined
    : "PUBLIC_URL or WEBHOOK_TOKEN is not set: no webhook is installed, and events are polled.";
}

/** What Amplify is to call; undefined where it is not to. */
export function wantedWebhook(context: Context): { readonly url: string; readonly token: string } | undefined {
  return noWebhookBecause(context) === undefined ? context.webhook : undefined;
}

/** Puts the look at the installation on the list: daily, and at once when address or token changed. Asks nothing. */
export async function seedInstall(context: Context): Promise<void> {
  const { stores, settings, now } = context;
  if (settings.mode === "plan") return stores.work.remove(INSTALL);
  let wanted: string | undefined;
  try {
    wanted = await markOf(context);
  } catch {
    // A key that cannot be used: the work itself meets it and tells, and a tick has more to do.
    return stores.work.ensure(INSTALL, "events", now(), "start");
  }
  const installed = stores.known.get(FACT, InstalledFact);
  const item = stores.work.get(INSTALL);
  if (wanted === installed?.value.mark) {
    if (installed) stores.work.ensure(INSTALL, "events", installed.at + DAY_MS, "daily");
    return;
  }
  const isWaiting = item === undefined || (item.error === undefined && item.due > now());
  if (isWaiting) stores.work.hint(INSTALL, "events", now(), "the webhook's configuration is new");
}

/**
 * Makes, repairs or removes what makes Amplify call us, as it should be now: one to four requests to look, and one for each
 * difference. May be cut off anywhere and run again.
 */
export async function runInstall(context: Context): Promise<Outcome> {
  const { config, stores, now, settings } = context;
  if (settings.mode === "plan") return { kind: "done" };
  const wanted = wantedWebhook(context);
  if (wanted && !setupFacts({ config, stores })) throw new NotYet(now() + RECHECK_MS, "waiting for setup");
  const mark = await markOf(context);
  const { environment } = config.central;
  const target = { environment, url: wanted?.url ?? "" };
  const { api } = await context.upstreams.for("events");
  const observed = await observeSetup(api, environment, wanted?.token);
  for (const action of installPlan(wanted && target, observed)) {
    await carryOut(api, target, action, wanted?.token ?? "");
    context.audit("changed the installation", environment, setupActionInWords(action, environment));
  }
  if (isRemoved(stores) && (await removeWatchTopic(api, environment)))
    context.audit("changed the installation", environment, "remove the WatchTopic");
  if (mark === undefined) stores.known.drop(FACT);
  else stores.known.put(FACT, { mark }, now());
  return mark === undefined ? { kind: "done" } : { kind: "again", at: now() + DAY_MS, reason: "daily" };
}

/** Requests that the first installation will make, in plan mode too. */
export function installRequests(context: Context): number {
  // A look at what is there, and the four.
  return wantedWebhook(context) && context.stores.known.get(FACT, InstalledFact) === undefined ? 5 : 0;
}

/** What a person decides: everything is made and kept right from now on, or taken away and stays away. */
export function install(wanted: "installed" | "removed", context: Context): void {
  const { stores, now, together } = context;
  together(() => {
    want(wanted, context);
    forgetWatchTopic(context);
    stores.work.hint(INSTALL, "events", now(), `to be ${wanted}: asked for by a person`);
    if (wanted === "removed") stores.work.remove("events");
    stores.journal.audit(now(), "operator", `asked for the installation to be ${wanted}`, "", "");
  });
}

/** Undefined where no webhook is wanted. */
async function markOf(context: Context): Promise<string | undefined> {
  const wanted = wantedWebhook(context);
  if (!wanted) return undefined;
  const seal = await context.upstreams.seal();
  return seal.mark(JSON.stringify([wanted.url, wanted.token]));
}
