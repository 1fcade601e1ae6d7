/** The services of the sandbox in the order of their ports. */
export const serviceNames = [
  "amplify",
  "ingestion",
  "cloud",
  "metrics",
  "cloud-kafka",
  "cloud-registry",
  "platform-kafka",
  "platform-registry",
  "control",
  "users",
] as const;
export type ServiceName = (typeof serviceNames)[number];

/** Where everything is; each an origin without a path. */
export interface Addresses {
  /** API server, events and teams. */
  readonly amplify: string;
  readonly amplifyAuth: string;
  readonly amplifyPlatform: string;
  readonly ingestion: string;
  readonly cloud: string;
  readonly metrics: string;
  readonly cloudKafka: string;
  readonly cloudRegistry: string;
  readonly platformKafka: string;
  readonly platformRegistry: string;
  readonly control: string;
  /** The user-admin endpoint next to the Platform's brokers. */
  readonly users: string;
}

/** In one process nothing is resolved, so the real systems' own names are used, and the Platform's are those of a made-up bank. */
export const realAddresses: Addresses = {
  amplify: "https://apicentral.axway.com",
  amplifyAuth: "https://login.axway.com",
  amplifyPlatform: "https://platform.axway.com",
  ingestion: "https://ingestion.datasearch.axway.com",
  cloud: "https://api.confluent.cloud",
  metrics: "https://api.telemetry.confluent.cloud",
  cloudKafka: "https://pkc-7mr1dn.eu-central-1.aws.confluent.cloud",
  cloudRegistry: "https://psrc-9k2vpm.eu-central-1.aws.confluent.cloud",
  platformKafka: "https://kafka-rest.meridian.example",
  platformRegistry: "https://schema-registry.meridian.example",
  control: "http://localhost",
  users: "https://kafka-users.meridian.example",
};

/** By name, since an address by number is refused as a host on Cloudflare. */
export function loopbackAddresses(basePort: number): Addresses {
  const at = (name: ServiceName) => `http://localhost:${portOf(basePort, name)}`;
  return {
    amplify: at("amplify"),
    amplifyAuth: at("amplify"),
    amplifyPlatform: at("amplify"),
    ingestion: at("ingestion"),
    cloud: at("cloud"),
    metrics: at("metrics"),
    cloudKafka: at("cloud-kafka"),
    cloudRegistry: at("cloud-registry"),
    platformKafka: at("platform-kafka"),
    platformRegistry: at("platform-registry"),
    control: at("control"),
    users: at("users"),
  };
}

export function portOf(basePort: number, name: ServiceName): number {
  return basePort + serviceNames.indexOf(name);
}

/** Which service an origin belongs to; undefined for a host that the sandbox does not play. */
export function serviceAt(addresses: Addresses, origin: string): ServiceName | undefined {
  const owners: Readonly<Record<keyof Addresses, ServiceName>> = {
    amplify: "amplify",
    amplifyAuth: "amplify",
    amplifyPlatform: "amplify",
    ingestion: "ingestion",
    cloud: "cloud",
    metrics: "metrics",
    cloudKafka: "cloud-kafka",
    cloudRegistry: "cloud-registry",
    platformKafka: "platform-kafka",
    platformRegistry: "platform-registry",
    control: "control",
    users: "users",
  };
  const asked = origin.replace("//127.0.0.1:", "//localhost:");
  for (const [address, owner] of Object.entries(owners) as [keyof Addresses, ServiceName][]) {
    if (addresses[address] === asked) return owner;
  }
  return undefined;
}
