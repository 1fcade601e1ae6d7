import * as v from "valibot";
import type { Resource } from "../resource.ts";
import { subResource } from "../resource.ts";
import { AGENT_DETAILS } from "../resources/details.ts";
import type { RequestKind } from "../triggers.ts";

export type { RequestKind };

/**
 * The finalizers by which an agent has a say in the deletion of what consumers ask for. Exactly those of Axway's
 * agents, so that one can take over from the other (agent-sdk pkg/agent/handler managedapplication.go, accessrequest.go,
 * credential.go).
 */
export const FINALIZERS: Readonly<Record<RequestKind, string>> = {
  ManagedApplication: "agent.managedapplication.provisioned",
  AccessRequest: "agent.accessrequest.provisioned",
  Credential: "agent.credential.provisioned",
};

/** One entry of `status.reasons`, as far as it can be read. */
export interface Reason {
  readonly type: string;
  readonly detail: string;
  readonly timestamp?: string | undefined;
  readonly meta?: Readonly<Record<string, unknown>> | undefined;
}

/** Whether our finalizer's name is there, and who put it: us, or somebody else's agent as far as the resource tells. */
export type Hold =
  | { readonly kind: "none" }
  /** With the principal that the mark names, if it does. */
  | { readonly kind: "ours"; readonly principal: string | undefined }
  /** No mark of ours: provisioned by another agent, unless a row or a principal of ours says otherwise. */
  | { readonly kind: "unmarked" };

/** What the three kinds have in common. */
export interface RequestView {
  /** As it was read, for a full PUT. */
  readonly resource: Resource;
  readonly name: string;
  /** `metadata.id`, which outlives no deletion; empty when the server did not say. */
  readonly id: string;
  readonly deleting: boolean;
  /** `Pending`, `Success` or `Error`; undefined while there is no status. */
  readonly level: string | undefined;
  readonly reasons: readonly Reason[];
  readonly hold: Hold;
  /** Whether our mark is anywhere on it; it stays in `x-agent-details` when the finalizer has gone. */
  readonly marked: boolean;
  /** `x-agent-details`; only its texts, for other agents' entries may be anything. */
  readonly details: Readonly<Record<string, string>>;
}

const MARK = "kafka-worker:v1";
/** Where the mark stands too, for a server that drops the description of finalizers. */
const MARK_DETAIL = "kafkaWorkerMark";

/** The mark of our finalizers: that they are ours, and for whom, where there is one principal. */
export function markOf(principal: string | undefined): string {
  return principal === undefined ? MARK : `${MARK} ${principal}`;
}

/** Entry of `x-agent-details` that says the same. */
export function markDetail(principal: string | undefined): Readonly<Record<string, string>> {
  return { [MARK_DETAIL]: markOf(principal) };
}

const REVOKED_DETAIL = "kafkaWorkerRevoked";

/** Entry of `x-agent-details` by which an operator's decision to take the rights away outlives our own rows. */
export function revocationDetail(revoked: boolean): Readonly<Record<string, string>> {
  return { [REVOKED_DETAIL]: String(revoked) };
}

export function isRevoked(details: RequestView["details"]): boolean {
  return details[REVOKED_DETAIL] === "true";
}

const Status = v.looseObject({
  level: v.fallback(v.optional(v.string()), undefined),
  reasons: v.fallback(v.array(v.unknown()), []),
});
const Reason = v.looseObject({
  type: v.fallback(v.string(), ""),
  detail: v.fallback(v.string(), ""),
  timestamp: v.fallback(v.optional(v.string()), undefined),
  meta: v.fallback(v.optional(v.record(v.string(), v.unknown())), undefined),
});

/** The common part of a request. Sub-resources that are missing, null or odd are as if they were not there. */
export function requestView(kind: RequestKind, resource: Resource): RequestView {
  const status = v.safeParse(Status, resource.status);
  const { level, reasons } = status.success ? status.output : { level: undefined, reasons: [] };
  const details = textsOf(subResource(resource, AGENT_DETAILS));
  const hold = holdOf(FINALIZERS[kind], resource, details);
  return {
    resource,
    name: resource.name,
    id: resource.metadata.id ?? "",
    deleting: resource.metadata.state === "DELETING",
    level: level === "" ? undefined : level,
    reasons: reasons.flatMap((reason) => {
      const parsed = v.safeParse(Reason, reason);
      return parsed.success ? [parsed.output] : [];
    }),
    hold,
    marked: hold.kind === "ours" || principalIn(details[MARK_DETAIL]) !== undefined,
    details,
  };
}

function holdOf(finalizer: string, resource: Resource, details: Readonly<Record<string, string>>): Hold {
  const held = resource.finalizers.find(({ name }) => name === finalizer);
  if (held === undefined) return { kind: "none" };
  const found = principalIn(held.description) ?? principalIn(details[MARK_DETAIL]);
  return found === undefined ? { kind: "unmarked" } : { kind: "ours", principal: found === "" ? undefined : found };
}

/** The principal that a mark of ours names, empty when it names none; undefined when the text is no mark of ours. */
function principalIn(text: string | null | undefined): string | undefined {
  if (text === MARK) return "";
  return text?.startsWith(`${MARK} `) ? text.slice(MARK.length + 1) : undefined;
}

function textsOf(members: Readonly<Record<string, unknown>> | undefined): Record<string, string> {
  const texts: [string, string][] = [];
  for (const [key, value] of Object.entries(members ?? {})) if (typeof value === "string") texts.push([key, value]);
  return Object.fromEntries(texts);
}
