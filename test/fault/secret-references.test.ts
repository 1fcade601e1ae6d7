import { afterEach, describe, expect, test } from "vitest";
import type { Platform } from "../../src/config/model.ts";
import { type Actor, createActor } from "../../src/connection/actor.ts";
import type { Answer } from "../../src/connection/api.ts";
import { readDeployment } from "../../src/deployment.ts";
import { type NodeRuntime, openNodeRuntime } from "../../src/runtime/node.ts";
import { createSandbox, type Sandbox } from "../sandbox/sandbox.ts";
import { clientIds } from "../sandbox/world/amplify.ts";
import { amplifyPermissions } from "../sandbox/world/permissions.ts";
import { HOUR_MS, MINUTE_MS, unwrap } from "../support/rig.ts";

const NAME = "meridian-platform";
const SECRET = `/management/v1/environments/${NAME}/secrets/kafka`;
const REFERENCES = {
  KAFKA_CLUSTER_REST_AUTH_PASSWORD: "@Secret.kafka.rest.password",
  KAFKA_SCHEMAREGISTRY_AUTH_SASL_PASSWORD: "@Secret.kafka.registry.password",
};
/** The connection of Platform on its own rows, as both runtimes make it of the same variables. */
class Connected {
  readonly sandbox: Sandbox;
  readonly runtime: NodeRuntime;
  readonly logged: string[] = [];
  readonly platform: Platform;
  #variables: Record<string, string>;
  actor: Actor;

  constructor(options: { platform?: Platform; variables?: Readonly<Record<string, string>> } = {}) {
    this.platform = options.platform ?? "deno";
    this.sandbox = createSandbox({ inProcess: true });
    this.runtime = openNodeRuntime(":memory:", {
      clock: this.sandbox.clock,
      http: (request) => this.sandbox.fetch(request),
      log: { write: (level, message, fields) => this.logged.push(JSON.stringify({ level, message, ...fields })) },
    });
    this.#variables = { ...this.sandbox.environmentVariables("platform"), ...REFERENCES, ...options.variables };
    this.actor = this.#open();
  }

  #open(): Actor {
    const deployed = readDeployment(this.#variables, this.platform).connection(NAME);
    if (!deployed) throw new Error("the connection is not deployed");
    return createActor({ ...deployed, ports: this.runtime.ports });
  }

  evict(variables: Readonly<Record<string, string>> = {}): void {
    this.#variables = { ...this.#variables, ...variables };
    this.actor = this.#open();
  }

  async turn(): Promise<void> {
    unwrap(await this.actor.tick());
    await this.actor.wake();
  }

  /** Goes on from alarm to alarm, a tick a minute, for so long. */
  async pass(ms: number): Promise<void> {
    const until = this.sandbox.clock.now() + ms;
    for (;;) {
      await this.turn();
      const alarm = (await this.runtime.ports.alarm.get()) ?? Number.POSITIVE_INFINITY;
      const next = Math.min(alarm, this.sandbox.clock.now() + MINUTE_MS);
      if (next >= until) break;
      this.sandbox.clock.advance(Math.max(10, next - this.sandbox.clock.now()));
    }
    this.sandbox.clock.advance(Math.max(0, until - this.sandbox.clock.now()));
  }

  asked(): string[] {
    return this.sandbox.log.all().map(({ service, method, path }) => `${service} ${method} ${path.split("?")[0]}`);
  }

  reads(): number {
    return this.asked().filter((line) => line.endsWith("/secrets/kafka")).length;
  }
}

let connected: Connected;
const open = (options: ConstructorParameters<typeof Connected>[0] = {}): Connected => {
  connected = new Connected(options);
  return connected;
};
afterEach(() => connected.runtime.close());

function reasonOf(answer: Answer<unknown>): string {
  if (answer.ok) throw new Error("it should not be available");
  expect(answer.reason).toBe("unavailable");
  return answer.message;
}
const healthProblem = async () => unwrap(await connected.actor.health()).problems[0];

