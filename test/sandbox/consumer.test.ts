import { constants, publicEncrypt } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "./amplify/json.ts";
import { memberAt } from "./amplify/json.ts";
import { consumerKeys } from "./amplify/marketplace-secrets.ts";
import { CloudWorld, crns } from "./cloud/fixture.ts";
import { connect, type KafkaClient } from "./kafka/client.ts";
import { brokerLogin } from "./logins.ts";
import type { Sandbox } from "./sandbox.ts";
import { amplifyEnvironments } from "./world/amplify.ts";
import type { Side } from "./world/demo.ts";
import { cloudIds } from "./world/organization.ts";

/** The simulated systems together, with a person in the agent's place: asked for in the marketplace, made in Confluent, used at the brokers. */

const group = "amp.0123456789ab.";
const keys = consumerKeys(2048);

/** A published topic whose credentials are user and password. */
function publish({ parts }: Sandbox, side: Side): string {
  const scope = { kind: "Environment", name: amplifyEnvironments[side] };
  const make = (kind: string, name: string, spec: JsonObject) =>
    void parts.amplify.create({ kind, scope, body: { name, spec } });
  const properties = { username: { type: "string" }, password: { type: "string", "x-axway-encrypted": true } };
  make("CredentialRequestDefinition", "kafka", {
    schema: { type: "object" },
    provision: {
      schema: { type: "object", properties, required: ["username", "password"] },
      policies: { suspendable: true },
    },
  });
  make("AccessRequestDefinition", "kafka", { schema: { type: "object" } });
  make("APIService", "orders", {});
  make("APIServiceRevision", "orders-1", { apiService: "orders", definition: { type: "asyncapi", value: "YTog" } });
  make("APIServiceInstance", "orders", {
    ...{ apiServiceRevision: "orders-1", accessRequestDefinition: "kafka", credentialRequestDefinitions: ["kafka"] },
  });
  return amplifyEnvironments[side];
}

function ask(sandbox: Sandbox, side: Side) {
  const { marketplace, amplify } = sandbox.parts;
  const application = marketplace.application({ environment: publish(sandbox, side), keys });
  const access = marketplace.requestAccess(application, { instance: "orders" });
  const credential = marketplace.requestCredential(application, { instance: "orders" });
  const answer = (username: string, password: string) => {
    const publicKey = String(memberAt(amplify.get(application.selfLink), ["spec", "security", "encryptionKey"]));
    const key = { key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" };
    const data = { username, password: publicEncrypt(key, Buffer.from(password)).toString("base64") };
    amplify.editSub(credential.selfLink, "data", data);
    for (const item of [application, access, credential]) {
      amplify.editSub(item.selfLink, "status", { level: "Success", reasons: [] });
    }
  };
  const login = () => {
    const { username = "", password = "" } = marketplace.revealed(credential);
    return connect(sandbox.parts.clusters[side], brokerLogin(sandbox.parts, side), {
      user: username,
      secret: password,
    });
  };
  return { marketplace, credential, answer, login };
}

async function grant(sandbox: Sandbox, side: Side, principal: string): Promise<void> {
  const { confluentCloud, confluentPlatform } = sandbox.endpoints();
  const [base, user, password] =
    side === "cloud"
      ? [
          `${confluentCloud.kafkaRestUrl}/clusters/${confluentCloud.clusterId}`,
          confluentCloud.apiKeys.kafka.id,
          confluentCloud.apiKeys.kafka.secret,
        ]
      : [
          `${confluentPlatform.kafkaRestUrl}/v3/clusters/${confluentPlatform.clusterId}`,
          confluentPlatform.kafkaRest.username,
          confluentPlatform.kafkaRest.password,
        ];
  const entry = { principal, host: "*", operation: "READ", permission: "ALLOW" };
  const acls = [
    { resource_type: "TOPIC", resource_name: "orders", pattern_type: "LITERAL", ...entry },
    { resource_type: "GROUP", resource_name: group, pattern_type: "PREFIXED", ...entry },
  ];
  for (const acl of acls) {
    const headers = { authorization: `Basic ${btoa(`${user}:${password}`)}`, "content-type": "application/json" };
    const init = { method: "POST", headers, body: JSON.stringify(acl) };
    expect((await sandbox.fetch(new Request(`${base}/acls`, init))).status).toBe(201);
  }
}

function readsOrdersAlone(sandbox: Sandbox, side: Side, client: KafkaClient): void {
  sandbox.parts.clusters[side].append("orders", 0, 3n);
  expect(client.consume(`${group}app`, "orders", 10)).toBe(3);
  expect(() => client.consume(`${group}app`, "payments", 10)).toThrow("payments");
  expect(() => client.consume("another.group", "orders", 10)).toThrow("another.group");
  expect(() => client.produce("orders")).toThrow("WRITE");
}

describe("a consumer who was given access by hand", () => {
  it("reads his topic and its schema on Cloud, once the key works, and nothing when the account is gone", async () => {
    const world = new CloudWorld({ cloud: { flaps: 0 } });
    const { sandbox } = world;
    const { marketplace, credential, answer, login } = ask(sandbox, "cloud");
    const account = await world.account("amp-1");
    await grant(sandbox, "cloud", `User:${account}`);
    const key = await world.key(account, cloudIds.cluster);
    const registryKey = await world.key(account, cloudIds.registry);
    const binding = {
      ...{ principal: `User:${account}`, role_name: "DeveloperRead" },
      crn_pattern: `${crns.registry}/subject=orders-value`,
    };
    expect((await world.call("POST", "/iam/v2/role-bindings", binding)).status).toBe(201);
    expect(() => marketplace.revealed(credential)).toThrow("Pending");
    answer(key.id, key.secret);
    expect(login).toThrow("refused");
    sandbox.clock.advance(120_000);
    readsOrdersAlone(sandbox, "cloud", login());
    expect(await world.atKafka(key)).toBe(200);
    expect(await world.atRegistry(registryKey, "orders-value")).toBe(200);
    expect(await world.atRegistry(registryKey, "payments-value")).toBe(403);
    await world.call("DELETE", `/iam/v2/service-accounts/${account}`);
    expect(login).toThrow("refused");
    expect(sandbox.defects).toEqual([]);
  });

  it("reads his topic on Platform as soon as his user is there, and does not log in without it", async () => {
    const { sandbox } = new CloudWorld();
    const { answer, login } = ask(sandbox, "platform");
    const [name, password] = ["amp-01234567-0123456789ab-1", "a_password_of_some_length"];
    const { KAFKA_USERS_URL, KAFKA_USERS_TOKEN } = sandbox.environmentVariables("platform");
    const users = async (method: string, body?: string) => {
      const headers = { authorization: `Bearer ${KAFKA_USERS_TOKEN}`, "content-type": "application/json" };
      const init = body === undefined ? { method, headers } : { method, headers, body };
      return (await sandbox.fetch(new Request(`${KAFKA_USERS_URL}/users/${name}`, init))).status;
    };
    answer(name, password);
    expect(login).toThrow("refused");
    expect(await users("PUT", JSON.stringify({ mechanism: "SCRAM-SHA-512", password }))).toBe(201);
    await grant(sandbox, "platform", `User:${name}`);
    readsOrdersAlone(sandbox, "platform", login());
    expect(await users("DELETE")).toBe(204);
    expect(login).toThrow("refused");
    expect(sandbox.defects).toEqual([]);
  });
});
