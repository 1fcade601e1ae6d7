import { writeAgentStatus } from "../amplify/agents.ts";
import type { AgentState } from "../amplify/resources/agent.ts";
import type { ConnectionConfig } from "../config/model.ts";
import { VERSION } from "../version.ts";
import { AgentFact, StatusFact } from "./facts.ts";
import { AGENTS } from "./setup.ts";
import type { Stores } from "./stores.ts";
import { traceabilityStatus } from "./traceability.ts";
import type { Upstreams } from "./upstreams.ts";

/** The platform calls an agent unhealthy that was not heard of for 24 h (Amplify docs, agents_management). */
const REPEAT_MS = 4 * 60 * 60 * 1000;

export interface DesiredStatus {
  readonly state: AgentState;
  /** Why, where the state is not `running`; shown on the platform, so nothing secret. */
  readonly reason?: string | undefined;
}

/**
 * What the two agents report.
 * @param refused why nothing is published, when a permission is missing
 */
export function desiredStatus(
  config: ConnectionConfig,
  stores: Stores,
  refused: string | undefined,
): {
  readonly discovery: DesiredStatus;
  readonly traceability: DesiredStatus;
} {
  const failing = ["setup", "discovery", "verify"]
    .map((key) => stores.work.get(key))
    .find((item) => item && item.attempts > 0);
  const traceability = traceabilityStatus({ config, stores });
  const reason = failing ? (failing.error ?? `${failing.key} fails`) : refused;
  return {
    discovery: reason === undefined ? { state: "running" } : { state: "unhealthy", reason: cut(reason) },
    traceability:
      traceability.reason === undefined ? traceability : { ...traceability, reason: cut(traceability.reason) },
  };
}

function cut(text: string): string {
  return text.length > 200 ? `${text.slice(0, 197)}...` : text;
}

/**
 * Writes what changed, and what was not written for hours. Returns when to look again, ms.
 * Needs the agents' resources: before setup it does nothing.
 */
export async function reportStatus(
  config: ConnectionConfig,
  stores: Stores,
  upstreams: Upstreams,
  now: number,
  refused: string | undefined,
): Promise<number> {
  const desired = desiredStatus(config, stores, refused);
  let next = now + REPEAT_MS;
  for (const { kind, fact } of AGENTS) {
    const agent = stores.known.get(fact, AgentFact)?.value;
    const status = kind === "DiscoveryAgent" ? desired.discovery : desired.traceability;
    const written = stores.known.get(`status:${kind}`, StatusFact);
    const same = written && written.value.state === status.state && written.value.reason === status.reason;
    if (!agent) continue;
    if (same && now - written.at < REPEAT_MS) {
      next = Math.min(next, written.at + REPEAT_MS);
      continue;
    }
    const previousState = written?.value.state ?? agent.state;
    const found = await writeAgentStatus(upstreams.api, config.central.environment, kind, agent.name, {
      version: VERSION,
      state: status.state,
      previousState,
      reason: status.reason,
      now,
    });
    if (found) stores.known.put(`status:${kind}`, status, now);
    else forget(stores, fact, now);
  }
  return next;
}

/** The agent's resource is gone: setup makes it again. */
function forget(stores: Stores, fact: string, now: number): void {
  stores.known.drop(fact);
  stores.work.hint("setup", "status", now, "an agent's resource is gone");
}
