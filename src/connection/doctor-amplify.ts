import { askCentral } from "../amplify/central.ts";
import { readEnvironment } from "../amplify/environment.ts";
import { environmentLink, kindLink } from "../amplify/links.ts";
import { ownerAmong, readTeams } from "../amplify/teams.ts";
import { type SetupKind, setupKindLink } from "../amplify/webhook-setup.ts";
import type { Amplify, AmplifySide } from "./amplify.ts";
import type { DoctorCheck } from "./api.ts";
import type { Examiner, Login, Probe, Told } from "./doctor-check.ts";

export interface AmplifyQuestions {
  readonly side: AmplifySide;
  readonly amplify: Amplify;
  /** CENTRAL_AUTH_CLIENTID, as this connection has it. */
  readonly variable: string;
  /** Whether the configuration refers to Secrets of the environment. */
  readonly readsSecrets: boolean;
  /** Whether a webhook is to be installed. */
  readonly installsWebhook: boolean;
  /** Whether consumers are given access. */
  readonly isProvisioning: boolean;
  /** What the open questions are asked about; empty when nothing may be asked yet. */
  readonly questions: readonly Probe[];
}

/** Login, environment, teams, and each right on each kind; the service account's one credential serves them all. */
export function examineAmplify(examiner: Examiner, asked: AmplifyQuestions): Promise<DoctorCheck[]> {
  const { side, amplify, variable, readsSecrets, installsWebhook, isProvisioning, questions } = asked;
  const probe = probes(variable);
  const { environment, organizationId, team = "" } = side.central;
  const login: Login = {
    check: "amplify-login",
    permission: "a service account of the organisation, with its public key or secret",
    variable,
  };
  const first: Probe = probe("amplify-environment-read", "read Environments", async () => {
    const { title } = await readEnvironment(amplify.api, environment, organizationId);
    return green(`It may read the environment ${title}.`);
  });
  const teams = probe("amplify-teams-read", "read teams", async () => {
    ownerAmong(await readTeams(amplify.central, team), team);
    return green(team === "" ? "There is a team to own what is published." : `The team ${team} is there.`);
  });
  const kinds = KINDS.flatMap((kind) => [reading(kind, asked), writing(kind, asked)]);
  const requests = isProvisioning
    ? [...REQUEST_KINDS.map((kind) => writing(kind, asked)), ...READ_ALONE.map((kind) => reading(kind, asked))]
    : [];
  const secrets = readsSecrets ? [reading(SECRETS, asked)] : [];
  // Where it may write them it may read them: the platform grants both together.
  const webhook = installsWebhook ? WEBHOOK_KINDS.map((kind) => writing(kind, asked)) : [];
  return examiner.behind(login, first, [teams, ...secrets, ...kinds, ...requests, ...webhook, ...questions]);
}

interface Kind {
  /** As it stands in the name of the check. */
  readonly name: string;
  /** As the platform calls the right. */
  readonly words: string;
  readonly link: (environment: string) => string;
  /** False for kinds that live outside the environment. */
  readonly isInEnvironment?: boolean;
}

const KINDS: readonly Kind[] = [
  { name: "services", words: "APIServices", link: (name) => kindLink(name, "APIService") },
  { name: "revisions", words: "APIServiceRevisions", link: (name) => kindLink(name, "APIServiceRevision") },
  { name: "instances", words: "APIServiceInstances", link: (name) => kindLink(name, "APIServiceInstance") },
  { name: "discovery-agents", words: "DiscoveryAgents", link: (name) => kindLink(name, "DiscoveryAgent") },
  { name: "traceability-agents", words: "TraceabilityAgents", link: (name) => kindLink(name, "TraceabilityAgent") },
  {
    name: "access-request-definitions",
    words: "AccessRequestDefinitions",
    link: (name) => kindLink(name, "AccessRequestDefinition"),
  },
  {
    name: "credential-request-definitions",
    words: "CredentialRequestDefinitions",
    link: (name) => kindLink(name, "CredentialRequestDefinition"),
  },
  { name: "watch-topics", words: "WatchTopics", link: () => "/management/v1/watchtopics", isInEnvironment: false },
];
const READ_ALONE: readonly Kind[] = [
  {
    name: "managed-applications",
    words: "ManagedApplications",
    link: (name) => kindLink(name, "ManagedApplication"),
  },
  { name: "credentials", words: "Credentials", link: (name) => kindLink(name, "Credential") },
];
/**
 * What consumers ask for; `askAccessRequests` tells of reading the third. Amplify gives the right to write for a kind, its
 * sub-resources included (AccessControlList, `scopedKind`: `allowWrite` of a `kind`, nothing finer).
 */
const REQUEST_KINDS: readonly Kind[] = [
  ...READ_ALONE,
  { name: "access-requests", words: "AccessRequests", link: (name) => kindLink(name, "AccessRequest") },
];
/** What the webhook is made of. */
const WEBHOOK_KINDS: readonly Kind[] = [
  ofWebhook("integrations", "Integrations", "Integration"),
  ofWebhook("secrets", "Secrets", "Secret"),
  ofWebhook("webhooks", "Webhooks", "Webhook"),
  ofWebhook("resource-hooks", "ResourceHooks", "ResourceHook"),
];
const SECRETS: Kind = { name: "secrets", words: "Secrets", link: (name) => kindLink(name, "Secret") };

function ofWebhook(name: string, words: string, kind: SetupKind): Kind {
  return { name, words, link: (environment) => setupKindLink(environment, kind), isInEnvironment: false };
}

function reading({ name, words, link }: Kind, { side, amplify, variable }: AmplifyQuestions): Probe {
  return probes(variable)(`amplify-${name}-read`, `read ${words}`, async () => {
    // Names alone, of a short page: Secrets would be sent with their values.
    const pages = amplify.api.list(link(side.central.environment), { fields: "name", pageSize: 5 });
    await pages.next();
    return green(`It may read ${words}.`);
  });
}

/** No resource of ours or of Axway's is called so. */
const NOBODY = "amplify-doctor-no-such-resource";

/**
 * A full PUT to a name that does not exist. The right to write is checked before the resource is looked for, so that 404
 * says that it is there and 403 that it is not (assumed of the real server, whose order is not documented; in another
 * order the answer is another status, which tells nothing). Harmless even if a PUT made what is missing: the body is of
 * a kind that does not exist and of a version that is long over.
 */
function writing(
  { name, words, link, isInEnvironment = true }: Kind,
  { side, amplify, variable }: AmplifyQuestions,
): Probe {
  return probes(variable)(`amplify-${name}-write`, `write ${words}`, async () => {
    const { environment } = side.central;
    const { status } = await askCentral(amplify.central, {
      method: "PUT",
      path: `/apis${link(environment)}/${NOBODY}`,
      body: { group: "management", apiVersion: "v1", kind: "NoSuchKind", metadata: { resourceVersion: "0" }, spec: {} },
      doing: `write ${words}${isInEnvironment ? ` in ${environmentLink(environment)}` : ""}`,
      accept: ACCEPTED,
    });
    if (status === 404) return green(`It may write ${words}.`);
    return { ok: undefined, message: `Whether it may write ${words} could not be told: the answer was ${status}.` };
  });
}

/** What a server that looks at the body first may answer. */
const ACCEPTED = [400, 404, 405, 409, 413, 415, 422, 428];

function probes(variable: string) {
  return (check: string, permission: string, ask: () => Promise<Told>): Probe => ({ check, permission, variable, ask });
}

function green(message: string): Told {
  return { ok: true, message };
}
