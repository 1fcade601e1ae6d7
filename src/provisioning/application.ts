import { resourceLink } from "../amplify/links.ts";
import { groupPrefix } from "../confluent/labels.ts";
import { NotYet } from "../http/errors.ts";
import type { GrantRow } from "../store/grants.ts";
import { type ProvisioningContext, patchRecord, REQUEST_KIND, resourceOf } from "./context.ts";
import { execute, kindOf } from "./execute.ts";
import { recordMetricIds, recordMissingIds } from "./metric-record.ts";
import type { World } from "./model.ts";
import { nextAction } from "./next.ts";
import { SetbackError } from "./principals.ts";
import { AccessRecord, CredentialRecord, readRecord } from "./record.ts";
import { tellSetback } from "./setback.ts";
import { worldOf } from "./world.ts";

/** A reconcile that needs more steps than this has gone round in a circle. */
const MOST_STEPS = 500;

export type ApplicationOutcome = { readonly kind: "done" } | { readonly kind: "wait"; readonly until: number };

/**
 * Brings everything of one managed application to what it should be, one recorded step at a time. May be cut off
 * anywhere and run again. A request that fails does not stop the others; the first error is thrown when they are done.
 */
export async function reconcileApplication(name: string, context: ProvisioningContext): Promise<ApplicationOutcome> {
  const errors: unknown[] = [];
  const stopped = new Set<string>();
  for (let steps = 0; steps < MOST_STEPS; steps++) {
    await readWhatChanged(name, context);
    recordMissingIds(context.grants.ofApplication(name), context);
    const rows = context.grants.ofApplication(name);
    const application = rows.find(({ kind }) => kind === "application");
    const world = await worldFrom(rows, application, stopped, context);
    const action = nextAction(world, context.now());
    if (!action || action.do === "wait") {
      throwFirst(errors);
      return action ? { kind: "wait", until: action.until } : { kind: "done" };
    }
    try {
      await execute(action, application, context);
    } catch (error) {
      errors.push(error);
      stopped.add(`${kindOf(action)}/${action.name}`);
      if (!(error instanceof NotYet)) await tellSetback(action, error, world, context);
    }
  }
  throw new Error(`the application ${name} does not come to rest`);
}

/** Setbacks were told, and failures go before planned waits: the next pass meets these again without a request. */
function throwFirst(errors: readonly unknown[]): void {
  const failure = errors.find((error) => !(error instanceof SetbackError || error instanceof NotYet));
  if (failure !== undefined) throw failure;
  const [soonest] = errors.filter((error) => error instanceof NotYet).sort((one, other) => one.until - other.until);
  if (soonest) throw soonest;
}

/** One request each; what is gone stays as a row until all that was made for it is gone too. */
async function readWhatChanged(name: string, context: ProvisioningContext): Promise<void> {
  const { grants, api, environment, together, now } = context;
  for (const row of grants.ofApplication(name)) {
    if (!row.dirty) continue;
    const embed = row.kind === "access" ? { embed: "metadata.references" } : {};
    const resource = await api.get(resourceLink(environment, REQUEST_KIND[row.kind], row.name), embed);
    together(() => {
      const current = grants.get(row.kind, row.name) ?? row;
      if (resource) {
        const read = { ...current, dirty: false, seen: JSON.stringify(resource), changedAt: now() };
        grants.put(read);
        recordMetricIds(read, context);
      } else markGone(current, context);
    });
  }
}

/** As if it were being deleted with our finalizer on it, so that what was made for it goes. */
function markGone(row: GrantRow, context: ProvisioningContext): void {
  const resource = resourceOf(row);
  const hasMade = row.kind === "credential" && readRecord(CredentialRecord, row.record).principals.length > 0;
  if (!resource || !hasMade) {
    context.grants.remove(row.kind, row.name);
    return;
  }
  const leaving = { ...resource, metadata: { ...resource.metadata, state: "DELETING" } };
  context.grants.put({ ...row, dirty: false, seen: JSON.stringify(leaving), changedAt: context.now() });
  patchRecord(context, row, { gone: true });
}

async function worldFrom(
  rows: readonly GrantRow[],
  application: GrantRow | undefined,
  stopped: ReadonlySet<string>,
  context: ProvisioningContext,
): Promise<World> {
  const held = <T>(row: GrantRow, record: T) => {
    const resource = resourceOf(row);
    return resource ? [{ resource, record }] : [];
  };
  const resource = application && resourceOf(application);
  return worldOf({
    application: resource,
    access: rows
      .filter(({ kind }) => kind === "access")
      .flatMap((row) => held(row, readRecord(AccessRecord, row.record))),
    credentials: rows
      .filter(({ kind }) => kind === "credential")
      .flatMap((row) => held(row, readRecord(CredentialRecord, row.record))),
    topicOf: context.topicOf,
    prefix: await groupPrefix(resource?.metadata.id ?? ""),
    principalPerKey: context.principals.principalPerKey,
    idempotentWrite: context.idempotentWrite,
    stopped,
    now: context.now(),
  });
}
