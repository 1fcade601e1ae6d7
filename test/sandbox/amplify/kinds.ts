/**
 * The kinds that the API server knows: plurals, scopes and declared sub-resources as in
 * agent-sdk pkg/apic/apiserver/models/management/v1/<Kind>.go, references as their specs name them.
 */
export interface Kind {
  readonly group: "management" | "catalog";
  readonly kind: string;
  readonly plural: string;
  /** Kinds that it can live in; empty for a kind without scope. */
  readonly scopes: readonly string[];
  readonly subs: readonly string[];
  readonly references: readonly SpecReference[];
}

/** A member of the spec that names another resource of the same scope. */
export interface SpecReference {
  readonly path: readonly string[];
  readonly kind: string;
  /** `hard`: the referrer goes with its target. `soft`: the member is emptied when the target goes (agent-sdk api/v1/types.go). */
  readonly type: "hard" | "soft";
  readonly required: boolean;
}

const COMPLIANCE = ["compliance", "complianceruntimeresult"];
const SAMPLES = ["samplestate", "sampletrigger"];

function scoped(
  kind: string,
  plural: string,
  subs: readonly string[],
  references: readonly SpecReference[] = [],
): Kind {
  return { group: "management", kind, plural, scopes: ["Environment"], subs, references };
}

function unscoped(kind: string, plural: string, subs: readonly string[] = []): Kind {
  return { group: "management", kind, plural, scopes: [], subs, references: [] };
}

function catalog(kind: string, plural: string): Kind {
  return { group: "catalog", kind, plural, scopes: [], subs: ["references", "state", "status"], references: [] };
}

function hard(path: string, kind: string): SpecReference {
  return { path: path.split("."), kind, type: "hard", required: true };
}

function soft(path: string, kind: string): SpecReference {
  return { path: path.split("."), kind, type: "soft", required: false };
}

export const KINDS: readonly Kind[] = [
  unscoped("Environment", "environments", [
    "policies",
    "references",
    "stages",
    "sampletrigger",
    "compliancetasks",
    "complianceruntimeresult",
    "traceable",
  ]),
  scoped("APIService", "apiservices", [
    ...["status", "source", "details", "profile", "references", "agentdetails", "appinfo"],
    ...COMPLIANCE,
    ...SAMPLES,
  ]),
  scoped(
    "APIServiceRevision",
    "apiservicerevisions",
    ["information", "compliance"],
    [hard("apiService", "APIService")],
  ),
  scoped(
    "APIServiceInstance",
    "apiserviceinstances",
    ["source", "lifecycle", "references", "traceable", ...COMPLIANCE, ...SAMPLES],
    [
      hard("apiServiceRevision", "APIServiceRevision"),
      soft("accessRequestDefinition", "AccessRequestDefinition"),
      soft("credentialRequestDefinitions", "CredentialRequestDefinition"),
    ],
  ),
  scoped("AccessRequestDefinition", "accessrequestdefinitions", ["applicationprofile", "webhooks"]),
  scoped("CredentialRequestDefinition", "credentialrequestdefinitions", ["webhooks"]),
  scoped("ApplicationProfileDefinition", "applicationprofiledefinitions", []),
  scoped("ManagedApplication", "managedapplications", ["marketplace", "references", "status"]),
  scoped(
    "ManagedApplicationProfile",
    "managedapplicationprofiles",
    ["references", "status"],
    [
      hard("managedApplication", "ManagedApplication"),
      hard("applicationProfileDefinition", "ApplicationProfileDefinition"),
    ],
  ),
  scoped(
    "AccessRequest",
    "accessrequests",
    ["data", "references", "status"],
    [
      hard("apiServiceInstance", "APIServiceInstance"),
      hard("managedApplication", "ManagedApplication"),
      soft("accessRequest", "AccessRequest"),
    ],
  ),
  scoped(
    "Credential",
    "credentials",
    ["data", "policies", "references", "state", "status"],
    [
      hard("managedApplication", "ManagedApplication"),
      { ...soft("credentialRequestDefinition", "CredentialRequestDefinition"), required: true },
    ],
  ),
  scoped("DiscoveryAgent", "discoveryagents", ["agentstate", "dataplane", "status"]),
  scoped("TraceabilityAgent", "traceabilityagents", ["agentstate", "dataplane", "sampletrigger", "status"]),
  scoped("ComplianceAgent", "complianceagents", ["agentstate", "dataplane", "status"]),
  scoped("Dataplane", "dataplanes", ["security", "secretschema"]),
  scoped("DataplaneSecret", "dataplanesecrets", ["state", "status"]),
  { ...scoped("AccessControlList", "accesscontrollists", []), scopes: ["Environment", "Integration"] },
  unscoped("IdentityProvider", "identityproviders"),
  { ...scoped("IdentityProviderMetadata", "idpmetadatas", []), scopes: ["IdentityProvider"] },
  unscoped("WatchTopic", "watchtopics"),
  unscoped("Integration", "integrations"),
  {
    ...scoped("Webhook", "webhooks", [], [soft("auth.secret.name", "Secret")]),
    scopes: ["Environment", "Integration"],
  },
  { ...scoped("ResourceHook", "resourcehooks", [], [soft("webhooks", "Webhook")]), scopes: ["Integration"] },
  { ...scoped("Secret", "secrets", []), scopes: ["Environment", "Integration"] },
  catalog("Application", "applications"),
  catalog("AssetRequest", "assetrequests"),
  catalog("AssetResource", "assetresources"),
  catalog("Product", "products"),
  catalog("ProductPlan", "productplans"),
  catalog("ProductPlanUnit", "productplanunits"),
  catalog("ProductRelease", "productreleases"),
  catalog("PublishedProduct", "publishedproducts"),
  catalog("Quota", "quotas"),
  catalog("Subscription", "subscriptions"),
];

const BY_PLURAL = new Map(KINDS.map((kind) => [`${kind.group}/${kind.plural}`, kind]));
const BY_KIND = new Map(KINDS.map((kind) => [kind.kind, kind]));

export function kindOfPlural(group: string, plural: string): Kind | undefined {
  return BY_PLURAL.get(`${group}/${plural}`);
}

/** Throws for a kind that is not in the table: such a name can only come from the sandbox itself. */
export function kindNamed(name: string): Kind {
  const kind = BY_KIND.get(name);
  if (kind === undefined) throw new Error(`no such kind: ${name}`);
  return kind;
}

/** Any resource takes sub-resources of its own named `x-…` beside the declared ones (docs api_discovery_webhook). */
export function hasSub(kind: Kind, sub: string): boolean {
  return kind.subs.includes(sub) || /^x-[-a-z0-9]+$/.test(sub);
}
