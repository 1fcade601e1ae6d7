import * as v from "valibot";
import { MetricIds } from "../amplify/metric-ids.ts";

const Binding = v.object({
  resourceType: v.picklist(["TOPIC", "GROUP", "CLUSTER", "TRANSACTIONAL_ID", "DELEGATION_TOKEN", "UNKNOWN"]),
  resourceName: v.string(),
  patternType: v.picklist(["LITERAL", "PREFIXED", "UNKNOWN"]),
  principal: v.string(),
  host: v.string(),
  operation: v.picklist([
    "ALL",
    "READ",
    "WRITE",
    "CREATE",
    "DELETE",
    "ALTER",
    "DESCRIBE",
    "CLUSTER_ACTION",
    "DESCRIBE_CONFIGS",
    "ALTER_CONFIGS",
    "IDEMPOTENT_WRITE",
    "UNKNOWN",
  ]),
  permission: v.picklist(["ALLOW", "DENY", "UNKNOWN"]),
});

const RegistryKeyRecord = v.object({
  id: v.string(),
  /** `lsrc-…` */
  registry: v.string(),
  state: v.picklist(["made", "ready"]),
  at: v.optional(v.number()),
  /** Since when it is looked at in this way, ms: a subject that was given later begins anew. */
  since: v.number(),
  /** What it was last seen to read, empty for a mere login, and how often in a row. */
  seenOf: v.string(),
  seen: v.number(),
  /** As that of the key whose half it is. */
  data: v.record(v.string(), v.unknown()),
});
export type RegistryKeyRecord = v.InferOutput<typeof RegistryKeyRecord>;

const RoleBindingRecord = v.object({
  principal: v.string(),
  roleName: v.string(),
  crnPattern: v.string(),
  id: v.optional(v.string()),
  unsureUntil: v.optional(v.number()),
  lookAt: v.optional(v.number()),
});

const KeyRecord = v.object({
  id: v.string(),
  principal: v.string(),
  state: v.picklist(["made", "ready", "old"]),
  at: v.optional(v.number()),
  madeAt: v.number(),
  /** How often in a row it was seen to work. */
  seen: v.number(),
  /** What the consumer gets, secrets encrypted with the application's key: made in the same step as the key. */
  data: v.record(v.string(), v.unknown()),
  registry: v.optional(RegistryKeyRecord),
});
export type KeyRecord = v.InferOutput<typeof KeyRecord>;

const Trouble = {
  /** Why it cannot go on, in words; undefined when it can. */
  error: v.optional(v.string()),
  /** When a request that was answered with Error is tried again by itself, ms, and how often it was before. */
  retryAt: v.optional(v.number()),
  retries: v.optional(v.number(), 0),
  /** Nothing is tried of it before this time, ms, after so many failures in a row. */
  restsUntil: v.optional(v.number()),
  failures: v.optional(v.number(), 0),
  /** How often in a row a write met a resource that had changed or gone since it was read. */
  overtaken: v.optional(v.number(), 0),
  /** The last of them took something away, so that this rests too. */
  untakable: v.optional(v.boolean(), false),
  /** The resource is gone in Amplify; what we made for it is still to be removed. */
  gone: v.optional(v.boolean(), false),
};

const Marks = {
  /** We put the finalizer there, whatever the server keeps of our mark. */
  held: v.optional(v.boolean(), false),
  /** An operator wants what another agent provisioned to be ours. */
  takeOver: v.optional(v.boolean(), false),
  /** An operator took its rights away, or gave them back; undefined once Amplify holds which. */
  revoked: v.optional(v.boolean()),
};

/** What we made for a credential. */
export const CredentialRecord = v.object({
  /** As Kafka writes them: `User:sa-…` on Cloud, `User:<SASL user>` on Platform. */
  principals: v.optional(v.array(v.string()), []),
  bindings: v.optional(v.array(Binding), []),
  /** Entries of `bindings` that were not read back yet. */
  unseen: v.optional(
    v.object({
      bindings: v.array(Binding),
      /** Whether all were accepted, some perhaps, or nobody can tell. */
      written: v.picklist(["all", "partly", "unknown"]),
      /** When they are looked for next, and how often they were before. */
      at: v.number(),
      looks: v.number(),
    }),
  ),
  /** There is a finalizer without our mark, and nothing under our label: another agent provisioned it. */
  lookedFor: v.optional(v.boolean(), false),
  roleBindings: v.optional(v.array(RoleBindingRecord), []),
  keys: v.optional(v.array(KeyRecord), []),
  /** A request that makes something was sent, and no answer came: it may still be under way until then, ms. */
  doubtUntil: v.optional(v.number()),
  /** Entries that were removed while such a request may still make them: removed once more after that. */
  removed: v.optional(v.object({ bindings: v.array(Binding), at: v.number() })),
  dataOf: v.optional(v.string()),
  /** The key with which the time of expiry was written. */
  periodOf: v.optional(v.string()),
  rotatingTo: v.optional(v.string()),
  /** How often the secret of a new key was lost before the consumer had it. */
  losses: v.optional(v.number(), 0),
  ...Trouble,
  ...Marks,
});
export type CredentialRecord = v.InferOutput<typeof CredentialRecord>;

/** What we made for an access request. */
export const AccessRecord = v.object({
  dataWritten: v.optional(v.boolean(), false),
  /** What metric events say of it; absent until it was read whole. */
  ids: v.optional(MetricIds),
  ...Trouble,
  ...Marks,
});
export type AccessRecord = v.InferOutput<typeof AccessRecord>;

/** A record that is not of this form, as another version may leave it, is read as far as it goes: what is missing is found again by its label. */
export function readRecord<S extends v.GenericSchema<unknown, object>>(schema: S, text: string): v.InferOutput<S> {
  const parsed = v.safeParse(schema, JSON.parse(text));
  return parsed.success ? parsed.output : v.parse(schema, {});
}

/** What is recorded of any of the three kinds. */
export const TroubleRecord = v.object(Trouble);
export const MarksRecord = v.object({ ...Trouble, ...Marks });
export type MarksRecord = v.InferOutput<typeof MarksRecord>;
