import * as v from "valibot";
import type { Resource } from "./resource.ts";

/**
 * Id of the first reference of a kind in `metadata.references`, which the server computes; with a name only one of that
 * name. Undefined when there is none.
 */
export function referenceId(resource: Resource, kind: string, name?: string): string | undefined {
  const found = resource.metadata.references?.find(
    (reference) => reference.kind === kind && (name === undefined || reference.name === name),
  );
  return found?.id === "" ? undefined : found?.id;
}

const Embedded = v.record(v.string(), v.unknown());
const Group = v.looseObject({ references: v.array(v.unknown()) });
const Entry = v.looseObject({
  kind: v.string(),
  metadata: v.fallback(v.looseObject({ id: v.fallback(v.optional(v.string()), undefined) }), { id: undefined }),
  owner: v.optional(v.unknown()),
});

/**
 * Owner of a resource that this one refers to, out of a read with `embed=metadata.references` (agent-sdk
 * pkg/apic/apiserver/models/api/v1/types.go); unread, undefined when it has none or was not embedded.
 */
export function embeddedOwner(resource: Resource, kind: string, id: string): unknown {
  const groups = v.safeParse(Embedded, resource._embedded);
  if (!groups.success) return undefined;
  for (const value of Object.values(groups.output)) {
    const group = v.safeParse(Group, value);
    for (const reference of group.success ? group.output.references : []) {
      const entry = v.safeParse(Entry, reference);
      if (entry.success && entry.output.kind === kind && entry.output.metadata.id === id) return entry.output.owner;
    }
  }
  return undefined;
}
