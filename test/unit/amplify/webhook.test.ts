import { parse } from "valibot";
import { describe, expect, it } from "vitest";
import { Resource } from "../../../src/amplify/resource.ts";
import { carryOut, observeSetup, setupActionInWords } from "../../../src/amplify/webhook-installer.ts";
import { installPlan, type ObservedSetup } from "../../../src/amplify/webhook-plan.ts";
import { secretSpec, setupDraft, setupLink, setupSpec, WEBHOOK_HEADER } from "../../../src/amplify/webhook-setup.ts";
import { World } from "../../sandbox/amplify/fixture.ts";
import { apiOver, CENTRAL, clientOf } from "./api-over.ts";
import { reply, StubOutlet } from "./support.ts";

const NAME = "kafka-env-kafka-worker";
const IN = `/management/v1/integrations/${NAME}`;
const target = { environment: "kafka-env", url: "https://worker.example.com/amplify/webhook" };
const TOKEN = "tok3n-of-the-webhook";
const scope = { kind: "Environment", name: "kafka-env" };
const all = ["created", "updated", "deleted"];
const triggers = ["ManagedApplication", "AccessRequest", "Credential"].map((kind) => ({
  group: "management",
  kind,
  name: "*",
  type: all,
  scope,
}));
const webhookSpec = {
  enabled: true,
  url: "https://worker.example.com/amplify/webhook",
  headers: { "Content-Type": "application/json" },
  auth: { secret: { name: NAME, key: "token" }, location: { in: "header", name: "X-Kafka-Worker-Token" } },
};

function stored(kind: string, spec: unknown, name = NAME): Resource {
  return parse(Resource, { kind, name, title: name, metadata: { selfLink: `${IN}/x`, resourceVersion: "3" }, spec });
}

const right: ObservedSetup = {
  Integration: stored("Integration", { description: "mine" }),
  Secret: { resource: stored("Secret", {}), right: true },
  Webhook: stored("Webhook", webhookSpec),
  ResourceHook: stored("ResourceHook", { triggers, webhooks: [NAME] }),
  others: [],
};
const none: ObservedSetup = {
  Integration: undefined,
  Secret: undefined,
  Webhook: undefined,
  ResourceHook: undefined,
  others: [],
};

describe("the bodies of the setup", () => {
  it("are those of the documentation, each under the one name", () => {
    const rest = {
      group: "management",
      apiVersion: "v1",
      name: NAME,
      title: NAME,
      attributes: {},
      finalizers: [],
      tags: [],
    };
    expect(setupDraft("kafka-env", "Webhook", setupSpec(target, "Webhook"))).toEqual({
      ...rest,
      kind: "Webhook",
      spec: webhookSpec,
    });
    expect(setupSpec(target, "ResourceHook")).toEqual({ triggers, webhooks: [NAME] });
    expect(setupSpec(target, "Integration")).toEqual({
      description: "Tells the Kafka worker what consumers ask for in the environment kafka-env.",
    });
    expect(secretSpec(TOKEN)).toEqual({ data: { token: TOKEN } });
    expect(WEBHOOK_HEADER).toBe("X-Kafka-Worker-Token");
    expect(setupLink("kafka-env", "Integration")).toBe(IN);
    expect(setupLink("kafka-env", "ResourceHook")).toBe(`${IN}/resourcehooks/${NAME}`);
  });
});

