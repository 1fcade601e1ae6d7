import { expect, test } from "vitest";
import { asking, emptyRegistry } from "./support.ts";

const ASKING_FOR_ALL = { "Confluent-Accept-Unknown-Properties": "true" };
const address = { schema: '{"type":"record","name":"Address","fields":[]}' };
const customer = {
  schema: '{"type":"record","name":"Customer","fields":[{"name":"at","type":"Address"}]}',
  references: [{ name: "Address", subject: "address", version: 1 }],
};

function cloud() {
  const registry = emptyRegistry({ keepsRuleSets: true });
  registry.register("address", address);
  registry.register("customer", customer);
  return asking(registry, { flavour: "cloud" });
}

const keysOf = (body: unknown) => Object.keys(body as object).sort();

test("Cloud tells type, guid, time and deletion only to those who ask for all", async () => {
  const ask = cloud();
  const path = "/subjects/customer/versions/latest";
  const always = ["id", "references", "schema", "subject", "version"];
  expect(keysOf((await ask("GET", path)).body)).toEqual(always);
  expect(keysOf((await ask("GET", path, undefined, { "confluent-accept-unknown-properties": "false" })).body)).toEqual(
    always,
  );
  expect(keysOf((await ask("GET", path, undefined, ASKING_FOR_ALL)).body)).toEqual(
    ["deleted", "guid", ...always.slice(0, 3), "schemaType", ...always.slice(3, 4), "ts", "version"].sort(),
  );
  const list = (await ask("GET", "/schemas")).body as object[];
  expect(list.map(keysOf)).toEqual([["id", "schema", "subject", "version"], always]);
});

test("Cloud answers an id without subject and version unless asked for all", async () => {
  const ask = cloud();
  expect(keysOf((await ask("GET", "/schemas/ids/2")).body)).toEqual(["references", "schema"]);
  const all = (await ask("GET", "/schemas/ids/2", undefined, ASKING_FOR_ALL)).body;
  expect(all).toMatchObject({ subject: "customer", version: 1, schemaType: "AVRO", deleted: false });
});

test("Cloud answers a registration with the id alone unless asked for all", async () => {
  const ask = cloud();
  expect((await ask("POST", "/subjects/address/versions", address)).body).toEqual({ id: 1 });
  const all = (await ask("POST", "/subjects/address/versions", address, ASKING_FOR_ALL)).body;
  expect(all).toMatchObject({ id: 1, version: 1, schemaType: "AVRO" });
});

test("Cloud has clusterconfig, and neither metadata nor associations; Platform the other way round", async () => {
  const platform = asking(emptyRegistry());
  const statuses = async (ask: typeof platform) => {
    const paths = ["/clusterconfig", "/v1/metadata/id", "/v1/metadata/version", "/associations/resources/-/orders"];
    return Promise.all(paths.map(async (path) => (await ask("GET", path)).status));
  };
  expect(await statuses(cloud())).toEqual([200, 404, 404, 404]);
  expect(await statuses(platform)).toEqual([404, 200, 200, 200]);
});

test("referenceFormat is Platform's only", async () => {
  const registry = emptyRegistry();
  registry.register(":.dev:address", address);
  registry.register(":.dev:customer", customer);
  const path = "/subjects/:.dev:customer/versions/1?referenceFormat=qualified";
  const references = async (flavour: "cloud" | "platform") => {
    const { body } = await asking(registry, { flavour })("GET", path);
    return (body as { references: { subject: string }[] }).references.map(({ subject }) => subject);
  };
  expect(await references("platform")).toEqual([":.dev:address"]);
  expect(await references("cloud")).toEqual(["address"]);
});

test("rule sets come back, and schemas can be listed by their type", async () => {
  const ask = cloud();
  const ruleSet = { domainRules: [{ name: "r", kind: "CONDITION", mode: "WRITE", type: "CEL", expr: "true" }] };
  await ask("POST", "/subjects/ruled/versions", { schema: '"int"', ruleSet });
  expect((await ask("GET", "/subjects/ruled/versions/1")).body).toMatchObject({ ruleSet });
  expect((await ask("GET", "/schemas?ruleType=CEL")).body).toMatchObject([{ subject: "ruled" }]);
  expect((await ask("GET", "/schemas?ruleType=ENCRYPT")).body).toEqual([]);
});
