import type { AccessRequest } from "./access-request.ts";
import type { ManagedApplication } from "./application.ts";
import type { Credential } from "./credential.ts";
import type { RequestView } from "./request.ts";

/** Why a request needs nothing, for the operator. */
export type Idle =
  /** The marketplace has not said yet what it wants. */
  | "no-status"
  /** Answered, with Success or Error. */
  | "settled"
  /** Being deleted, and our finalizer is not on it. */
  | "not-held"
  /** Provisioned by another agent. */
  | "foreign"
  /** Asked for as inactive before it was ever provisioned. */
  | "inactive"
  /** To be rotated, though there is nothing yet. */
  | "nothing-to-rotate"
  /** Its secret comes from outside. */
  | "external";

/**
 * How far a request got before, as the resource shows: `begin`, our finalizer is not on it, so nothing was made outside;
 * `go-on`, it is, but nothing was given; `confirm`, all is given and only the status is missing.
 */
export type Stage = "begin" | "go-on" | "confirm";

export type Update = "suspend" | "rotate" | "enable";

interface Nothing {
  readonly kind: "nothing";
  readonly why: Idle;
}

export type RequestAction =
  | Nothing
  | { readonly kind: "provision"; readonly stage: Stage }
  /** All that we made goes, then the finalizer. */
  | { readonly kind: "deprovision" };

export type CredentialAction =
  | RequestAction
  /** In this order; never empty. */
  | { readonly kind: "update"; readonly updates: readonly Update[] }
  /** As a deprovision, and then state and status are told. `confirm`: the finalizer has gone, only these are missing. */
  | { readonly kind: "expire"; readonly stage: "begin" | "confirm" };

/**
 * What a managed application needs (agent-sdk pkg/agent/handler managedapplication.go). As Axway's agent decides, but for
 * these: a deletion is answered whatever the status says, so that one that failed is tried again; and what another agent
 * holds is left alone. `known`: a row or a principal of ours proves that it is ours though it bears no mark.
 */
export function applicationAction(application: ManagedApplication, known = false): RequestAction {
  return requestAction(application, known, true);
}

/** What an access request needs (agent-sdk pkg/agent/handler/accessrequest.go); else as `applicationAction`. */
export function accessRequestAction(request: AccessRequest, known = false): RequestAction {
  return requestAction(request, known, isGiven(request.given));
}

/**
 * What a credential needs (agent-sdk pkg/agent/handler/credential.go); else as `applicationAction`. Beyond it, what was
 * stopped half-way goes on: a held one that was given nothing, or whose change is made but not yet told.
 */
export function credentialAction(credential: Credential, known = false): CredentialAction {
  const decided = settled(credential, known);
  if (decided !== undefined) return decided;
  if (credential.external) return { kind: "nothing", why: "external" };
  return credential.hold.kind === "none" ? newCredential(credential, known) : heldCredential(credential);
}

/** Whether the requests of an application may be answered with Success: before that they wait. */
export function isReady(application: ManagedApplication): boolean {
  return application.level === "Success" && !application.deleting;
}

function requestAction(request: RequestView, known: boolean, given: boolean): RequestAction {
  const decided = settled(request, known);
  if (decided !== undefined) return decided;
  if (request.hold.kind === "none") return { kind: "provision", stage: "begin" };
  return { kind: "provision", stage: given ? "confirm" : "go-on" };
}

/** What is decided without looking at what is asked; undefined when it is pending. */
function settled(request: RequestView, known: boolean): RequestAction | undefined {
  if (request.hold.kind === "unmarked" && !known) return { kind: "nothing", why: "foreign" };
  if (request.deleting) {
    return request.hold.kind === "none" ? { kind: "nothing", why: "not-held" } : { kind: "deprovision" };
  }
  if (request.level === undefined) return { kind: "nothing", why: "no-status" };
  return request.level === "Pending" ? undefined : { kind: "nothing", why: "settled" };
}

function newCredential({ wanted, marked }: Credential, known: boolean): CredentialAction {
  // Only for one that we had provisioned: the answer to anything else is not ours to give.
  if (wanted.expired && (marked || known)) return { kind: "expire", stage: "confirm" };
  if (wanted.state !== "active") return { kind: "nothing", why: "inactive" };
  if (wanted.rotate) return { kind: "nothing", why: "nothing-to-rotate" };
  return { kind: "provision", stage: "begin" };
}

function heldCredential(credential: Credential): CredentialAction {
  const { wanted, state, given } = credential;
  if (wanted.expired) return { kind: "expire", stage: "begin" };
  const updates: Update[] = [];
  if (wanted.state === "inactive" && state !== "inactive") updates.push("suspend");
  if (wanted.rotate) updates.push("rotate");
  if (wanted.state === "active" && state === "inactive") updates.push("enable");
  if (updates.length > 0) return { kind: "update", updates };
  // Already suspended, but the status was not told: once more, which changes nothing.
  if (wanted.state === "inactive") return { kind: "update", updates: ["suspend"] };
  return { kind: "provision", stage: isGiven(given) ? "confirm" : "go-on" };
}

function isGiven(data: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(data).length > 0;
}
