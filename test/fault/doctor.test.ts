import { afterEach, describe, expect, test } from "vitest";
import type { DoctorCheck, DoctorReport } from "../../src/connection/api.ts";
import type { Ports } from "../../src/runtime/ports.ts";
import { permissionsOf, provisioningPermissionsOf, reportingPermissionsOf } from "../sandbox/lacking.ts";
import { createSandbox, type Sandbox, type SandboxOptions } from "../sandbox/sandbox.ts";
import type { Side } from "../sandbox/world/demo.ts";
import type { Permission, WrongCredential } from "../sandbox/world/permissions.ts";
import { Rig, type RigOptions, unwrap } from "../support/rig.ts";

let rig: Rig;
afterEach(() => rig.close());

const sandboxOf = (options: SandboxOptions = {}): Sandbox => createSandbox({ ...options, inProcess: true });
const open = (side: Side, options: Partial<RigOptions> = {}): Rig => {
  rig = new Rig({ sandbox: sandboxOf(), ...options, side });
  return rig;
};
const ask = async (): Promise<DoctorReport> => unwrap(await rig.actor.doctor());
const named = (checks: readonly DoctorCheck[], ok: boolean | undefined) =>
  checks.filter((check) => check.ok === ok).map(({ check }) => check);
const reds = (report: DoctorReport) => report.checks.filter(({ ok }) => ok === false);
const asked = () => rig.sandbox.log.all().map(({ service, method, path }) => `${service} ${method} ${path}`);

/** Check and permission by the name of the sandbox's permission; Amplify's bear the same names and words. */
const CHECKS: Readonly<Record<string, readonly [check: string, permission: string]>> = {
  "topic-describe": ["kafka-topics", "DESCRIBE on TOPIC *"],
  "topic-describe-configs": ["kafka-configs", "DESCRIBE_CONFIGS on TOPIC *"],
  "cluster-describe": ["kafka-cluster", "DESCRIBE on CLUSTER kafka-cluster"],
  "group-describe": ["kafka-groups", "DESCRIBE on GROUP *"],
  "subject-read": ["registry-subjects", "the role DeveloperRead on Subject *, or the like, in Schema Registry"],
  "environment-read": [
    "cloud-cluster",
    "a role that may read the environment, such as EnvironmentAdmin, or MetricsViewer and DataDiscovery",
  ],
  "service-account-read": ["cloud-service-accounts", "the role OrganizationAdmin or AccountAdmin"],
  "api-key-read": ["cloud-api-keys", "the role OrganizationAdmin, or CloudClusterAdmin on the cluster"],
  "quota-read": ["cloud-quotas", "the role OrganizationAdmin"],
  "metrics-viewer": ["metrics-cluster", "the role MetricsViewer on lkc-7mr1dn"],
};
const VARIABLES: Readonly<Record<Side, Readonly<Record<Permission["plane"], string>>>> = {
  cloud: {
    kafka: "KAFKA_CLUSTER_AUTH_APIKEY_ID",
    registry: "KAFKA_SCHEMAREGISTRY_AUTH_APIKEY_ID",
    cloud: "KAFKA_CLOUD_AUTH_APIKEY_ID",
    metrics: "KAFKA_CLOUD_AUTH_APIKEY_ID",
    amplify: "CENTRAL_AUTH_CLIENTID",
  },
  platform: {
    kafka: "KAFKA_CLUSTER_REST_AUTH_USERNAME",
    registry: "KAFKA_SCHEMAREGISTRY_AUTH_SASL_USERNAME",
    cloud: "",
    metrics: "",
    amplify: "CENTRAL_AUTH_CLIENTID",
  },
};
const UNTOLD = ["question-query-agent-details", "question-query-status-level"];
/** A server without the call to delete ACLs answers 405, which tells nothing. */
const untoldApartFromAlter = (report: DoctorReport) =>
  named(report.checks, undefined).filter((check) => check !== "kafka-alter");
/** Shown by a test of its own, and by the tests of `@Secret` values: it is asked about only where there are some. */
const ELSEWHERE = ["cluster-alter", "amplify-secrets-read"];

/** What the webhook is made of. */
const WEBHOOK = /^amplify-(?:integrations|secrets|webhooks|resource-hooks)-write$/;

