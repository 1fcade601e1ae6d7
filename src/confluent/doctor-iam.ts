import type { Check } from "./doctor.ts";
import { withJson } from "./rest.ts";

/** Checks of what giving access needs of Confluent Cloud's control plane, beside the lists of `provisioningChecks`. */

/** No service account has this id; and if one had, it would stay as it is. */
const NOBODY = "sa-000000";

/**
 * Asks for a change of nothing. 404 is the answer to who may make it: a missing right is told by 403, a missing service
 * account by 404 (terraform-provider-confluent, fixture `service_account/read_deleted_sa.json`). Of API keys and role
 * bindings 403 tells both, so that no harmless call shows the right to make them.
 */
export function accountsCheck(cloudUrl: string): Check {
  const ask = {
    url: `${cloudUrl}/iam/v2/service-accounts/${NOBODY}`,
    method: "PATCH",
    what: "make service accounts",
    permission: "the role OrganizationAdmin or AccountAdmin",
  } as const;
  return { name: "cloud-service-accounts-write", ask: withJson(ask, {}) };
}

/**
 * Asks for the role bindings of the whole organization, of which there is always one: who founded it was given
 * OrganizationAdmin. `crn`: of anything in the organization.
 */
export function roleBindingsCheck(cloudUrl: string, crn: string): Check {
  const [organization = ""] = crn.split("/environment=");
  return {
    name: "cloud-role-bindings",
    ask: {
      url: `${cloudUrl}/iam/v2/role-bindings?${new URLSearchParams({ crn_pattern: organization })}&page_size=1`,
      what: "list the role bindings",
      permission: ROLE_BINDINGS,
    },
    whenEmpty: "No role binding is visible.",
    isNeverEmpty: true,
  };
}

export const ROLE_BINDINGS = "the role OrganizationAdmin, EnvironmentAdmin, or ResourceOwner of what the role is for";
