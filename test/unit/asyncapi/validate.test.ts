import { describe, expect, test } from "vitest";
import { buildDocument } from "../../../src/asyncapi/document.ts";
import { fitsDraft07, fitsSchemaObject, validateDocument } from "../../../src/asyncapi/validate.ts";
import { CASES } from "./cases.ts";
import { input } from "./inputs.ts";

type Loose = { [key: string]: Loose };

async function spoiled(name: keyof typeof CASES, spoil: (document: Loose) => void): Promise<string[]> {
  const given = CASES[name];
  if (given === undefined) throw new Error(`no case ${name}`);
  const document = JSON.parse((await buildDocument(given)).text);
  spoil(document);
  return validateDocument(JSON.stringify(document), given.asyncapiVersion);
}

const at = (node: Loose | undefined, ...path: string[]): Loose => {
  const found = path.reduce<Loose | undefined>((inner, key) => inner?.[key], node);
  if (found === undefined) throw new Error(`nothing at ${path.join("/")}`);
  return found;
};

describe("a document is refused for", () => {
  test.each(["avro-references", "avro-references-2.6"])("a title that is missing (%s)", async (name) => {
    const faults = await spoiled(name, (document) => delete at(document, "info").title);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(/^#\/info: .*"title"/);
  });

  test("a payload that is no Avro, in both versions", async () => {
    const spoil = (payload: Loose) => Object.assign(payload, { type: "recrod" });
    const three = await spoiled("contexts", (document) =>
      spoil(at(document, "components", "messages", "Branch", "payload", "schema")),
    );
    expect(three.length).toBeGreaterThan(0);
    expect(three.length).toBeLessThanOrEqual(5);
    const two = await spoiled("avro-references-2.6", (document) =>
      spoil(at(document, "components", "messages", "com.bank.crm.Customer", "payload")),
    );
    expect(two.length).toBeGreaterThan(0);
  });

  test("zero partitions in the Kafka binding", async () => {
    const faults = await spoiled("no-schema", (document) =>
      Object.assign(at(document, "channels", "audit.log", "bindings", "kafka"), { partitions: 0 }),
    );
    expect(faults.some((fault) => fault.includes("partitions"))).toBe(true);
  });

  test("many faults at once, with at most five of them told, each once and cut", async () => {
    const faults = await spoiled("several-types", (document) => {
      for (const name of ["a", "b", "c", "d", "e", "f", "g"]) Object.assign(document, { [name.repeat(300)]: 1 });
    });
    expect(faults.length).toBeGreaterThan(0);
    expect(faults.length).toBeLessThanOrEqual(5);
    expect(new Set(faults).size).toBe(faults.length);
    for (const fault of faults) expect(fault.length).toBeLessThan(600);
  });

  test("the wrong version", async () => {
    const { text } = await buildDocument(input("t", []));
    expect(validateDocument(text, "2.6.0").length).toBeGreaterThan(0);
  });
});

describe("above 1 MB", () => {
  const large = async (name: keyof typeof CASES, spoil: (document: Loose) => void) =>
    await spoiled(name, (document) => {
      Object.assign(at(document, "info"), { description: "x".repeat(1_100_000) });
      spoil(document);
    });

  test("payloads are not looked at", async () => {
    const spoil = (document: Loose) =>
      Object.assign(at(document, "components", "messages", "com.bank.crm.Customer"), {
        payload: { schema: 7, schemaFormat: 7 },
      });
    expect(await large("avro-references", spoil)).toEqual([]);
    expect(await large("avro-references-2.6", spoil)).toEqual([]);
  });

  test("everything else is", async () => {
    expect((await large("avro-references", (document) => delete document.info)).length).toBeGreaterThan(0);
    const server = (document: Loose) => delete at(document, "servers", "kafka").protocol;
    expect((await large("avro-references-2.6", server)).length).toBeGreaterThan(0);
  });
});

describe("what may stand where", () => {
  test("a regular expression of Java's does not fit draft 07", () => {
    expect(fitsDraft07({ type: "string", pattern: "^[a-z]++$" })).toBe(false);
    expect(fitsDraft07({ type: "string", pattern: "^[a-z]+$" })).toBe(true);
    expect(fitsDraft07(true)).toBe(true);
  });

  test("a Schema Object of AsyncAPI has a discriminator that is a name", () => {
    expect(fitsSchemaObject({ discriminator: "kind" })).toBe(true);
    expect(fitsSchemaObject({ discriminator: { propertyName: "kind" } })).toBe(false);
  });
});