describe.each(["cloud", "platform"] as const)("the doctor of %s", (side) => {
  test("is green with full rights, within 40 calls, before anything else was done", async () => {
    open(side);
    const report = await ask();
    expect(reds(report)).toEqual([]);
    expect([report.ok, report.complete]).toEqual([true, true]);
    expect(untoldApartFromAlter(report)).toEqual(UNTOLD);
    expect(asked().length).toBeLessThanOrEqual(40);
    expect(rig.sandbox.defects).toEqual([]);
  });

  test("changes nothing: what does not read is refused, or asks", async () => {
    open(side);
    const resources = () => JSON.stringify((rig.sandbox.snapshot().amplify as { resources: unknown[] }).resources);
    const before = resources();
    expect(before.length).toBeGreaterThan(500);
    await ask();
    const writes = rig.sandbox.log.all().filter(({ method }) => method !== "GET");
    const kinds = new Set(
      writes.map(
        ({ service, method, status, path }) =>
          `${service} ${method} ${method === "DELETE" ? "" : status} ${path.split("?")[0]?.split("/").at(-1)}`,
      ),
    );
    expect([...kinds].sort()).toEqual(
      [
        "amplify POST 200 token",
        "amplify PUT 404 amplify-doctor-no-such-resource",
        // Of a full description that fits no entry: nothing is deleted.
        `${side}-kafka DELETE  acls`,
        // Of no event.
        "ingestion POST 200 ",
        ...(side === "cloud" ? ["metrics POST 200 query"] : []),
      ].sort(),
    );
    expect(resources()).toBe(before);
    expect(rig.sandbox.log.all().filter(({ service }) => service === "ingestion")).toHaveLength(1);
  });

  test("asks nothing of an ingestion service that nothing is to be sent to", async () => {
    open(side, { variables: { CENTRAL_METRICREPORTING_PUBLISH: "false" } });
    const { checks, ok } = await ask();
    expect(ok).toBe(true);
    expect(checks.map(({ check }) => check)).not.toContain("amplify-ingestion-write");
    expect(rig.sandbox.log.all().filter(({ service }) => service === "ingestion")).toEqual([]);
  });

  test("is red for an ingestion service that cannot be reached", async () => {
    open(side);
    rig.sandbox.faults.add({ name: "away", when: { service: "ingestion" }, fault: { do: "reset" } });
    expect(reds(await ask())).toEqual([
      expect.objectContaining({ check: "amplify-ingestion-write", certain: true, variable: "CENTRAL_AUTH_CLIENTID" }),
    ]);
  });

  const shared = sandboxOf();
  const permissions = [...permissionsOf(side), ...reportingPermissionsOf(side)].filter(
    ({ name }) => !ELSEWHERE.includes(name),
  );
  test.each(permissions.map((permission): [string, Permission] => [permission.name, permission]))(
    "is red for exactly the permission that is missing: %s",
    async (name, permission) => {
      // The doctor changes nothing, so that all may ask the same systems; only the budget has to be free again.
      shared.clock.advance(61_000);
      const variables = shared.environmentVariables(side, { lacking: permission });
      open(side, { sandbox: shared, variables, randomSeed: permissions.indexOf(permission) + 1 });
      const report = await ask();
      const [check, words] = CHECKS[name] ?? [name, permission.grant];
      expect(reds(report)).toEqual([
        expect.objectContaining({ check, permission: words, variable: VARIABLES[side][permission.plane] }),
      ]);
      expect(reds(report)[0]?.message).toContain(words);
    },
  );

  const installing = provisioningPermissionsOf(side).filter(({ name }) => WEBHOOK.test(name));
  test.each(installing.map((permission): [string, Permission] => [permission.name, permission]))(
    "is red for what the webhook lacks where one is to be installed, in plan mode already: %s",
    async (name, permission) => {
      shared.clock.advance(61_000);
      const lacking = shared.environmentVariables(side, { lacking: permission });
      const webhook = { PUBLIC_URL: "https://worker.example", WEBHOOK_TOKEN: "a-webhook-token-of-the-test" };
      const randomSeed = 100 + 2 * installing.indexOf(permission);
      const planning = { ...lacking, ...webhook, KAFKA_DISCOVERY_MODE: "plan" };
      open(side, { sandbox: shared, variables: planning, randomSeed });
      const report = await ask();
      expect(reds(report)).toMatchObject([{ check: name, permission: permission.grant, certain: true }]);
      rig.close();
      shared.clock.advance(61_000);
      open(side, { sandbox: shared, variables: lacking, randomSeed: randomSeed + 1 });
      expect(reds(await ask())).toEqual([]);
    },
  );

  test("answers open questions once topics are published", async () => {
    open(side);
    await rig.settle();
    rig.sandbox.clock.advance(61_000);
    const report = await ask();
    const answers = Object.fromEntries(report.checks.map(({ check, answer }) => [check, answer]));
    expect(answers).toMatchObject({
      "question-query-agent-details": "yes",
      "question-query-status-level": undefined,
      "question-lags": side === "platform" ? "yes" : "no",
      "question-partition-offsets": side === "cloud" ? "no" : "yes",
    });
    if (side === "cloud") expect(answers["cloud-quotas"]).toBe("kafka.max_acls.per_cluster: limit 4000");
  });

  test.each([
    ["green when the broker lets it look for an ACL to delete", 200, true],
    ["red when it may not change ACLs", 403, false],
  ])("is %s", async (_case, status, ok) => {
    const sandbox = sandboxOf();
    const body = status === 200 ? { data: [] } : { error_code: 40301, message: "Request is not authorized" };
    const adapt = (ports: Ports): Ports => ({
      ...ports,
      http: (request) =>
        request.method === "DELETE" ? Promise.resolve(Response.json(body, { status })) : ports.http(request),
    });
    open(side, { sandbox, adapt });
    const alter = (await ask()).checks.find(({ check }) => check === "kafka-alter");
    expect(alter).toMatchObject({ ok, permission: "ALTER on CLUSTER kafka-cluster" });
  });
});

