import { createApiKeys } from "../../../src/confluent/api-keys.ts";
import { createRest } from "../../../src/confluent/rest.ts";
import { createRoleBindings } from "../../../src/confluent/role-bindings.ts";
import { createServiceAccounts } from "../../../src/confluent/service-accounts.ts";
import { access, json, type Server, worldOf } from "./support.ts";

export const CLOUD = "https://api.confluent.cloud";
export const variable = "KAFKA_CLOUD_AUTH_APIKEY_ID";

/** The clients of the control plane, over one server. */
export function controlPlane(server: Server) {
  const world = worldOf(server);
  const rest = createRest({ ...world, upstream: "cloud", access: { ...access, variable }, headers: {} });
  return Object.assign(world, {
    rest,
    accounts: createServiceAccounts(rest, CLOUD),
    keys: createApiKeys(rest, CLOUD),
    bindings: createRoleBindings(rest, CLOUD),
  });
}

/** An error of the control plane; a code or text may be missing. */
export function refusal(status: number, code?: string, detail?: string): Response {
  return json({ errors: [{ id: "cca0", status: String(status), code, detail, source: {} }] }, status);
}

export const quota = () =>
  refusal(402, "quota_exceeded", "The request would exceed the quota: service_accounts_per_org");
/** After these nobody knows whether it was done. */
export const lost: [string, Server][] = [
  ["500", () => refusal(500)],
  ["a gateway's 502", () => new Response("<html>", { status: 502 })],
  ["503", () => refusal(503)],
  ["no connection", () => Promise.reject(new Error("Network connection lost."))],
  ["an answer that is not JSON", () => new Response("<html>", { status: 202 })],
  ["an answer without a body", () => new Response(null, { status: 204 })],
];
