import { resourceLink } from "../amplify/links.ts";
import { setbackWords } from "../amplify/provisioning/setbacks.ts";
import { groupPrefix } from "../confluent/labels.ts";
import { NotYet, UpstreamError } from "../http/errors.ts";
import type { GrantRow } from "../store/grants.ts";
import { type ProvisioningContext, patchRecord, REQUEST_KIND, resourceOf } from "./context.ts";
import { execute, kindOf, report, type Step } from "./execute.ts";
import type { World } from "./model.ts";
import { nextAction } from "./next.ts";
import { SetbackError } from "./principals.ts";
import { AccessRecord, CredentialRecord, readRecord } from "./record.ts";
import { worldOf } from "./world.ts";

/** A reconcile that needs more steps than this has gone round in a circle. */
const MOST_STEPS = 500;

export type ApplicationOutcome = { readonly kind: "done" } | { readonly kind: "wait"; readonly until: number };

/**
 * Brings everything of one managed application to what it should be, one recorded step at a time. May be cut off
 * anywhere and run again. A request that fails does not stop the others; the first error is thrown when they are done.
 */
export async function reconcileApplication(name: string, context: ProvisioningContext): Promise<ApplicationOutcome> {
  const setBack = new Map<string, unknown>();
  for (let steps = 0; steps < MOST_STEPS; steps++) {
    await readWhatChanged(name, context);
    const rows = context.grants.ofApplication(name);
    const application = rows.find(({ kind }) => kind === "application");
    const action = nextAction(without(await worldFrom(rows, application, context), setBack), context.now());
    if (action?.do === "wait") {
      throwFirst(setBack);
      return { kind: "wait", until: action.until };
    }
    if (!action) {
      throwFirst(setBack);
      return { kind: "done" };
    }
    try {
      await execute(action, application, context);
    } catch (error) {
      if (error instanceof NotYet || !("name" in action)) throw error;
      setBack.set(keyOf(action), error);
      await tellSetback(action, error, context);
    }
  }
  throw new Error(`the application ${name} does not come to rest`);
}

function throwFirst(setBack: ReadonlyMap<string, unknown>): void {
  for (const error of setBack.values()) {
    if (!(error instanceof SetbackError)) throw error;
  }
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
      if (resource) grants.put({ ...current, dirty: false, seen: JSON.stringify(resource), changedAt: now() });
      else markGone(current, context);
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
  });
}

/** What failed in this pass is not tried again in it: nothing is given to it, and what it holds is not taken for that. */
function without(world: World, setBack: ReadonlyMap<string, unknown>): World {
  if (setBack.size === 0) return world;
  return {
    ...world,
    access: world.access.filter(({ name }) => !setBack.has(`access/${name}`)),
    credentials: world.credentials.filter(({ name }) => !setBack.has(`credential/${name}`)),
  };
}

function keyOf(step: Step): string {
  return `${kindOf(step)}/${step.name}`;
}

/** The consumer is told of what trying again cannot mend; the operator of everything. */
async function tellSetback(step: Step, error: unknown, context: ProvisioningContext): Promise<void> {
  const row = context.grants.get(kindOf(step), step.name);
  if (!row) return;
  const setback =
    error instanceof SetbackError
      ? error.setback
      : error instanceof UpstreamError
        ? ({ kind: "upstream", upstream: error.upstream, failure: error.failure } as const)
        : undefined;
  if (!setback) {
    patchRecord(context, row, { error: "an unknown error" });
    return;
  }
  const words = setbackWords(setback);
  patchRecord(context, row, { error: words.operator });
  if (words.level === "Error" && resourceOf(row)?.metadata.state !== "DELETING")
    await report(row, "Error", words.detail, context);
}
