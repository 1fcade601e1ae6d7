import { accessRequest } from "../amplify/provisioning/access-request.ts";
import { credential } from "../amplify/provisioning/credential.ts";
import { FINALIZERS, markOf } from "../amplify/provisioning/request.ts";
import type { Resource } from "../amplify/resource.ts";
import type { GrantKind, GrantRow } from "../store/grants.ts";
import { REQUEST_KIND, resourceOf } from "./context.ts";
import { CredentialRecord, readRecord } from "./record.ts";

/** Stands before the id in the name of a row whose credential has gone while another bears its name: none in Amplify holds it. */
const DEPARTED = "~";

/** What was made for the credential is still to be removed; in Amplify there is nothing of it to be read. */
export function isDeparted({ name }: Pick<GrantRow, "name">): boolean {
  return name.includes(DEPARTED);
}

/** The managed application that a resource belongs to; undefined where it does not say. */
export function applicationOf(kind: GrantKind, resource: Resource): string | undefined {
  if (kind === "application") return resource.name;
  const { application } = kind === "access" ? accessRequest(resource) : credential(resource);
  return application === "" ? undefined : application;
}

/** Whether a resource is not the one that the row is of, though it bears its name: names are given again, ids are not. */
export function isAnother(resource: Resource, row: GrantRow): boolean {
  const [id, before] = [resource.metadata.id, resourceOf(row)?.metadata.id];
  return id !== undefined && before !== undefined && id !== before;
}

/**
 * The rows of a resource that was read whole. Mostly one, in the place of `before`, its row until now. Where that was of
 * another resource of the same name, nothing that was made for the other counts for this one, and what has to be taken back
 * gets a row of its own.
 */
export function rowsAfter(
  kind: GrantKind,
  resource: Resource,
  before: GrantRow | undefined,
  now: number,
): readonly [GrantRow, ...GrantRow[]] {
  const seen = JSON.stringify(resource);
  const application = applicationOf(kind, resource) ?? before?.application;
  const row = { kind, name: resource.name, application, dirty: false, seen };
  if (before && isAnother(resource, before))
    return [{ ...row, record: "{}", changedAt: now }, ...departed(before, now)];
  const changedAt = before?.seen === seen ? before.changedAt : now;
  const record = recordAfter(kind, resource, before?.record ?? "{}");
  return [{ ...row, record, changedAt }];
}

/**
 * What is recorded, after a resource was seen. A wish to rotate that it does not show any more is fulfilled, so that the
 * next one is another; and what is there has not gone.
 */
export function recordAfter(kind: GrantKind, resource: Resource, text: string): string {
  const { gone: _, rotatingTo, ...record } = JSON.parse(text);
  const isWished = kind === "credential" && credential(resource).wanted.rotate;
  return JSON.stringify(isWished && rotatingTo !== undefined ? { ...record, rotatingTo } : record);
}

/** The applications that rows belong to, before and after: all have to be looked at. */
export function applicationsOf(...rows: readonly (GrantRow | undefined)[]): readonly string[] {
  return [...new Set(rows.flatMap((row) => row?.application ?? []))];
}

/** Whether something was made for it outside, or may have been. */
export function hasMade(row: GrantRow): boolean {
  const { principals, doubtUntil } = readRecord(CredentialRecord, row.record);
  return row.kind === "credential" && (principals.length > 0 || doubtUntil !== undefined);
}

/** The row of what has gone in Amplify, as if it were being deleted with our finalizer on it, so that what was made for it goes. */
export function goneRow(row: GrantRow, resource: Resource, now: number): GrantRow {
  const finalizers = [{ name: FINALIZERS[REQUEST_KIND[row.kind]], description: markOf(undefined) }];
  const leaving = { ...resource, finalizers, metadata: { ...resource.metadata, state: "DELETING" } };
  const { takeOver: _, revoked: __, ...record } = JSON.parse(row.record);
  const seen = JSON.stringify(leaving);
  return { ...row, dirty: false, seen, record: JSON.stringify({ ...record, gone: true }), changedAt: now };
}

function departed(before: GrantRow, now: number): readonly GrantRow[] {
  const resource = resourceOf(before);
  if (!resource || !hasMade(before)) return [];
  const name = `${resource.name}${DEPARTED}${resource.metadata.id}`;
  const application = applicationOf(before.kind, resource) ?? before.application;
  return [goneRow({ ...before, name, application }, { ...resource, name }, now)];
}
