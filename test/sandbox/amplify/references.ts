import { type JsonObject, memberAt, withMember } from "./json.ts";
import { type Kind, kindNamed, type SpecReference } from "./kinds.ts";
import type { Reference, Resource, Scope } from "./resource.ts";
import type { ResourceStore } from "./store.ts";

export interface ComputedReferences {
  readonly references: readonly Reference[];
  /** One line for each name that is required and absent, or that leads nowhere. */
  readonly faults: readonly string[];
}

function namesAt(spec: JsonObject, path: readonly string[]): string[] {
  const value = memberAt(spec, path);
  const list = Array.isArray(value) ? value : [value];
  return list.filter((name): name is string => typeof name === "string" && name !== "");
}

/** As `metadata.references` of a referrer holds it. */
export function referenceTo(target: Resource, type: "hard" | "soft"): Reference {
  return {
    id: target.id,
    group: target.group,
    kind: target.kind,
    name: target.name,
    ...(target.scope === undefined ? {} : { scopeKind: target.scope.kind, scopeName: target.scope.name }),
    selfLink: target.selfLink,
    type,
  };
}

/** The references that the server computes from the names in a spec; they lead to resources of the same scope. */
export function referencesOf(
  kind: Kind,
  scope: Scope | undefined,
  spec: JsonObject,
  store: ResourceStore,
): ComputedReferences {
  const references: Reference[] = [];
  const faults: string[] = [];
  for (const member of kind.references) {
    const label = `spec.${member.path.join(".")}`;
    const names = namesAt(spec, member.path);
    if (names.length === 0 && member.required) faults.push(`${label} is required`);
    for (const name of names) {
      const target = store.get(`${scope?.selfLink ?? ""}/${kindNamed(member.kind).plural}/${name}`);
      if (target === undefined) faults.push(`${label}: ${member.kind} ${name} does not exist`);
      else references.push(referenceTo(target, member.type));
    }
  }
  return { references, faults };
}

/** The spec of a referrer after `target` went: its soft members are emptied, list elements dropped. */
export function specWithout(kind: Kind, spec: JsonObject, target: Resource): JsonObject {
  const touches = (member: SpecReference): boolean =>
    member.type === "soft" && member.kind === target.kind && namesAt(spec, member.path).includes(target.name);
  let result = spec;
  for (const member of kind.references.filter(touches)) {
    const value = memberAt(result, member.path);
    result = withMember(
      result,
      member.path,
      Array.isArray(value) ? value.filter((name) => name !== target.name) : null,
    );
  }
  return result;
}
