import * as v from "valibot";
import type { ScopedKind } from "./links.ts";

const Reference = v.looseObject({
  id: v.optional(v.string()),
  kind: v.optional(v.string()),
  name: v.nullish(v.string()),
});

const Metadata = v.looseObject({
  id: v.optional(v.string()),
  selfLink: v.optional(v.string()),
  /** Counts updates; a full PUT that carries an old one is refused with 428. */
  resourceVersion: v.optional(v.string()),
  /** `DELETING` while finalizers hold it. */
  state: v.nullish(v.string()),
  scope: v.nullish(v.looseObject({ kind: v.optional(v.string()), name: v.optional(v.string()) })),
  references: v.nullish(v.array(Reference)),
  audit: v.nullish(v.looseObject({ createTimestamp: v.optional(v.string()), modifyTimestamp: v.optional(v.string()) })),
});

/**
 * A resource of the API server (agent-sdk pkg/apic/apiserver/models/api/v1). Everything that it brings is kept, also
 * what is not named here: sub-resources are members beside `spec`. `null` is what Axway's agents write for empty.
 */
export const Resource = v.looseObject({
  group: v.optional(v.string(), ""),
  apiVersion: v.optional(v.string(), ""),
  kind: v.optional(v.string(), ""),
  name: v.string(),
  title: v.nullish(v.string(), ""),
  metadata: v.optional(Metadata, {}),
  tags: v.nullish(v.array(v.string()), []),
  attributes: v.nullish(v.record(v.string(), v.unknown()), {}),
  finalizers: v.nullish(v.array(v.looseObject({ name: v.string(), description: v.nullish(v.string()) })), []),
  owner: v.nullish(v.looseObject({ type: v.optional(v.string()), id: v.optional(v.string()) })),
  spec: v.nullish(v.record(v.string(), v.unknown()), {}),
});
export type Resource = v.InferOutput<typeof Resource>;

/** A team as owner of a resource. */
export interface Owner {
  readonly type: "team";
  readonly id: string;
}

/** What we send to create a resource, most often one of an environment. Sub-resources follow in requests of their own: the server ignores them here. */
export interface Draft<Kind extends string = ScopedKind> {
  readonly group: "management";
  readonly apiVersion: "v1";
  readonly kind: Kind;
  readonly name: string;
  readonly title: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly finalizers: readonly { readonly name: string; readonly description?: string }[];
  readonly tags: readonly string[];
  readonly owner?: Owner;
  readonly spec: Readonly<Record<string, unknown>>;
}

/** A sub-resource that is an object, or undefined. */
export function subResource(resource: Resource, name: string): Readonly<Record<string, unknown>> | undefined {
  const parsed = v.safeParse(v.record(v.string(), v.unknown()), resource[name]);
  return parsed.success ? parsed.output : undefined;
}
