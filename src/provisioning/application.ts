import { resourceLink } from "../amplify/links.ts";
import { groupPrefix } from "../confluent/labels.ts";
import { NotYet } from "../http/errors.ts";
import type { GrantRow } from "../store/grants.ts";
import { adoptLost } from "./adopt.ts";
import { type ProvisioningContext, patchRecord, REQUEST_KIND, resourceOf } from "./context.ts";
import { execute, kindOf } from "./execute.ts";
import { recordMetricIds, recordMissingIds } from "./metric-record.ts";
import type { World } from "./model.ts";
import { nextAction } from "./next.ts";
import { AccessRecord, CredentialRecord, MarksRecord, readRecord, TroubleRecord } from "./record.ts";
import { forgetFailures, NO_FAILURES, tellSetback } from "./setback.ts";
import { takeOver } from "./take-over.ts";
import { worldOf } from "./world.ts";

/** A reconcile that needs more steps than this has gone round in a circle. */
const MOST_STEPS = 500;

export type ApplicationOutcome = { readonly kind: "done" } | { readonly kind: "wait"; readonly until: number };

/**
 * Brings everything of one managed application to what it should be, one recorded step at a time. May be cut off
 * anywhere and run again. A request that fails rests for a while, longer each time, and does not stop the others. Throws
 * `NotYet`, and what a read of Amplify throws.
 */
export async function reconcileApplication(name: string, context: ProvisioningContext): Promise<ApplicationOutcome> {
  /** What cannot go on in this pass, whatever its row says. */
  const postponed = new Map<string, NotYet>();
  const passed = new Map<string, number>();
  askForApplication(name, context);
  for (let steps = 0; steps < MOST_STEPS; steps++) {
    await readWhatChanged(name, context);
    recordMissingIds(context.grants.ofApplication(name), context);
    await takeOver(name, context);
    const rows = context.grants.ofApplication(name);
    const application = rows.find(({ kind }) => kind === "application");
    const stopped = new Map([...passed, ...resting(rows, context.now())]);
    const world = await worldFrom(rows, application, stopped, context);
    if (await adoptLost(rows, world, context)) continue;
    const action = nextAction(world, context.now());
    if (!action || action.do === "wait") return outcomeOf(action?.until, postponed);
    const key = `${kindOf(action)}/${action.name}`;
    try {
      await execute(action, application, context);
      forgetFailures(action, context);
    } catch (error) {
      if (error instanceof NotYet) postponed.set(key, error);
      else await tellSetback(action, error, world, context);
      passed.set(key, error instanceof NotYet ? error.until : 0);
    }
  }
  throw new Error(`the application ${name} does not come to rest`);
}

/**
 * A hint of a request may come before its application was ever read. Without an application everything would be taken
 * back: that it is gone has to be Amplify's word.
 */
function askForApplication(name: string, { grants, now }: ProvisioningContext): void {
  const rows = grants.ofApplication(name);
  if (rows.length > 0 && !rows.some(({ kind }) => kind === "application"))
    grants.hint("application", name, name, now());
}

function outcomeOf(until: number | undefined, postponed: ReadonlyMap<string, NotYet>): ApplicationOutcome {
  const [soonest] = [...postponed.values()].sort((one, other) => one.until - other.until);
  // Thrown as it is: it may be the budget of the whole lane.
  if (soonest && soonest.until <= (until ?? soonest.until)) throw soonest;
  return until === undefined ? { kind: "done" } : { kind: "wait", until };
}

function resting(rows: readonly GrantRow[], now: number): readonly (readonly [string, number])[] {
  return rows.flatMap(({ kind, name, record }) => {
    const { restsUntil } = readRecord(TroubleRecord, record);
    return restsUntil !== undefined && restsUntil > now ? [[`${kind}/${name}`, restsUntil] as const] : [];
  });
}

/** One request each; what is gone stays as a row until all that was made for it is gone too. */
async function readWhatChanged(name: string, context: ProvisioningContext): Promise<void> {
  const { grants, api, environment, together, now } = context;
  const dirty = grants.ofApplication(name).filter((row) => row.dirty);
  // The application first: what metric events say of a request is taken from it too.
  const isApplication = ({ kind }: GrantRow) => kind === "application";
  for (const row of [...dirty.filter(isApplication), ...dirty.filter((each) => !isApplication(each))]) {
    const embed = row.kind === "access" ? { embed: "metadata.references" } : {};
    const resource = await api.get(resourceLink(environment, REQUEST_KIND[row.kind], row.name), embed);
    together(() => {
      const current = grants.get(row.kind, row.name) ?? row;
      if (resource) {
        const read = { ...current, dirty: false, seen: JSON.stringify(resource), changedAt: now() };
        grants.put(read);
        recordMetricIds(read, context);
        // It is news: what failed before may go now.
        if (readRecord(TroubleRecord, current.record).failures > 0) patchRecord(context, read, NO_FAILURES);
      } else markGone(current, context);
    });
  }
}

/** As if it were being deleted with our finalizer on it, so that what was made for it goes. */
function markGone(row: GrantRow, context: ProvisioningContext): void {
  const resource = resourceOf(row);
  const { principals, doubtUntil } = readRecord(CredentialRecord, row.record);
  const hasMade = row.kind === "credential" && (principals.length > 0 || doubtUntil !== undefined);
  if (!resource || !hasMade) {
    context.grants.remove(row.kind, row.name);
    return;
  }
  const leaving = { ...resource, metadata: { ...resource.metadata, state: "DELETING" } };
  context.grants.put({ ...row, dirty: false, seen: JSON.stringify(leaving), changedAt: context.now() });
  patchRecord(context, row, { gone: true });
}

/** Everything of an application as one world. */
export async function worldFrom(
  rows: readonly GrantRow[],
  application: GrantRow | undefined,
  stopped: ReadonlyMap<string, number>,
  context: ProvisioningContext,
): Promise<World> {
  const held = <T>(row: GrantRow, record: T) => {
    const resource = resourceOf(row);
    return resource ? [{ resource, record }] : [];
  };
  const resource = application && resourceOf(application);
  return worldOf({
    application: resource,
    applicationRecord: readRecord(MarksRecord, application?.record ?? "{}"),
    access: rows
      .filter(({ kind }) => kind === "access")
      .flatMap((row) => held(row, readRecord(AccessRecord, row.record))),
    credentials: rows
      .filter(({ kind }) => kind === "credential")
      .flatMap((row) => held(row, readRecord(CredentialRecord, row.record))),
    topicOf: context.topicOf,
    subjectsOf: context.subjectsOf,
    prefix: await groupPrefix(resource?.metadata.id ?? ""),
    principalPerKey: context.principals.principalPerKey,
    idempotentWrite: context.idempotentWrite,
    stopped,
    now: context.now(),
    registry: context.registry?.name(),
  });
}
