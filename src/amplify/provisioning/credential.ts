import * as v from "valibot";
import { referenceId } from "../references.ts";
import type { Resource } from "../resource.ts";
import { parseApiTime } from "../time.ts";
import type { RequestView } from "./request.ts";
import { requestView } from "./request.ts";

/** What the platform puts into `spec.state.reason` when a credential has expired (agent-sdk pkg/agent/handler/credential.go). */
const EXPIRED = "Agent: CredentialExpired";

/** An application's request for something to log in with. */
export interface Credential extends RequestView {
  /** Name of the credential request definition; empty when it has gone. */
  readonly definition: string;
  readonly application: string;
  readonly applicationId: string | undefined;
  /** What is wanted. */
  readonly wanted: {
    /** `active` or `inactive`; empty when the spec does not say. */
    readonly state: string;
    readonly rotate: boolean;
    /** Whether it is inactive because it has expired. */
    readonly expired: boolean;
  };
  /** What we last said that it is: `active`, `inactive`, or empty. */
  readonly state: string;
  /** The secret is supplied from outside: it is not ours to give. */
  readonly external: boolean;
  readonly asked: Readonly<Record<string, unknown>>;
  /** What was given, secrets encrypted: not empty once `data` has been written. */
  readonly given: Readonly<Record<string, unknown>>;
  /** ms since the epoch; undefined when it does not expire. */
  readonly expiresAt: number | undefined;
}

const text = v.fallback(v.string(), "");
const members = v.fallback(v.record(v.string(), v.unknown()), {});
const State = v.fallback(v.looseObject({ name: text, reason: text, rotate: v.fallback(v.boolean(), false) }), {
  name: "",
  reason: "",
  rotate: false,
});
const Spec = v.looseObject({
  credentialRequestDefinition: text,
  managedApplication: text,
  data: members,
  state: State,
  provision: v.fallback(v.looseObject({ mode: text }), { mode: "" }),
});
const Policies = v.fallback(
  v.looseObject({ expiry: v.fallback(v.looseObject({ timestamp: text }), { timestamp: "" }) }),
  {
    expiry: { timestamp: "" },
  },
);

/** A credential as far as we need it (agent-sdk models/management/v1 Credential). */
export function credential(resource: Resource): Credential {
  const { state, provision, ...spec } = v.parse(Spec, resource.spec);
  return {
    ...requestView("Credential", resource),
    definition: spec.credentialRequestDefinition,
    application: spec.managedApplication,
    applicationId: referenceId(resource, "ManagedApplication"),
    wanted: {
      state: state.name,
      rotate: state.rotate,
      expired: state.name === "inactive" && state.reason === EXPIRED,
    },
    state: v.parse(State, resource.state).name,
    external: provision.mode === "external",
    asked: spec.data,
    given: v.parse(members, resource.data),
    expiresAt: parseApiTime(v.parse(Policies, resource.policies).expiry.timestamp),
  };
}