describe("a credential that is wrong as a whole", () => {
  test.each<[WrongCredential, string, string, string[]]>([
    [
      "kafka-key-of-another-cluster",
      "kafka-login",
      "KAFKA_CLUSTER_AUTH_APIKEY_ID",
      ["kafka-", "question-l", "question-p"],
    ],
    ["registry-key-of-another-registry", "registry-login", "KAFKA_SCHEMAREGISTRY_AUTH_APIKEY_ID", ["registry-"]],
    [
      "cloud-key-revoked",
      "cloud-login",
      "KAFKA_CLOUD_AUTH_APIKEY_ID",
      // Without it the addresses of cluster and registry are not known either.
      ["cloud-", "metrics-", "kafka-", "registry-", "question-l", "question-p"],
    ],
  ])("%s: one red that names it, and what depends on it could not be told", async (wrong, login, variable, depend) => {
    const sandbox = sandboxOf();
    open("cloud", { sandbox, variables: sandbox.environmentVariables("cloud", { wrong }) });
    const report = await ask();
    expect(reds(report)).toEqual([expect.objectContaining({ check: login, variable })]);
    expect(reds(report)[0]?.message).toContain(variable);
    const others = report.checks.filter(({ check }) => check !== login);
    const untold = untoldApartFromAlter({ ...report, checks: others }).filter((check) => !UNTOLD.includes(check));
    const dependent = others
      .map(({ check }) => check)
      .filter((check) => check !== "kafka-alter" && depend.some((each) => check.startsWith(each)));
    expect(untold.sort()).toEqual(dependent.sort());
    expect(rig.sandbox.log.all().filter(({ status }) => status === 401)).toHaveLength(1);
  });

  test("the Amplify client's: the login is red, and nothing is sent to the API server", async () => {
    const sandbox = sandboxOf();
    const other = sandbox.environmentVariables("platform").CENTRAL_AUTH_PRIVATEKEY_DATA ?? "";
    const key = sandbox.environmentVariables("platform").CENTRAL_AUTH_PUBLICKEY_DATA ?? "";
    const variables = { CENTRAL_AUTH_PRIVATEKEY_DATA: other, CENTRAL_AUTH_PUBLICKEY_DATA: key };
    open("cloud", { sandbox, variables });
    const report = await ask();
    expect(reds(report)).toEqual([
      expect.objectContaining({ check: "amplify-login", variable: "CENTRAL_AUTH_CLIENTID" }),
    ]);
    expect(named(report.checks, true).filter((check) => check.startsWith("amplify-"))).toEqual([]);
    expect(asked().filter((line) => line.includes("/apis/"))).toEqual([]);
  });

  test("is tested although nothing else is sent with it, and a good answer ends that", async () => {
    const sandbox = sandboxOf();
    open("cloud", { sandbox });
    unwrap(await rig.actor.overview());
    const gate = JSON.stringify({ refusals: 1, until: rig.now + 600_000, since: rig.now });
    rig.runtime.ports.sql.exec("INSERT INTO known VALUES ('gate:kafka', ?, ?)", gate, rig.now);
    expect(unwrap(await rig.actor.health()).problems).toHaveLength(1);
    expect(reds(await ask())).toEqual([]);
    expect(unwrap(await rig.actor.health()).problems).toEqual([]);
  });

  test("lengthens no pause when it is tested again and again", async () => {
    const sandbox = sandboxOf();
    open("cloud", {
      sandbox,
      variables: sandbox.environmentVariables("cloud", { wrong: "kafka-key-of-another-cluster" }),
    });
    for (let count = 0; count < 3; count++) await ask();
    expect(unwrap(await rig.actor.health()).problems).toEqual([]);
  });
});

