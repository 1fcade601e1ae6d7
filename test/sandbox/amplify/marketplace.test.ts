import { constants, createCipheriv, publicEncrypt, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { details, ENV, first, World } from "./fixture.ts";
import { type Json, type JsonObject, memberAt } from "./json.ts";
import { type AccessForm, Marketplace } from "./marketplace.ts";
import { FormRefused, NotShown } from "./marketplace-forms.ts";
import { type ConsumerKeys, consumerKeys } from "./marketplace-secrets.ts";
import type { Item } from "./marketplace-server.ts";

const environment = "kafka-env";
const small = consumerKeys(2048);
const day = 86_400_000;

/** A topic's instance with both definitions, and a consumer of it. */
function scene(policies: JsonObject = { renewable: true, suspendable: true }) {
  const world = new World();
  const marketplace = new Marketplace(world.context, world.amplify);
  const scope = { kind: "Environment", name: environment };
  const define = (kind: string, name: string, spec: JsonObject) =>
    world.amplify.create({ kind, scope, body: { name, spec } });
  define("AccessRequestDefinition", "kafka-access", {
    schema: {
      type: "object",
      properties: {
        access: { type: "string", enum: ["read", "write"] },
        schemaRegistry: { type: "boolean", default: false },
      },
      required: ["access"],
    },
    provision: { schema: { type: "object", properties: { group: { type: "string" } } } },
  });
  define("CredentialRequestDefinition", "kafka-sasl", {
    type: "HTTPBasic",
    schema: { type: "object", properties: {} },
    provision: {
      schema: {
        type: "object",
        properties: { username: { type: "string" }, password: { type: "string", "x-axway-encrypted": true } },
        required: ["username", "password"],
      },
      policies,
    },
  });
  world.publish("orders");
  world.amplify.edit(`${ENV}/apiserviceinstances/orders`, {
    spec: {
      apiServiceRevision: "orders-r1",
      accessRequestDefinition: "kafka-access",
      credentialRequestDefinitions: ["kafka-sasl"],
    },
  });
  const read = (item: Item) => world.amplify.get(item.selfLink) ?? {};
  const ask = (application: Item, form: Partial<AccessForm> = {}) =>
    marketplace.requestAccess(application, { instance: "orders", data: { access: "read" }, ...form });
  const succeed = async (item: Item, data?: JsonObject) => {
    if (data !== undefined) await world.api("PUT", `${item.selfLink}/data`, { data });
    await world.api("PUT", `${item.selfLink}/status`, { status: { level: "Success", reasons: [{ detail: "done" }] } });
  };
  return { world, marketplace, read, ask, succeed };
}

const application = (marketplace: Marketplace, keys: ConsumerKeys = small) =>
  marketplace.application({ environment, title: "Fraud detection", keys });

function oaep(text: string, { publicKey }: ConsumerKeys, oaepHash: string = "sha256"): string {
  const key = { key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash };
  return publicEncrypt(key, Buffer.from(text)).toString("base64");
}

/** RFC 7516, compact. */
function jwe(text: string, { publicKey }: ConsumerKeys, alg = "RSA-OAEP-256", enc = "A256GCM"): string {
  const head = Buffer.from(JSON.stringify({ alg, enc })).toString("base64url");
  const [contentKey, iv] = [randomBytes(32), randomBytes(12)];
  const oaepHash = alg === "RSA-OAEP" ? "sha1" : "sha256";
  const wrapped = publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, contentKey);
  const cipher = createCipheriv("aes-256-gcm", contentKey, iv).setAAD(Buffer.from(head));
  const sealed = Buffer.concat([cipher.update(text), cipher.final()]);
  return [head, ...[wrapped, iv, sealed, cipher.getAuthTag()].map((part) => part.toString("base64url"))].join(".");
}

