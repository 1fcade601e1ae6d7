import type { Resource } from "../amplify/resource.ts";
import type { GrantKind, GrantRow } from "../store/grants.ts";

/** The managed application that a listed resource belongs to; undefined where it does not say. */
export function applicationOf(kind: GrantKind, resource: Resource): string | undefined {
  if (kind === "application") return resource.name;
  const named = resource.spec.managedApplication;
  return typeof named === "string" ? named : undefined;
}

/** The row of a resource that a page of a list showed whole, so that it does not have to be read again. */
export function listedRow(kind: GrantKind, resource: Resource, record: string, now: number): GrantRow {
  return {
    kind,
    name: resource.name,
    application: applicationOf(kind, resource),
    dirty: false,
    seen: JSON.stringify(resource),
    record,
    changedAt: now,
  };
}