describe.each<Platform>(["deno", "cloudflare"])("a connection with @Secret references on %s", (platform) => {
  test("reads the Secret once, before anything else, and then runs like any other", async () => {
    const { sandbox } = open({ platform });
    await connected.turn();
    const apis = connected.asked().filter((line) => !line.endsWith("/token"));
    expect(apis[0]).toBe(`amplify GET /apis${SECRET}`);
    expect(connected.reads()).toBe(1);
    const overview = unwrap(await connected.actor.overview());
    expect(overview.cluster?.type).toBe("Platform");
    expect(overview.topics.eligible).toBeGreaterThan(30);
    expect(overview.settings).toContainEqual({
      variable: "KAFKA_CLUSTER_REST_AUTH_PASSWORD",
      visibility: "secret",
      value: "from @Secret",
    });
    expect(overview.problems).toEqual([]);
    expect(sandbox.defects).toEqual([]);
  });

  test("installs its webhook and takes hints when the values are there", async () => {
    const webhook = { PUBLIC_URL: "https://worker.example", WEBHOOK_TOKEN: "a-webhook-token-of-the-test" };
    open({ platform, variables: webhook });
    await connected.pass(2 * MINUTE_MS);
    expect(unwrap(await connected.actor.hint(HINT))).toEqual({ outcome: "taken" });
    const { resources, url } = unwrap(await connected.actor.installation());
    expect(url).toBe("https://worker.example/amplify/webhook");
    expect(new Set(resources.map(({ state }) => state))).toEqual(new Set(["right"]));
  });

  test("is listed as one that runs, and shares the budget of its client", () => {
    open({ platform });
    const deployment = readDeployment(
      { ...connected.sandbox.environmentVariables("platform"), ...REFERENCES },
      platform,
    );
    expect(deployment.entries).toEqual([{ name: NAME, problems: [], warnings: expect.any(Array) }]);
    expect(deployment.connection(NAME)).toMatchObject({ name: NAME, region: "US", requestsPerMinute: 25 });
  });
});

const HINT = {
  sequence: undefined,
  type: "created",
  subresource: undefined,
  organization: undefined,
  resource: {
    kind: "AccessRequest",
    name: "a-request",
    id: undefined,
    selfLink: undefined,
    scope: { kind: "Environment", name: NAME },
    resourceVersion: undefined,
    references: [],
  },
} as const;

