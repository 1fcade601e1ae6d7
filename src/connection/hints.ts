import * as v from "valibot";
import type { ResourceEvent } from "../amplify/event.ts";
import { resourceLink } from "../amplify/links.ts";
import { hintOf, isOurs } from "../provisioning/arrive.ts";
import { REQUEST_KIND } from "../provisioning/context.ts";
import {
  afterRead,
  type Hinted,
  isNews,
  keyOf,
  nextHint,
  READ_EVERY_MS,
  readAt,
  SETTLE_MS,
  waitingWith,
} from "../provisioning/hinted.ts";
import { applicationsOf, rowsAfter } from "../provisioning/seen.ts";
import type { GrantRow } from "../store/grants.ts";
import type { HintOutcome, WebhookCalls } from "./api.ts";
import type { Context } from "./context.ts";
import type { Outcome } from "./wake.ts";

const CALLS = "webhook-calls";
const CallsFact = v.object({ received: v.number(), foreign: v.number(), dropped: v.number() });
const NO_CALLS = { received: 0, foreign: 0, dropped: 0 };
const HintedFact = v.object({ readAt: v.optional(v.number()), waiting: v.record(v.string(), v.string()) });
/** For when events were last polled early because of a webhook, ms. */
const EARLY_POLL = "early-poll";

/**
 * Takes note of a call of the webhook. Of its content only the name is used, and only to find a row that is there: then
 * that resource is looked at soon. Of anything unknown the events tell, which are asked sooner. Whoever holds the token
 * can cause no more than one read an application and one poll, both a minute.
 */
export function takeHint(event: ResourceEvent, context: Context): HintOutcome {
  return context.together(() => {
    const outcome = judge(event, context);
    count(outcome, context);
    return outcome;
  });
}

export function webhookCalls({ stores }: Context): WebhookCalls {
  const calls = stores.known.get(CALLS, CallsFact);
  return { ...(calls?.value ?? NO_CALLS), lastAt: calls?.at };
}

function judge(event: ResourceEvent, context: Context): HintOutcome {
  const { config, stores, settings } = context;
  const { environment, organizationId } = config.central;
  if (!isOurs(event, environment, organizationId)) return "foreign";
  const hint = hintOf(event, environment, organizationId);
  if (!hint || !event.resource || settings.mode === "plan") return "dropped";
  const row = stores.grants.get(hint.kind, hint.name);
  if (row?.application === undefined) {
    // What is unknown and gone was never ours to serve.
    if (event.type === "deleted") return "dropped";
    pollSoon(context);
    return "taken";
  }
  if (!isNews(row, event.resource, event.type)) return "dropped";
  const version = event.type === "deleted" ? undefined : event.resource.resourceVersion;
  lookSoon(row.application, row, version, context);
  return "taken";
}

function count(outcome: HintOutcome, { stores, now }: Context): void {
  const { received, foreign, dropped } = stores.known.get(CALLS, CallsFact)?.value ?? NO_CALLS;
  const calls = {
    received: received + 1,
    foreign: foreign + (outcome === "foreign" ? 1 : 0),
    dropped: dropped + (outcome === "dropped" ? 1 : 0),
  };
  stores.known.put(CALLS, calls, now());
}

function lookSoon(application: string, row: GrantRow, version: string | undefined, context: Context): void {
  const { stores, now } = context;
  const hinted = hintedOf(application, context);
  keep(application, waitingWith(hinted, row, version), context);
  stores.work.hint(`hint:${application}`, "events", readAt(hinted, now()), `webhook: ${keyOf(row)}`);
}

/** Events are polled early once a minute at most; a poll that is under way or planned anyway serves as well. */
function pollSoon({ stores, now }: Context): void {
  const last = stores.known.get(EARLY_POLL, v.number())?.value ?? 0;
  const isPlanned = last > now();
  const at = isPlanned ? last : Math.max(now() + SETTLE_MS, last + READ_EVERY_MS);
  if (!isPlanned) stores.known.put(EARLY_POLL, at, now());
  // Without the item nothing is followed.
  const due = stores.work.get("events")?.due;
  if (due !== undefined && due > at) stores.work.hint("events", "events", at, "webhook: something unknown");
}

/** Reads one resource that a webhook told of; only where it really changed is its application reconciled. */
export async function runHint(application: string, context: Context): Promise<Outcome> {
  const { stores, now } = context;
  const hinted = hintedOf(application, context);
  const next = nextHint(hinted, stores.grants.ofApplication(application), now());
  if (next.kind === "wait") return { kind: "again", at: next.until, reason: "webhook: read this minute already" };
  if (next.kind === "nothing") {
    stores.known.drop(factOf(application));
    return { kind: "done" };
  }
  // Before the request, so that one which fails counts as well.
  keep(application, { ...hinted, readAt: now() }, context);
  await look(next.row, application, context);
  return { kind: "again", at: now() + READ_EVERY_MS, reason: "webhook: read this minute already" };
}

async function look(row: GrantRow, application: string, context: Context): Promise<void> {
  const { config, stores, now, together } = context;
  const { api } = await context.upstreams.for("events");
  const embed = row.kind === "access" ? { embed: "metadata.references" } : {};
  const link = resourceLink(config.central.environment, REQUEST_KIND[row.kind], row.name);
  const resource = await api.get(link, embed);
  together(() => {
    const hinted = hintedOf(application, context);
    const { [keyOf(row)]: _, ...waiting } = hinted.waiting;
    keep(application, { ...hinted, waiting }, context);
    const current = stores.grants.get(row.kind, row.name);
    if (!current || (resource && current.seen === JSON.stringify(resource))) return;
    const rows = resource ? rowsAfter(row.kind, resource, current, now()) : [];
    const [read, ...others] = rows;
    if (read) stores.grants.put({ ...afterRead(read), dirty: current.dirty });
    else stores.grants.hint(row.kind, row.name, application, now());
    for (const each of others) stores.grants.put(each);
    for (const name of applicationsOf(current, ...rows))
      stores.work.hint(`application:${name}`, "provisioning", now(), `webhook: ${keyOf(row)}`);
  });
}

const factOf = (application: string): string => `hinted:${application}`;

function hintedOf(application: string, { stores }: Context): Hinted {
  const fact = stores.known.get(factOf(application), HintedFact)?.value;
  return { readAt: fact?.readAt, waiting: fact?.waiting ?? {} };
}

function keep(application: string, hinted: Hinted, { stores, now }: Context): void {
  stores.known.put(factOf(application), hinted, now());
}
