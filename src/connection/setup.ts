import { ensureAgent, findAgent } from "../amplify/agents.ts";
import { readEnvironment } from "../amplify/environment.ts";
import { kindLink, resourceLink, type ScopedKind } from "../amplify/links.ts";
import { mergedForPut } from "../amplify/merge.ts";
import type { Draft, Owner, Resource } from "../amplify/resource.ts";
import { additionalTagsOf, storedState } from "../amplify/resources/agent.ts";
import {
  accessRequestDefinition,
  CREDENTIAL_REQUEST_DEFINITIONS,
  type CredentialForm,
  credentialRequestDefinition,
} from "../amplify/resources/definitions.ts";
import { ownerAmong, readTeams } from "../amplify/teams.ts";
import type { ConnectionConfig } from "../config/model.ts";
import { UpstreamError } from "../http/errors.ts";
import { sha256Hex } from "../runtime/digest.ts";
import { AgentFact, DefinitionFact, EnvironmentFact, OwnerFact, SetupFact } from "./facts.ts";
import { hindranceOf } from "./hindrance.ts";
import type { Stores } from "./stores.ts";
import type { Upstreams } from "./upstreams.ts";
import { watchRequests, watchTopic } from "./watch.ts";

/** How long what was looked up in Amplify is believed. */
const FRESH_MS = 24 * 60 * 60 * 1000;

export const AGENTS = [
  { kind: "DiscoveryAgent", fact: "agent:discovery" },
  { kind: "TraceabilityAgent", fact: "agent:traceability" },
] as const;

export interface SetupDependencies {
  readonly config: ConnectionConfig;
  readonly stores: Stores;
  readonly upstreams: Upstreams;
  readonly now: () => number;
}

/** What setup found and made; publishing and provisioning build on it. */
export interface SetupFacts {
  readonly owner: Owner;
  /** Set on the agent's resource: they count in place of CENTRAL_ADDITIONALTAGS. */
  readonly tags: readonly string[] | undefined;
}

/** Undefined until setup went through once with this configuration. */
export function setupFacts({ config, stores }: Pick<SetupDependencies, "config" | "stores">): SetupFacts | undefined {
  const owner = stores.known.get("owner", OwnerFact)?.value;
  const setup = stores.known.get("setup", SetupFact)?.value;
  return owner && setup?.configuration === setupConfiguration(config)
    ? { owner, tags: stores.known.get("agent:discovery", AgentFact)?.value.tags }
    : undefined;
}

/** What makes setup run again at once when it changes. */
export function setupConfiguration(config: ConnectionConfig): string {
  const { central, agents, discovery } = config;
  return JSON.stringify([
    central.environment,
    central.team ?? "",
    agents.discovery,
    agents.traceability,
    discovery.mode,
    hindranceOf(config) === undefined,
  ]);
}

/** Consumers of this connection get credentials of this form; undefined where they bring their own identity. */
export function credentialForm({ kafka }: ConnectionConfig): CredentialForm | undefined {
  if (kafka.kind === "cloud") return "api-key";
  return kafka.saslMechanism === "OAUTHBEARER" ? undefined : "sasl-user";
}

export function credentialDefinitionNames(config: ConnectionConfig): string[] {
  const form = credentialForm(config);
  return form ? [CREDENTIAL_REQUEST_DEFINITIONS[form]] : [];
}

/**
 * Environment, owner, agents, definitions and watch topic: each read or made when it is not known or no longer fresh. Does nothing
 * outside when everything is known. In plan mode nothing is written. Safe to be cut off anywhere.
 */
export async function setup(dependencies: SetupDependencies): Promise<void> {
  const { config, stores, now } = dependencies;
  await environment(dependencies);
  await owner(dependencies);
  const writes = config.discovery.mode === "publish";
  await agents(writes, dependencies);
  for (const draft of definitions(dependencies)) await define(draft, writes, dependencies);
  await watchTopic(writes, dependencies);
  stores.known.put("setup", { configuration: setupConfiguration(config) }, now());
}

async function environment({ config, stores, upstreams, now }: SetupDependencies): Promise<void> {
  const known = stores.known.get("environment", EnvironmentFact);
  if (known && known.value.name === config.central.environment && now() - known.at < FRESH_MS) return;
  const found = await readEnvironment(upstreams.api, config.central.environment, config.central.organizationId);
  stores.known.put("environment", found, now());
}

async function owner({ config, stores, upstreams, now }: SetupDependencies): Promise<void> {
  const wanted = config.central.team ?? "";
  const name = `owner:${wanted}`;
  const known = stores.known.get(name, OwnerFact);
  const found =
    known && now() - known.at < FRESH_MS ? known.value : ownerAmong(await readTeams(upstreams.central, wanted), wanted);
  if (found !== known?.value) stores.known.put(name, found, now());
  stores.known.put("owner", found, now());
}

