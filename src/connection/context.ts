import { ACCESS_REQUEST_DEFINITION } from "../amplify/resources/definitions.ts";
import type { ConnectionConfig, WebhookConfig } from "../config/model.ts";
import { type DesiredTopic, desiredTopic, type PublishingFacts } from "../discovery/desired.ts";
import type { DiscoverySettings } from "../discovery/settings.ts";
import type { RequestRecord } from "../http/create-outlet.ts";
import type { Ports } from "../runtime/ports.ts";
import type { TopicRow } from "../store/topics.ts";
import { type AnswerCounts, answerCounts } from "./answer-counts.ts";
import { ClusterFact, clusterOf } from "./facts.ts";
import { createRefusals, type Refusals } from "./refusals.ts";
import { discoverySettings } from "./settings.ts";
import { credentialDefinitionNames, setupFacts } from "./setup.ts";
import type { Stores } from "./stores.ts";
import { createUpstreams, type UpstreamFactory } from "./upstreams.ts";

/** Everything that the work of one connection is done with. Nothing in it outlives a wake but through the stores. */
export interface Context {
  readonly config: ConnectionConfig;
  readonly ports: Ports;
  readonly stores: Stores;
  readonly settings: DiscoverySettings;
  /** How Amplify may call this worker; undefined where it cannot. */
  readonly webhook: WebhookConfig | undefined;
  readonly upstreams: UpstreamFactory;
  readonly refusals: Refusals;
  readonly requestsPerMinute: number;
  /** Requests by upstream since the object was made. */
  readonly requests: Map<string, number>;
  readonly answers: AnswerCounts;
  readonly now: () => number;
  readonly together: <T>(work: () => T) => T;
  readonly audit: (action: string, subject: string, detail: string) => void;
}

export interface ContextOptions {
  readonly config: ConnectionConfig;
  readonly ports: Ports;
  readonly stores: Stores;
  readonly requestsPerMinute: number;
  readonly webhook: WebhookConfig | undefined;
}

export function createContext({ config, ports, stores, requestsPerMinute, webhook }: ContextOptions): Context {
  const requests = new Map<string, number>();
  const answers = answerCounts();
  const onRequest = (record: RequestRecord): void => {
    requests.set(record.upstream, (requests.get(record.upstream) ?? 0) + 1);
    answers.note(record);
    ports.log.write("debug", "request", { ...record });
  };
  const now = () => ports.clock.now();
  const upstreams = createUpstreams({ config, ports, stores, requestsPerMinute, onRequest });
  return {
    config,
    ports,
    stores,
    requestsPerMinute,
    webhook,
    requests,
    answers,
    now,
    settings: discoverySettings(config),
    upstreams,
    refusals: createRefusals(stores.known, upstreams.gate),
    together: (work) => ports.sql.transaction(work),
    audit: (action, subject, detail) => stores.journal.audit(now(), "worker", action, subject, detail),
  };
}

/** What all topics' resources have in common; undefined before the cluster was looked up and setup went through. */
export function publishingFacts({ config, stores, settings }: Context): PublishingFacts | undefined {
  const cluster = stores.known.get("cluster", ClusterFact)?.value;
  const setup = setupFacts({ config, stores });
  if (!cluster || !setup) return undefined;
  return {
    settings,
    cluster: clusterOf(cluster),
    tags: setup.tags ?? settings.additionalTags,
    owner: setup.owner,
    accessRequestDefinition: ACCESS_REQUEST_DEFINITION,
    credentialRequestDefinitions: credentialDefinitionNames(config),
  };
}

export function desiredFor(facts: PublishingFacts): (row: TopicRow) => Promise<DesiredTopic> {
  return (row) => desiredTopic(row, facts);
}
