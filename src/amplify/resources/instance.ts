import type { TopicNames } from "../names.ts";
import type { Draft, Owner } from "../resource.ts";
import { draftOf } from "./draft.ts";

export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly protocol: "kafka" | "kafka-secure";
  readonly routing: Readonly<Record<string, never>>;
}

export interface InstanceInput {
  readonly names: TopicNames;
  readonly topic: string;
  /** Name of the revision that it points to. */
  readonly revision: string;
  readonly endpoints: readonly Endpoint[];
  readonly accessRequestDefinition: string;
  /** Empty where no definition of ours fits (OAUTHBEARER). */
  readonly credentialRequestDefinitions: readonly string[];
  /** Appended to the title in parentheses; undefined when CENTRAL_APPENDENVIRONMENTTOTITLE is false. */
  readonly environmentInTitle: string | undefined;
  readonly tags: readonly string[];
  readonly owner: Owner | undefined;
}

/**
 * Where a topic is served: one instance, pointed anew to each newer revision (agent-sdk pkg/apic/apiserviceinstance.go).
 * A change of endpoints or definitions makes asset releases of every consumer, so they are the same for the same cluster.
 */
export function instanceDraft(input: InstanceInput): Draft {
  const suffix = input.environmentInTitle === undefined ? "" : ` (${input.environmentInTitle})`;
  return draftOf("APIServiceInstance", {
    name: input.names.instance,
    title: `${input.topic}${suffix}`,
    tags: input.tags,
    owner: input.owner,
    spec: {
      apiServiceRevision: input.revision,
      endpoint: input.endpoints,
      accessRequestDefinition: input.accessRequestDefinition,
      credentialRequestDefinitions: input.credentialRequestDefinitions,
    },
  });
}

/**
 * Endpoints of bootstrap servers (`host:port`, IPv6 in brackets), without repeats, sorted by host and port: their order
 * in the configuration means nothing. Throws `RangeError` when one has no port.
 */
export function endpointsOf(bootstrapServers: readonly string[], tls: boolean): Endpoint[] {
  const protocol = tls ? "kafka-secure" : "kafka";
  return [...new Set(bootstrapServers)]
    .map((server) => {
      const [, host = "", port = ""] = /^(\[[^\]]+\]|[^:]+):(\d{1,5})$/.exec(server) ?? [];
      if (host === "") throw new RangeError(`Not a bootstrap server of the form host:port: ${server}`);
      return { host, port: Number(port), protocol, routing: {} } as const;
    })
    .sort((a, b) => (a.host === b.host ? a.port - b.port : a.host < b.host ? -1 : 1));
}
