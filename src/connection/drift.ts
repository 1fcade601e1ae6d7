import * as v from "valibot";
import type { ProvisioningContext } from "../provisioning/context.ts";
import type { Difference, DriftKind } from "../provisioning/drift.ts";
import { type Look, look } from "../provisioning/drift-read.ts";
import { mend } from "../provisioning/mend.ts";
import { sha256Hex } from "../runtime/digest.ts";
import { Refusal } from "./answers.ts";
import type { DriftReport } from "./api.ts";
import type { Context } from "./context.ts";
import { provisioningContext } from "./provisioning-context.ts";
import type { Outcome } from "./wake.ts";

export const DRIFT = "drift";
const DAY_MS = 24 * 60 * 60 * 1000;
/** When accounts, keys and users were last compared. */
const WHOLE = "drift-whole";
/** When every credential of Amplify had its row: before that nothing is an orphan. */
const LISTED = "listed";
/** The plan that a person approved. */
const APPROVED = "drift-approved";
const ApprovedFact = v.string();

/** Every resource of Amplify was listed just now. */
export function noteListed({ stores, now }: Context): void {
  stores.known.put(LISTED, true, now());
}

/** Once everything was listed, the comparison comes round by itself. */
export function seedDrift(provisions: boolean, { stores, settings, now }: Context): void {
  const listed = stores.known.get(LISTED, v.literal(true));
  if (!provisions) stores.work.remove(DRIFT);
  else if (listed) stores.work.ensure(DRIFT, "events", now() + settings.intervalMs, "first look");
}

/** What differs now, and the plan that would mend it. Reads only: lists of Confluent. */
export async function driftReport(context: Context): Promise<DriftReport> {
  const seen = await wholeLook(await provisioningContext(context), context);
  return reported(seen, context);
}

/** Has what was shown done by the next wake. Throws `Refusal` when it is not the same any more. */
export async function approveDrift(plan: string, context: Context): Promise<void> {
  const { stores, settings, refusals, now, together } = context;
  if (settings.mode === "plan") throw new Refusal("conflict", "in plan mode nothing is given or taken");
  const report = await driftReport(context);
  if (report.plan !== plan)
    throw new Refusal("conflict", `what differs has changed since that plan was shown; the plan is ${report.plan} now`);
  together(() => {
    refusals.open();
    stores.known.put(APPROVED, plan, now());
    stores.work.hint(DRIFT, "events", now(), "asked for by a person");
    stores.journal.audit(now(), "operator", "approved a drift plan", plan, told(report.differences));
  });
}

/**
 * Every discovery interval the ACLs, in one request: one that somebody removed is there again before long. Once a day, and
 * when a person approved a plan, everything. An approved plan that is not the same any more does only what is done anyway.
 */
export async function runDrift(context: Context): Promise<Outcome> {
  const { stores, settings, now } = context;
  if (settings.mode === "plan") return { kind: "again", at: now() + DAY_MS, reason: "nothing is given in plan mode" };
  const provisioning = await provisioningContext(context);
  const approved = stores.known.get(APPROVED, ApprovedFact)?.value;
  const isWhole = approved !== undefined || isDue(context);
  const startedAt = now();
  const seen = isWhole
    ? await wholeLook(provisioning, context)
    : await look({ whole: false, isListed: false }, provisioning);
  const plan = await planOf(seen.differences);
  const { applications, removed, error } = await mend(seen.differences, plan === approved, provisioning);
  context.together(() => {
    for (const name of applications) stores.work.hint(`application:${name}`, "provisioning", now(), "drift");
    if (isWhole && isListed(context)) stores.known.put(WHOLE, true, startedAt);
    if (approved !== undefined) stores.known.drop(APPROVED);
    if (isWhole || seen.differences.length > 0) {
      const result = { ...counts(seen.differences), corrected: applications.length, removed, plan };
      const isOutdated = approved !== undefined && approved !== plan;
      stores.journal.end(stores.journal.begin(DRIFT, startedAt), now(), {
        ...result,
        ...(isOutdated ? { outdated: "the approved plan was not the same any more" } : {}),
      });
    }
  });
  if (error !== undefined) throw error;
  return { kind: "again", at: now() + settings.intervalMs, reason: "interval" };
}

function isDue({ stores, now }: Context): boolean {
  const last = stores.known.get(WHOLE, v.literal(true))?.at;
  return last === undefined || now() - last >= DAY_MS;
}

function wholeLook(provisioning: ProvisioningContext, context: Context): Promise<Look> {
  return look({ whole: true, isListed: isListed(context) }, provisioning);
}

/** Every credential of Amplify has its row. */
function isListed({ stores }: Context): boolean {
  return stores.known.get(LISTED, v.literal(true)) !== undefined && stores.grants.unassigned().length === 0;
}

async function reported({ differences, unsettled }: Look, { now }: Context): Promise<DriftReport> {
  return {
    plan: await planOf(differences),
    readAt: now(),
    differences: differences.map(({ kind, what, principal, subject, remedy, credential, application }) => {
      return { kind, what, principal, subject, remedy, credential, application };
    }),
    unsettled,
  };
}

/** The same for the same differences, in whatever order they were found. */
async function planOf(differences: readonly Difference[]): Promise<string> {
  const lines = differences.map(({ kind, what, principal, subject, remedy }) =>
    JSON.stringify([kind, what, principal, subject, remedy]),
  );
  return (await sha256Hex(lines.sort().join("\n"))).slice(0, 16);
}

function counts(differences: readonly Difference[]): Readonly<Record<DriftKind, number>> {
  const of = (kind: DriftKind) => differences.filter((each) => each.kind === kind).length;
  return { missing: of("missing"), unneeded: of("unneeded"), foreign: of("foreign"), orphan: of("orphan") };
}

function told(
  differences: readonly { readonly kind: string; readonly what: string; readonly subject: string }[],
): string {
  return differences
    .map(({ kind, what, subject }) => `${kind} ${what} ${subject}`)
    .join(", ")
    .slice(0, 2_000);
}
