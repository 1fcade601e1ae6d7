import type { IngestionOptions } from "../amplify/ingestion.ts";
import type { Reporter } from "../amplify/metric-event.ts";
import type { UsageOptions } from "../amplify/usage.ts";
import { userAgent } from "../amplify/user-agent.ts";
import type { ConnectionConfig } from "../config/model.ts";
import type { Random } from "../runtime/ports.ts";
import { VERSION } from "../version.ts";
import type { Amplify } from "./amplify.ts";

/** What reports go out with: the token is the one of all of Amplify, the name that of the traceability agent. */

const AGENT_TYPE = "KafkaTraceabilityAgent";

export function reporterOf({ agents }: ConnectionConfig): Reporter {
  return { version: VERSION, type: AGENT_TYPE, sdkVersion: VERSION, agentName: agents.traceability };
}

export function ingestionOf(config: ConnectionConfig, { central, outlet }: Amplify): IngestionOptions {
  const { url, timeoutMs } = config.traceability;
  const { tokens, tenantId } = central;
  return { outlet, tokens, url, tenantId, userAgent: userAgentOf(config), timeoutMs };
}

export function usageOf(config: ConnectionConfig, { central, outlet }: Amplify, random: Random): UsageOptions {
  const { platformUrl, timeoutMs } = config.central;
  return { outlet, tokens: central.tokens, random, platformUrl, userAgent: userAgentOf(config), timeoutMs };
}

function userAgentOf({ central, agents }: ConnectionConfig): string {
  const { environment } = central;
  return userAgent({ agentType: AGENT_TYPE, version: VERSION, environment, agentName: agents.traceability });
}