describe("an application of the marketplace", () => {
  it("is Pending from its first moment, with a key of 4096 bits and the catalog's application", () => {
    const { world, marketplace } = scene();
    const changes: [string, string | undefined, Json | undefined][] = [];
    world.amplify.listen((change, resource, sub) => {
      if (resource.kind !== "ManagedApplication") return;
      changes.push([change, sub, memberAt(resource.subs.status, ["level"])]);
    });
    const made = marketplace.application({ environment });
    expect(changes).toEqual([
      ["ResourceCreated", undefined, "Pending"],
      ["SubResourceUpdated", "marketplace", "Pending"],
      ["SubResourceUpdated", "references", "Pending"],
      ["SubResourceUpdated", "status", "Pending"],
    ]);
    const body = world.amplify.get(made.selfLink) ?? {};
    expect(memberAt(body, ["spec", "security"])).toEqual({
      encryptionKey: consumerKeys().publicKey,
      encryptionAlgorithm: "RSA-OAEP",
      encryptionHash: "SHA256",
    });
    expect(Buffer.from(oaep("x", consumerKeys()), "base64")).toHaveLength(512);
    const name = memberAt(body, ["references", "application"]);
    expect(memberAt(body, ["metadata", "references"])).toMatchObject([
      { group: "catalog", kind: "Application", name, type: "soft" },
    ]);
    expect(memberAt(body, ["marketplace", "resource", "owner"])).toMatchObject({
      type: "team",
      organization: { id: "998877" },
    });
    expect(marketplace.level(made)).toBe("Pending");
  });

  it("may bring a key that is none, and one of an odd size", () => {
    const { marketplace, read } = scene();
    const odd = consumerKeys(1032);
    const made = marketplace.application({ environment, keys: odd, security: { encryptionAlgorithm: "PKCS" } });
    expect(memberAt(read(made), ["spec", "security", "encryptionAlgorithm"])).toBe("PKCS");
    expect(Buffer.from(oaep("x", odd), "base64")).toHaveLength(129);
    const broken = marketplace.application({ environment, security: { encryptionKey: "no key" } });
    expect(memberAt(read(broken), ["spec", "security", "encryptionKey"])).toBe("no key");
  });
});

describe("an access request of the marketplace", () => {
  it("carries what the definition asks for, its defaults filled in, and refers to all it came from", async () => {
    const { world, marketplace, read, ask } = scene();
    const made = ask(application(marketplace));
    const body = read(made);
    expect(body.spec).toMatchObject({
      apiServiceInstance: "orders",
      data: { access: "read", schemaRegistry: false },
      quota: { limit: 1000, interval: "monthly" },
    });
    const kinds = (json: Json | undefined) => (Array.isArray(json) ? json.map((each) => first(each).kind) : []);
    const all = [
      ...["APIServiceInstance", "ManagedApplication", "Application", "Subscription", "Product", "ProductRelease"],
      ...["PublishedProduct", "ProductPlan", "AssetResource", "Quota"],
    ];
    expect(kinds(memberAt(body, ["metadata", "references"]))).toEqual(all);
    expect(body.references).toContainEqual({
      kind: "Quota",
      name: "catalog/orders-free/orders-calls",
      unit: "transactions",
    });
    expect(body.references).toContainEqual({
      kind: "Subscription",
      name: expect.stringMatching(/^catalog\/sub-orders/),
    });
    const embedded = await world.call("GET", `/apis${made.selfLink}?embed=metadata.references`);
    expect(memberAt(embedded.json, ["_embedded", "publishedproducts", "references"])).toMatchObject([
      { kind: "PublishedProduct", name: "orders-published" },
    ]);
    const put = await world.api("PUT", made.selfLink, {
      ...(body as JsonObject),
      finalizers: [{ name: "agent.accessrequest.provisioned" }],
    });
    expect(put.status).toBe(200);
    expect(kinds(memberAt(put.json, ["metadata", "references"]))).toEqual(all);
    expect(memberAt(put.json, ["status", "level"])).toBe("Pending");
  });

  it("cannot be sent with what the form does not take", () => {
    const { world, marketplace, ask } = scene();
    const app = application(marketplace);
    expect(() => ask(app, { data: { access: "everything" } })).toThrow(FormRefused);
    expect(() => ask(app, { data: {} })).toThrow("access");
    expect(() => ask(app, { instance: "nothing" })).toThrow("no such instance");
    expect(world.amplify.resources("AccessRequest")).toEqual([]);
  });

  it("of another plan names the one that it takes the place of", () => {
    const { marketplace, read, ask } = scene();
    const app = application(marketplace);
    const old = ask(app);
    const made = ask(app, { replaces: old });
    expect(memberAt(read(made), ["spec", "accessRequest"])).toBe(old.name);
    expect(memberAt(read(made), ["metadata", "references"])).toContainEqual(
      expect.objectContaining({ group: "management", kind: "AccessRequest", name: old.name }),
    );
    marketplace.remove(old);
    expect(marketplace.isThere(made)).toBe(true);
  });

  it("shows what the provider answered, once it is successful", async () => {
    const { marketplace, ask, succeed } = scene();
    const made = ask(application(marketplace));
    expect(() => marketplace.accessData(made)).toThrow(NotShown);
    await succeed(made, { group: "amp.0123456789ab." });
    expect(marketplace.accessData(made)).toEqual({ group: "amp.0123456789ab." });
  });
});

