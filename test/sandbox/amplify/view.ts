import type { JsonObject } from "./json.ts";
import type { Reference, Resource } from "./resource.ts";
import { apiTime } from "./time.ts";

/** Versions of the API that are served as the same resources. */
export type ApiVersion = "v1" | "v1alpha1";

function referenceView(reference: Reference): JsonObject {
  return {
    id: reference.id,
    group: reference.group,
    kind: reference.kind,
    name: reference.name,
    ...(reference.scopeKind === undefined ? {} : { scopeKind: reference.scopeKind }),
    ...(reference.scopeName === undefined ? {} : { scopeName: reference.scopeName }),
    selfLink: reference.selfLink,
    type: reference.type,
  };
}

/** A resource never changes in place, so what it looks like is worked out once: a query looks at every one. */
const views: Readonly<Record<ApiVersion, WeakMap<Resource, JsonObject>>> = {
  v1: new WeakMap(),
  v1alpha1: new WeakMap(),
};

/** A resource as it is answered. `metadata.acl` is left out since v1 (release note of July 2026); links always say v1. */
export function view(resource: Resource, version: ApiVersion): JsonObject {
  const known = views[version].get(resource);
  if (known !== undefined) return known;
  const made = bodyOf(resource, version);
  views[version].set(resource, made);
  return made;
}

function bodyOf(resource: Resource, version: ApiVersion): JsonObject {
  const { scope, owner } = resource;
  return {
    group: resource.group,
    apiVersion: "v1",
    kind: resource.kind,
    name: resource.name,
    title: resource.title,
    metadata: {
      id: resource.id,
      audit: {
        createTimestamp: apiTime(resource.createdAt),
        createUserId: resource.createdBy,
        modifyTimestamp: apiTime(resource.modifiedAt),
        modifyUserId: resource.modifiedBy,
      },
      ...(scope === undefined
        ? {}
        : { scope: { id: scope.id, kind: scope.kind, name: scope.name, selfLink: scope.selfLink } }),
      resourceVersion: String(resource.version),
      references: resource.references.map(referenceView),
      selfLink: resource.selfLink,
      ...(version === "v1alpha1" ? { acl: [] } : {}),
      ...(resource.deleting ? { state: "DELETING" } : {}),
    },
    attributes: resource.attributes,
    finalizers: resource.finalizers,
    tags: resource.tags,
    ...(owner === undefined ? {} : { owner }),
    spec: resource.spec,
    ...resource.subs,
  };
}
