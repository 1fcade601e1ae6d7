import { describe, expect, it } from "vitest";
import {
  alterCheck,
  cloudChecks,
  examine,
  type Finding,
  kafkaChecks,
  metricsChecks,
  provisioningChecks,
  registryCheck,
} from "../../../src/confluent/doctor.ts";
import { createRest } from "../../../src/confluent/rest.ts";
import { NotYet } from "../../../src/http/errors.ts";
import { bodyOf, bytes, repeat } from "../http/support.ts";
import { access, cluster, json, kafkaError, list, type Server, worldOf } from "./support.ts";

function restOver(server: Server) {
  const world = worldOf(server);
  return { world, rest: createRest({ ...world, upstream: "kafka", access, headers: {} }) };
}

async function findings(server: Server): Promise<Record<string, Finding>> {
  const { rest } = restOver(server);
  const found = await Promise.all(
    [...kafkaChecks(rest, cluster), alterCheck(rest, cluster)].map((check) => examine(rest, check)),
  );
  return Object.fromEntries(found.map((finding) => [finding.check, finding]));
}

const healthy: Server = (request) => (request.method === "DELETE" ? json({ data: [] }) : list([{ a: 1 }]));
const reds = (found: Record<string, Finding>) => Object.values(found).filter(({ ok }) => !ok);

describe("the doctor", () => {
  it("is green where everything is allowed", async () => {
    expect(reds(await findings(healthy))).toEqual([]);
  });

  it.each<[string, (url: URL, method: string) => Response | undefined, string, string, boolean]>([
    [
      "topics",
      (url) => (url.pathname.endsWith("/topics") ? list([]) : undefined),
      "kafka-topics",
      "DESCRIBE on TOPIC *",
      false,
    ],
    [
      "configs",
      (url) => (url.pathname.endsWith("/-/configs") ? kafkaError(403, 40301) : undefined),
      "kafka-configs",
      "DESCRIBE_CONFIGS on TOPIC *",
      true,
    ],
    [
      "the cluster",
      (url, method) => (url.pathname.endsWith("/acls") && method === "GET" ? kafkaError(403, 40301) : undefined),
      "kafka-cluster",
      "DESCRIBE on CLUSTER kafka-cluster",
      true,
    ],
    [
      "groups",
      (url) => (url.pathname.endsWith("/consumer-groups") ? list([]) : undefined),
      "kafka-groups",
      "DESCRIBE on GROUP *",
      false,
    ],
    [
      "changing ACLs",
      (_url, method) => (method === "DELETE" ? kafkaError(403, 40301) : undefined),
      "kafka-alter",
      "ALTER on CLUSTER kafka-cluster",
      true,
    ],
  ])("is red for exactly the permission that is missing: %s", async (_case, deny, check, permission, certain) => {
    const red = reds(await findings((request, url) => deny(url, request.method) ?? healthy(request, url)));
    expect(red.map((finding) => [finding.check, finding.permission, finding.certain])).toEqual([
      [check, permission, certain],
    ]);
    expect(red[0]?.message).toContain(permission);
  });

  it("changes nothing: the entry that it asks to delete is described in full and nobody's", async () => {
    const { world, rest } = restOver(healthy);
    await examine(rest, alterCheck(rest, cluster));
    const url = new URL(world.requests[0]?.url ?? "");
    expect(Object.fromEntries(url.searchParams)).toEqual({
      resource_type: "TOPIC",
      resource_name: "amplify-doctor.none",
      pattern_type: "LITERAL",
      host: "*",
      operation: "READ",
      permission: "ALLOW",
      principal: "User:amplify-doctor",
    });
  });

  it("reads no more of a large answer than it needs", async () => {
    let cancelled = false;
    const large = () =>
      new Response(bodyOf(repeat(bytes(`{"data":[${"1,".repeat(1000)}`), 1e9), () => (cancelled = true)));
    const { rest } = restOver(large);
    const [check] = kafkaChecks(rest, cluster);
    if (check !== undefined) expect((await examine(rest, check)).ok).toBe(true);
    expect(cancelled).toBe(true);
  });

  it.each([
    ["a page of somebody else", () => new Response("<html></html>")],
    ["nothing", () => new Response("")],
    ["no connection", () => Promise.reject(new Error("Network connection lost."))],
  ])("is red for %s", async (_case, server) => {
    expect(reds(await findings(server))).toHaveLength(5);
  });

  it("says what was said, cleaned, with status and code", async () => {
    const found = await findings(() => kafkaError(400, 40002, "No Authorizer is configured on the broker-1:9092"));
    expect(found["kafka-cluster"]).toMatchObject({
      status: 400,
      code: "40002",
      detail: "No Authorizer is configured on the [address]",
    });
  });

  it("knows that a list of keys holds at least the key that asks", async () => {
    const { world, rest } = restOver(() => json({ data: [] }));
    const found: Finding[] = [];
    for (const check of provisioningChecks("https://api.confluent.cloud", "env-1", "lkc-1"))
      found.push(await examine(rest, check));
    expect(found.map(({ check, ok, certain }) => [check, ok, certain])).toEqual([
      ["cloud-service-accounts", true, true],
      ["cloud-api-keys", false, true],
      ["cloud-quotas", true, true],
    ]);
    expect(found[1]?.message).toBe(
      "No API key is visible. The credential lacks the role OrganizationAdmin, or CloudClusterAdmin on the cluster.",
    );
    expect(world.asked.every((line) => line.startsWith("GET "))).toBe(true);
  });

  it("waits when it has to", async () => {
    const { rest } = restOver(() => new Response("", { status: 429, headers: { "retry-after": "60" } }));
    const check = registryCheck("https://sr.acme.example");
    expect((await examine(rest, check)).status).toBe(429);
    await expect(examine(rest, check)).rejects.toBeInstanceOf(NotYet);
  });

  it("looks at control plane, registry and metrics with reads only", async () => {
    const { world, rest } = restOver(() => json({ data: [] }));
    const checks = [
      ...cloudChecks("https://api.confluent.cloud", "env-1", "lkc-1"),
      registryCheck("https://sr.acme.example"),
      ...metricsChecks("https://m.example", "lkc-1"),
    ];
    const found: Finding[] = [];
    for (const check of checks) found.push(await examine(rest, check));
    expect(world.asked).toEqual([
      "GET /cmk/v2/clusters/lkc-1?environment=env-1",
      "GET /srcm/v3/clusters?environment=env-1",
      "GET /subjects?limit=1",
      "GET /v2/metrics/cloud/descriptors/metrics?resource_type=kafka&page_size=1",
      "POST /v2/metrics/cloud/query",
    ]);
    expect(found.map(({ ok }) => ok)).toEqual([true, true, false, true, true]);
    expect(JSON.parse((await world.requests[4]?.text()) ?? "")).toMatchObject({ limit: 1, filter: { value: "lkc-1" } });
  });
});
