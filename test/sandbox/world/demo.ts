import type { Broker } from "../kafka/brokers.ts";
import type { KafkaCluster } from "../kafka/cluster.ts";
import type { Registry } from "../registry/registry.ts";
import { bankEvents } from "./catalogue/bank.ts";
import { edges } from "./catalogue/edges.ts";
import { logistics } from "./catalogue/logistics.ts";
import { orders } from "./catalogue/orders.ts";
import type { DemoSubject, DemoTopic } from "./catalogue/types.ts";
import { web } from "./catalogue/web.ts";

export type Side = "cloud" | "platform";

/** The filter that the demo's connections set. In RE2 and in JavaScript alike, and without a dash, which the official agents misread. */
export const demoFilter = 'tag.MatchRegEx("^(scratch|loadtest)[.]") == false';

/** As `GET /clusters` of the Platform cluster tells it. */
export const platformClusterId = "Tm9ydGhCYW5rQ2x1c3Rlcg";

const chapters = [orders, bankEvents, web, logistics, edges];

/** The demo's topics on one side, the hidden ones included. */
export function demoTopics(side: Side): readonly DemoTopic[] {
  return chapters.flatMap(({ topics }) => topics).filter(({ only }) => only === undefined || only === side);
}

/** The same subjects on both sides, in an order in which they can be registered. */
export function demoSubjects(): readonly DemoSubject[] {
  return chapters.flatMap(({ subjects }) => subjects);
}

/** Brokers of the Platform cluster: what the REST Proxy sees of them, and what they advertise to clients outside. */
export const platformBrokers: readonly Broker[] = [1, 2, 3].map((id) => ({
  id,
  host: `broker-${id}.internal`,
  port: 19092,
  rack: `rack-${id}`,
  properties: {
    listeners: "INTERNAL://:19092,EXTERNAL://:9094",
    "advertised.listeners": `INTERNAL://broker-${id}.internal:19092,EXTERNAL://kafka-${id}.meridian.example:9094`,
    "listener.security.protocol.map": "INTERNAL:PLAINTEXT,EXTERNAL:SASL_SSL",
    "inter.broker.listener.name": "INTERNAL",
    "sasl.enabled.mechanisms": "SCRAM-SHA-512",
  },
}));

/** What clients outside connect to. */
export const platformServers = [1, 2, 3].map((id) => `kafka-${id}.meridian.example:9094`);

export function seedCluster(cluster: KafkaCluster, topics: readonly DemoTopic[]): void {
  for (const { name, partitions = 1, configs = {} } of topics) {
    if (cluster.topic(name) === undefined) cluster.createTopic({ name, partitions, replicationFactor: 3, configs });
  }
}

/** A group of the demo's own consumers, which ours have nothing to do with. */
export const demoGroup = "settlement-reconciliation";

/** Registers the subjects, plants those that no registry takes, then deletes softly what is to be deleted. */
export function seedRegistry(registry: Registry, subjects: readonly DemoSubject[]): void {
  for (const { subject, versions, unchecked = false } of subjects) {
    for (const version of versions) {
      if (unchecked) registry.plant(subject, version);
      else registry.register(subject, version);
    }
  }
  for (const { subject, deleted = [] } of subjects) {
    for (const version of deleted) softDelete(registry, subject, version);
  }
}

/** A version that is referred to cannot be deleted today; the demo has one that was deleted before the reference was written. */
function softDelete(registry: Registry, subject: string, version: number): void {
  const found = registry.version(subject, version);
  registry.store.put({ ...found, deleted: true });
}