describe("a credential of the marketplace", () => {
  it("is shown when it is successful, and not a moment before", async () => {
    const { marketplace, succeed, world } = scene();
    const made = marketplace.requestCredential(application(marketplace), { instance: "orders" });
    const data = { username: "amp-1", password: oaep("secret-1", small) };
    await world.api("PUT", `${made.selfLink}/data`, { data });
    expect(() => marketplace.revealed(made)).toThrow("the status is Pending");
    await succeed(made);
    expect(marketplace.revealed(made)).toEqual({ username: "amp-1", password: "secret-1" });
    expect(marketplace.reason(made)).toBe("done");
  });

  it.each([
    ["SHA-1", "SHA1", (text: string) => oaep(text, small, "sha1")],
    ["a JWE with SHA-256", "SHA256", (text: string) => jwe(text, small)],
    ["a JWE with SHA-1", "SHA1", (text: string) => jwe(text, small, "RSA-OAEP")],
  ])("is opened with %s", async (_name, encryptionHash, encrypt) => {
    const { marketplace, succeed } = scene();
    const app = marketplace.application({ environment, keys: small, security: { encryptionHash } });
    const made = marketplace.requestCredential(app, { definition: "kafka-sasl" });
    const text = encrypt === undefined ? "" : "ä secret ".repeat(16);
    await succeed(made, { username: "amp-1", password: encrypt(text) });
    expect(marketplace.revealed(made).password).toBe(text);
  });

  it.each<[string, JsonObject, string]>([
    ["in clear", { password: "a secret in clear" }, "password cannot be opened: neither padded base64"],
    ["as base64 alone", { password: Buffer.from("secret").toString("base64") }, "a block of 6 bytes"],
    ["encrypted for another key", { password: oaep("secret", consumerKeys(2048, 1)) }, "not encrypted for this key"],
    ["encrypted with another hash", { password: oaep("secret", small, "sha1") }, "RSA-OAEP and SHA256"],
    ["in a JWE of another algorithm", { password: jwe("secret", small, "RSA-OAEP") }, "not RSA-OAEP-256"],
    ["in a JWE that was changed", { password: jwe("secret", small).replace(/.$/, "!") }, "base64url"],
    ["not at all", {}, "the data has no password"],
    ["as a number", { password: 1 }, "password is no text"],
  ])("is not shown when its password comes %s", async (_how, data, why) => {
    const { marketplace, succeed } = scene();
    const made = marketplace.requestCredential(application(marketplace), { instance: "orders" });
    await succeed(made, { username: "amp-1", ...data });
    expect(() => marketplace.revealed(made)).toThrow(why);
  });

  it("is not shown when it was told successful without data, nor after it is gone", async () => {
    const { marketplace, succeed } = scene();
    const made = marketplace.requestCredential(application(marketplace), { instance: "orders" });
    await succeed(made);
    expect(() => marketplace.revealed(made)).toThrow("there is no data");
    marketplace.remove(made);
    marketplace.remove(made);
    expect(marketplace.isThere(made)).toBe(false);
    expect(() => marketplace.revealed(made)).toThrow("the status is gone");
  });

  it.each([
    ["rotate", { rotate: true, name: "active" }],
    ["suspend", { name: "inactive", reason: "" }],
    ["enable", { name: "active", reason: "" }],
    ["expire", { name: "inactive", reason: "Agent: CredentialExpired" }],
  ] as const)("is asked to %s by its spec first and then by its status", async (action, state) => {
    const { world, marketplace, read, succeed } = scene();
    const made = marketplace.requestCredential(application(marketplace), { instance: "orders" });
    await succeed(made);
    const changes: [string, string | undefined][] = [];
    world.amplify.listen((change, _resource, sub) => changes.push([change, sub]));
    marketplace[action](made);
    expect(changes).toEqual([
      ["ResourceUpdated", undefined],
      ["SubResourceUpdated", "status"],
    ]);
    expect(memberAt(read(made), ["spec", "state"])).toMatchObject(state);
    expect(marketplace.level(made)).toBe("Pending");
  });

  it("cannot be rotated or suspended where the definition does not offer it", () => {
    const { marketplace } = scene({});
    const made = marketplace.requestCredential(application(marketplace), { instance: "orders" });
    expect(() => marketplace.rotate(made)).toThrow("not renewable");
    expect(() => marketplace.suspend(made)).toThrow("not suspendable");
    expect(() => marketplace.enable(made)).toThrow("not suspendable");
  });

  it("expires when the time has come that the agent wrote, once", async () => {
    const { world, marketplace, succeed } = scene();
    const made = marketplace.requestCredential(application(marketplace), { instance: "orders" });
    await succeed(made);
    const timestamp = new Date(world.context.clock.now() + day).toISOString().replace("Z", "+0000");
    await world.api("PUT", `${made.selfLink}/policies`, { policies: { expiry: { timestamp } } });
    expect(marketplace.expireDue()).toEqual([]);
    world.context.clock.advance(day);
    expect(marketplace.expireDue()).toEqual([made.selfLink]);
    expect(marketplace.expireDue()).toEqual([]);
  });

  it("is asked for again after an error", async () => {
    const { world, marketplace } = scene();
    const made = marketplace.requestCredential(application(marketplace));
    const status = { level: "Error", reasons: [{ type: "Error", detail: "the quota is used up" }] };
    await world.api("PUT", `${made.selfLink}/status`, { status });
    expect([marketplace.level(made), marketplace.reason(made)]).toEqual(["Error", "the quota is used up"]);
    marketplace.retry(made);
    expect([marketplace.level(made), marketplace.reason(made)]).toEqual(["Pending", undefined]);
  });
});

