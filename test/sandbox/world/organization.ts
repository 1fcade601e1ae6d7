import type { Endpoint, OrganizationContent } from "../cloud/organization.ts";

/** Ids of the demo's Confluent Cloud organisation. */
export const cloudIds = {
  organization: "6e5f8ad1-2b70-4a3c-9d1e-0c8a4b7f1e22",
  environment: "env-m3r1d1",
  emptyEnvironment: "env-m3t3st",
  /** Its registry can be reached over a private network alone. */
  privateEnvironment: "env-m3pr1v",
  cluster: "lkc-7mr1dn",
  registry: "lsrc-9k2vpm",
} as const;

const bootstrap = "pkc-7mr1dn.eu-central-1.aws.confluent.cloud:9092";
const place = { cloud: "AWS", region: "eu-central-1", phase: "PROVISIONED" } as const;

export interface CloudAddresses {
  /** Origin of the cluster's REST, without a path. */
  readonly kafka: string;
  readonly registry: string;
}

/**
 * The organisation with the demo's cluster, and beside it one of each kind that a reader of the control plane may meet: with the
 * endpoint map only, of before that map, private only, and one that is not there yet.
 */
export function cloudOrganization(addresses: CloudAddresses): OrganizationContent {
  const publicEndpoint: Endpoint = { bootstrap, http: withPort(addresses.kafka), connectionType: "PUBLIC" };
  const privateEndpoint: Endpoint = {
    bootstrap: "lkc-priv4t.eu-central-1.aws.private.confluent.cloud:9092",
    http: "https://lkc-priv4t.eu-central-1.aws.private.confluent.cloud:443",
    connectionType: "PRIVATE_LINK",
  };
  const { environment, emptyEnvironment, privateEnvironment } = cloudIds;
  return {
    id: cloudIds.organization,
    displayName: "Meridian",
    environments: [
      { id: environment, displayName: "production" },
      { id: emptyEnvironment, displayName: "test" },
      { id: privateEnvironment, displayName: "private" },
    ],
    clusters: [
      {
        ...place,
        id: cloudIds.cluster,
        environment,
        displayName: "meridian-retail",
        kind: "Standard",
        httpEndpoint: addresses.kafka,
        bootstrap: `SASL_SSL://${bootstrap}`,
        endpoints: { PUBLIC: publicEndpoint },
      },
      {
        ...place,
        id: "lkc-legacy",
        environment,
        displayName: "of before the endpoint map",
        kind: "Dedicated",
        network: "n-4zk8q1",
        httpEndpoint: "https://pkc-legacy.eu-central-1.aws.confluent.cloud:443",
        bootstrap: "SASL_SSL://pkc-legacy.eu-central-1.aws.confluent.cloud:9092",
      },
      {
        ...place,
        id: "lkc-priv4t",
        environment: privateEnvironment,
        displayName: "private link only",
        kind: "Enterprise",
        endpoints: { PRIVATE_LINK: privateEndpoint },
      },
      {
        ...place,
        id: "lkc-mapped",
        environment: emptyEnvironment,
        displayName: "endpoint map only",
        kind: "Basic",
        endpoints: {
          PUBLIC: {
            bootstrap: "pkc-mapped.eu-central-1.aws.confluent.cloud:9092",
            http: "https://pkc-mapped.eu-central-1.aws.confluent.cloud",
            connectionType: "PUBLIC",
          },
        },
      },
      {
        ...place,
        id: "lkc-notyet",
        environment: emptyEnvironment,
        displayName: "still being made",
        kind: "Freight",
        phase: "PROVISIONING",
      },
    ],
    registries: [
      {
        id: cloudIds.registry,
        environment,
        package: "ADVANCED",
        cloud: "AWS",
        region: "eu-central-1",
        httpEndpoint: addresses.registry,
        privateHttpEndpoint: `https://${cloudIds.registry}.eu-central-1.aws.private.confluent.cloud`,
      },
      {
        id: "lsrc-priv4t",
        environment: privateEnvironment,
        package: "ESSENTIALS",
        cloud: "AWS",
        region: "eu-central-1",
        httpEndpoint: "",
        privateHttpEndpoint: "https://lsrc-priv4t.eu-central-1.aws.private.confluent.cloud",
      },
    ],
  };
}

/** Both forms occur in real answers: one with `:443`, one without. */
function withPort(origin: string): string {
  return origin.startsWith("https://") ? `${origin}:443` : origin;
}
