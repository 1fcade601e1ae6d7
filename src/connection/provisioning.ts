import * as v from "valibot";
import type { ApiServer } from "../amplify/apiserver.ts";
import type { ResourceEvent } from "../amplify/event.ts";
import { createEvents, type EventPage, type Events } from "../amplify/events.ts";
import { kindLink } from "../amplify/links.ts";
import { watchTopicLink } from "../amplify/watch-topic.ts";
import { type ApplicationOutcome, reconcileApplication } from "../provisioning/application.ts";
import { type Hint, hintOf, isOurs } from "../provisioning/arrive.ts";
import { REQUEST_KIND } from "../provisioning/context.ts";
import { isDeparted, rowsAfter } from "../provisioning/seen.ts";
import type { GrantKind } from "../store/grants.ts";
import type { Context } from "./context.ts";
import { noteListed } from "./drift.ts";
import { keepGranted } from "./granted.ts";
import { provisioningContext } from "./provisioning-context.ts";
import { setupFacts } from "./setup.ts";
import type { Outcome } from "./wake.ts";
import { forgetWatchTopic, SEQUENCE } from "./watch.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const RECHECK_MS = 15_000;
/** Who deletes one service often deletes others too: one comparison serves all. */
const SETTLE_MS = 60_000;
const SequenceFact = v.string();
const PARTS: ReadonlyMap<string, "service" | "instance"> = new Map([
  ["APIService", "service"],
  ["APIServiceInstance", "instance"],
]);

/**
 * Reads what happened since the last time and puts the applications concerned on the work list. The place in the events
 * moves in the transaction that stores the hints; where events are lost, everything is listed anew.
 */
export async function runEvents(context: Context): Promise<Outcome> {
  const { config, stores, now, settings } = context;
  if (settings.mode === "plan" || !setupFacts({ config, stores })) {
    return { kind: "again", at: now() + RECHECK_MS, reason: "waiting for setup" };
  }
  const { central } = await context.upstreams.for("events");
  const topicLink = watchTopicLink(config.central.environment);
  const events = createEvents({ ...central, topicLink, pageSize: config.central.pageSize });
  const sequence = stores.known.get(SEQUENCE, SequenceFact)?.value ?? (await firstPlace(events, context));
  if (sequence === undefined || !(await follow(sequence, events, context))) return lostTopic(context);
  return { kind: "again", at: now() + config.central.pollIntervalMs, reason: "poll interval" };
}

/** Before anything is listed, so that nothing falls between. Undefined when there is no topic. */
async function firstPlace(events: Events, { stores, now, together }: Context): Promise<string | undefined> {
  const newest = await events.newest();
  if (newest.kind === "missing") return undefined;
  const sequence = newest.sequence ?? "0";
  together(() => {
    stores.known.put(SEQUENCE, sequence, now());
    stores.work.hint("resync", "events", now(), "the place in the events is new");
  });
  return sequence;
}

/** Page by page to the end. False when there is no topic. */
async function follow(from: string, events: Events, context: Context): Promise<boolean> {
  let sequence = from;
  for (;;) {
    const page = await events.after(sequence);
    if (page.kind === "missing") return false;
    if (page.kind === "gone") {
      skipTo(page.resumeAt, context);
      return true;
    }
    storeHints(page, context);
    if (!page.more) return true;
    sequence = page.next;
  }
}

function skipTo(resumeAt: string | undefined, { stores, now, together }: Context): void {
  together(() => {
    if (resumeAt === undefined) stores.known.drop(SEQUENCE);
    else stores.known.put(SEQUENCE, resumeAt, now());
    stores.work.hint("resync", "events", now(), "events were purged before they were read");
  });
}

function lostTopic(context: Context): Outcome {
  forgetWatchTopic(context);
  return { kind: "again", at: context.now() + RECHECK_MS, reason: "the watch topic is gone" };
}

