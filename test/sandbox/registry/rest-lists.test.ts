import { expect, test } from "vitest";
import { noLogin } from "./authenticators.ts";
import type { Registry } from "./registry.ts";
import { registryRest } from "./rest.ts";
import { asking, emptyRegistry } from "./support.ts";

/** So many subjects `s-0000` … with two versions each. */
function withSubjects(count: number): Registry {
  const registry = emptyRegistry();
  for (let at = 0; at < count; at++) {
    const subject = `s-${String(at).padStart(4, "0")}`;
    registry.register(subject, { schema: '"int"' });
    registry.register(subject, { schema: '"long"' });
  }
  return registry;
}

const subjectsOf = (body: unknown) =>
  Array.isArray(body) ? body.map((item: { subject?: unknown }) => item.subject) : body;

test("pages of /schemas are 1000 long at most, and a limit that cannot be is replaced without a word", async () => {
  const ask = asking(withSubjects(1005));
  const lengths: Record<string, unknown> = {};
  for (const query of [
    "",
    "&limit=1000",
    "&limit=1001",
    "&limit=0",
    "&limit=-5",
    "&limit=10",
    "&offset=1000",
    "&offset=1005",
  ]) {
    const { body } = await ask("GET", `/schemas?latestOnly=true${query}`);
    lengths[query] = Array.isArray(body) ? body.length : body;
  }
  expect(lengths).toEqual({
    "": 1000,
    "&limit=1000": 1000,
    "&limit=1001": 1000,
    "&limit=0": 1000,
    "&limit=-5": 1000,
    "&limit=10": 10,
    "&offset=1000": 5,
    "&offset=1005": 0,
  });
});

test("pages follow on each other by subject and version without a gap", async () => {
  const ask = asking(withSubjects(3));
  const pages = await Promise.all([0, 2, 4].map((offset) => ask("GET", `/schemas?offset=${offset}&limit=2`)));
  const items = pages.flatMap(({ body }) => body as { subject: string; version: number }[]);
  expect(items.map(({ subject, version }) => `${subject} ${version}`)).toEqual([
    "s-0000 1",
    "s-0000 2",
    "s-0001 1",
    "s-0001 2",
    "s-0002 1",
    "s-0002 2",
  ]);
});

test("/subjects has no highest limit", async () => {
  const { body } = await asking(withSubjects(1005))("GET", "/subjects");
  expect(body).toHaveLength(1005);
});

test.each(["/schemas?limit=x", "/schemas?offset=1.5", "/subjects?limit=", "/schemas/ids/9999999999"])(
  "text where a number belongs is a 404 with a Content-Type: %s",
  async (path) => {
    const { status, headers, body } = await asking(emptyRegistry())("GET", path);
    expect([status, body]).toEqual([404, { error_code: 404, message: "HTTP 404 Not Found" }]);
    expect(headers.get("content-type")).toBe("application/vnd.schemaregistry.v1+json");
  },
);

test("a page of schemas is streamed element by element", async () => {
  const rest = registryRest(withSubjects(50), { flavour: "platform", authenticate: noLogin() });
  const response = await rest.fetch(new Request("http://registry.example/schemas"));
  expect(response.headers.get("content-length")).toBeNull();
  let chunks = 0;
  for await (const _ of response.body ?? []) chunks++;
  expect(chunks).toBe(101);
});

test("prefixes: every context, every context by name, the default one, one context", async () => {
  const registry = emptyRegistry();
  for (const subject of ["orders-key", "orders-value", "users-value", ":.dev:orders-value", ":.prod.eu:users-value"]) {
    registry.register(subject, { schema: '"int"' });
  }
  const ask = asking(registry);
  const all = [":.dev:orders-value", ":.prod.eu:users-value", "orders-key", "orders-value", "users-value"];
  const byDefault = ["orders-key", "orders-value", "users-value"];
  const list = async (path: string) => (await ask("GET", path)).body;
  expect(await list("/subjects")).toEqual(all);
  expect(await list("/subjects?subjectPrefix=")).toEqual(byDefault);
  expect(await list("/subjects?subjectPrefix=:*:orders")).toEqual([":.dev:orders-value", "orders-key", "orders-value"]);
  expect(await list("/subjects?subjectPrefix=%3A.dev%3A")).toEqual([":.dev:orders-value"]);
  expect(await list("/subjects?subjectPrefix=:.dev:users")).toEqual([]);
  expect(await list("/contexts/dev/subjects")).toEqual([":.dev:orders-value"]);
  expect(await list("/contexts/:.dev:/subjects?subjectPrefix=x")).toEqual([]);
  // Unlike /subjects, /schemas means the default context when nothing is said.
  expect(subjectsOf(await list("/schemas"))).toEqual(byDefault);
  expect(subjectsOf(await list("/schemas?subjectPrefix=:*:"))).toEqual(all);
  expect(subjectsOf(await list("/contexts/.dev/schemas"))).toEqual([":.dev:orders-value"]);
});

test("soft-deleted ones are left out, added or alone, and latestOnly then means the latest of those asked for", async () => {
  const registry = emptyRegistry();
  registry.register("kept", { schema: '"int"' });
  registry.register("kept", { schema: '"long"' });
  registry.deleteVersion("kept", 2, false);
  registry.register("gone", { schema: '"int"' });
  registry.deleteSubject("gone", false);
  const ask = asking(registry);
  const versions = async (query: string) => {
    const { body } = await ask("GET", `/schemas?${query}`);
    return (body as { subject: string; version: number; deleted: boolean }[]).map(
      (item) => `${item.subject} ${item.version} ${item.deleted}`,
    );
  };
  expect(await versions("")).toEqual(["kept 1 false"]);
  expect(await versions("deleted=true")).toEqual(["gone 1 true", "kept 1 false", "kept 2 true"]);
  expect(await versions("latestOnly=true")).toEqual(["kept 1 false"]);
  expect(await versions("latestOnly=true&deleted=true")).toEqual(["gone 1 true", "kept 2 true"]);
  expect((await ask("GET", "/subjects?deleted=true")).body).toEqual(["gone", "kept"]);
  expect((await ask("GET", "/subjects?deletedOnly=true")).body).toEqual(["gone"]);
  expect((await ask("GET", "/subjects/kept/versions?deletedOnly=true")).body).toEqual([2]);
});

test("an alias answers with the subject behind it, and is listed where it is asked for", async () => {
  const registry = emptyRegistry();
  registry.register("people-v2-value", { schema: '"int"' });
  registry.settings.updateConfig("people-value", { alias: "people-v2-value" });
  const ask = asking(registry);
  expect((await ask("GET", "/subjects/people-value/versions/latest")).body).toMatchObject({
    subject: "people-v2-value",
  });
  expect((await ask("GET", "/schemas?aliases=true")).body).toMatchObject([
    { subject: "people-v2-value", aliases: ["people-value"] },
  ]);
  expect((await ask("GET", "/schemas?aliases=true&subjectPrefix=people-value")).body).toHaveLength(1);
  expect((await ask("GET", "/schemas?subjectPrefix=people-value")).body).toEqual([]);
});
