import type { Resource } from "../amplify/resource.ts";
import type { GrantKind, GrantRow } from "../store/grants.ts";

/** The managed application that a listed resource belongs to; undefined where it does not say. */
export function applicationOf(kind: GrantKind, resource: Resource): string | undefined {
  if (kind === "application") return resource.name;
  const named = resource.spec.managedApplication;
  return typeof named === "string" ? named : undefined;
}

/**
 * The row of a resource that a page of a list showed whole, so that it does not have to be read again. `before`: its row
 * until now; one that says the same has not changed.
 */
export function listedRow(kind: GrantKind, resource: Resource, before: GrantRow | undefined, now: number): GrantRow {
  const seen = JSON.stringify(resource);
  return {
    kind,
    name: resource.name,
    application: applicationOf(kind, resource),
    dirty: false,
    seen,
    record: before?.record ?? "{}",
    changedAt: before?.seen === seen ? before.changedAt : now,
  };
}