async function agents(writes: boolean, { config, stores, upstreams, now }: SetupDependencies): Promise<void> {
  for (const { kind, fact } of AGENTS) {
    const name = nameOf(kind, config);
    const known = stores.known.get(fact, AgentFact);
    if (known && known.value.name === name && now() - known.at < FRESH_MS) continue;
    const resource = writes
      ? await ensureAgent(upstreams.api, config.central.environment, kind, name, now())
      : await findAgent(upstreams.api, config.central.environment, kind, name, now());
    if (resource)
      stores.known.put(fact, { name, state: storedState(resource), tags: additionalTagsOf(resource) }, now());
  }
}

/** Requests that setup will still make to write agents, definitions and watch topic, as far as it has looked already. */
export async function setupRequests(
  dependencies: Pick<SetupDependencies, "config" | "stores">,
): Promise<{ readonly agents: number; readonly definitions: number; readonly events: number }> {
  const { config, stores } = dependencies;
  const missing = AGENTS.filter(
    ({ kind, fact }) => stores.known.get(fact, AgentFact)?.value.name !== nameOf(kind, config),
  );
  let requests = 0;
  for (const draft of definitions(dependencies)) {
    const known = stores.known.get(factOf(draft), DefinitionFact)?.value;
    if (known?.fingerprint === (await fingerprintOf(draft))) continue;
    // One that is there is read and replaced.
    requests += known === undefined ? 1 : 2;
  }
  return { agents: missing.length * 2, definitions: requests, events: watchRequests(dependencies) };
}

function nameOf(kind: (typeof AGENTS)[number]["kind"], { agents }: ConnectionConfig): string {
  return kind === "DiscoveryAgent" ? agents.discovery : agents.traceability;
}

const factOf = (draft: Draft): string => `definition:${draft.kind}/${draft.name}`;
const fingerprintOf = (draft: Draft): Promise<string> => sha256Hex(JSON.stringify(draft));
/** In place of the fingerprint of a definition that is there and differs from ours. */
const OTHER = "other";

function definitions({ config, stores }: Pick<SetupDependencies, "config" | "stores">): Draft[] {
  const form = credentialForm(config);
  const ownedBy = stores.known.get("owner", OwnerFact)?.value;
  const expiryDays = stores.known.get("environment", EnvironmentFact)?.value.credentialExpiryDays ?? 0;
  return [
    accessRequestDefinition({ owner: ownedBy }),
    ...(form ? [credentialRequestDefinition(form, { owner: ownedBy, expiryDays })] : []),
  ];
}

/**
 * A definition is written only when ours changed, or when it is gone, for which it is looked at once a day: every write
 * makes new asset releases of all services.
 */
async function define(draft: Draft, writes: boolean, dependencies: SetupDependencies): Promise<void> {
  const { config, stores, upstreams, now } = dependencies;
  const fact = factOf(draft);
  const fingerprint = await fingerprintOf(draft);
  const known = stores.known.get(fact, DefinitionFact);
  const isSame = known?.value.fingerprint === fingerprint;
  if (known && isSame && now() - known.at < FRESH_MS) return;
  const link = resourceLink(config.central.environment, draft.kind as ScopedKind, draft.name);
  const keep = (seen = fingerprint) => stores.known.put(fact, { fingerprint: seen }, now());

  // One that was never written is written without a look.
  const found = known || !writes ? await upstreams.api.get(link) : undefined;
  if (!found) stores.known.drop(fact);
  if (found && known && isSame) return keep();
  if (writes) {
    await write(draft, found, dependencies);
    keep();
  } else if (found) keep(mergedForPut(found, draft).changed ? OTHER : fingerprint);
}

/** Makes the definition, or makes the one that is there as ours. */
async function write(
  draft: Draft,
  found: Resource | undefined,
  { config, upstreams: { api } }: SetupDependencies,
): Promise<void> {
  const environmentName = config.central.environment;
  const kind = draft.kind as ScopedKind;
  if (!found && (await api.create(kindLink(environmentName, kind), draft)).kind === "created") return;
  const current = found ?? (await api.get(resourceLink(environmentName, kind, draft.name)));
  const merged = current && mergedForPut(current, draft);
  if (merged?.changed === false) return;
  if (merged && (await api.replace(merged.resource)).kind === "saved") return;
  throw new UpstreamError("amplify", { kind: "stale" }, `The definition ${draft.name} changed while it was looked at.`);
}
