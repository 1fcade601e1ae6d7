import { describe, expect, it } from "vitest";
import { problemOf } from "../../../src/confluent/problem.ts";
import { isQuotaExceeded, quotaOf } from "../../../src/confluent/quota.ts";

const purpose = { what: "make it", permission: "everything", variable: "KEY" };
const error = (status: number, body: unknown) =>
  problemOf("cloud", status, new Headers(), JSON.stringify(body), purpose);
const control = (detail: string, code?: string) => ({ errors: [{ id: "1", code, detail, source: {} }] });

describe("a quota", () => {
  it.each<[string, number, unknown]>([
    ["402 without a word", 402, {}],
    [
      "402 as documented",
      402,
      control("The request would exceed the quota: service_accounts_per_org", "quota_exceeded"),
    ],
    ["another status with the code", 409, control("no", "quota_exceeded")],
    ["400 of the control plane", 400, control("Maximum number of API keys per service account reached")],
    ["409 of the control plane", 409, control("The limit of 10 API keys has been reached")],
    ["40002 of Kafka REST", 400, { error_code: 40002, message: "Adding ACLs would exceed the limit of 1000 ACLs." }],
    ["40002 of Kafka REST, other words", 400, { error_code: 40002, message: "ACL limit exceeded for this cluster" }],
    ["403", 403, control("You have reached the maximum of service accounts")],
  ])("is seen in %s", (_case, status, body) => {
    expect(isQuotaExceeded(error(status, body))).toBe(true);
  });

  it.each<[string, number, unknown]>([
    [
      "a rate limit",
      429,
      { error_code: 429, message: "Request rate limit exceeded: The rate limit has been exceeded." },
    ],
    ["a failure that speaks of quotas", 500, control("quota service failed")],
    [
      "a name that is taken",
      409,
      control("A service account with this name already exists", "resource_already_exists"),
    ],
    ["a name that is too long", 422, control("display_name exceeds the maximum length of 64 characters")],
    ["a batch that is too large", 400, { error_code: 40002, message: "batch size limit exceeded" }],
    ["a missing permission", 403, control("Forbidden Access", "forbidden_access")],
    ["nothing said", 400, {}],
  ])("is not seen in %s", (_case, status, body) => {
    expect(isQuotaExceeded(error(status, body))).toBe(false);
  });

  it("is named where the server names it", () => {
    expect(quotaOf(error(402, control("The request would exceed the quota: apikeys_per_org")))).toBe("apikeys_per_org");
    expect(quotaOf(error(402, control("over quota iam.max_service_accounts.per_org, sorry")))).toBe(
      "iam.max_service_accounts.per_org",
    );
    expect(quotaOf(error(402, control("The quota is used up")))).toBeUndefined();
    expect(quotaOf(error(402, {}))).toBeUndefined();
  });
});
