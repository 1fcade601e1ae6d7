import { describe, expect, test } from "vitest";
import { emptyRegistry, record } from "./support.ts";

const code = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    return error instanceof Error && "code" in error ? error.code : error;
  }
  return undefined;
};

describe("registering", () => {
  test("the first schema of a context has version 1 and id 1", () => {
    expect(emptyRegistry().register("orders-value", { schema: '"string"' })).toMatchObject({ id: 1, version: 1 });
  });

  test("the same schema a second time makes nothing new", () => {
    const registry = emptyRegistry();
    const first = registry.register("orders-value", { schema: '"string"' });
    expect(registry.register("orders-value", { schema: '{"type": "string"}' })).toEqual(first);
    expect(registry.store.versions("orders-value", { deleted: true })).toHaveLength(1);
  });

  test("the same schema under another subject has the same id", () => {
    const registry = emptyRegistry();
    registry.register("a", { schema: '"string"' });
    expect(registry.register("b", { schema: '"string"' })).toMatchObject({ id: 1, version: 1 });
    expect(registry.register("c", { schema: '"int"' })).toMatchObject({ id: 2 });
  });

  test("ids start at 1 again in another context", () => {
    const registry = emptyRegistry();
    registry.register("a", { schema: '"string"' });
    registry.register("b", { schema: '"int"' });
    expect(registry.register(":.dev:b", { schema: '"int"' })).toMatchObject({ id: 1, subject: ":.dev:b" });
  });

  test("an incompatible schema is refused and leaves nothing behind", () => {
    const registry = emptyRegistry();
    registry.register("orders-value", { schema: record("Order", { name: "id", type: "int" }) });
    expect(
      code(() => registry.register("orders-value", { schema: record("Order", { name: "no", type: "int" }) })),
    ).toBe(40901);
    expect(registry.store.versions("orders-value")).toHaveLength(1);
    expect(registry.register("other", { schema: '"long"' }).id).toBe(2);
  });

  test("a schema equal to an older version is that version, whatever came after it", () => {
    const registry = emptyRegistry();
    const older = { schema: record("Order", { name: "id", type: "int" }) };
    registry.register("orders-value", older);
    registry.register("orders-value", {
      schema: record("Order", { name: "id", type: "int" }, { name: "no", type: "int", default: 0 }),
    });
    expect(registry.register("orders-value", older)).toMatchObject({ id: 1, version: 1 });
  });

  test("without a text the latest version is meant, and without a version the text is missing", () => {
    const registry = emptyRegistry();
    expect(code(() => registry.register("orders-value", {}))).toBe(42201);
    registry.register("orders-value", { schema: '"string"' });
    expect(registry.register("orders-value", { schema: "  " })).toMatchObject({ version: 1 });
  });

  test.each(["a\u0000b", "a\nb", "__GLOBAL", ":.dev:__EMPTY"])("the subject %j cannot be", (subject) => {
    expect(code(() => emptyRegistry().register(subject, { schema: '"int"' }))).toBe(42208);
  });

  test("rule sets are dropped by the open-source server and kept on Cloud", () => {
    const input = { schema: '"string"', ruleSet: { domainRules: [{ name: "r", kind: "CONDITION" }] } };
    expect(emptyRegistry().register("a", input)).not.toHaveProperty("ruleSet");
    expect(emptyRegistry({ keepsRuleSets: true }).register("a", input)).toHaveProperty("ruleSet", input.ruleSet);
  });

  test("metadata that was not sent is that of the version before", () => {
    const registry = emptyRegistry();
    const metadata = { properties: { owner: "team-a" } };
    registry.register("a", { schema: '"int"', metadata });
    expect(registry.register("a", { schema: '"long"' })).toMatchObject({ version: 2, metadata });
  });
});

