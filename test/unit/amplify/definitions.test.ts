import { describe, expect, it } from "vitest";
import { mergedForPut, withCustomFields } from "../../../src/amplify/merge.ts";
import type { Resource } from "../../../src/amplify/resource.ts";
import {
  ACCESS_REQUEST_DEFINITION,
  accessRequestDefinition,
  CREDENTIAL_REQUEST_DEFINITIONS,
  credentialRequestDefinition,
} from "../../../src/amplify/resources/definitions.ts";

// To the byte: another one makes a new asset release of every service that consumers are subscribed to.
const ACCESS =
  '{"schema":{"type":"object","$schema":"http://json-schema.org/draft-07/schema#","description":"Access to one topic.","properties":{"operations":{"type":"string","title":"Operations","description":"Read messages (consume), write messages (produce), or both.","enum":["consume","produce","both"],"default":"consume"},"transactional":{"type":"string","title":"Transactions","description":"Whether the application writes in Kafka transactions.","enum":["no","yes"],"default":"no"}},"x-axway-order":["operations","transactional"],"required":["operations","transactional"]},"provision":{"schema":{"type":"object","$schema":"http://json-schema.org/draft-07/schema#","description":"How to use the topic.","properties":{"bootstrapServers":{"type":"string","title":"Bootstrap servers","description":"Value of bootstrap.servers.","x-axway-copyable":true},"mechanism":{"type":"string","title":"Security protocol and mechanism","description":"For security.protocol and sasl.mechanism.","x-axway-copyable":true},"topic":{"type":"string","title":"Topic","description":"Name of the topic.","x-axway-copyable":true},"groupPrefix":{"type":"string","title":"Prefix","description":"Every consumer group and transactional id of the application begins with it; nothing else is allowed.","x-axway-copyable":true}},"x-axway-order":["bootstrapServers","mechanism","topic","groupPrefix"],"required":["bootstrapServers","groupPrefix","mechanism","topic"]},"policies":{"transferable":true}}}';
const API_KEY =
  '{"type":"APIKey","schema":{"type":"object","$schema":"http://json-schema.org/draft-07/schema#","description":"A credential for the cluster.","properties":{"schemaRegistry":{"type":"string","title":"Schema Registry","description":"Whether a key for Schema Registry is needed too.","enum":["no","yes"],"default":"no"}},"x-axway-order":["schemaRegistry"],"required":["schemaRegistry"]},"provision":{"schema":{"type":"object","$schema":"http://json-schema.org/draft-07/schema#","description":"The credential.","properties":{"apiKey":{"type":"string","title":"API key","description":"User name for SASL.","x-axway-copyable":true},"apiSecret":{"type":"string","title":"API secret","description":"Password for SASL.","x-axway-copyable":true,"x-axway-encrypted":true},"schemaRegistryUrl":{"type":"string","title":"Schema Registry","description":"Value of schema.registry.url, where a key for it was asked for.","x-axway-copyable":true},"srKey":{"type":"string","title":"Schema Registry key","description":"User name for Schema Registry.","x-axway-copyable":true},"srSecret":{"type":"string","title":"Schema Registry secret","description":"Password for Schema Registry.","x-axway-copyable":true,"x-axway-encrypted":true}},"x-axway-order":["apiKey","apiSecret","schemaRegistryUrl","srKey","srSecret"],"required":["apiKey","apiSecret"]},"policies":{"renewable":true,"suspendable":true,"expiry":{"period":90}}}}';
const SASL_USER =
  '{"type":"HTTPBasic","schema":{"type":"object","$schema":"http://json-schema.org/draft-07/schema#","description":"A credential for the cluster.","properties":{"schemaRegistry":{"type":"string","title":"Schema Registry","description":"Whether the address of Schema Registry is needed too. How to log in to it is for the provider of the API to say.","enum":["no","yes"],"default":"no"}},"x-axway-order":["schemaRegistry"],"required":["schemaRegistry"]},"provision":{"schema":{"type":"object","$schema":"http://json-schema.org/draft-07/schema#","description":"The credential.","properties":{"username":{"type":"string","title":"User","description":"User name for SASL.","x-axway-copyable":true},"password":{"type":"string","title":"Password","description":"Password for SASL.","x-axway-copyable":true,"x-axway-encrypted":true},"schemaRegistryUrl":{"type":"string","title":"Schema Registry","description":"Value of schema.registry.url, where it was asked for.","x-axway-copyable":true}},"x-axway-order":["username","password","schemaRegistryUrl"],"required":["password","username"]},"policies":{"renewable":true,"suspendable":true}}}';

const owner = { type: "team", id: "t-1" } as const;

