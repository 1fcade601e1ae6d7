import { createHash } from "node:crypto";
import type { AmplifySeed, ClientSeed } from "../amplify/seed.ts";
import type { Secrets } from "../secrets.ts";
import type { Side } from "./demo.ts";
import { lackingName } from "./logins.ts";
import {
  amplifyPermissions,
  amplifyProvisioningPermissions,
  amplifyReportingPermissions,
  type Permission,
} from "./permissions.ts";

export const amplifyOrganization = { id: "315480851843079", guid: "0f7c4a3e-91d2-4b6b-8f0e-5a2d7c9e1b34" } as const;
export const amplifyEnvironments: Readonly<Record<Side, string>> = {
  cloud: "meridian-cloud",
  platform: "meridian-platform",
};
export const amplifyTeam = "Integration";

/** `<name>_<uuid>`, the uuid made of the name, so that it is the same at every start. */
function clientId(name: string): string {
  const hex = createHash("sha256").update(name).digest("hex");
  return `${name}_${[hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join("-")}`;
}

export const clientIds = {
  cloud: clientId("meridian-cloud"),
  platform: clientId("meridian-platform"),
  /** Logs in with a client secret in place of a key. */
  secret: clientId("meridian-secret"),
} as const;

export function lackingClientId(permission: Permission): string {
  return clientId(lackingName(permission));
}

/** `requestsPerMinute` undefined: no limit. */
export function amplifySeed(secrets: Secrets, requestsPerMinute: number | undefined): AmplifySeed {
  const { cloud, platform } = secrets.clients;
  const limit = { requestsPerMinute };
  const clients: ClientSeed[] = [
    { id: clientIds.cloud, publicKey: cloud.publicKey, ...limit },
    { id: clientIds.platform, publicKey: platform.publicKey, ...limit },
    { id: clientIds.secret, secret: secrets.clientSecret, ...limit },
    ...[...amplifyPermissions, ...amplifyProvisioningPermissions, ...amplifyReportingPermissions].map((permission) => ({
      id: lackingClientId(permission),
      publicKey: cloud.publicKey,
      lacks: permission.lacks,
      ...limit,
    })),
  ];
  return {
    organization: amplifyOrganization.id,
    organizationGuid: amplifyOrganization.guid,
    environments: Object.values(amplifyEnvironments),
    teams: [
      { guid: "8a2e4f6c-1b3d-4e5f-9a7b-6c8d0e2f4a61", name: amplifyTeam, default: true },
      { guid: "3c5e7a9b-2d4f-4a6c-8e0b-1d3f5a7c9e82", name: "Payments" },
    ],
    clients,
    secrets: [
      {
        scope: { kind: "Environment", name: amplifyEnvironments.platform },
        name: "kafka",
        data: { "rest.password": secrets.restPassword, "registry.password": secrets.registryPassword },
      },
    ],
  };
}
