import { constants, generateKeyPairSync, privateDecrypt } from "node:crypto";
import { describe, expect, it } from "vitest";
import { encryptProperties, readApplicationKey } from "../../../src/amplify/encrypt.ts";
import { resourceLink, type ScopedKind } from "../../../src/amplify/links.ts";
import { metricIds } from "../../../src/amplify/metric-ids.ts";
import { accessRequest } from "../../../src/amplify/provisioning/access-request.ts";
import { accessRequestAction, applicationAction, credentialAction } from "../../../src/amplify/provisioning/actions.ts";
import { managedApplication } from "../../../src/amplify/provisioning/application.ts";
import { credential } from "../../../src/amplify/provisioning/credential.ts";
import { markDetail } from "../../../src/amplify/provisioning/request.ts";
import {
  EXPIRY_DETAIL,
  endRotation,
  hold,
  release,
  type Written,
  writeData,
  writeDetails,
  writeExpiry,
  writeState,
  writeStatus,
} from "../../../src/amplify/provisioning/writers.ts";
import { accessRequestDefinition, credentialRequestDefinition } from "../../../src/amplify/resources/definitions.ts";
import { first, World } from "../../sandbox/amplify/fixture.ts";
import type { JsonObject } from "../../sandbox/amplify/json.ts";
import { clientOf } from "./api-over.ts";

const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
const pem = pair.publicKey.export({ type: "spki", format: "pem" }).toString();
const scope = { kind: "Environment", name: "kafka-env" };
const PENDING = { status: { level: "Pending" } };
const definition = credentialRequestDefinition("api-key", { owner: undefined, expiryDays: 30 });
const NOW = Date.UTC(2026, 7, 1, 9, 0, 0);

/** A published topic and a consumer who asks for it, as the marketplace does it. */
function marketplace() {
  const world = new World();
  const { amplify } = world;
  const { api, lines } = clientOf(world);
  for (const draft of [accessRequestDefinition({ owner: undefined }), definition]) {
    amplify.create({ kind: draft.kind, scope, body: { name: draft.name, spec: draft.spec as JsonObject } });
  }
  world.publish("orders");
  const link = (kind: ScopedKind, name: string) => resourceLink("kafka-env", kind, name);
  amplify.create({
    kind: "ManagedApplication",
    scope,
    body: {
      name: "app",
      spec: { security: { encryptionKey: pem, encryptionAlgorithm: "", encryptionHash: "SHA256" } },
    },
    subs: {
      ...PENDING,
      marketplace: { name: "mkt", resource: { owner: { type: "team", id: "c", organization: { id: "998877" } } } },
    },
  });
  const asked = { apiServiceInstance: "orders", managedApplication: "app", data: { operations: "consume" } };
  amplify.create({ kind: "AccessRequest", scope, body: { name: "acc", spec: asked }, subs: PENDING });
  const state = { name: "active", reason: "", rotate: false };
  const wish = { credentialRequestDefinition: definition.name, managedApplication: "app", data: {}, state };
  amplify.create({ kind: "Credential", scope, body: { name: "cred", spec: wish }, subs: PENDING });

  const read = async (kind: ScopedKind, name: string) => {
    const resource = await api.get(link(kind, name), { embed: "metadata.references" });
    if (resource === undefined) throw new Error(`no ${name}`);
    return resource;
  };
  /** What the consumer changes on the credential: the platform sets it Pending again. */
  const wishFor = (changes: JsonObject) => {
    amplify.edit(link("Credential", "cred"), { spec: { ...wish, state: { ...state, ...changes } } });
    amplify.editSub(link("Credential", "cred"), "status", { level: "Pending" });
  };
  return { world, amplify, api, lines, link, read, wishFor };
}
type Market = ReturnType<typeof marketplace>;

function saved(written: Written) {
  if (written.kind !== "saved") throw new Error(written.kind);
  return written.resource;
}

async function encrypted(market: Market, secret: string) {
  const read = await readApplicationKey(managedApplication(await market.read("ManagedApplication", "app")).security);
  if (read.kind !== "usable") throw new Error(read.kind);
  const { schema } = definition.spec.provision as { schema: unknown };
  const result = await encryptProperties(schema, { apiKey: "KEY", apiSecret: secret }, read.key);
  if (result.kind !== "encrypted") throw new Error(result.kind);
  return result.data;
}

