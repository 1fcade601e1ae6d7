import * as v from "valibot";
import type { Draft, Resource } from "../resource.ts";
import { subResource } from "../resource.ts";
import { apiTime, parseApiTime } from "../time.ts";
import { draftOf } from "./draft.ts";

export type AgentKind = "DiscoveryAgent" | "TraceabilityAgent";
export type AgentState = "running" | "stopped" | "failed" | "unhealthy";

/** First word of every status message of ours: the status is replaced whole, so it tells who wrote it last. */
const STATUS_MARK = "kafka-worker";

/** The resource that stands for an agent on the platform (agent-sdk pkg/agent/resource/manager.go). */
export function agentDraft(kind: AgentKind, name: string): Draft {
  return draftOf(kind, { name, title: name, spec: { dataplaneType: "Kafka", config: {}, logging: {} } });
}

export interface AgentStatusInput {
  readonly version: string;
  readonly state: AgentState;
  /** The state last stored on the resource. */
  readonly previousState: string | undefined;
  /** Why, where the state is not `running`; shown on the platform, so nothing secret. */
  readonly reason: string | undefined;
  /** ms since the epoch */
  readonly now: number;
}

/**
 * Value of the sub-resource `status`. Only `x.y.z` of the version is reported. There is no `sdkVersion`: Axway's agents
 * always write it, so it tells theirs from ours should the server drop our message.
 */
export function agentStatus(input: AgentStatusInput): Record<string, string> {
  return {
    version: /^v?(\d+\.\d+\.\d+)/.exec(input.version)?.[1] ?? "0.0.0",
    state: input.state,
    ...(input.previousState === undefined ? {} : { previousState: input.previousState }),
    message: `${STATUS_MARK}: ${input.reason ?? input.state}`,
    lastActivityTime: apiTime(input.now),
  };
}

const Config = v.looseObject({
  config: v.looseObject({ additionalTags: v.pipe(v.array(v.string()), v.minLength(1)) }),
});

/** Tags that somebody set on the agent's resource; they go before CENTRAL_ADDITIONALTAGS (agent-sdk pkg/agent/resource/discoveryagents.go). Undefined when there are none. */
export function additionalTagsOf(agent: Resource): string[] | undefined {
  const parsed = v.safeParse(Config, agent.spec);
  return parsed.success ? parsed.output.config.additionalTags : undefined;
}

/** State last stored on an agent's resource; undefined when there is none. */
export function storedState(agent: Resource): string | undefined {
  return textOf(subResource(agent, "status")?.state);
}

/** Whether the status was last written by an agent of Axway's: it names an SDK, and lacks our mark. */
export function isForeignStatus(agent: Resource): boolean {
  const status = subResource(agent, "status");
  const ours = textOf(status?.message)?.startsWith(STATUS_MARK) ?? false;
  return !ours && textOf(status?.sdkVersion) !== undefined;
}

/** `status.lastActivityTime`, ms since the epoch; undefined when there is none. */
export function lastActivity(agent: Resource): number | undefined {
  return parseApiTime(textOf(subResource(agent, "status")?.lastActivityTime));
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
