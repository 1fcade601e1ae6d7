import type { ApiServer } from "../apiserver.ts";
import type { Resource } from "../resource.ts";
import { subResource } from "../resource.ts";
import { AGENT_DETAILS, mergedDetails } from "../resources/details.ts";
import { apiTime } from "../time.ts";
import type { RequestKind } from "./request.ts";
import { FINALIZERS, markOf, requestView } from "./request.ts";
import type { Level } from "./status.ts";
import { statusOf } from "./status.ts";

/**
 * Each function here is one request, and throws as `ApiServer` does. `resource` is the newest that is known: what the
 * last write gave back, or a read of our own; a full PUT carries its version. The order that keeps a request true while
 * it is stopped anywhere: `hold`, then the data plane, `writeDetails`, `writeData`, `writeExpiry`, `writeState`,
 * `endRotation`, and `writeStatus` last.
 */
export type Written =
  | { readonly kind: "saved"; readonly resource: Resource }
  /** Somebody changed it since it was read: read it again. Only of full PUTs. */
  | { readonly kind: "stale" }
  /** It has gone. */
  | { readonly kind: "missing" };

/** Entry of `x-agent-details` by which the platform expires a credential through its agent (agent-sdk pkg/agent/handler/credential.go). */
export const EXPIRY_DETAIL = { handleExpiry: "true" } as const;

/**
 * Puts our finalizer with our mark on a request, before the first change outside, so that a deletion must reach us. One
 * that is there without our mark gets it: that is how a request of another agent is taken over. Needs a whole read.
 */
export function hold(
  api: ApiServer,
  kind: RequestKind,
  resource: Resource,
  principal: string | undefined,
): Promise<Written> {
  const name = FINALIZERS[kind];
  const others = resource.finalizers.filter((finalizer) => finalizer.name !== name);
  return api.replace({ ...resource, finalizers: [...others, { name, description: markOf(principal) }] });
}

/** Takes our finalizer off, after all that we made has gone; everybody else's stays. Needs a whole read. */
export function release(api: ApiServer, kind: RequestKind, resource: Resource): Promise<Written> {
  const finalizers = resource.finalizers.filter(({ name }) => name !== FINALIZERS[kind]);
  return api.replace({ ...resource, finalizers });
}

/**
 * Says that a rotation is done, `spec.state.rotate` false. Only after the new data is written: without the flag nothing
 * tells any more that they are still the old. Needs a whole read.
 */
export function endRotation(api: ApiServer, resource: Resource): Promise<Written> {
  const state = membersOf(resource.spec.state);
  return api.replace({ ...resource, spec: { ...resource.spec, state: { ...state, rotate: false } } });
}

/** Adds to what the platform remembers of the data plane; other entries stay. All values are texts. */
export function writeDetails(
  api: ApiServer,
  resource: Resource,
  ours: Readonly<Record<string, string>>,
): Promise<Written> {
  return putSub(api, resource, AGENT_DETAILS, mergedDetails(subResource(resource, AGENT_DETAILS), ours));
}

/** What the consumer gets, all of it. Every secret in it is encrypted already. */
export function writeData(
  api: ApiServer,
  resource: Resource,
  data: Readonly<Record<string, unknown>>,
): Promise<Written> {
  return putSub(api, resource, "data", data);
}

/** When a credential expires, ms since the epoch; undefined: never. Other policies stay. */
export function writeExpiry(api: ApiServer, resource: Resource, expiresAt: number | undefined): Promise<Written> {
  const { expiry: _expiry, ...others } = membersOf(resource.policies);
  const expiry = expiresAt === undefined ? {} : { expiry: { timestamp: apiTime(expiresAt) } };
  return putSub(api, resource, "policies", { ...others, ...expiry });
}

/** What a credential is now, as against `spec.state`, what it should be. */
export function writeState(api: ApiServer, resource: Resource, name: "active" | "inactive"): Promise<Written> {
  return putSub(api, resource, "state", { name });
}

/** The answer to a request, always the last write (Amplify docs, custom-external-credentials). See `statusOf`. */
export function writeStatus(
  api: ApiServer,
  kind: RequestKind,
  resource: Resource,
  level: Level,
  detail: string,
  now: number,
): Promise<Written> {
  return putSub(api, resource, "status", statusOf(requestView(kind, resource), level, detail, now));
}

async function putSub(api: ApiServer, resource: Resource, sub: string, value: unknown): Promise<Written> {
  const { selfLink } = resource.metadata;
  if (selfLink === undefined) throw new TypeError("A sub-resource can only be written to a resource with a self link");
  return api.putSub(selfLink, sub, value);
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}