describe("references", () => {
  const address = { schema: '{"type":"record","name":"Address","namespace":"com.acme","fields":[]}' };
  const customer = (version: number) => ({
    schema:
      '{"type":"record","name":"Customer","namespace":"com.acme","fields":[{"name":"at","type":"com.acme.Address"}]}',
    references: [{ name: "com.acme.Address", subject: "address", version }],
  });

  test("version -1 becomes the number of the latest", () => {
    const registry = emptyRegistry();
    registry.register("address", address);
    expect(registry.register("customer", customer(-1)).references).toEqual([
      { name: "com.acme.Address", subject: "address", version: 1 },
    ]);
  });

  test("a missing one is refused, also when its subject exists in another context only", () => {
    const registry = emptyRegistry();
    registry.register(":.dev:address", address);
    expect(code(() => registry.register("customer", customer(1)))).toBe(42201);
    expect(registry.register(":.dev:customer", customer(1))).toMatchObject({ version: 1 });
  });

  test("a schema that something refers to cannot be deleted until the other is gone", () => {
    const registry = emptyRegistry();
    registry.register("address", address);
    registry.register("customer", customer(1));
    expect(code(() => registry.deleteVersion("address", 1, false))).toBe(42206);
    expect(code(() => registry.deleteSubject("address", false))).toBe(42206);
    registry.deleteSubject("customer", false);
    expect(registry.deleteSubject("address", false)).toEqual([1]);
    // A soft-deleted one still refers to it.
    expect(code(() => registry.deleteSubject("address", true))).toBe(42206);
    registry.deleteSubject("customer", true);
    expect(registry.deleteSubject("address", true)).toEqual([1]);
  });

  test("a schema sent with its references written out is found as the one that has them outside", () => {
    const registry = emptyRegistry();
    registry.register("address", address);
    const { version, schema } = registry.register("customer", customer(1));
    const whole = schema.replace('"Address"', address.schema);
    expect(registry.register("customer", { schema: whole })).toMatchObject({ version, id: 2 });
  });

  test("a planted circle of references ends in an error, not in a loop", () => {
    const registry = emptyRegistry();
    const refersTo = (subject: string, other: string) =>
      registry.plant(subject, {
        schema: record(subject, { name: "to", type: other }),
        references: [{ name: other, subject: other, version: 1 }],
      });
    refersTo("A", "B");
    const b = refersTo("B", "A");
    expect(code(() => registry.resolved(b))).toBe(42201);
    expect(registry.store.referrers("A", 1, false).map(({ subject }) => subject)).toEqual(["B"]);
  });
});

describe("deleting", () => {
  test("twice softly, permanently too early and once more are all told apart", () => {
    const registry = emptyRegistry();
    registry.register("a", { schema: '"int"' });
    expect(code(() => registry.deleteSubject("a", true))).toBe(40405);
    expect(registry.deleteSubject("a", false)).toEqual([1]);
    expect(code(() => registry.deleteSubject("a", false))).toBe(40404);
    expect(registry.deleteSubject("a", true)).toEqual([1]);
    expect(code(() => registry.deleteSubject("a", true))).toBe(40401);
  });

  test("a soft-deleted subject goes on counting, a permanently deleted one starts anew with new ids", () => {
    const registry = emptyRegistry();
    registry.register("a", { schema: '"int"' });
    registry.deleteSubject("a", false);
    expect(registry.register("a", { schema: '"int"' })).toMatchObject({ version: 2, id: 1 });
    registry.deleteSubject("a", false);
    registry.deleteSubject("a", true);
    expect(registry.register("a", { schema: '"int"' })).toMatchObject({ version: 1, id: 2 });
  });

  test("settings of a subject go when its last version goes for good", () => {
    const registry = emptyRegistry();
    registry.register("a", { schema: '"int"' });
    registry.settings.updateConfig("a", { compatibility: "NONE" });
    registry.deleteSubject("a", false);
    expect(registry.settings.config("a")).toEqual({ compatibility: "NONE" });
    registry.deleteSubject("a", true);
    expect(registry.settings.config("a")).toBeUndefined();
  });

  test("nothing is deleted or registered under a subject that is READONLY", () => {
    const registry = emptyRegistry();
    registry.register("a", { schema: '"int"' });
    registry.settings.setMode("a", "READONLY");
    expect(code(() => registry.deleteSubject("a", false))).toBe(42205);
    expect(code(() => registry.register("a", { schema: '"long"' }))).toBe(42205);
    // What is there already is no write.
    expect(registry.register("a", { schema: '"int"' })).toMatchObject({ version: 1 });
  });
});

describe("snapshots", () => {
  test("a registry restored from one gives the same answers and goes on counting", () => {
    const registry = emptyRegistry();
    registry.register("a", { schema: '"int"' });
    registry.register(":.dev:a", { schema: '"int"' });
    registry.register("gone", { schema: '"long"' });
    registry.deleteSubject("gone", false);
    registry.deleteSubject("gone", true);
    registry.settings.updateConfig("a", { compatibility: "FULL" });
    const copy = emptyRegistry();
    copy.register("not-in-the-snapshot", { schema: '"bytes"' });
    copy.restore(JSON.parse(JSON.stringify(registry.snapshot())));
    expect(copy.snapshot()).toEqual(registry.snapshot());
    expect(copy.store.subjects()).toEqual([":.dev:a", "a"]);
    expect(copy.register("b", { schema: '"double"' }).id).toBe(3);
  });

  test("one of another version is refused", () => {
    expect(() => emptyRegistry().restore({ version: 99 })).toThrow("another version");
    expect(() => emptyRegistry().restore(null)).toThrow("another version");
  });
});
