import { beforeEach, expect, test } from "vitest";
import type { Quota } from "../../../src/confluent/quotas.ts";
import { UpstreamError } from "../../../src/http/errors.ts";
import { type QuotaFigures, quotaFigures } from "../../../src/provisioning/quota-figures.ts";
import { openNodeRuntime } from "../../../src/runtime/node.ts";
import { knownStore } from "../../../src/store/known.ts";
import { migrate } from "../../../src/store/schema.ts";

const HOUR_MS = 3_600_000;
const ORGANIZATION: readonly Quota[] = [
  { id: "iam.max_service_accounts.per_org", displayName: "", limit: 1000, usage: 1000 },
  { id: "iam.max_kafka_api_keys.per_org", displayName: "", limit: 500, usage: 20 },
  { id: "iam.max_rbac_role_bindings.per_org_plus_envs", displayName: "", limit: 10, usage: 6 },
  { id: "iam.max_kafka_api_keys.per_service_account", displayName: "", limit: 10, usage: undefined },
];

let now: number;
let reads: string[];
let told: readonly Quota[] | UpstreamError;
let figures: QuotaFigures;

beforeEach(() => {
  const { ports } = openNodeRuntime(":memory:", { log: { write: () => undefined } });
  migrate(ports.sql);
  now = 1_800_000_000_000;
  reads = [];
  told = ORGANIZATION;
  const read = async (of: string) => {
    reads.push(of);
    if (told instanceof UpstreamError) throw told;
    return told;
  };
  figures = quotaFigures({ known: knownStore(ports.sql), read, now: () => now });
});

const refusal = (kind: "forbidden" | "server") => new UpstreamError("cloud", { kind }, "no");
const setback = (limit: number | undefined, used: number | undefined, what = "role bindings") => ({
  name: "SetbackError",
  setback: { kind: "quota", what, limit, used },
});

test("one read a day says whether there is room", async () => {
  await figures.room("role bindings", 4);
  now += 23 * HOUR_MS;
  await figures.room("role bindings", 4);
  expect(reads).toEqual(["organization"]);
  now += 2 * HOUR_MS;
  await figures.room("role bindings", 4);
  expect(reads).toEqual(["organization", "organization"]);
});

test("what would pass the limit is refused with the figures, and not for old ones", async () => {
  await figures.room("role bindings", 1);
  await expect(figures.room("role bindings", 5)).rejects.toMatchObject(setback(10, 6));
  expect(reads.length).toBe(1);
  now += HOUR_MS;
  told = ORGANIZATION.map((quota) => ({ ...quota, usage: 0 }));
  await figures.room("role bindings", 5);
  expect(reads.length).toBe(2);
});

test("what was made since the figures were read counts", async () => {
  await figures.room("role bindings", 4);
  for (let count = 0; count < 3; count++) figures.made("role bindings");
  await figures.room("role bindings", 1);
  await expect(figures.room("role bindings", 2)).rejects.toMatchObject(setback(10, 9));
  expect(reads.length).toBe(1);
});

test("of what nothing is used, no usage is told", async () => {
  told = ORGANIZATION.map((quota) => ({ ...quota, usage: undefined }));
  await figures.room("role bindings", 10);
  await expect(figures.room("role bindings", 11)).rejects.toMatchObject(setback(10, undefined));
});

test("figures that may not be read stop nothing, and are not asked for at every step", async () => {
  told = refusal("forbidden");
  await figures.room("role bindings", 1_000_000);
  await figures.room("role bindings", 1_000_000);
  expect(reads.length).toBe(1);
  expect(await figures.exceeded("role bindings", undefined)).toMatchObject(setback(undefined, undefined));
});

test("figures that cannot be read at the moment stop nothing either, and are asked for again", async () => {
  told = refusal("server");
  await figures.room("role bindings", 1_000_000);
  told = ORGANIZATION;
  await expect(figures.room("role bindings", 1_000_000)).rejects.toMatchObject(setback(10, 6));
});

test("a refusal is told with the limit that the server named, else with that of the whole organization", async () => {
  const named = (detail: string) => new UpstreamError("cloud", { kind: "quota" }, "full", { detail });
  expect(await figures.exceeded("service accounts", undefined)).toMatchObject(setback(1000, 1000, "service accounts"));
  const ofAccount = named("quota: iam.max_kafka_api_keys.per_service_account");
  expect(await figures.exceeded("API keys", ofAccount)).toMatchObject(setback(10, undefined, "API keys"));
  expect(await figures.exceeded("API keys", named("too many"))).toMatchObject(setback(500, 20, "API keys"));
});

test("ACLs are counted for the cluster", async () => {
  told = [{ id: "kafka.max_acls.per_cluster", displayName: "", limit: 4000, usage: 3999 }];
  expect(await figures.exceeded("ACLs", undefined)).toMatchObject(setback(4000, 3999, "ACLs"));
  expect(reads).toEqual(["cluster"]);
});
