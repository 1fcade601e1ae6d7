import { afterEach, describe, expect, test } from "vitest";
import type { DoctorCheck, DoctorReport } from "../../src/connection/api.ts";
import type { Ports } from "../../src/runtime/ports.ts";
import type { Fault } from "../sandbox/core/faults.ts";
import { permissionsOf, provisioningPermissionsOf, reportingPermissionsOf } from "../sandbox/lacking.ts";
import { createSandbox, type Sandbox, type SandboxOptions } from "../sandbox/sandbox.ts";
import type { Side } from "../sandbox/world/demo.ts";
import type { Permission, WrongCredential } from "../sandbox/world/permissions.ts";
import { Rig, type RigOptions, unwrap } from "../support/rig.ts";

const broken = (reason: string) => JSON.stringify({ error: { reason, message: "it says why" } });

let rig: Rig;
afterEach(() => rig.close());

const sandboxOf = (options: SandboxOptions = {}): Sandbox => createSandbox({ ...options, inProcess: true });
const open = (side: Side, options: Partial<RigOptions> = {}): Rig => {
  rig = new Rig({ sandbox: sandboxOf(), ...options, side });
  return rig;
};
const ask = async (): Promise<DoctorReport> => unwrap(await rig.actor.doctor());
/** Every report until one is complete, each as soon as the one before allows. */
const askAll = async (): Promise<DoctorReport[]> => {
  const reports = [await ask()];
  for (let last = reports[0]; last && !last.complete && reports.length < 10; last = reports.at(-1)) {
    rig.sandbox.clock.advance(Math.max(0, (last.again ?? rig.now) - rig.now));
    reports.push(await ask());
  }
  return reports;
};
const askWhole = async (): Promise<DoctorReport | undefined> => (await askAll()).at(-1);
const named = (checks: readonly DoctorCheck[], ok: boolean | undefined) =>
  checks.filter((check) => check.ok === ok).map(({ check }) => check);
const reds = (report: DoctorReport | undefined) => (report?.checks ?? []).filter(({ ok }) => ok === false);
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
  "cluster-alter": ["kafka-alter", "ALTER on CLUSTER kafka-cluster"],
  "service-account-write": ["cloud-service-accounts-write", "the role OrganizationAdmin or AccountAdmin"],
  "role-binding-read": [
    "cloud-role-bindings",
    "the role OrganizationAdmin, EnvironmentAdmin, or ResourceOwner of what the role is for",
  ],
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
/** Shown by the tests of `@Secret` values: it is asked about only where there are some. */
const ELSEWHERE = ["amplify-secrets-read"];
/** Confluent answers 403 alike to who may not and about what is not there: only making one would tell. */
const SHOWN_BY_NOTHING = ["api-key-write", "role-binding-write"];

/** What giving access needs. */
const PROVISIONING =
  /^(?:amplify-(?:managed-applications|access-requests|credentials)-|kafka-alter|users-|cloud-(?:service|api|role|quotas))/;
/** What the webhook is made of. */
const WEBHOOK = /^amplify-(?:integrations|secrets|webhooks|resource-hooks)-write$/;

