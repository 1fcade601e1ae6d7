import type { ConnectionConfig } from "../config/model.ts";

/** Why this connection cannot give consumers access, as a person reads it; undefined when it can. */
export function hindranceOf({ kafka, users }: ConnectionConfig): string | undefined {
  if (kafka.kind === "cloud") {
    return kafka.cloudKey
      ? undefined
      : "KAFKA_CLOUD_AUTH_APIKEY_ID is not set: without a Cloud API key no service account can be made, so access requests and credentials stay pending.";
  }
  if (kafka.saslMechanism === "OAUTHBEARER") {
    return "Consumers of an OAUTHBEARER cluster bring an identity of their own: access requests and credentials stay pending.";
  }
  return users
    ? undefined
    : "KAFKA_USERS_URL is not set: without tools/user-admin next to the brokers no SASL user can be made, so access requests and credentials stay pending.";
}
