import { UpstreamError } from "../http/errors.ts";

/** Plurals of the kinds that live in an environment, as paths use them, and what people call them. */
const KINDS = {
  APIService: ["apiservices", "API services"],
  APIServiceRevision: ["apiservicerevisions", "API service revisions"],
  APIServiceInstance: ["apiserviceinstances", "API service instances"],
  AccessRequestDefinition: ["accessrequestdefinitions", "access request definitions"],
  CredentialRequestDefinition: ["credentialrequestdefinitions", "credential request definitions"],
  ManagedApplication: ["managedapplications", "managed applications"],
  AccessRequest: ["accessrequests", "access requests"],
  Credential: ["credentials", "credentials"],
  DiscoveryAgent: ["discoveryagents", "discovery agents"],
  TraceabilityAgent: ["traceabilityagents", "traceability agents"],
  Secret: ["secrets", "secrets"],
} as const;

export type ScopedKind = keyof typeof KINDS;

/** `/management/v1/environments/{name}` */
export function environmentLink(environment: string): string {
  return `/management/v1/environments/${environment}`;
}

/** Where a kind is listed and created in an environment. */
export function kindLink(environment: string, kind: ScopedKind): string {
  return `${environmentLink(environment)}/${KINDS[kind][0]}`;
}

/** Self link of a resource in an environment. */
export function resourceLink(environment: string, kind: ScopedKind, name: string): string {
  return `${kindLink(environment, kind)}/${name}`;
}

/**
 * A link made fit for a path. Links come back in answers, so each part must be a name: no dots alone, no query, no
 * escapes. Links of the deprecated version `v1alpha1`, which stored data may hold, are the same resources under `v1`.
 */
export function checkedLink(link: string): string {
  if (!/^(?:\/[A-Za-z0-9](?:[-A-Za-z0-9._]*[A-Za-z0-9])?){3,8}$/.test(link)) {
    throw new UpstreamError(
      "amplify",
      { kind: "malformed" },
      "A link to a resource of Amplify does not have the form of one.",
    );
  }
  return link.replace(/^(\/[a-z]+)\/v1alpha1\//, "$1/v1/");
}

const VERBS: Readonly<Record<string, string>> = {
  GET: "read",
  HEAD: "count",
  POST: "create",
  PUT: "change",
  DELETE: "delete",
};

/** Kinds that others live in, as paths use them. */
const SCOPES: Readonly<Record<string, string>> = { environments: "environment", integrations: "integration" };

/** What a request does, in words: `create API services in the environment kafka-env`. */
export function requestInWords(method: string, link: string): string {
  const [, , plural = "", name, innerPlural, innerName, sub] = link.split("/").slice(1);
  const verb = VERBS[method] ?? "use";
  const scope = SCOPES[plural];
  if (scope === undefined) return `${verb} ${plural}${name === undefined ? "" : ` ${name}`}`;
  if (innerPlural === undefined) return `${verb} the ${scope} ${name ?? ""}`.trimEnd();
  const words = Object.values(KINDS).find(([path]) => path === innerPlural)?.[1] ?? innerPlural;
  const which = innerName === undefined ? words : `${words} (${innerName}${sub === undefined ? "" : `, ${sub}`})`;
  return `${verb} ${which} in the ${scope} ${name ?? ""}`;
}
