import { describe, expect, it } from "vitest";
import { createSandbox } from "../sandbox.ts";
import { World } from "./fixture.ts";
import type { JsonObject } from "./json.ts";
import { type WebhookBehaviour, Webhooks } from "./webhooks.ts";

const scope = { kind: "Integration", name: "bridge" };
const everyTopic = {
  ...{ group: "management", kind: "AccessRequest", name: "*", type: ["created", "updated", "deleted"] },
  scope: { kind: "Environment", name: "kafka-env" },
};

interface Call {
  readonly url: string;
  readonly headers: Headers;
  readonly body: { type: string; payload: JsonObject; metadata?: JsonObject };
}

function scene(webhook: JsonObject = {}, behaviour: Partial<WebhookBehaviour> = {}) {
  const world = new World();
  const calls: Call[] = [];
  let answer: () => Response = () => new Response(null, { status: 202 });
  const webhooks = new Webhooks(world.context, world.amplify, {
    receiver: () => async (request) => {
      const { url, headers } = request;
      calls.push({ url, headers, body: await request.json() });
      return answer();
    },
    behaviour: { delayMs: 0, ...behaviour },
  });
  const make = (kind: string, name: string, spec: JsonObject, within?: typeof scope) =>
    world.amplify.create({ kind, body: { name, spec }, ...(within === undefined ? {} : { scope: within }) });
  make("Integration", "bridge", {});
  make("Secret", "token", { data: { value: "the token" } }, scope);
  const auth = { secret: { name: "token", key: "value" }, location: { in: "header", name: "X-Token" } };
  make("Webhook", "worker", { url: "https://worker.example/amplify/webhook", auth, ...webhook }, scope);
  make("ResourceHook", "requests", { triggers: [everyTopic], webhooks: ["worker"] }, scope);
  world.publish("orders");
  const environment = { kind: "Environment", name: "kafka-env" };
  const app = world.amplify.create({ kind: "ManagedApplication", scope: environment, body: { name: "app", spec: {} } });
  const request = (name = "access") =>
    world.amplify.create({
      kind: "AccessRequest",
      scope: environment,
      body: { name, spec: { apiServiceInstance: "orders", managedApplication: String(app.name), data: { a: 1 } } },
      subs: { status: { level: "Pending" } },
    });
  const reply = (next: () => Response) => {
    answer = next;
  };
  return { world, webhooks, calls, request, reply };
}

const names = (calls: readonly Call[]) => calls.map(({ body }) => body.payload.name);

describe("a webhook", () => {
  it("is called with the whole resource and the secret as it is; a creation has no metadata, a sub-resource its name", async () => {
    const { webhooks, calls, request, world } = scene();
    const made = request();
    await webhooks.deliver();
    expect(calls.map(({ body }) => [body.type, body.metadata])).toEqual([
      ["ResourceCreated", undefined],
      ["SubResourceUpdated", { subresource: "status" }],
    ]);
    const [, second] = calls;
    expect(second?.url).toBe("https://worker.example/amplify/webhook");
    expect(second?.headers.get("x-token")).toBe("the token");
    expect(second?.headers.get("content-type")).toBe("application/json");
    expect(second?.body).toMatchObject({
      version: "v1",
      product: "EnterpriseMarketplace",
      organization: { id: "123456789" },
      payload: { ...world.amplify.get(String((made.metadata as JsonObject).selfLink)), status: { level: "Pending" } },
    });
    expect(JSON.stringify(calls.map(({ body }) => body))).not.toContain("sequenceID");
    expect(webhooks.deliveries.map(({ change, name, status }) => [change, name, status])).toEqual([
      ["ResourceCreated", "access", 202],
      ["SubResourceUpdated", "access", 202],
    ]);
  });

  it.each<[string, JsonObject, string, string | null]>([
    [
      "the query",
      { secret: { name: "token", key: "value" }, location: { in: "query", name: "key" } },
      "?key=the+token",
      null,
    ],
    ["Authorization", { secret: { name: "token", key: "value" } }, "", "the token"],
    ["nothing, when the secret has no such key", { secret: { name: "token", key: "other" } }, "", null],
  ])("gets its secret in %s", async (_where, auth, query, authorization) => {
    const { webhooks, calls, request } = scene({ auth, headers: { "X-Own": "yes" } });
    request();
    await webhooks.deliver();
    expect(calls[0]?.url).toBe(`https://worker.example/amplify/webhook${query}`);
    expect(calls[0]?.headers.get("authorization")).toBe(authorization);
    expect(calls[0]?.headers.get("x-own")).toBe("yes");
  });

  it("is called without the secret once that has vanished, and with its new value once it was changed", async () => {
    const { world, webhooks, calls, request } = scene();
    const secret = "/management/v1/integrations/bridge/secrets/token";
    world.amplify.edit(secret, { spec: { data: { value: "another" } } });
    request("one");
    await webhooks.deliver();
    world.amplify.remove(secret);
    request("two");
    await webhooks.deliver();
    expect(calls.map(({ headers }) => headers.get("x-token"))).toEqual(["another", "another", null, null]);
  });

  it("hears of what its hook names alone, and of nothing when it is switched off or the hook is gone", async () => {
    const { world, webhooks, calls, request } = scene();
    const integration = "/management/v1/integrations/bridge";
    world.amplify.create({
      kind: "ManagedApplication",
      scope: { kind: "Environment", name: "kafka-env" },
      body: { spec: {} },
    });
    await webhooks.deliver();
    expect(calls).toEqual([]);
    world.amplify.edit(`${integration}/webhooks/worker`, { spec: { enabled: false, url: "https://worker.example" } });
    request("one");
    await webhooks.deliver();
    world.amplify.edit(`${integration}/webhooks/worker`, { spec: { enabled: true, url: "https://worker.example" } });
    world.amplify.remove(`${integration}/resourcehooks/requests`);
    request("two");
    await webhooks.deliver();
    expect(calls).toEqual([]);
    expect(webhooks.waiting).toBe(0);
  });

  it("is not called again after an error or a broken connection", async () => {
    const { webhooks, calls, request, reply } = scene();
    reply(() => {
      throw new TypeError("connection reset");
    });
    request();
    await webhooks.deliver();
    await webhooks.deliver();
    expect(calls).toHaveLength(2);
    expect(webhooks.deliveries.map(({ status }) => status)).toEqual([undefined, undefined]);
  });
});