describe("leaving the marketplace", () => {
  it("only begins for what an agent has still to clear away, in any order", async () => {
    const { world, marketplace, ask, read } = scene();
    const app = application(marketplace);
    const [access, credential] = [ask(app), marketplace.requestCredential(app, { instance: "orders" })];
    const free = async (item: Item) =>
      await world.api("PUT", item.selfLink, { ...(read(item) as JsonObject), finalizers: [] });
    for (const item of [app, access, credential]) {
      await world.api("PUT", item.selfLink, { ...(read(item) as JsonObject), finalizers: [{ name: "agent.x" }] });
    }
    marketplace.remove(app);
    expect(memberAt(read(app), ["metadata", "state"])).toBe("DELETING");
    expect(memberAt(read(access), ["metadata", "state"])).toBeUndefined();
    await free(app);
    expect(marketplace.isThere(app)).toBe(false);
    for (const item of [credential, access]) {
      expect(memberAt(read(item), ["metadata", "state"])).toBe("DELETING");
      expect(details(await free(item))).toEqual([]);
      expect(marketplace.isThere(item)).toBe(false);
    }
  });
});

describe("the marketplace's memory", () => {
  it("comes back from a snapshot with the keys, so that a credential can still be read", async () => {
    const { world, marketplace, succeed } = scene();
    const made = marketplace.requestCredential(application(marketplace), { instance: "orders" });
    await succeed(made, { username: "amp-1", password: oaep("secret-1", small) });
    const again = new Marketplace(world.context, world.amplify);
    expect(() => again.revealed(made)).toThrow("made no application");
    again.restore(JSON.parse(JSON.stringify(marketplace.snapshot())));
    expect(again.revealed(made).password).toBe("secret-1");
  });
});
