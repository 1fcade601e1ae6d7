import { generateKeyPairSync } from "node:crypto";
import { type ConfigOptions, type ConfigResult, readConfig } from "../../../src/config/config.ts";
import type { ConnectionConfig, Platform } from "../../../src/config/model.ts";
import { checkFilter } from "../../../src/discovery/filter/filter.ts";

const keys = generateKeyPairSync("rsa", { modulusLength: 2048 });

/** A key made for this run, in the forms that people have it in. */
export const KEY = {
  pkcs8: keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  pkcs1: keys.privateKey.export({ type: "pkcs1", format: "pem" }).toString(),
  public: keys.publicKey.export({ type: "spki", format: "pem" }).toString(),
  encryptedPkcs8: keys.privateKey
    .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" })
    .toString(),
  encryptedPkcs1: keys.privateKey
    .export({ type: "pkcs1", format: "pem", cipher: "aes-256-cbc", passphrase: "x" })
    .toString(),
};

export type Variables = Record<string, string | undefined>;

const amplify: Variables = {
  CENTRAL_ORGANIZATIONID: "315480851843079",
  CENTRAL_ENVIRONMENT: "kafka-cloud",
  CENTRAL_AUTH_CLIENTID: "sa_6d66dc36-0000-4000-8000-000000000001",
  CENTRAL_AUTH_PRIVATEKEY_DATA: KEY.pkcs8,
};

/** The least that a Cloud connection needs. */
export const CLOUD: Variables = {
  ...amplify,
  KAFKA_CLOUD_ENABLED: "TRUE",
  KAFKA_CLOUD_ENVIRONMENT: "env-1",
  KAFKA_CLUSTER_ID: "lkc-1",
  KAFKA_CLOUD_AUTH_APIKEY_ID: "CLOUDKEY",
  KAFKA_CLOUD_AUTH_APIKEY_SECRET: "cloud-secret",
};

/** The least that a Platform connection needs. */
export const PLATFORM: Variables = {
  ...amplify,
  CENTRAL_ENVIRONMENT: "kafka-platform",
  KAFKA_CLUSTER_SERVERS: "broker-1.example:9092,broker-2.example:9092",
  KAFKA_CLUSTER_REST_URL: "https://rest.example",
};

export const NOW = Date.parse("2026-11-23T17:03:04Z");

export function read(variables: Variables, platform: Platform = "cloudflare", more: ConfigOptions = {}): ConfigResult {
  return readConfig(variables, platform, { now: NOW, checkFilter, ...more });
}

/** The only connection of a configuration that must be sound. */
export function sound(variables: Variables, platform: Platform = "cloudflare"): ConnectionConfig {
  const { connections, problems } = read(variables, platform);
  const [connection] = connections;
  if (!connection || problems.length > 0) throw new Error(JSON.stringify(problems));
  return connection;
}

/** Problems as "variable: message". */
export function problems(variables: Variables, platform: Platform = "cloudflare"): string[] {
  return read(variables, platform).problems.map(({ variable, message }) => `${variable}: ${message}`);
}

export function warnings(variables: Variables, platform: Platform = "cloudflare"): string[] {
  return read(variables, platform).warnings.map(({ variable, message }) => `${variable}: ${message}`);
}