describe("the plan", () => {
  const kinds = (desired: typeof target | undefined, observed: ObservedSetup) =>
    installPlan(desired, observed).map(({ kind, what }) => `${kind} ${what}`);

  const create = ["create Integration", "create Secret", "create Webhook", "create ResourceHook"];
  it.each([
    ["nothing is there", none, create],
    ["all is as it should be", right, []],
    ["the secret is missing", { ...right, Secret: undefined }, ["create Secret"]],
    ["the hook is missing", { ...right, ResourceHook: undefined }, ["create ResourceHook"]],
    ["an install stopped half-way", { ...right, Webhook: undefined, ResourceHook: undefined }, create.slice(2)],
    ["the token is another", { ...right, Secret: { resource: stored("Secret", {}), right: false } }, ["repair Secret"]],
    ["somebody else's webhook is there", { ...right, others: ["theirs"] }, []],
  ] as const)("does what is due when %s", (_what, observed, expected) => {
    expect(kinds(target, observed)).toEqual(expected);
  });

  it.each([
    ["is switched off", { ...webhookSpec, enabled: false }],
    ["calls another address", { ...webhookSpec, url: "https://other.example.com/" }],
    ["lost its secret", { ...webhookSpec, auth: { ...webhookSpec.auth, secret: { name: null, key: "token" } } }],
    [
      "sends the token elsewhere",
      { ...webhookSpec, auth: { ...webhookSpec.auth, location: { in: "query", name: "t" } } },
    ],
    ["has no spec", null],
  ])("puts a webhook right that %s", (_what, spec) => {
    const webhook = stored("Webhook", spec);
    const plan = installPlan(target, { ...right, Webhook: webhook });
    expect(plan).toEqual([{ kind: "repair", what: "Webhook", resource: { ...webhook, spec: webhookSpec } }]);
  });

  it("leaves alone what others added, and keeps it in a repair", () => {
    const theirs = { ...webhookSpec, retries: 3, headers: { ...webhookSpec.headers, "X-Team": "a" } };
    expect(installPlan(target, { ...right, Webhook: stored("Webhook", theirs) })).toEqual([]);
    const off = installPlan(target, { ...right, Webhook: stored("Webhook", { ...theirs, enabled: false }) });
    expect(off).toMatchObject([{ resource: { title: NAME, spec: theirs } }]);

    const hook = { triggers: triggers.toReversed().map((t) => ({ ...t, added: null })), webhooks: ["theirs", NAME] };
    expect(installPlan(target, { ...right, ResourceHook: stored("ResourceHook", hook) })).toEqual([]);
  });

  it.each([
    ["lacks a kind", { triggers: triggers.slice(1), webhooks: [NAME] }, [NAME]],
    [
      "watches another environment",
      { triggers: triggers.map((t) => ({ ...t, scope: { ...scope, name: "x" } })), webhooks: [NAME] },
      [NAME],
    ],
    ["calls another webhook alone", { triggers, webhooks: ["theirs"] }, ["theirs", NAME]],
    ["is empty", {}, [NAME]],
  ])("puts a hook right that %s", (_what, spec, webhooks) => {
    const plan = installPlan(target, { ...right, ResourceHook: stored("ResourceHook", spec) });
    expect(plan).toMatchObject([{ kind: "repair", what: "ResourceHook", resource: { spec: { triggers, webhooks } } }]);
  });

  const remove = ["remove ResourceHook", "remove Webhook", "remove Secret", "remove Integration"];
  it.each([
    ["all is there", right, remove],
    ["nothing is there", none, []],
    ["a removal stopped half-way", { ...right, ResourceHook: undefined, Webhook: undefined }, remove.slice(2)],
    ["somebody else put something into the integration", { ...right, others: ["theirs"] }, remove.slice(0, 3)],
  ])("removes what is due, when we are to be called no more and %s", (_what, observed, expected) => {
    expect(kinds(undefined, observed)).toEqual(expected);
  });
});

