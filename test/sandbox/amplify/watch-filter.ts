import { isObject, type Json } from "./json.ts";
import type { Resource } from "./resource.ts";
import type { Change } from "./resources.ts";

const TYPE_OF: Readonly<Record<Change, string>> = {
  ResourceCreated: "created",
  ResourceUpdated: "updated",
  SubResourceUpdated: "updated",
  ResourceDeleted: "deleted",
};

/** Whether a filter of a watch topic admits a change; `*` stands for any kind, name or scope name (docs integrate-with-watchtopics). */
export function admits(filter: Json, change: Change, resource: Resource): boolean {
  if (!isObject(filter)) return false;
  const { type, scope } = filter;
  if (!Array.isArray(type) || !type.includes(TYPE_OF[change])) return false;
  if (filter.group !== resource.group || !isAny(filter.kind, resource.kind) || !isAny(filter.name, resource.name)) {
    return false;
  }
  if (!isObject(scope) || scope.kind === undefined) return true;
  return resource.scope?.kind === scope.kind && isAny(scope.name, resource.scope.name);
}

function isAny(pattern: Json | undefined, value: string): boolean {
  return pattern === "*" || pattern === value;
}
