import * as v from "valibot";
import { PAGE, readAll } from "./iam.ts";
import type { Rest } from "./rest.ts";

/** A Schema Registry as keys and role bindings name it. */
export interface RegistryName {
  /** `lsrc-…`, the resource of an API key. */
  readonly id: string;
  /** What `subjectPattern` begins with. */
  readonly crn: string;
}

const registryItem = v.looseObject({
  id: v.pipe(v.string(), v.nonEmpty()),
  metadata: v.fallback(v.optional(v.looseObject({ resource_name: v.nullish(v.string(), "") })), undefined),
  spec: v.fallback(v.optional(v.looseObject({ http_endpoint: v.nullish(v.string(), "") })), undefined),
});

/**
 * The registry of an environment by its id, else by its address, else the only one; undefined when it is not there or
 * cannot be told from others. Needed once, before the first registry key: a configured address says neither. Throws
 * `UpstreamError` and `NotYet`. `rest`: towards the control plane, with the Cloud API key.
 */
export async function readRegistryName(
  rest: Rest,
  cloudUrl: string,
  environmentId: string,
  wanted: { readonly id?: string | undefined; readonly url?: string | undefined },
): Promise<RegistryName | undefined> {
  const ask = {
    url: `${cloudUrl}/srcm/v3/clusters?${new URLSearchParams({ environment: environmentId })}&${PAGE}`,
    what: "look up the Schema Registry",
    permission: "a role that may see the environment's Schema Registry, such as EnvironmentAdmin or DataDiscovery",
  };
  const found = await readAll(rest, ask, registryItem);
  const named = found.filter((each) => each.id === wanted.id);
  const there = found.filter(({ spec }) => sameHost(spec?.http_endpoint, wanted.url));
  const candidates = wanted.id !== undefined ? named : there.length > 0 ? there : found;
  const [only, ...others] = candidates;
  if (only === undefined || others.length > 0) return undefined;
  const crn = registryCrn(only.metadata?.resource_name ?? "", only.id);
  return crn === undefined ? undefined : { id: only.id, crn };
}

/** Real answers end in `/schema-registry=…`, the example in the API's file in `/cloud-cluster=…` (ccloud-sdk-go-v2 srcm/v3). */
function registryCrn(resourceName: string, id: string): string | undefined {
  const environment = /^crn:\/\/[^/]+\/organization=[^/]+\/environment=[^/]+/.exec(resourceName)?.[0];
  return environment === undefined ? undefined : `${environment}/schema-registry=${id}`;
}

function sameHost(one: string | undefined, other: string | undefined): boolean {
  const host = URL.parse(one ?? "")?.hostname;
  return host !== undefined && host === URL.parse(other ?? "")?.hostname;
}
