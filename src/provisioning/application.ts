import { groupPrefix } from "../confluent/labels.ts";
import { NotYet } from "../http/errors.ts";
import type { GrantRow } from "../store/grants.ts";
import { adoptLost } from "./adopt.ts";
import { type ProvisioningContext, resourceOf } from "./context.ts";
import { execute, kindOf, type Step } from "./execute.ts";
import { recordMissingIds } from "./metric-record.ts";
import type { World } from "./model.ts";
import { nextAction, takes } from "./next.ts";
import { readWhatChanged } from "./read.ts";
import { AccessRecord, CredentialRecord, MarksRecord, readRecord, TroubleRecord } from "./record.ts";
import { forgetFailures, tellSetback } from "./setback.ts";
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
  const refused = new Set<string>();
  askForApplication(name, context);
  for (let steps = 0; steps < MOST_STEPS; steps++) {
    await readWhatChanged(name, context);
    recordMissingIds(context.grants.ofApplication(name), context);
    await takeOver(name, context);
    const rows = context.grants.ofApplication(name);
    const application = rows.find(({ kind }) => kind === "application");
    const rests = resting(rows, context.now());
    const stopped = new Map([...passed, ...rests.map(({ key, until }) => [key, until] as const)]);
    const untakable = new Set([...refused, ...rests.flatMap(({ key, isUntakable }) => (isUntakable ? [key] : []))]);
    const world = await worldFrom(rows, application, { stopped, untakable }, context);
    if (await adoptLost(rows, world, context)) continue;
    const action = nextAction(world, context.now());
    if (!action || action.do === "wait") return outcomeOf(action?.until, postponed);
    const key = `${kindOf(action)}/${action.name}`;
    const failed = await attempt(action, application, world, context);
    if (failed === undefined) continue;
    if (failed !== "told") postponed.set(key, failed);
    passed.set(key, failed === "told" ? 0 : failed.until);
    if (takes(action, world)) refused.add(key);
  }
  throw new Error(`the application ${name} does not come to rest`);
}

/** Undefined when the step went through; `told` when why it did not was recorded. */
async function attempt(
  step: Step,
  application: GrantRow | undefined,
  world: World,
  context: ProvisioningContext,
): Promise<NotYet | "told" | undefined> {
  try {
    await execute(step, application, context);
    forgetFailures(step, world, context);
    return undefined;
  } catch (error) {
    if (error instanceof NotYet) return error;
    await tellSetback(step, error, world, context);
    return "told";
  }
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

interface Rest {
  readonly key: string;
  readonly until: number;
  readonly isUntakable: boolean;
}

function resting(rows: readonly GrantRow[], now: number): readonly Rest[] {
  return rows.flatMap(({ kind, name, record }) => {
    const { restsUntil: until, untakable } = readRecord(TroubleRecord, record);
    return until !== undefined && until > now ? [{ key: `${kind}/${name}`, until, isUntakable: untakable }] : [];
  });
}

/** Everything of an application as one world. */
export async function worldFrom(
  rows: readonly GrantRow[],
  application: GrantRow | undefined,
  { stopped, untakable }: Pick<World, "stopped" | "untakable">,
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
    definition: context.told.definition,
    subjectsOf: context.subjectsOf,
    prefix: await groupPrefix(resource?.metadata.id ?? ""),
    principalPerKey: context.principals.principalPerKey,
    idempotentWrite: context.idempotentWrite,
    stopped,
    untakable,
    now: context.now(),
    registry: context.registry?.name(),
  });
}
