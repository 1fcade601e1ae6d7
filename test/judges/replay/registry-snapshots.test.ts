import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import * as v from "valibot";
import { expect, test } from "vitest";
import type { Authenticate } from "../../sandbox/core/types.ts";
import { basicLogin, noLogin } from "../../sandbox/registry/authenticators.ts";
import { Registry } from "../../sandbox/registry/registry.ts";
import { registryRest } from "../../sandbox/registry/rest.ts";

/** Single answers of a real Schema Registry, each asked for in the state in which it was recorded. */

const folder = resolve(import.meta.dirname, "../../../../shared/contracts/recordings/confluent-platform");

const exchanges = v.array(
  v.object({
    name: v.string(),
    note: v.string(),
    request: v.object({
      method: v.string(),
      path: v.string(),
      headers: v.record(v.string(), v.string()),
      body: v.unknown(),
    }),
    response: v.object({ status: v.number(), headers: v.record(v.string(), v.string()), body: v.unknown() }),
  }),
);
type Recorded = v.InferOutput<typeof exchanges>[number];

function recorded(file: string, name: string): Recorded {
  const path = resolve(folder, file);
  if (!existsSync(path))
    throw new Error(`The recording is missing: ${path}. It holds answers of a real Schema Registry.`);
  const found = v.parse(exchanges, JSON.parse(readFileSync(path, "utf8"))).find((exchange) => exchange.name === name);
  if (found === undefined) throw new Error(`${file} has no ${name}`);
  return found;
}

function emptyRegistry(): Registry {
  return new Registry({ clock: { now: Date.now, advance: () => undefined, offset: () => 0 }, random: Math.random });
}

interface Sent {
  readonly body?: string;
  readonly authorization?: string;
  readonly authenticate?: Authenticate;
}

/** Sends a recorded request and expects the recorded answer; times and the GUIDs of associations differ each time. */
async function expectRecorded(
  registry: Registry,
  exchange: Recorded,
  { body, authorization, authenticate = noLogin() }: Sent = {},
) {
  const { request, response } = exchange;
  const headers = new Headers(request.headers);
  headers.delete("authorization");
  if (authorization !== undefined) headers.set("authorization", authorization);
  const sent = body ?? (request.body === null ? null : JSON.stringify(request.body));
  const url = `http://schema-registry.example:8081${request.path}`;
  const answer = await registryRest(registry, { flavour: "platform", authenticate }).fetch(
    new Request(url, { method: request.method, headers, body: sent }),
  );
  const text = await answer.text();
  expect(answer.status).toBe(response.status);
  for (const name of ["content-type", "www-authenticate", "cache-control"]) {
    expect(answer.headers.get(name)).toBe(response.headers[name] ?? null);
  }
  expect(answer.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  expect(steady(text === "" ? null : JSON.parse(text))).toEqual(steady(response.body));
}

function steady(body: unknown): unknown {
  const isAssociation = JSON.stringify(body)?.includes('"resourceName"') === true;
  const volatile = ["ts", "createTs", "updateTs", ...(isAssociation ? ["guid"] : [])];
  const hidden = (name: string, value: unknown) => (volatile.includes(name) ? typeof value : value);
  return JSON.parse(JSON.stringify(body, hidden));
}

const onlyDev = { schema: '{"type":"record","name":"OnlyDev","fields":[{"name":"a","type":"int"}]}' };

/** The context .dev with four ids given, then one subject that no other context has. */
function withSubjectOfDevOnly(): Registry {
  const registry = emptyRegistry();
  for (const size of [1, 2, 3, 4]) {
    registry.register(`:.dev:subject-${size}`, { schema: `{"type":"fixed","name":"F","size":${size}}` });
  }
  registry.register(":.dev:only-dev-value", onlyDev);
  return registry;
}

test.each([
  ["sr-subjects.json", "get-only-in-dev"],
  ["sr-subjects.json", "versions-only-in-dev"],
  ["sr-subjects.json", "lookup-only-in-dev"],
  ["sr-schemas.json", "id-of-other-context"],
  ["sr-config.json", "config-only-in-dev"],
])("a subject of another context asked for without it is answered as recorded: %s %s", async (file, name) => {
  const registry = withSubjectOfDevOnly();
  registry.settings.updateConfig(":.dev:", { compatibility: "NONE" });
  await expectRecorded(registry, recorded(file, name));
});

test("a schema above 1 MB is refused as recorded", async () => {
  const schema = JSON.stringify({ type: "record", name: "L", doc: "d".repeat(1_200_000), fields: [] });
  await expectRecorded(emptyRegistry(), recorded("sr-schemas.json", "too-large"), { body: JSON.stringify({ schema }) });
});

test("inline tags are found as recorded", async () => {
  const registry = emptyRegistry();
  registry.plant("people-value", {
    id: 31,
    schema:
      '{"type":"record","name":"Person","namespace":"com.acme","fields":[{"name":"ssn","type":"string","confluent:tags":["PII"]},{"name":"name","type":"string"}]}',
    metadata: { tags: { "**.name": ["PUBLIC"] }, properties: { owner: "team-a" }, sensitive: ["token"] },
  });
  await expectRecorded(registry, recorded("sr-schemas.json", "id-tags"));
});

const users = new Map([
  ["reader", { password: "right" }],
  ["nobody", { password: "right", admitted: false }],
]);
const basic = (user: string, password: string) => `Basic ${btoa(`${user}:${password}`)}`;

test.each([
  ["auth-none", undefined],
  ["auth-wrong", basic("reader", "wrong")],
  ["auth-ok", basic("reader", "right")],
  ["auth-no-role", basic("nobody", "right")],
  ["auth-bearer", "Bearer of-something-else"],
  ["auth-root", undefined],
])("a login is answered as recorded: %s", async (name, authorization) => {
  const registry = emptyRegistry();
  for (const subject of [":.dev:com.acme.Address", ":.dev:com.acme.Country", "orders-value"]) {
    registry.register(subject, { schema: '"string"' });
  }
  const login = authorization === undefined ? {} : { authorization };
  await expectRecorded(registry, recorded("sr-server.json", name), { ...login, authenticate: basicLogin(users) });
});

test("associations are made, found, found again and deleted as recorded", async () => {
  const registry = emptyRegistry();
  registry.register("stock-trades-value", { schema: '"string"' });
  const inOrder = [
    "associations-create",
    "associations-get",
    "associations-get-any-namespace",
    "associations-by-subject",
    "associations-create-again",
    "associations-unknown-subject",
    "associations-delete",
  ];
  for (const name of inOrder) await expectRecorded(registry, recorded("sr-server.json", name));
  expect(registry.associations.ofSubject("stock-trades-value")).toEqual([]);
});