describe("a webhook that no call can be made of", () => {
  it("stops none of the others", async () => {
    const { world, webhooks, calls, request } = scene();
    world.amplify.edit("/management/v1/integrations/bridge/secrets/token", { spec: { data: { value: "a\nb" } } });
    request("one");
    await webhooks.deliver();
    world.amplify.edit("/management/v1/integrations/bridge/secrets/token", { spec: { data: { value: "right" } } });
    request("two");
    await webhooks.deliver();
    expect(names(calls)).toEqual(["two", "two"]);
    expect(webhooks.deliveries.map(({ status }) => status)).toEqual([undefined, undefined, 202, 202]);
  });
});

describe("deliveries", () => {
  it("come late, when they are told to", async () => {
    const { world, webhooks, calls, request } = scene({}, { delayMs: 60_000 });
    request();
    await webhooks.deliver();
    expect([calls.length, webhooks.waiting]).toEqual([0, 2]);
    world.context.clock.advance(60_000);
    await webhooks.deliver();
    expect([calls.length, webhooks.waiting]).toEqual([2, 0]);
  });

  it("come twice, or never", async () => {
    const { webhooks, calls, request } = scene({}, { copies: 2 });
    request("twice");
    await webhooks.deliver();
    expect(names(calls)).toEqual(["twice", "twice", "twice", "twice"]);
    webhooks.behaviour.copies = 0;
    request("never");
    webhooks.behaviour.copies = 1;
    webhooks.behaviour.lost = 1;
    request("lost");
    await webhooks.deliver();
    expect(calls).toHaveLength(4);
  });

  it("come in another order: the newest first, or as each one's own delay falls", async () => {
    const { world, webhooks, calls, request } = scene({}, { order: "newest first" });
    for (const name of ["a", "b"]) request(name);
    await webhooks.deliver();
    expect(names(calls)).toEqual(["b", "b", "a", "a"]);
    calls.length = 0;
    Object.assign(webhooks.behaviour, { order: "oldest first", spreadMs: 10_000 });
    const sent = ["c", "d", "e", "f", "g"];
    for (const name of sent) request(name);
    world.context.clock.advance(10_000);
    await webhooks.deliver();
    expect(names(calls)).not.toEqual(sent.flatMap((name) => [name, name]));
    expect([...names(calls)].sort()).toEqual(sent.flatMap((name) => [name, name]));
  });

  it("go out of a sandbox by its clock, to who receives them, and survive no restart", async () => {
    const sandbox = createSandbox({ inProcess: true, world: "empty", webhooks: { delayMs: 60_000 } });
    const { amplify, webhooks, marketplace } = sandbox.parts;
    const seen: string[] = [];
    sandbox.receiveWebhooks(async (request) => {
      seen.push(((await request.json()) as Call["body"]).type);
      return new Response(null, { status: 202 });
    });
    amplify.create({ kind: "Integration", body: { name: "bridge", spec: {} } });
    amplify.create({ kind: "Webhook", scope, body: { name: "worker", spec: { url: "https://worker.example" } } });
    const triggers = [{ group: "management", kind: "ManagedApplication", name: "*", type: ["created"] }];
    amplify.create({ kind: "ResourceHook", scope, body: { name: "hook", spec: { triggers, webhooks: ["worker"] } } });
    marketplace.application({ environment: "meridian-cloud" });
    expect(webhooks.waiting).toBe(1);
    sandbox.clock.advance(60_000);
    await expect.poll(() => seen).toEqual(["ResourceCreated"]);
    marketplace.application({ environment: "meridian-cloud" });
    amplify.restore(JSON.parse(JSON.stringify(amplify.snapshot())));
    await sandbox.close();
    expect(seen).toEqual(["ResourceCreated"]);
    expect(sandbox.defects).toEqual([]);
  });
});
