import { requestView } from "../amplify/provisioning/request.ts";
import { isForeign, isRevokedRow } from "../provisioning/access-view.ts";
import { REQUEST_KIND, resourceOf } from "../provisioning/context.ts";
import { MarksRecord, readRecord } from "../provisioning/record.ts";
import type { GrantRow } from "../store/grants.ts";
import { Refusal } from "./answers.ts";
import type { AccessAction } from "./api.ts";
import type { Context } from "./context.ts";
import { named, quoted } from "./provisioning-views.ts";

/**
 * Notes what a person decided about an application, an access request or a credential, and puts its application on the
 * list: the work does it. Doing it twice is doing it once. Throws `Refusal`.
 */
export function actOnAccess(name: string, action: AccessAction, context: Context): void {
  const { stores, settings, refusals, now, together } = context;
  const row = named(name, context);
  if (settings.mode === "plan") throw new Refusal("conflict", "in plan mode nothing is given or taken");
  const changes = DECISIONS[action](row, context);
  together(() => {
    refusals.open();
    for (const { of, change } of changes) {
      const current = stores.grants.get(of.kind, of.name) ?? of;
      const record = JSON.stringify({ ...JSON.parse(current.record), ...change });
      // Whatever is decided is decided on what Amplify says now.
      stores.grants.put({ ...current, record, dirty: true, changedAt: now() });
    }
    stores.work.hint(`application:${row.application}`, "provisioning", now(), `asked for by a person: ${action}`);
    stores.journal.audit(now(), "operator", action, name, row.kind);
  });
}

interface Change {
  readonly of: GrantRow;
  /** What is recorded anew. */
  readonly change: object;
}

type Decision = (row: GrantRow & { readonly application: string }, context: Context) => readonly Change[];

const DECISIONS: Readonly<Record<AccessAction, Decision>> = { retry, revoke, enable, takeover };

function retry(row: GrantRow & { readonly application: string }, context: Context): readonly Change[] {
  if (isForeign(row)) throw conflict(row, "was provisioned by another agent; take it over first");
  if (row.kind === "credential" && isRevokedRow(row)) throw conflict(row, "is revoked; enable it");
  const stuck = withMembers(row, context).filter((each) => !isForeign(each) && isStuck(each));
  const work = context.stores.work.get(`application:${row.application}`);
  if (stuck.length === 0 && work === undefined) throw conflict(row, "is as it should be; there is nothing to retry");
  return stuck.map((of) => ({ of, change: triedNow(context) }));
}

function revoke(row: GrantRow & { readonly application: string }): readonly Change[] {
  mustHaveRights(row);
  if (isForeign(row)) throw conflict(row, "was provisioned by another agent; take it over first");
  if (isRevokedRow(row)) throw conflict(row, "is revoked already");
  return [{ of: row, change: { revoked: true } }];
}

/** What was refused because of it is answered anew. */
function enable(row: GrantRow & { readonly application: string }, context: Context): readonly Change[] {
  mustHaveRights(row);
  const application = context.stores.grants.get("application", row.application);
  if (row.kind === "credential" && application && isRevokedRow(application))
    throw conflict(row, `belongs to the application ${quoted(row.application)}, which is revoked; enable that`);
  if (!isRevokedRow(row)) throw conflict(row, "is not revoked");
  const refused = withMembers(row, context).filter(
    (each) => each.kind === "credential" && (each.name === row.name || !isRevokedRow(each)),
  );
  const own = { revoked: false };
  if (row.kind === "credential") return [{ of: row, change: { ...own, ...triedNow(context) } }];
  return [{ of: row, change: own }, ...refused.map((of) => ({ of, change: triedNow(context) }))];
}

function takeover(row: GrantRow & { readonly application: string }, context: Context): readonly Change[] {
  const foreign = withMembers(row, context).filter(isForeign);
  if (foreign.length === 0) throw conflict(row, "is ours, or nobody's yet; there is nothing to take over");
  return foreign.map((of) => ({ of, change: { takeOver: true } }));
}

/** Of an application everything that was asked for in it; of anything else only itself. */
function withMembers(row: GrantRow & { readonly application: string }, { stores }: Context): readonly GrantRow[] {
  return row.kind === "application" ? stores.grants.ofApplication(row.application) : [row];
}

/** As if it had never failed. */
function triedNow({ now }: Context): object {
  return { retryAt: now(), retries: 0, error: undefined, losses: 0 };
}

/** It failed, or waits for something that a person may have mended. */
function isStuck(row: GrantRow): boolean {
  const resource = resourceOf(row);
  if (!resource) return true;
  const { level, deleting } = requestView(REQUEST_KIND[row.kind], resource);
  return (
    level === "Error" || level === "Pending" || deleting || readRecord(MarksRecord, row.record).error !== undefined
  );
}

function mustHaveRights(row: GrantRow): void {
  if (row.kind === "access")
    throw conflict(row, "is an access request, which logs in to nothing; name its application or a credential");
}

function conflict({ name }: GrantRow, why: string): Refusal {
  return new Refusal("conflict", `${quoted(name)} ${why}`);
}
