import type { Amplify } from "../sandbox/amplify/amplify.ts";
import type { JsonObject } from "../sandbox/amplify/json.ts";

const KINDS = [
  "Environment",
  "DiscoveryAgent",
  "TraceabilityAgent",
  "AccessRequestDefinition",
  "CredentialRequestDefinition",
  "APIService",
  "APIServiceRevision",
  "APIServiceInstance",
] as const;

/**
 * Everything of ours in Amplify but ids, times and versions, by link: what two imports that went differently must agree on.
 * Of an agent's status the state before is left out: it tells the way, not the end.
 */
export function publishedWorld(amplify: Amplify): Readonly<Record<string, unknown>> {
  const all = KINDS.flatMap((kind) => amplify.resources(kind));
  return Object.fromEntries(all.map((resource) => [linkOf(resource), comparable(resource)]).sort(byLink));
}

function byLink([a]: unknown[], [b]: unknown[]): number {
  return String(a) < String(b) ? -1 : 1;
}

export function linkOf(resource: JsonObject): string {
  return String((resource.metadata as JsonObject).selfLink);
}

function comparable({ metadata, status, ...rest }: JsonObject): unknown {
  const { references = [], state } = metadata as { references?: readonly JsonObject[]; state?: string };
  const { lastActivityTime: _at, previousState: _before, ...lasting } = (status ?? {}) as JsonObject;
  const links = references.map(({ selfLink }) => String(selfLink)).sort();
  return { ...rest, references: links, state, status: lasting };
}
