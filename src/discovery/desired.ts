import { revisionName, type TopicNames, topicNames } from "../amplify/names.ts";
import type { Draft, Owner } from "../amplify/resource.ts";
import {
  instanceDetails,
  SYNC_WARNING_DETAIL,
  SYNC_WARNING_TAG,
  serviceDetails,
} from "../amplify/resources/details.ts";
import { endpointsOf, instanceDraft } from "../amplify/resources/instance.ts";
import { revisionDraft } from "../amplify/resources/revision.ts";
import { serviceDraft } from "../amplify/resources/service.ts";
import { tagList } from "../amplify/resources/tags.ts";
import { revisionTitle } from "../config/title-pattern.ts";
import type { Cluster } from "../confluent/model.ts";
import type { TopicRow } from "../store/topics.ts";
import { bodyFingerprint, detailsFingerprint } from "./fingerprints.ts";
import type { DesiredFingerprints } from "./publish-plan.ts";
import type { DiscoverySettings } from "./settings.ts";

/** What is the same for all topics of a connection. */
export interface PublishingFacts {
  readonly settings: DiscoverySettings;
  readonly cluster: Pick<Cluster, "clusterId" | "bootstrapServers">;
  readonly tags: readonly string[];
  readonly owner: Owner | undefined;
  readonly accessRequestDefinition: string;
  readonly credentialRequestDefinitions: readonly string[];
}

/** What Amplify shall hold of one topic. */
export interface DesiredTopic {
  readonly fingerprints: DesiredFingerprints;
  readonly title: string;
  /** `host:port` as instances show them. */
  readonly endpoints: readonly string[];
  readonly service: Draft;
  readonly serviceDetails: Readonly<Record<string, string>>;
  /** @param count number of the revision, from 1 */
  readonly revision: (document: string, count: number, now: number) => Draft;
  readonly instance: Draft;
  readonly instanceDetails: Readonly<Record<string, string>>;
}

/**
 * What Amplify shall hold of a topic. Says the same for as long as topic, document and settings are the same; a topic
 * that vanished keeps all it has and is shown as out of sync, as Axway's agents do it.
 */
export async function desiredTopic(row: TopicRow, facts: PublishingFacts): Promise<DesiredTopic> {
  const { settings, cluster, owner } = facts;
  const names = await topicNames(cluster.clusterId, row.name);
  const tags = tagList(...facts.tags);
  const endpoints = endpointsOf(cluster.bootstrapServers, settings.tls);
  const revision = wantedRevision(row, names);
  const identity = { names, topic: row.name, clusterId: cluster.clusterId };

  const service = serviceDraft({
    names,
    topic: row.name,
    description: `Kafka topic ${row.name} of cluster ${cluster.clusterId}`,
    tags,
    owner,
  });
  const instance = instanceDraft({
    names,
    topic: row.name,
    revision,
    endpoints,
    accessRequestDefinition: facts.accessRequestDefinition,
    credentialRequestDefinitions: facts.credentialRequestDefinitions,
    environmentInTitle: settings.appendEnvironmentToTitle ? settings.environment : undefined,
    tags: row.flagged ? tagList(...tags, SYNC_WARNING_TAG) : tags,
    owner,
  });
  const ofService = { ...serviceDetails(identity), ...(row.flagged ? SYNC_WARNING_DETAIL : {}) };
  const ofInstance = instanceDetails(identity);
  return {
    fingerprints: {
      service: await bodyFingerprint("service", service),
      serviceDetails: await detailsFingerprint(ofService),
      revision,
      instance: await bodyFingerprint("instance", instance),
      instanceDetails: await detailsFingerprint(ofInstance),
    },
    title: row.name,
    endpoints: endpoints.map(({ host, port }) => `${host}:${port}`),
    service,
    serviceDetails: ofService,
    revision: (text, count, now) =>
      revisionDraft({
        names,
        title: revisionTitle(settings.revisionPattern, { apiServiceName: row.name, date: now, revision: count }),
        document: { text, sha256: row.wanted?.sha256 ?? "" },
        version: row.wanted?.version ?? "",
        tags,
        owner,
      }),
    instance,
    instanceDetails: ofInstance,
  };
}

/** The revision of the wanted document; of a topic that is out of sync the one that is shown already. */
function wantedRevision(row: TopicRow, names: TopicNames): string {
  if (row.flagged || !row.wanted) return row.published.revision?.name ?? "";
  return revisionName(names, row.wanted.sha256);
}