describe("the doctor's requests to Amplify", () => {
  test("stay within the budget: it says how long the rest has to wait, and goes on there when asked again", async () => {
    const sandbox = sandboxOf({ amplifyRequestsPerMinute: 12 });
    open("cloud", { sandbox, variables: { CENTRAL_REQUESTSPERMINUTE: "12" } });
    const first = await ask();
    expect(first.complete).toBe(false);
    expect(reds(first)).toEqual([]);
    const waiting = first.checks.filter(({ message }) => message.includes("waiting for the request budget"));
    expect(waiting.length).toBeGreaterThan(5);
    expect(first.again).toBeGreaterThan(rig.now);
    sandbox.clock.advance((first.again ?? 0) - rig.now);
    const second = await ask();
    expect(second.complete).toBe(true);
    expect(untoldApartFromAlter(second)).toEqual(UNTOLD);
    const amplify = rig.sandbox.log.all().filter(({ path }) => /apis|platformTeams/.test(path));
    expect(amplify).toHaveLength(20);
    expect(amplify.filter(({ status }) => status === 429)).toEqual([]);
  });

  test("go before those of a discovery that has used its share", async () => {
    open("cloud");
    for (let count = 0; count < 3; count++) {
      await rig.turn();
      await rig.jump();
    }
    expect(reds(await ask())).toEqual([]);
    expect(rig.sandbox.log.all().filter(({ status }) => status === 429)).toEqual([]);
  });
});

test.each([
  ["cloud-kafka", "kafka-login", "kafka-"],
  ["cloud-registry", "registry-login", "registry-"],
  ["cloud", "cloud-login", "cloud-"],
])("a server that cannot be reached (%s) is one red of its login", async (service, login, prefix) => {
  open("cloud");
  rig.sandbox.faults.add({ name: "away", when: { service }, fault: { do: "reset" } });
  const report = await ask();
  expect(reds(report)).toEqual([expect.objectContaining({ check: login, certain: true })]);
  expect(reds(report)[0]?.message).toContain("could not be reached");
  const others = report.checks.filter(({ check }) => check.startsWith(prefix) && check !== login);
  expect(others.every(({ ok }) => ok === undefined)).toBe(true);
});

test("an environment that does not exist is one red with what to do", async () => {
  open("platform", { variables: { CENTRAL_ENVIRONMENT: "elsewhere" } });
  const report = await ask();
  const environment = reds(report).find(({ check }) => check === "amplify-environment-read");
  expect(environment?.message).toContain("Create it in Amplify, or correct CENTRAL_ENVIRONMENT");
});

test("no secret is in a report, however wrong everything is", async () => {
  const sandbox = sandboxOf();
  const good = sandbox.environmentVariables("cloud");
  open("cloud", { sandbox, variables: sandbox.environmentVariables("cloud", { wrong: "cloud-key-revoked" }) });
  const text = JSON.stringify(await ask()) + rig.logged.join("\n");
  for (const name of ["KAFKA_CLOUD_AUTH_APIKEY_SECRET", "KAFKA_CLUSTER_AUTH_APIKEY_SECRET"])
    expect(text).not.toContain(good[name]);
  expect(text).not.toContain("Bearer ");
});