describe("before the values are there", () => {
  test("everything is unavailable with the reason, and nothing is sent but what reads the Secret", async () => {
    open();
    expect(reasonOf(await connected.actor.overview())).toBe(
      "the Secrets that KAFKA_CLUSTER_REST_AUTH_PASSWORD, KAFKA_SCHEMAREGISTRY_AUTH_SASL_PASSWORD refer to were not read yet",
    );
    for (const answer of [
      await connected.actor.topics({ limit: 1 }),
      await connected.actor.topic("orders"),
      await connected.actor.plan(),
      await connected.actor.work({ limit: 1 }),
      await connected.actor.decide("orders", "publish"),
      await connected.actor.hint(HINT),
      await connected.actor.installation(),
      await connected.actor.install("installed"),
    ])
      reasonOf(answer);
    expect(connected.asked()).toEqual([]);
  });

  test.each([
    [
      "a missing Secret",
      (sandbox: Sandbox) => sandbox.parts.amplify.remove(SECRET),
      "KAFKA_CLUSTER_REST_AUTH_PASSWORD refers to @Secret.kafka.rest.password, but there is no Secret kafka in the environment meridian-platform",
    ],
    [
      "a missing key",
      (sandbox: Sandbox) => sandbox.parts.amplify.edit(SECRET, { spec: { data: { "registry.password": "x" } } }),
      "KAFKA_CLUSTER_REST_AUTH_PASSWORD refers to @Secret.kafka.rest.password, but the Secret kafka has no text under the key rest.password in the environment meridian-platform",
    ],
    [
      "a right that is missing",
      (sandbox: Sandbox) => sandbox.parts.amplify.client(clientIds.platform).rights.delete("secrets:read"),
      "KAFKA_CLUSTER_REST_AUTH_PASSWORD, KAFKA_SCHEMAREGISTRY_AUTH_SASL_PASSWORD: the Secret kafka could not be read. The service account may not read secrets (kafka) in the environment meridian-platform",
    ],
  ])("%s is told by variable, Secret and key, and tried again with growing pauses", async (_case, spoil, message) => {
    const { sandbox } = open();
    spoil(sandbox);
    await connected.turn();
    const told = await healthProblem();
    expect(told?.message).toContain(message);
    expect(reasonOf(await connected.actor.overview())).toContain(message);
    expect(unwrap(await connected.actor.health())).toMatchObject({ healthy: false, connection: NAME });
    const waits: number[] = [];
    for (let count = 0; count < 5; count++) {
      const until = (await healthProblem())?.until ?? 0;
      waits.push(until - sandbox.clock.now());
      expect(await connected.runtime.ports.alarm.get()).toBe(until);
      sandbox.clock.advance(until - sandbox.clock.now());
      await connected.turn();
    }
    expect(connected.reads()).toBe(6);
    expect(waits[4]).toBeGreaterThan((waits[0] ?? 0) * 4);
    expect(connected.asked().every((line) => /token$|secrets\/kafka$/.test(line))).toBe(true);
  });

  test("a value that its variable does not take is named, without the value", async () => {
    const { sandbox } = open({ variables: { KAFKA_CLUSTER_REST_URL: "@Secret.kafka.rest.password" } });
    await connected.turn();
    const message = (await healthProblem())?.message ?? "";
    expect(message).toContain("KAFKA_CLUSTER_REST_URL expected");
    expect(message).not.toContain(sandbox.endpoints().confluentPlatform.kafkaRest.password);
    expect(connected.reads()).toBe(1);
  });

  test("a person's discovery reads the Secret at once", async () => {
    const { sandbox } = open();
    const data = { ...(sandbox.parts.amplify.get(SECRET)?.spec as object) };
    sandbox.parts.amplify.edit(SECRET, { spec: { data: {} } });
    for (let count = 0; count < 8; count++) {
      await connected.turn();
      sandbox.clock.advance(((await healthProblem())?.until ?? 0) - sandbox.clock.now());
    }
    await connected.turn();
    sandbox.parts.amplify.edit(SECRET, { spec: data });
    const until = (await healthProblem())?.until ?? 0;
    expect(until - sandbox.clock.now()).toBeGreaterThan(MINUTE_MS);
    reasonOf(await connected.actor.discover({}));
    expect(await connected.runtime.ports.alarm.get()).toBeLessThanOrEqual(sandbox.clock.now());
    await connected.actor.wake();
    expect(unwrap(await connected.actor.overview()).topics.eligible).toBeGreaterThan(30);
  });

  test("the doctor examines Amplify, and says which values are missing", async () => {
    const { sandbox } = open();
    sandbox.parts.amplify.edit(SECRET, { spec: { data: {} } });
    await connected.turn();
    const report = unwrap(await connected.actor.doctor());
    const reds = report.checks.filter(({ ok }) => ok === false);
    expect(reds.map(({ check }) => check)).toEqual(["secret-values"]);
    expect(reds[0]?.message).toContain("KAFKA_CLUSTER_REST_AUTH_PASSWORD refers to @Secret.kafka.rest.password");
    expect(report.checks.filter(({ check }) => check.startsWith("amplify-")).every(({ ok }) => ok === true)).toBe(true);
  });

  test("the doctor is red for the right to read Secrets alone when that is what is missing", async () => {
    const { sandbox } = open();
    sandbox.parts.amplify.client(clientIds.platform).rights.delete("secrets:read");
    await connected.turn();
    const reds = unwrap(await connected.actor.doctor()).checks.filter(({ ok }) => ok === false);
    expect(reds).toEqual([expect.objectContaining({ check: "amplify-secrets-read", permission: "read Secrets" })]);
  });
});

