import { describe, expect, test } from "vitest";
import { details, ENV, World } from "./fixture.ts";
import type { Json, JsonObject } from "./json.ts";

const base64 = Buffer.from("asyncapi: 3.0.0\n").toString("base64");

function world(): World {
  const w = new World();
  w.publish("orders");
  const scope = { kind: "Environment", name: "kafka-env" };
  w.amplify.create({ kind: "ManagedApplication", scope, body: { name: "app", spec: {} } });
  w.amplify.create({
    ...{ kind: "CredentialRequestDefinition", scope },
    body: { name: "kafka-sasl", spec: { type: "HTTPBasic", schema: {}, provision: { schema: {} } } },
  });
  return w;
}

async function refusal(plural: string, body: Json): Promise<Json[]> {
  const w = world();
  const answer = await w.api("POST", `${ENV}/${plural}`, body);
  expect(answer.status).toBe(400);
  return details(answer);
}

describe("names", () => {
  test.each(["Orders", "orders_v1", "-orders", "orders-", "orders..v1", ".orders", "orders v1", "örders", "a/b"])(
    "%s is refused",
    async (name) => {
      expect(await refusal("apiservices", { name })).toEqual([`name ${name} is not a valid resource name`]);
    },
  );

  test.each(["orders", "orders.v1", "o", "0-1.a-b", "a--b"])("%s is taken", async (name) => {
    const w = new World();
    expect((await w.api("POST", `${ENV}/apiservices`, { name })).status).toBe(201);
  });
});

describe("the body of a main resource", () => {
  test.each<[string, Json, string]>([
    ["is a list", [], "body is not an object"],
    ["has another kind", { kind: "Webhook" }, "kind Webhook does not match the path"],
    ["has another group", { group: "catalog" }, "group catalog does not match the path"],
    ["has a title of 351", { title: "t".repeat(351) }, "title Invalid length: Expected <=350 but received 351"],
    ["has a tag of 81", { tags: ["t".repeat(81)] }, "tags.0 Invalid length: Expected <=80 but received 81"],
    [
      "has an attribute that is no text",
      { attributes: { a: 1 } },
      "attributes.a Invalid type: Expected string but received 1",
    ],
    [
      "is owned by a user",
      { owner: { type: "user", id: "x" } },
      'owner.type Invalid type: Expected "team" but received "user"',
    ],
    ["is owned by an unknown team", { owner: { type: "team", id: "x" } }, "owner.id: team x does not exist"],
    [
      "has a finalizer without a name",
      { finalizers: [{}] },
      'finalizers.0.name Invalid key: Expected "name" but received undefined',
    ],
    ["has a spec that is no object", { spec: "x" }, "spec is not an object"],
    [
      "is too well described",
      { spec: { description: "d".repeat(351) } },
      "spec.description Invalid length: Expected <=350 but received 351",
    ],
  ])("that %s is refused", async (_what, body, detail) => {
    expect(await refusal("apiservices", body)).toEqual([detail]);
  });

  test("of the greatest lengths is taken", async () => {
    const w = new World();
    const body = { title: "t".repeat(350), tags: ["t".repeat(80)], spec: { description: "d".repeat(350) } };
    expect((await w.api("POST", `${ENV}/apiservices`, body)).status).toBe(201);
  });

  test("is told everything that is wrong at once", async () => {
    expect(await refusal("apiserviceinstances", { name: "A", spec: { endpoint: [{ port: 0 }] } })).toEqual([
      "name A is not a valid resource name",
      'spec.endpoint.0.host Invalid key: Expected "host" but received undefined',
      "spec.endpoint.0.port Invalid value: Expected >=1 but received 0",
      'spec.endpoint.0.protocol Invalid key: Expected "protocol" but received undefined',
    ]);
  });

  test("of a PUT must not rename the resource", async () => {
    const w = world();
    const answer = await w.api("PUT", `${ENV}/apiservices/orders`, { name: "stock" });
    expect([answer.status, details(answer)]).toEqual([400, ["name stock does not match the path"]]);
  });
});