/** What the consumer sees: nothing before Success, then the secret in clear. */
function shown({ amplify, link }: Market): unknown {
  const resource = amplify.get(link("Credential", "cred"));
  if (first(resource?.status ?? null).level !== "Success") return "not yet";
  const data = first(resource?.data ?? null);
  const key = { key: pair.privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" };
  const apiSecret = privateDecrypt(key, Buffer.from(String(data.apiSecret), "base64")).toString();
  return { apiKey: data.apiKey, apiSecret };
}

const credentialNow = async ({ read }: Market) => credential(await read("Credential", "cred"));

async function provisionCredential(market: Market) {
  const { api } = market;
  let resource = saved(await hold(api, "Credential", (await credentialNow(market)).resource, "amp-1"));
  expect(credentialAction(credential(resource))).toEqual({ kind: "provision", stage: "go-on" });
  resource = saved(await writeDetails(api, resource, { ...markDetail("amp-1"), ...EXPIRY_DETAIL }));
  resource = saved(await writeData(api, resource, await encrypted(market, "s3cret")));
  resource = saved(await writeExpiry(api, resource, NOW + 30 * 86_400_000));
  resource = saved(await writeState(api, resource, "active"));
  expect(credentialAction(credential(resource))).toEqual({ kind: "provision", stage: "confirm" });
  expect(shown(market)).toBe("not yet");
  return saved(await writeStatus(api, "Credential", resource, "Success", "Provisioned.", NOW));
}

describe("provisioning, against the sandbox's Amplify", () => {
  it("answers application and access request, and lets their deletion go through", async () => {
    const { api, amplify, link, read } = marketplace();
    const app = managedApplication(await read("ManagedApplication", "app"));
    expect(applicationAction(app)).toEqual({ kind: "provision", stage: "begin" });
    let appNow = saved(await hold(api, "ManagedApplication", app.resource, undefined));
    appNow = saved(await writeStatus(api, "ManagedApplication", appNow, "Success", "Provisioned.", NOW));
    expect(applicationAction(managedApplication(appNow))).toEqual({ kind: "nothing", why: "settled" });

    const asked = accessRequest(await read("AccessRequest", "acc"));
    expect(asked).toMatchObject({ instance: "orders", application: "app", asked: { operations: "consume" } });
    expect(metricIds(asked.resource, appNow, undefined)).toMatchObject({
      application: { consumerOrgId: "998877", owner: { type: "team", team_guid: "c" } },
      apiServiceRevision: { id: asked.instanceId },
    });
    let accNow = saved(await hold(api, "AccessRequest", asked.resource, undefined));
    accNow = saved(await writeData(api, accNow, { topic: "orders" }));
    accNow = saved(await writeStatus(api, "AccessRequest", accNow, "Success", "Provisioned.", NOW));
    expect(accessRequestAction(accessRequest(accNow))).toEqual({ kind: "nothing", why: "settled" });

    amplify.remove(link("AccessRequest", "acc"));
    const leaving = accessRequest(await read("AccessRequest", "acc"));
    expect(accessRequestAction(leaving)).toEqual({ kind: "deprovision" });
    expect(await release(api, "AccessRequest", accNow)).toEqual({ kind: "stale" });
    expect((await release(api, "AccessRequest", leaving.resource)).kind).toBe("saved");
    expect(amplify.get(link("AccessRequest", "acc"))).toBeUndefined();
    expect(await writeStatus(api, "AccessRequest", accNow, "Error", "late", NOW)).toEqual({ kind: "missing" });
  });

  it("gives a credential that only the marketplace can read, status last, in six writes", async () => {
    const market = marketplace();
    expect(credentialAction(await credentialNow(market))).toEqual({ kind: "provision", stage: "begin" });
    market.lines.length = 0;
    const resource = await provisionCredential(market);
    expect(market.lines.filter((line) => line.startsWith("PUT")).map((line) => line.split("/").at(-1))).toEqual([
      ...["cred", "x-agent-details", "data", "policies", "state", "status"],
    ]);
    expect(shown(market)).toEqual({ apiKey: "KEY", apiSecret: "s3cret" });
    expect(JSON.stringify(market.amplify.resources("Credential"))).not.toContain("s3cret");
    expect(credential(resource)).toMatchObject({
      hold: { kind: "ours", principal: "amp-1" },
      state: "active",
      expiresAt: NOW + 30 * 86_400_000,
      reasons: [{ type: "Success", detail: "Provisioned." }],
    });
    expect(credentialAction(credential(resource))).toEqual({ kind: "nothing", why: "settled" });
  });

  it("rotates, suspends, enables and expires, each once", async () => {
    const market = marketplace();
    const { api, wishFor } = market;
    await provisionCredential(market);

    wishFor({ rotate: true });
    let now = await credentialNow(market);
    expect(credentialAction(now)).toEqual({ kind: "update", updates: ["rotate"] });
    let resource = saved(await writeData(api, now.resource, await encrypted(market, "n3w")));
    expect(credentialAction(credential(resource))).toEqual({ kind: "update", updates: ["rotate"] });
    resource = saved(await endRotation(api, resource));
    expect(credentialAction(credential(resource))).toEqual({ kind: "provision", stage: "confirm" });
    saved(await writeStatus(api, "Credential", resource, "Success", "Rotated.", NOW));
    expect(shown(market)).toEqual({ apiKey: "KEY", apiSecret: "n3w" });

    for (const [state, update] of [
      ["inactive", "suspend"],
      ["active", "enable"],
    ] as const) {
      wishFor({ name: state });
      now = await credentialNow(market);
      expect(credentialAction(now)).toEqual({ kind: "update", updates: [update] });
      resource = saved(await writeState(api, now.resource, state));
      saved(await writeStatus(api, "Credential", resource, "Success", `Done: ${update}.`, NOW));
      expect(credentialAction(await credentialNow(market))).toEqual({ kind: "nothing", why: "settled" });
      expect(shown(market)).toEqual({ apiKey: "KEY", apiSecret: "n3w" });
    }

    wishFor({ name: "inactive", reason: "Agent: CredentialExpired" });
    now = await credentialNow(market);
    expect(credentialAction(now)).toEqual({ kind: "expire", stage: "begin" });
    resource = saved(await release(api, "Credential", now.resource));
    expect(credentialAction(credential(resource))).toEqual({ kind: "expire", stage: "confirm" });
    resource = saved(await writeState(api, resource, "inactive"));
    saved(await writeStatus(api, "Credential", resource, "Success", "Expired.", NOW));
    market.amplify.remove(market.link("Credential", "cred"));
    expect(market.amplify.get(market.link("Credential", "cred"))).toBeUndefined();
  });

  it("keeps what a person changes between our read and our write", async () => {
    const market = marketplace();
    const { api, amplify, link } = market;
    const before = (await credentialNow(market)).resource;
    amplify.edit(link("Credential", "cred"), { tags: ["theirs"], finalizers: [{ name: "theirs" }] });
    expect(await hold(api, "Credential", before, "amp-1")).toEqual({ kind: "stale" });
    const resource = saved(await hold(api, "Credential", (await credentialNow(market)).resource, "amp-1"));
    expect([resource.tags, resource.finalizers.map(({ name }) => name)]).toEqual([
      ["theirs"],
      ["theirs", "agent.credential.provisioned"],
    ]);
  });

  it("is deleted with everything in it, at any moment, and leaves another agent's alone", async () => {
    const market = marketplace();
    const { api, amplify, link, read } = market;
    const held = saved(await hold(api, "Credential", (await credentialNow(market)).resource, "amp-1"));
    saved(await writeStatus(api, "Credential", held, "Error", "The new key did not work.", NOW));
    amplify.edit(link("AccessRequest", "acc"), { finalizers: [{ name: "agent.accessrequest.provisioned" }] });
    amplify.remove(link("ManagedApplication", "app"));
    expect(amplify.get(link("ManagedApplication", "app"))).toBeUndefined();
    const leaving = await credentialNow(market);
    expect(credentialAction(leaving)).toEqual({ kind: "deprovision" });
    expect((await release(api, "Credential", leaving.resource)).kind).toBe("saved");
    expect(amplify.get(link("Credential", "cred"))).toBeUndefined();
    const foreign = accessRequest(await read("AccessRequest", "acc"));
    expect(accessRequestAction(foreign)).toEqual({ kind: "nothing", why: "foreign" });
  });
});
