export interface AgentIdentity {
  /** Letters and digits, e.g. `KafkaDiscoveryAgent`. */
  readonly agentType: string;
  /** Our version, `x.y.z` with or without a suffix. */
  readonly version: string;
  readonly environment: string;
  readonly agentName: string;
}

/**
 * The User-Agent by which the platform recognises agents; it reads it with a regular expression (agent-sdk
 * pkg/util/useragent.go), so what does not fit is replaced. `reactive:false`: events are polled. There is no SDK inside,
 * but the member must be there, so it bears our version too; the host of a Worker has no name.
 */
export function userAgent(identity: AgentIdentity): string {
  const version = /^v?(\d+\.\d+\.\d+(?:-[-a-zA-Z0-9]+)?)/.exec(identity.version)?.[1] ?? "0.0.0";
  const type = identity.agentType.replace(/[^a-zA-Z0-9]/g, "");
  const environment = identity.environment.replace(/[^a-zA-Z0-9-]/g, "-");
  const agent = identity.agentName.replace(/[^a-zA-Z0-9.-]/g, "-");
  return `${type}/${version} (sdkVer:${version}; env:${environment}; agent:${agent}; reactive:false; hostname:worker)`;
}