function storeHints(page: EventPage & { readonly kind: "page" }, context: Context): void {
  const { config, stores, now } = context;
  context.together(() => {
    for (const event of page.events) {
      const link = event.resource?.selfLink;
      if (link !== undefined && stores.echoes.consume(link, event.type, event.subresource ?? "", now())) continue;
      const hint = hintOf(event, config.central.environment, config.central.organizationId);
      if (hint) takeHint(hint, context);
      else if (event.type === "deleted") noticeDeleted(event, context);
    }
    stores.known.put(SEQUENCE, page.next, now());
  });
}

/** A service or instance of ours was deleted: Amplify is compared with what we believe soon, and not only at night. */
function noticeDeleted(event: ResourceEvent, { config, stores, now }: Context): void {
  const { resource } = event;
  const { environment, organizationId } = config.central;
  const part = resource && PARTS.get(resource.kind);
  if (!part || !isOurs(event, environment, organizationId)) return;
  const isPublished = stores.topics
    .all()
    .some(({ published, held }) => !held && published[part]?.name === resource.name);
  if (isPublished && config.discovery.verification)
    stores.work.hint("verify", "discovery", now() + SETTLE_MS, `${resource.kind} ${resource.name} was deleted`);
}

/** A hint of a resource whose application is not known makes the resource be read first. */
function takeHint({ kind, name, application }: Hint, { stores, now }: Context): void {
  const before = stores.grants.get(kind, name)?.application;
  stores.grants.hint(kind, name, application, now());
  const known = stores.grants.get(kind, name)?.application;
  // What it was given there is taken back there.
  if (before !== undefined && before !== known)
    stores.work.hint(`application:${before}`, "provisioning", now(), `${kind} ${name} belongs to another application`);
  if (known === undefined) stores.work.hint("resync", "events", now(), `${kind} ${name} does not say whose it is`);
  else stores.work.hint(`application:${known}`, "provisioning", now(), `${kind} ${name}`);
}

/** Lists applications, access requests and credentials whole: what was missed is found, what is gone is marked. */
export async function runResync(context: Context): Promise<Outcome> {
  const { stores, now, together } = context;
  const { api } = await context.upstreams.for("events");
  for (const kind of ["application", "access", "credential"] as const) await listKind(kind, api, context);
  together(() => {
    const applications = new Set(stores.grants.all().flatMap(({ application }) => application ?? []));
    for (const name of applications) stores.work.hint(`application:${name}`, "provisioning", now(), "listed");
    noteListed(context);
  });
  return { kind: "again", at: now() + DAY_MS, reason: "daily" };
}

/** A page holds whole resources, so that none of them has to be read again. */
async function listKind(kind: GrantKind, api: ApiServer, { config, stores, now, together }: Context): Promise<void> {
  const seen = new Set<string>();
  const link = kindLink(config.central.environment, REQUEST_KIND[kind]);
  for await (const page of api.list(link, kind === "access" ? { embed: "metadata.references" } : {})) {
    together(() => {
      for (const resource of page) {
        seen.add(resource.name);
        for (const row of rowsAfter(kind, resource, stores.grants.get(kind, resource.name), now()))
          stores.grants.put(row);
      }
    });
  }
  together(() => {
    const gone = stores.grants.all().filter((row) => row.kind === kind && !seen.has(row.name) && !isDeparted(row));
    for (const row of gone) stores.grants.hint(row.kind, row.name, row.application, now());
  });
}

export async function runApplication(name: string, context: Context): Promise<Outcome> {
  const provisioning = await provisioningContext(context);
  let outcome: ApplicationOutcome;
  try {
    outcome = await reconcileApplication(name, provisioning);
  } finally {
    // Also what was granted before something failed.
    await keepGranted(context);
  }
  return outcome.kind === "done"
    ? { kind: "done" }
    : { kind: "again", at: outcome.until, reason: "waiting for a key, an overlap, or to try again" };
}
