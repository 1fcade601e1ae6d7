import { canonicalJson } from "./encoding.ts";
import type { Draft, Resource } from "./resource.ts";
import { SYNC_WARNING_TAG } from "./resources/details.ts";

/** What we last wrote, as far as it is known: so that a tag that we no longer want can go, and an owner that somebody else set stays. */
export interface Written {
  readonly tags?: readonly string[];
  readonly ownerId?: string | undefined;
}

/**
 * Our part written into a resource as it is now, for a full PUT that takes nothing from others: their tags, attributes,
 * finalizers, members of `spec` unknown to us, custom fields and credential definitions stay. The owner stays too unless
 * it is missing or the one that we last wrote.
 */
export function keepOthers(theirs: Resource, ours: Draft, before: Written = {}): Resource {
  // The warning of an earlier disappearance goes unless it is among ours, whoever wrote it.
  const dropped = new Set([...(before.tags ?? []), SYNC_WARNING_TAG].filter((tag) => !ours.tags.includes(tag)));
  const finalizers = ours.finalizers.filter(
    ({ name }) => !theirs.finalizers.some((theirOne) => theirOne.name === name),
  );
  return {
    ...theirs,
    title: ours.title,
    tags: union(
      theirs.tags.filter((tag) => !dropped.has(tag)),
      ours.tags,
    ),
    attributes: { ...theirs.attributes, ...ours.attributes },
    finalizers: [...theirs.finalizers, ...finalizers],
    owner: ownerOf(theirs, ours, before),
    spec: mergedSpec(theirs.spec, ours.spec),
  };
}

/** `keepOthers`, and whether there is anything to write: order of tags and of members does not count. */
export function mergedForPut(
  theirs: Resource,
  ours: Draft,
  before: Written = {},
): { readonly resource: Resource; readonly changed: boolean } {
  const resource = keepOthers(theirs, ours, before);
  return { resource, changed: mainJson(resource) !== mainJson(theirs) };
}

function ownerOf(theirs: Resource, ours: Draft, before: Written): Resource["owner"] {
  const foreign = theirs.owner?.id !== undefined && theirs.owner.id !== before.ownerId;
  return ours.owner === undefined || foreign || theirs.owner?.id === ours.owner.id ? theirs.owner : { ...ours.owner };
}

function mainJson({ title, tags, attributes, finalizers, owner, spec }: Resource): string {
  return canonicalJson([title, [...tags].sort(), attributes, finalizers, owner ?? null, spec]);
}

/** Objects member by member; whatever else is ours. Policies are ours whole, for one that we leave out must go. */
function mergedSpec(theirs: unknown, ours: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const base = isObject(theirs) ? theirs : {};
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(ours)) merged[key] = mergedMember(key, base[key], value);
  return merged;
}

function mergedMember(key: string, theirs: unknown, ours: unknown): unknown {
  if (key === "credentialRequestDefinitions") return union(texts(ours), texts(theirs));
  if (!isObject(ours) || key === "policies") return ours;
  return key === "schema" ? withCustomFields(theirs, ours) : mergedSpec(theirs, ours);
}

/**
 * Our JSON schema with the properties that somebody added by hand: those of the existing one that have a member
 * `x-custom-field` (agent-sdk pkg/apic/util.go; Amplify docs, "Custom fields component"), in their place in the form's
 * order and required if they were. All other properties are ours.
 */
export function withCustomFields(existing: unknown, ours: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const properties = objectAt(ours, "properties");
  const custom = Object.entries(objectAt(existing, "properties")).filter(
    ([name, property]) => isObject(property) && "x-custom-field" in property && !(name in properties),
  );
  if (custom.length === 0) return { ...ours };
  const names = new Set(custom.map(([name]) => name));
  const also = (key: string) => texts(isObject(existing) ? existing[key] : undefined).filter((name) => names.has(name));
  return {
    ...ours,
    properties: { ...properties, ...Object.fromEntries(custom) },
    "x-axway-order": [...texts(ours["x-axway-order"]), ...also("x-axway-order")],
    required: [...texts(ours.required), ...also("required")].sort(),
  };
}

function objectAt(value: unknown, key: string): Readonly<Record<string, unknown>> {
  const member = isObject(value) ? value[key] : undefined;
  return isObject(member) ? member : {};
}

function union(first: readonly string[], second: readonly string[]): string[] {
  return [...new Set([...first, ...second])];
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