describe("the definitions", () => {
  it("of access ask for operations and transactions and give what a client needs, always in the same bytes", () => {
    const draft = accessRequestDefinition({ owner });
    expect(JSON.stringify(draft.spec)).toBe(ACCESS);
    const { spec: _spec, ...envelope } = draft;
    expect(envelope).toEqual({
      group: "management",
      apiVersion: "v1",
      kind: "AccessRequestDefinition",
      name: "kafka-worker-access",
      title: "Kafka topic access",
      attributes: {},
      finalizers: [],
      tags: [],
      owner,
    });
    expect(ACCESS_REQUEST_DEFINITION).toBe(draft.name);
  });

  it("of credentials are an API key on Cloud and a user on Platform, in the same bytes too", () => {
    const key = credentialRequestDefinition("api-key", { owner: undefined, expiryDays: 90 });
    const user = credentialRequestDefinition("sasl-user", { owner: undefined, expiryDays: 0 });
    expect(JSON.stringify(key.spec)).toBe(API_KEY);
    expect(JSON.stringify(user.spec)).toBe(SASL_USER);
    expect([key.name, key.title, user.name, user.title]).toEqual([
      "kafka-worker-api-key",
      "Kafka API key",
      "kafka-worker-sasl-user",
      "Kafka user",
    ]);
    expect(Object.values(CREDENTIAL_REQUEST_DEFINITIONS)).toEqual([key.name, user.name]);
    expect(key).not.toHaveProperty("owner");
  });

  it("mark exactly the secrets as encrypted, and ask nothing that could name a group", () => {
    for (const text of [ACCESS, API_KEY, SASL_USER]) {
      const { schema, provision } = JSON.parse(text);
      const encrypted = Object.entries(provision.schema.properties).flatMap(([name, property]) =>
        property !== null && typeof property === "object" && "x-axway-encrypted" in property ? [name] : [],
      );
      expect(encrypted.every((name) => /secret|password/i.test(name))).toBe(true);
      expect(encrypted).toEqual(
        { [ACCESS]: [], [API_KEY]: ["apiSecret", "srSecret"], [SASL_USER]: ["password"] }[text],
      );
      expect(Object.keys(schema.properties).some((name) => /group/i.test(name))).toBe(false);
    }
  });
});

/** A definition as the server would give it. */
function stored(spec: unknown): Resource {
  const { owner: _owner, ...draft } = accessRequestDefinition({ owner: undefined });
  return {
    ...draft,
    attributes: {},
    finalizers: [],
    tags: [],
    metadata: {
      resourceVersion: "3",
      selfLink: "/management/v1/environments/kafka-env/accessrequestdefinitions/kafka-worker-access",
    },
    spec: JSON.parse(JSON.stringify(spec)),
  };
}

describe("a definition that is there already", () => {
  it("is not written when it says the same, whatever the order of its members", () => {
    const ours = accessRequestDefinition({ owner: undefined });
    const { schema, provision } = JSON.parse(ACCESS);
    expect(mergedForPut(stored({ provision, schema }), ours).changed).toBe(false);
  });

  it("keeps the fields that somebody added as custom, in their place and required, and loses what else was added to ours", () => {
    const ours = accessRequestDefinition({ owner: undefined });
    const spec = JSON.parse(ACCESS);
    spec.schema.properties.costCentre = { type: "string", title: "Cost centre", "x-custom-field": false };
    spec.schema.properties.stray = { type: "string" };
    spec.schema.properties.operations.enum = ["all"];
    spec.schema["x-axway-order"].push("costCentre", "stray");
    spec.schema.required.unshift("costCentre");
    spec.webhooks = [{ kind: "Webhook", name: "theirs" }];
    const { resource, changed } = mergedForPut(stored(spec), ours);
    const expected = JSON.parse(ACCESS);
    expected.schema.properties.costCentre = { type: "string", title: "Cost centre", "x-custom-field": false };
    expected.schema["x-axway-order"] = ["operations", "transactional", "costCentre"];
    expected.schema.required = ["costCentre", "operations", "transactional"];
    expected.webhooks = [{ kind: "Webhook", name: "theirs" }];
    expect(resource.spec).toEqual(expected);
    expect(changed).toBe(true);
    expect(mergedForPut(resource, ours).changed).toBe(false);
  });

  it("loses an expiry that the environment no longer asks for", () => {
    const without = credentialRequestDefinition("api-key", { owner: undefined, expiryDays: 0 });
    const { resource, changed } = mergedForPut(stored(JSON.parse(API_KEY)), without);
    expect(resource.spec.provision).toMatchObject({ policies: { renewable: true, suspendable: true } });
    expect(JSON.stringify(resource.spec)).not.toContain("expiry");
    expect(changed).toBe(true);
  });

  it("does not let a custom field take the place of one of ours, and survives odd schemas", () => {
    const ours = { type: "object", properties: { a: { type: "string" } } };
    expect(withCustomFields({ properties: { a: { "x-custom-field": true } } }, ours)).toEqual(ours);
    expect(withCustomFields({ properties: { b: { "x-custom-field": true } }, required: "b" }, ours)).toEqual({
      type: "object",
      properties: { a: { type: "string" }, b: { "x-custom-field": true } },
      "x-axway-order": [],
      required: [],
    });
    for (const odd of [undefined, null, 7, "x", [], { properties: null }, { properties: { b: null } }]) {
      expect(withCustomFields(odd, ours)).toEqual(ours);
    }
  });
});
