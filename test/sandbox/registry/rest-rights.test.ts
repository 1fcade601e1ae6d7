import { expect, test } from "vitest";
import { asking, emptyRegistry, readerOf } from "./support.ts";

function asReaderOfOrders() {
  const registry = emptyRegistry();
  registry.register("secret-value", { schema: '"int"' });
  registry.register("orders-value", { schema: '"int"' });
  registry.register("orders-key", { schema: '"long"' });
  registry.register("other-value", { schema: '"bytes"' });
  registry.register(":.dev:dev-value", { schema: '"int"' });
  return asking(registry, { authenticate: () => readerOf((subject) => subject.startsWith("orders-")) });
}

test("what may not be read is absent from every list", async () => {
  const ask = asReaderOfOrders();
  expect((await ask("GET", "/subjects")).body).toEqual(["orders-key", "orders-value"]);
  expect((await ask("GET", "/schemas?subjectPrefix=:*:")).body).toMatchObject([
    { subject: "orders-key" },
    { subject: "orders-value" },
  ]);
  expect((await ask("GET", "/schemas?subjectPrefix=:*:&limit=1&offset=1")).body).toMatchObject([
    { subject: "orders-value" },
  ]);
  expect((await ask("GET", "/schemas/ids/1/versions")).body).toEqual([{ subject: "orders-value", version: 1 }]);
});

test.each([
  ["GET", "/subjects/secret-value/versions", "Read", "secret-value"],
  ["GET", "/subjects/secret-value/versions/latest", "Read", "secret-value"],
  ["GET", "/subjects/secret-value/versions/1/schema", "Read", "secret-value"],
  ["GET", "/subjects/secret-value/versions/1/referencedby", "Read", "secret-value"],
  ["GET", "/subjects/does-not-exist/versions/1", "Read", "does-not-exist"],
  ["GET", "/subjects/%3A.dev%3Adev-value/versions/1", "Read", ":.dev:dev-value"],
  ["GET", "/config/secret-value", "Read", "secret-value"],
  ["GET", "/schemas/ids/3", "Read", "other-value"],
  ["DELETE", "/subjects/orders-value", "Delete", "orders-value"],
  ["DELETE", "/subjects/orders-value/versions/1", "Delete", "orders-value"],
])("%s %s is denied by name", async (method, path, operation, subject) => {
  const { status, body } = await asReaderOfOrders()(method, path);
  expect([status, body]).toEqual([
    403,
    { error_code: 40301, message: `User is denied operation ${operation} on Subject: ${subject}` },
  ]);
});

test("a reader may look up, and neither register nor set anything", async () => {
  const ask = asReaderOfOrders();
  expect((await ask("POST", "/subjects/orders-value", { schema: '"int"' })).status).toBe(200);
  expect((await ask("POST", "/subjects/orders-value/versions", { schema: '"int"' })).status).toBe(403);
  expect((await ask("PUT", "/config/orders-value", { compatibility: "NONE" })).status).toBe(403);
  expect((await ask("PUT", "/mode/orders-value", { mode: "READONLY" })).status).toBe(403);
});

test("an id that several subjects use is answered with one that may be read", async () => {
  expect((await asReaderOfOrders()("GET", "/schemas/ids/1")).body).toMatchObject({ subject: "orders-value" });
});