describe("once the values are there", () => {
  test("an object that was dropped uses what is sealed and makes no request", async () => {
    open();
    await connected.pass(2 * MINUTE_MS);
    const before = connected.asked().length;
    connected.evict();
    expect(unwrap(await connected.actor.overview()).cluster?.type).toBe("Platform");
    unwrap(await connected.actor.tick());
    expect(connected.asked().length).toBe(before);
    await connected.actor.wake();
    expect(connected.reads()).toBe(1);
  });

  test("they are sealed: no row and no log line holds one", async () => {
    const { sandbox } = open();
    await connected.pass(2 * MINUTE_MS);
    const { kafkaRest, schemaRegistry } = sandbox.endpoints().confluentPlatform;
    const { sql } = connected.runtime.ports;
    const tables = sql.exec<{ name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table'");
    const rows = tables.map(({ name }) => sql.exec(`SELECT * FROM "${name}"`));
    const latin = (_: string, value: unknown) =>
      value instanceof Uint8Array ? new TextDecoder("latin1").decode(value) : value;
    const text = JSON.stringify(rows, latin) + connected.logged.join("\n");
    expect(text).toContain("meridian-platform");
    for (const secret of [kafkaRest.password, schemaRegistry.password]) expect(text).not.toContain(secret);
  });

  test("a changed Secret is taken over within the hour", async () => {
    const { sandbox } = open();
    await connected.pass(3 * MINUTE_MS);
    sandbox.parts.amplify.edit(SECRET, { spec: { data: { "rest.password": "another", "registry.password": "one" } } });
    await connected.pass(HOUR_MS);
    expect(connected.reads()).toBe(2);
    const refused = sandbox.log.all().filter(({ service, status }) => service === "platform-kafka" && status === 401);
    expect(refused.length).toBeGreaterThan(0);
    expect(unwrap(await connected.actor.overview()).problems).toContainEqual(
      expect.objectContaining({ what: "discovery" }),
    );
  });

  test("what closed with the old values is open with the new ones", async () => {
    const { sandbox } = open();
    const right = sandbox.parts.amplify.get(SECRET)?.spec as object;
    sandbox.parts.amplify.edit(SECRET, { spec: { data: { "rest.password": "wrong", "registry.password": "wrong" } } });
    await connected.pass(2 * MINUTE_MS);
    expect(unwrap(await connected.actor.overview()).topics.eligible).toBe(0);
    sandbox.parts.amplify.edit(SECRET, { spec: { ...right } });
    unwrap(await connected.actor.discover({}));
    await connected.actor.wake();
    expect(unwrap(await connected.actor.overview()).topics.eligible).toBeGreaterThan(30);
    expect(unwrap(await connected.actor.health()).problems).toEqual([]);
  });

  test("while they cannot be read again they serve until they are an hour old, and no longer", async () => {
    const { sandbox } = open();
    await connected.pass(2 * MINUTE_MS);
    sandbox.parts.amplify.remove(SECRET);
    await connected.pass(48 * MINUTE_MS);
    const overview = unwrap(await connected.actor.overview());
    expect(overview.problems).toContainEqual(expect.objectContaining({ what: "secrets" }));
    await connected.pass(15 * MINUTE_MS);
    expect(reasonOf(await connected.actor.overview())).toContain("there is no Secret kafka");
    const before = connected.asked().filter((line) => line.startsWith("platform-")).length;
    // An alarm of earlier work that rings in vain leaves one for the next attempt.
    await connected.actor.wake();
    expect(await connected.runtime.ports.alarm.get()).toBe((await healthProblem())?.until);
    await connected.pass(10 * MINUTE_MS);
    expect(connected.asked().filter((line) => line.startsWith("platform-")).length).toBe(before);
  });

  test("a reference that a new deployment points elsewhere is read anew", async () => {
    open();
    await connected.pass(MINUTE_MS);
    connected.evict({ KAFKA_CLUSTER_REST_AUTH_PASSWORD: "@Secret.other.password" });
    reasonOf(await connected.actor.overview());
    await connected.turn();
    // The import under way has used the budget.
    expect((await healthProblem())?.message).toContain("waiting for the request budget");
    connected.sandbox.clock.advance(MINUTE_MS);
    await connected.turn();
    expect((await healthProblem())?.message).toContain("@Secret.other.password");
  });

  test("a deployment that no longer refers to Secrets leaves their work undone", async () => {
    const { sandbox } = open();
    await connected.pass(MINUTE_MS);
    const { KAFKA_CLUSTER_REST_AUTH_PASSWORD = "", KAFKA_SCHEMAREGISTRY_AUTH_SASL_PASSWORD = "" } =
      sandbox.environmentVariables("platform");
    connected.evict({ KAFKA_CLUSTER_REST_AUTH_PASSWORD, KAFKA_SCHEMAREGISTRY_AUTH_SASL_PASSWORD });
    await connected.pass(HOUR_MS);
    expect(connected.reads()).toBe(1);
    expect(unwrap(await connected.actor.overview()).problems).toEqual([]);
  });

  test("the doctor tests the right to read them", async () => {
    const { sandbox } = open();
    await connected.pass(2 * MINUTE_MS);
    sandbox.clock.advance(MINUTE_MS);
    const [permission] = amplifyPermissions.filter(({ name }) => name === "amplify-secrets-read");
    for (const right of permission?.lacks ?? []) sandbox.parts.amplify.client(clientIds.platform).rights.delete(right);
    const report = unwrap(await connected.actor.doctor());
    expect(report.checks.filter(({ ok }) => ok === false)).toEqual([
      expect.objectContaining({
        check: "amplify-secrets-read",
        permission: "read Secrets",
        variable: "CENTRAL_AUTH_CLIENTID",
      }),
    ]);
  });
});
