import type { JsonObject } from "./json.ts";
import type { Resource } from "./resource.ts";

/**
 * What an event tells of a resource: no spec, no status; finalizers, attributes and tags empty and the references bare, as in
 * the documented sample (docs integrate-with-watchtopics).
 */
export function payloadOf(resource: Resource): JsonObject {
  return {
    group: resource.group,
    kind: resource.kind,
    name: resource.name,
    finalizers: null,
    attributes: {},
    tags: [],
    metadata: {
      id: resource.id,
      selfLink: resource.selfLink,
      references: resource.references.map(({ id, group, kind, name, selfLink, type }) => ({
        ...{ id, group, kind, name, title: null, scopeKind: null, scopeName: null, selfLink },
        type: type.toUpperCase(),
      })),
      ...scopeOf(resource),
    },
  };
}

/** The Go agents read the scope of an Environment's event without looking: it names the environment itself (agent-sdk handler/environment.go). */
function scopeOf(resource: Resource): JsonObject {
  const { id, kind, name, selfLink, scope } = resource;
  if (scope !== undefined) return { scope: { ...scope } };
  return kind === "Environment" ? { scope: { id, kind, name, selfLink } } : {};
}
