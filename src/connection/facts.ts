import * as v from "valibot";
import type { Cluster } from "../confluent/model.ts";
import { UPSTREAMS } from "../http/outlet.ts";

/** What `known` holds, by name, with its form. Ages are judged where they are used. */
export const ClusterFact = v.object({
  clusterId: v.string(),
  type: v.picklist(["Basic", "Standard", "Enterprise", "Dedicated", "Freight", "Platform", "Unknown"]),
  restUrl: v.string(),
  bootstrapServers: v.array(v.string()),
  registryUrl: v.optional(v.string()),
  registryId: v.optional(v.string()),
  /** With which configuration it was looked up; absent in rows of older versions. */
  configuration: v.optional(v.string()),
});

/** The cluster as it was looked up: members that are missing in a row are undefined. */
export function clusterOf({ configuration: _, ...fact }: v.InferOutput<typeof ClusterFact>): Cluster {
  return { ...fact, registryUrl: fact.registryUrl, registryId: fact.registryId };
}

export const EnvironmentFact = v.object({
  id: v.string(),
  name: v.string(),
  title: v.string(),
  credentialExpiryDays: v.number(),
  deprovisionExpired: v.boolean(),
  axwayManaged: v.boolean(),
  managesOthers: v.boolean(),
});

export const OwnerFact = v.object({ type: v.literal("team"), id: v.string() });

/** A definition as last written: the fingerprint of what we decide about it. */
export const DefinitionFact = v.object({ fingerprint: v.string() });

/** An agent's resource, the state that was last stored on it, and tags that a person set there. */
export const AgentFact = v.object({
  name: v.string(),
  state: v.optional(v.string()),
  tags: v.optional(v.array(v.string())),
});

/** The status that we wrote to both agents. */
export const StatusFact = v.object({
  state: v.picklist(["running", "stopped", "failed", "unhealthy"]),
  reason: v.optional(v.string()),
});

/** Setup went through with this configuration. */
export const SetupFact = v.object({ configuration: v.string() });

/** What the last run left for the next one. */
export const RunFact = v.object({
  common: v.string(),
  builderMajor: v.number(),
  publishing: v.string(),
  doubts: v.optional(v.array(v.string()), []),
  loss: v.optional(v.object({ topics: v.array(v.string()), allowed: v.number() })),
});

/** Topics whose loss a person accepted: those that were shown then, not what vanished since. */
export const LossAccepted = v.array(v.string());

/** Servers that asked for a pause. */
export const PausesFact = v.array(v.object({ upstream: v.picklist(UPSTREAMS), host: v.string(), until: v.number() }));