describe("specs", () => {
  const definition: JsonObject = { type: "asyncapi", value: base64, contentType: "application/yaml", version: "1.0.0" };
  const revision = (changes: JsonObject): JsonObject => ({
    spec: { apiService: "orders", definition: { ...definition, ...changes } },
  });
  const instance = (changes: JsonObject): JsonObject => ({ spec: { apiServiceRevision: "orders-r1", ...changes } });
  const endpoint = (changes: JsonObject): JsonObject =>
    instance({ endpoint: [{ host: "broker.test", port: 9092, protocol: "kafka", ...changes }] });

  test.each<[string, string, Json, RegExp]>([
    ["revision of no service", "apiservicerevisions", { spec: { definition } }, /^spec.apiService is required$/],
    [
      "revision of a missing service",
      "apiservicerevisions",
      { spec: { apiService: "none", definition } },
      /^spec.apiService: APIService none does not exist$/,
    ],
    ["revision without definition", "apiservicerevisions", { spec: { apiService: "orders" } }, /^spec.definition /],
    ["revision of an unknown type", "apiservicerevisions", revision({ type: "avro" }), /^spec.definition.type /],
    ["revision with an empty value", "apiservicerevisions", revision({ value: "" }), /^spec.definition.value /],
    [
      "revision that is not base64",
      "apiservicerevisions",
      revision({ value: "asyncapi: 3.0.0" }),
      /^spec.definition.value is not base64$/,
    ],
    [
      "revision with a version of 31",
      "apiservicerevisions",
      revision({ version: "1".repeat(31) }),
      /^spec.definition.version /,
    ],
    [
      "instance of no revision",
      "apiserviceinstances",
      { spec: { endpoint: [] } },
      /^spec.apiServiceRevision is required$/,
    ],
    [
      "instance of a missing revision",
      "apiserviceinstances",
      instance({ apiServiceRevision: "none" }),
      /APIServiceRevision none does not exist$/,
    ],
    [
      "instance of a missing ARD",
      "apiserviceinstances",
      instance({ accessRequestDefinition: "none" }),
      /AccessRequestDefinition none does not exist$/,
    ],
    [
      "instance of a missing CRD",
      "apiserviceinstances",
      instance({ credentialRequestDefinitions: ["kafka-sasl", "none"] }),
      /CredentialRequestDefinition none does not exist$/,
    ],
    ["instance with a port as text", "apiserviceinstances", endpoint({ port: "9092" }), /^spec.endpoint.0.port /],
    [
      "instance with an empty base path",
      "apiserviceinstances",
      endpoint({ routing: { basePath: "" } }),
      /^spec.endpoint.0.routing.basePath must start with/,
    ],
    ["ARD without schema", "accessrequestdefinitions", { name: "a", spec: {} }, /^spec.schema /],
    ["CRD without provision", "credentialrequestdefinitions", { name: "c", spec: { schema: {} } }, /^spec.provision /],
    [
      "CRD without provision schema",
      "credentialrequestdefinitions",
      { name: "c", spec: { schema: {}, provision: {} } },
      /^spec.provision.schema /,
    ],
    ["agent without data plane", "discoveryagents", { name: "da", spec: {} }, /^spec.dataplaneType /],
    [
      "access request without application",
      "accessrequests",
      { spec: { apiServiceInstance: "orders" } },
      /^spec.managedApplication is required$/,
    ],
    [
      "access request to a missing instance",
      "accessrequests",
      { spec: { apiServiceInstance: "none", managedApplication: "app" } },
      /APIServiceInstance none does not exist$/,
    ],
    [
      "credential of a missing application",
      "credentials",
      { spec: { credentialRequestDefinition: "kafka-sasl", managedApplication: "none" } },
      /ManagedApplication none does not exist$/,
    ],
    [
      "credential without definition",
      "credentials",
      { spec: { managedApplication: "app" } },
      /^spec.credentialRequestDefinition is required$/,
    ],
  ])("a %s is refused", async (_what, plural, body, detail) => {
    const [only, ...others] = await refusal(plural, body);
    expect(only).toMatch(detail);
    expect(others).toEqual([]);
  });

  test.each<[string, string, Json]>([
    ["revision", "apiservicerevisions", revision({})],
    [
      "revision without version",
      "apiservicerevisions",
      { spec: { apiService: "orders", definition: { type: "asyncapi", value: base64 } } },
    ],
    ["instance as the SDK writes it", "apiserviceinstances", endpoint({ routing: {} })],
    [
      "instance with blank definitions",
      "apiserviceinstances",
      instance({ accessRequestDefinition: "", credentialRequestDefinitions: null }),
    ],
    [
      "access request",
      "accessrequests",
      { spec: { apiServiceInstance: "orders", managedApplication: "app", data: {} } },
    ],
    [
      "credential",
      "credentials",
      {
        spec: {
          credentialRequestDefinition: "kafka-sasl",
          managedApplication: "app",
          data: {},
          state: { name: "active" },
        },
      },
    ],
  ])("a right %s is taken", async (_what, plural, body) => {
    expect((await world().api("POST", `${ENV}/${plural}`, body)).status).toBe(201);
  });

  test("a definition of 10 MB is refused with 413, one that is a byte shorter is taken", async () => {
    const w = world();
    const sized = (bytes: number) => revision({ value: Buffer.alloc(bytes, 32).toString("base64") });
    expect((await w.api("POST", `${ENV}/apiservicerevisions`, sized(10_485_760))).status).toBe(413);
    expect((await w.api("POST", `${ENV}/apiservicerevisions`, sized(10_485_759))).status).toBe(201);
  });

  test("a watch topic needs filters that make sense", async () => {
    const w = new World();
    const filter = {
      group: "management",
      kind: "APIService",
      name: "*",
      scope: { kind: "Environment", name: "kafka-env" },
    };
    const post = (filters: Json) => w.api("POST", "/management/v1/watchtopics", { name: "t", spec: { filters } });
    expect((await post([])).status).toBe(400);
    expect((await post([{ ...filter, type: ["changed"] }])).status).toBe(400);
    expect((await post([{ ...filter, type: ["created", "updated"] }])).status).toBe(201);
  });

  test("a PUT is held to the same rules", async () => {
    const w = world();
    const spec = { apiServiceRevision: "none", endpoint: [] };
    expect((await w.api("PUT", `${ENV}/apiserviceinstances/orders`, { spec })).status).toBe(400);
    expect(w.amplify.get(`${ENV}/apiserviceinstances/orders`)?.spec).toMatchObject({ apiServiceRevision: "orders-r1" });
  });
});
