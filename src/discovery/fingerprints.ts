import { sha256Hex } from "../runtime/digest.ts";
import type { ListedKind } from "../store/listing.ts";

/** The members of a resource that we decide, whether it is a draft of ours or was read. */
interface Comparable {
  readonly title?: string | null | undefined;
  readonly tags?: readonly string[] | null | undefined;
  readonly owner?: { readonly id?: string | undefined } | null | undefined;
  readonly spec?: Readonly<Record<string, unknown>> | null | undefined;
}

/** Members of an instance's spec that we decide; the server may add others. */
const INSTANCE_SPEC = ["apiServiceRevision", "endpoint", "accessRequestDefinition", "credentialRequestDefinitions"];

/**
 * Fingerprint of what we decide about a service or an instance: equal for our draft and for the resource that came of
 * it. The icon of a service stays out of it: it is written once and never compared.
 */
export function bodyFingerprint(kind: ListedKind, body: Comparable): Promise<string> {
  const spec = body.spec ?? {};
  const decided = kind === "service" ? [spec.description] : INSTANCE_SPEC.map((member) => canonical(spec[member]));
  return sha256Hex(JSON.stringify([body.title ?? "", [...(body.tags ?? [])].sort(), body.owner?.id ?? "", decided]));
}

/** Fingerprint of `x-agent-details`, whatever the order of its keys. */
export function detailsFingerprint(details: Readonly<Record<string, unknown>>): Promise<string> {
  return sha256Hex(JSON.stringify(canonical(details)));
}

/** The same value with object keys in order and without members that say nothing. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(
    ([, member]) => member !== undefined && member !== null && !isEmpty(member),
  );
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, member]) => [key, canonical(member)]),
  );
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
