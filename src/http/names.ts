import type { Upstream } from "./outlet.ts";

const NAMES: Readonly<Record<Upstream, string>> = {
  amplify: "Amplify",
  "amplify-auth": "Amplify's login",
  "amplify-platform": "Amplify's platform API",
  ingestion: "Amplify's ingestion service",
  kafka: "Kafka REST",
  registry: "Schema Registry",
  cloud: "Confluent Cloud's control plane",
  metrics: "Confluent Cloud's metrics API",
  users: "the user-admin endpoint",
};

/** What an upstream is called in messages for people, fit for the start of a sentence. */
export function nameOf(upstream: Upstream): string {
  const name = NAMES[upstream];
  return name.charAt(0).toUpperCase() + name.slice(1);
}
