import { UpstreamError } from "../http/errors.ts";
import type { ApiServer } from "./apiserver.ts";
import { kindLink, resourceLink } from "./links.ts";
import { keepOthers } from "./merge.ts";
import type { Draft, Resource } from "./resource.ts";
import type { AgentKind, AgentStatusInput } from "./resources/agent.ts";
import { agentDraft, agentStatus, isForeignStatus, lastActivity, storedState } from "./resources/agent.ts";

/** How long after its last sign of life the platform still shows an agent as connected (Amplify docs, agents_management). */
const FRESH_MS = 24 * 60 * 60 * 1000;

export type AgentDecision =
  | { readonly kind: "use"; readonly agent: Resource }
  | { readonly kind: "create"; readonly body: Draft }
  | { readonly kind: "replace"; readonly agent: Resource }
  /** An agent of Axway's is at work on the same environment: both would publish every topic and answer every request. */
  | { readonly kind: "refused"; readonly agent: string; readonly message: string };

/**
 * What to do about our agent's resource, given all of its kind in the environment. Foreign is an agent for Kafka, ours by
 * name or another, whose status says running or unhealthy, was last written by Axway's (see `isForeignStatus`) and bears
 * a time of the last 24 h. Agents of other gateways do not matter, unless they bear our name. `now` in ms since the epoch.
 */
export function decideAgent(kind: AgentKind, name: string, agents: readonly Resource[], now: number): AgentDecision {
  for (const agent of agents) {
    const refused = refusal(kind, name, agent, now);
    if (refused !== undefined) return refused;
  }
  const body = agentDraft(kind, name);
  const existing = agents.find((agent) => agent.name === name);
  if (existing === undefined) return { kind: "create", body };
  if (isForKafka(existing)) return { kind: "use", agent: existing };
  return { kind: "replace", agent: keepOthers(existing, { ...body, title: existing.title }) };
}

/**
 * Our agent's resource, made if it is missing: one request, and one more to create or correct it. Throws `UpstreamError`
 * (failure `conflict`) when an agent of Axway's runs on the environment.
 */
export async function ensureAgent(
  api: ApiServer,
  environment: string,
  kind: AgentKind,
  name: string,
  now: number,
): Promise<Resource> {
  const decision = decideAgent(kind, name, await agentsOf(api, environment, kind), now);
  switch (decision.kind) {
    case "use":
      return decision.agent;
    case "refused":
      throw new UpstreamError("amplify", { kind: "conflict" }, decision.message);
    case "create": {
      const created = await api.create(kindLink(environment, kind), decision.body);
      if (created.kind === "created") return created.resource;
      throw changed(kind, name);
    }
    case "replace": {
      const saved = await api.replace(decision.agent);
      if (saved.kind === "saved") return saved.resource;
      throw changed(kind, name);
    }
  }
}

/**
 * Our agent's resource as `ensureAgent` would use it, undefined where that would have to write. Makes one request. Throws
 * as `ensureAgent` when an agent of Axway's runs on the environment.
 */
export async function findAgent(
  api: ApiServer,
  environment: string,
  kind: AgentKind,
  name: string,
  now: number,
): Promise<Resource | undefined> {
  const decision = decideAgent(kind, name, await agentsOf(api, environment, kind), now);
  if (decision.kind === "refused") throw new UpstreamError("amplify", { kind: "conflict" }, decision.message);
  return decision.kind === "use" ? decision.agent : undefined;
}

async function agentsOf(api: ApiServer, environment: string, kind: AgentKind): Promise<Resource[]> {
  const agents: Resource[] = [];
  for await (const page of api.list(kindLink(environment, kind))) agents.push(...page);
  return agents;
}

/** Writes our agent's status, in one request. False when its resource is gone: then `ensureAgent` is due. */
export async function writeAgentStatus(
  api: ApiServer,
  environment: string,
  kind: AgentKind,
  name: string,
  status: AgentStatusInput,
): Promise<boolean> {
  const saved = await api.putSub(resourceLink(environment, kind, name), "status", agentStatus(status));
  return saved.kind === "saved";
}

/** By the time of its last sign of life; undefined when it is ours, stopped, failed or silent. */
function seenAtWork(agent: Resource, now: number): number | undefined {
  const state = storedState(agent);
  const seen = lastActivity(agent);
  const atWork = (state === "running" || state === "unhealthy") && isForeignStatus(agent);
  return atWork && seen !== undefined && now - seen < FRESH_MS ? seen : undefined;
}

function refusal(kind: AgentKind, name: string, agent: Resource, now: number): AgentDecision | undefined {
  const seen = seenAtWork(agent, now);
  if (seen === undefined) return undefined;
  if (isForKafka(agent)) return { kind: "refused", agent: agent.name, message: handOver(kind, agent, seen) };
  if (agent.name !== name) return undefined;
  const message = `The name ${name} is that of an agent for another data plane, which is at work. Set CENTRAL_AGENTNAME to a name of its own.`;
  return { kind: "refused", agent: name, message };
}

function isForKafka(agent: Resource): boolean {
  return agent.spec.dataplaneType === "Kafka";
}

function handOver(kind: AgentKind, agent: Resource, seen: number): string {
  const role = kind === "DiscoveryAgent" ? "discovery" : "traceability";
  return (
    `Axway's own Kafka ${role} agent ${agent.name} is at work on this environment, last seen ${new Date(seen).toISOString()}. ` +
    "Two agents would publish every topic twice and answer every request twice. To hand over, stop that agent: it then " +
    "reports that it is stopped and this one starts by itself. If it no longer exists and could not report that, delete " +
    "its resource in Amplify, or wait until 24 hours have passed since it was last seen."
  );
}

function changed(kind: AgentKind, name: string): UpstreamError {
  return new UpstreamError(
    "amplify",
    { kind: "stale" },
    `The ${kind} ${name} changed while it was looked at; it has to be read again.`,
  );
}