describe.each(["cloud", "platform"] as const)("the doctor of %s", (side) => {
  test("is green with full rights, within 50 calls, before anything else was done", async () => {
    open(side);
    const report = await ask();
    expect(reds(report)).toEqual([]);
    expect([report.ok, report.complete]).toEqual([true, true]);
    expect(named(report.checks, undefined)).toEqual(UNTOLD);
    expect(asked().length).toBeLessThanOrEqual(50);
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
        // Of nothing of a service account that does not exist.
        ...(side === "cloud" ? ["cloud PATCH 404 sa-000000", "metrics POST 200 query"] : []),
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
  const permissions = [
    ...permissionsOf(side),
    ...provisioningPermissionsOf(side).filter(({ name }) => !WEBHOOK.test(name)),
    ...reportingPermissionsOf(side),
  ].filter(({ name }) => ![...ELSEWHERE, ...SHOWN_BY_NOTHING].includes(name));
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

  test("asks nothing of what giving access needs where it is not given", async () => {
    const sandbox = sandboxOf();
    const { cloudKafka, cloudRegistry } = sandbox.addresses;
    const off =
      side === "platform"
        ? { KAFKA_USERS_URL: "", KAFKA_USERS_TOKEN: "" }
        : {
            ...{ KAFKA_CLOUD_AUTH_APIKEY_ID: "", KAFKA_CLOUD_AUTH_APIKEY_SECRET: "" },
            ...{ KAFKA_CLUSTER_REST_URL: cloudKafka, KAFKA_CLUSTER_SERVERS: "pkc.example:9092" },
            KAFKA_SCHEMAREGISTRY_URL: cloudRegistry,
          };
    open(side, { sandbox, variables: off });
    const names = (await ask()).checks.map(({ check }) => check);
    expect(names).toContain("amplify-services-write");
    expect(names.filter((check) => PROVISIONING.test(check))).toEqual([]);
    expect(
      asked().filter((line) => /PUT .*(managedapplications|accessrequests|credentials)\/|DELETE|users|iam/.test(line)),
    ).toEqual([]);
  });

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
      const report = await askWhole();
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

  const demanding = provisioningPermissionsOf(side).filter(({ name }) => name.startsWith("amplify-credentials"));
  test.each(demanding.map((permission): [string, Permission] => [permission.name, permission]))(
    "is red in plan mode already for what giving access lacks: %s",
    async (name, lacking) => {
      const sandbox = sandboxOf();
      const variables = sandbox.environmentVariables(side, { lacking });
      open(side, { sandbox, variables: { ...variables, KAFKA_DISCOVERY_MODE: "plan" } });
      expect(reds(await ask())).toMatchObject([{ check: name, permission: lacking.grant, certain: true }]);
    },
  );

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

describe("the user-admin endpoint of Platform", () => {
  const examined = async () => (await ask()).checks.find(({ check }) => check === "users-login");
  const permission = "the token of the user-admin endpoint";
  const variable = "KAFKA_USERS_TOKEN";

  test("is asked once, for users that cannot be, and is green", async () => {
    open("platform");
    expect(await examined()).toMatchObject({ ok: true, permission, variable });
    expect(asked().filter((line) => line.startsWith("users"))).toEqual(["users GET /users?prefix=amp-doctor-none"]);
  });

  test("is one red where the token is not its own", async () => {
    open("platform", { variables: { KAFKA_USERS_TOKEN: "another-token-of-thirty-two-characters" } });
    const report = await ask();
    expect(reds(report)).toEqual([
      expect.objectContaining({ check: "users-login", permission, variable, certain: true }),
    ]);
  });

  test.each<[string, Fault, boolean | undefined]>([
    ["red when it cannot be reached", { do: "reset" }, false],
    ["red when Kafka refuses its own login", { do: "answer", status: 502, body: broken("kafka-denied") }, false],
    ["red where there is no such path", { do: "answer", status: 404, body: broken("not-found") }, false],
    ["no word while it is busy", { do: "answer", status: 503, body: broken("busy") }, undefined],
    ["no word when Kafka's tool is slow", { do: "answer", status: 504, body: broken("kafka-timeout") }, undefined],
  ])("is %s", async (_case, fault, ok) => {
    open("platform");
    rig.sandbox.faults.add({ name: "users", when: { service: "users" }, fault });
    const report = await ask();
    expect(report.checks.find(({ check }) => check === "users-login")).toMatchObject({ ok, variable });
    expect(reds(report)).toHaveLength(ok === false ? 1 : 0);
  });
});

describe("the Cloud key's rights to give access", () => {
  test.each([
    ["no word where the control plane looks at the change first", 400, undefined],
    ["no word while the control plane is down", 503, undefined],
    ["red where it may not", 403, false],
  ])("%s", async (_case, status, ok) => {
    open("cloud");
    const when = { method: "PATCH", path: "/iam/v2/service-accounts/*" };
    rig.sandbox.faults.add({ name: "accounts", when, fault: { do: "answer", status, body: "{}" } });
    const { checks } = await ask();
    expect(checks.find(({ check }) => check === "cloud-service-accounts-write")).toMatchObject({ ok });
  });

  test.each(SHOWN_BY_NOTHING)("are silent about what only making it would show: %s", async (name) => {
    const sandbox = sandboxOf();
    const lacking = provisioningPermissionsOf("cloud").find((permission) => permission.name === name);
    expect(lacking).toBeDefined();
    open("cloud", { sandbox, variables: sandbox.environmentVariables("cloud", lacking ? { lacking } : {}) });
    expect(reds(await ask())).toEqual([]);
  });

  test("to role bindings are no matter where no registry is wanted", async () => {
    open("cloud", { variables: { KAFKA_SCHEMAREGISTRY_ENABLED: "false" } });
    expect((await ask()).checks.map(({ check }) => check)).not.toContain("cloud-role-bindings");
    expect(asked().filter((line) => line.includes("role-bindings"))).toEqual([]);
  });

  test("to role bindings cannot be told where the registry is not shown", async () => {
    open("cloud");
    const body = JSON.stringify({ data: [], metadata: {} });
    rig.sandbox.faults.add({ name: "none", when: { path: "/srcm/**" }, fault: { do: "answer", status: 200, body } });
    const { checks } = await ask();
    expect(checks.find(({ check }) => check === "cloud-role-bindings")).toMatchObject({ ok: undefined });
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
    const untold = named(others, undefined).filter((check) => !UNTOLD.includes(check));
    const dependent = others.map(({ check }) => check).filter((check) => depend.some((each) => check.startsWith(each)));
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
    const reports = await askAll();
    expect(reports.map(({ complete }) => complete)).toEqual([false, false, true]);
    const [first, last] = [reports[0], reports.at(-1)];
    expect(reports.flatMap(reds)).toEqual([]);
    const waiting = first?.checks.filter(({ message }) => message.includes("waiting for the request budget"));
    expect(waiting?.length).toBeGreaterThan(5);
    expect(named(last?.checks ?? [], undefined)).toEqual(UNTOLD);
    const amplify = rig.sandbox.log.all().filter(({ path }) => /apis|platformTeams/.test(path));
    // Nothing twice, but for the environment, which tells each report that the login is good.
    const lines = amplify.map(({ method, path }) => `${method} ${path}`);
    expect([new Set(lines).size, lines.length]).toEqual([24, 26]);
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
