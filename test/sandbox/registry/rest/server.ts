import type { Exchange, Route } from "./exchange.ts";

/** What a server tells of itself. */
export const serverRoutes: readonly Route[] = [
  { path: "/", methods: { GET: () => ({}), POST: () => ({}) } },
  { path: "/contexts", methods: { GET: listContexts } },
  { path: "/v1/metadata/id", methods: { GET: metadataId }, only: "platform" },
  { path: "/v1/metadata/version", methods: { GET: metadataVersion }, only: "platform" },
  { path: "/clusterconfig", methods: { GET: () => ({ maxSchemas: 20_000, maxRequestsPerSec: 25 }) }, only: "cloud" },
];

function listContexts({ registry }: Exchange) {
  return [".", ...registry.store.contexts()];
}

function metadataId({ registry }: Exchange) {
  return {
    scope: {
      path: [],
      clusters: { "kafka-cluster": registry.kafkaClusterId, "schema-registry-cluster": "schema-registry" },
    },
  };
}

function metadataVersion() {
  return { version: "8.5.0-0", commitId: "794611bd86d1ce0422581269e2b13a2ab010c7fb" };
}