describe("the installer", () => {
  it("creates with a body of its own, and tells what it does", async () => {
    const outlet = new StubOutlet(reply(201, stored("Secret", {})));
    await carryOut(apiOver(outlet), target, { kind: "create", what: "Secret" }, TOKEN);
    expect(outlet.lines).toEqual([`POST ${CENTRAL}/apis${IN}/secrets`]);
    expect(outlet.bodyOf(0)).toEqual({
      group: "management",
      apiVersion: "v1",
      kind: "Secret",
      name: NAME,
      title: NAME,
      attributes: {},
      finalizers: [],
      tags: [],
      spec: { data: { token: TOKEN } },
    });
    expect(setupActionInWords({ kind: "create", what: "Secret" }, "kafka-env")).toBe(`create the Secret ${NAME}`);
  });

  it("removes what is there and what is already gone alike", async () => {
    const outlet = new StubOutlet(reply(204), reply(404));
    for (const what of ["Webhook", "Integration"] as const) {
      await carryOut(apiOver(outlet), target, { kind: "remove", what }, TOKEN);
    }
    expect(outlet.lines).toEqual([`DELETE ${CENTRAL}/apis${IN}/webhooks/${NAME}`, `DELETE ${CENTRAL}/apis${IN}`]);
  });

  it.each([
    ["made by somebody else meanwhile", 409, { kind: "create", what: "Webhook" }],
    ["changed meanwhile", 428, { kind: "repair", what: "Webhook", resource: stored("Webhook", {}) }],
    ["removed meanwhile", 404, { kind: "repair", what: "Secret", resource: stored("Secret", {}) }],
  ] as const)("has to look again at what was %s", async (_what, status, action) => {
    const failed = carryOut(apiOver(new StubOutlet(reply(status))), target, action, TOKEN);
    await expect(failed).rejects.toMatchObject({ failure: { kind: "stale" } });
    await expect(failed).rejects.not.toThrow(new RegExp(TOKEN));
  });

  it("says what it may not do", async () => {
    const api = apiOver(new StubOutlet(reply(403), reply(403)));
    const failed = carryOut(api, target, { kind: "create", what: "Webhook" }, TOKEN);
    await expect(failed).rejects.toThrow(`may not create webhooks in the integration ${NAME}.`);
    await expect(observeSetup(api, "kafka-env", TOKEN)).rejects.toThrow(`may not read the integration ${NAME}.`);
  });

  it("never lets the token into what it observed or planned", async () => {
    const theirs = { ...stored("Secret", { data: { token: "0ther-token" } }) };
    const answers = [stored("Integration", {}), theirs, [], []].map((body) => reply(200, body));
    const observed = await observeSetup(apiOver(new StubOutlet(...answers)), "kafka-env", TOKEN);
    const plan = installPlan(target, observed);
    expect(plan.map(({ kind, what }) => `${kind} ${what}`)).toEqual([
      "repair Secret",
      "create Webhook",
      "create ResourceHook",
    ]);
    expect(JSON.stringify([observed, plan])).not.toMatch(/0ther-token|tok3n/);
  });
});

describe("the setup, against the sandbox's Amplify", () => {
  async function install(world: World, token: string) {
    const { api, lines } = clientOf(world);
    const plan = installPlan(target, await observeSetup(api, "kafka-env", token));
    for (const action of plan) await carryOut(api, target, action, token);
    return { lines, plan: plan.map(({ kind, what }) => `${kind} ${what}`) };
  }
  const specOf = (world: World, kind: string) => world.amplify.resources(kind).map(({ spec }) => spec);

  it("is made in five requests, found right in four, and repaired when somebody changed it", async () => {
    const world = new World();
    expect((await install(world, TOKEN)).lines).toHaveLength(5);
    expect(specOf(world, "Webhook")).toEqual([webhookSpec]);
    expect(specOf(world, "ResourceHook")).toEqual([{ triggers, webhooks: [NAME] }]);
    expect(await install(world, TOKEN)).toMatchObject({ plan: [], lines: { length: 4 } });

    expect((await install(world, "the-next")).plan).toEqual(["repair Secret"]);
    expect(specOf(world, "Secret")).toEqual([{ data: { token: "the-next" } }]);
    world.amplify.remove(`${IN}/secrets/${NAME}`);
    world.amplify.edit(`${IN}/resourcehooks/${NAME}`, { spec: { triggers: [], webhooks: [] } });
    expect((await install(world, TOKEN)).plan).toEqual(["create Secret", "repair Webhook", "repair ResourceHook"]);
    expect((await install(world, TOKEN)).plan).toEqual([]);
    expect(specOf(world, "Webhook")).toEqual([webhookSpec]);
  });

  it("is removed, twice without harm, and never with what somebody else put there", async () => {
    const world = new World();
    await install(world, TOKEN);
    const theirs = { name: "theirs", spec: { url: "https://other.example.com/" } };
    world.amplify.create({ kind: "Webhook", scope: { kind: "Integration", name: NAME }, body: theirs });
    const { api } = clientOf(world);
    const remove = async () => {
      const plan = installPlan(undefined, await observeSetup(api, "kafka-env", undefined));
      for (const action of plan) await carryOut(api, target, action, TOKEN);
      return plan.length;
    };
    expect([await remove(), await remove()]).toEqual([3, 0]);
    expect(world.amplify.resources("Webhook").map(({ name }) => name)).toEqual(["theirs"]);
    world.amplify.remove(`${IN}/webhooks/theirs`);
    expect([await remove(), await remove()]).toEqual([1, 0]);
    expect(world.amplify.resources("Integration")).toEqual([]);
  });
});
