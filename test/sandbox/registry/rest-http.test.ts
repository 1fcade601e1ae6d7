import { describe, expect, test } from "vitest";
import { asking, emptyRegistry } from "./support.ts";

const VENDOR = "application/vnd.schemaregistry.v1+json";

describe("content negotiation", () => {
  test.each([
    [undefined, 200, VENDOR],
    ["*/*", 200, VENDOR],
    ["application/json", 200, "application/json"],
    ["text/html, application/*;q=0.1", 200, VENDOR],
    ["application/vnd.schemaregistry.v1+json, application/json", 200, VENDOR],
    ["application/vnd.schemaregistry.v1+json;q=0.2, application/json", 200, "application/json"],
    ["application/json;q=0", 406, null],
    ["text/html", 406, null],
  ])("Accept %s is answered with %i and %s", async (accept, status, type) => {
    const answer = await asking(emptyRegistry())("GET", "/subjects", undefined, accept === undefined ? {} : { accept });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([status, type]);
  });

  test("errors of a resource come in the type asked for", async () => {
    const answer = await asking(emptyRegistry())("GET", "/subjects/nope/versions/1", undefined, {
      accept: "application/json",
    });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([404, "application/json"]);
  });

  test.each([
    ["text/plain", 415],
    ["application/json; charset=utf-8", 200],
    ["application/octet-stream", 200],
    ["application/vnd.kafka.v2+json", 415],
  ])("a body of type %s gives %i", async (type, status) => {
    const body = '{"schema":"\\"int\\""}';
    expect((await asking(emptyRegistry())("POST", "/subjects/a/versions", body, { "content-type": type })).status).toBe(
      status,
    );
  });
});

describe("before a resource is found", () => {
  test.each([
    ["GET", "/nope", 404],
    ["GET", "/subjects/a/b/c", 404],
    ["PATCH", "/subjects", 405],
    ["POST", "/schemas", 405],
    ["GET", "/subjects/%E0%A4%A", 400],
    ["POST", "/subjects//versions", 400],
  ])("%s %s is %i, in JSON without a Content-Type", async (method, path, status) => {
    const answer = await asking(emptyRegistry())(method, path);
    expect([answer.status, answer.headers.get("content-type"), answer.body]).toMatchObject([
      status,
      null,
      { error_code: status },
    ]);
  });

  test("HEAD is GET without a body", async () => {
    const answer = await asking(emptyRegistry())("HEAD", "/subjects");
    expect([answer.status, answer.body, answer.headers.get("content-type")]).toEqual([200, null, VENDOR]);
  });

  test("every answer has a request id", async () => {
    for (const path of ["/", "/nope", "/subjects/nope/versions"]) {
      expect((await asking(emptyRegistry())("GET", path)).headers.get("x-request-id")).toMatch(
        /^[0-9a-f]{8}-[0-9a-f]{4}-4/,
      );
    }
  });
});

describe("names", () => {
  test.each(["a/b c+d%", "ünï-value", "..-", "a:b", "x".repeat(249), '"quoted"', "%2F"])(
    "the subject %s is kept as it is when it is percent-encoded",
    async (subject) => {
      const ask = asking(emptyRegistry());
      const path = `/subjects/${encodeURIComponent(subject)}/versions`;
      expect((await ask("POST", path, { schema: '"int"' })).status).toBe(200);
      expect((await ask("GET", "/subjects")).body).toEqual([subject]);
      expect((await ask("GET", path)).body).toEqual([1]);
    },
  );

  test("a context in the path means the same as one in the name", async () => {
    const ask = asking(emptyRegistry());
    await ask("POST", "/contexts/.dev/subjects/a/versions", { schema: '"int"' });
    expect((await ask("GET", "/subjects")).body).toEqual([":.dev:a"]);
    expect((await ask("GET", "/contexts/.dev/schemas/ids/1")).body).toMatchObject({ subject: ":.dev:a" });
    await ask("PUT", "/contexts/.dev/config", { compatibility: "NONE" });
    expect((await ask("GET", "/config/:.dev:")).body).toEqual({ compatibilityLevel: "NONE" });
    expect((await ask("GET", "/contexts/.dev/config/a?defaultToGlobal=true")).body).toEqual({
      compatibilityLevel: "NONE",
    });
    expect((await ask("GET", "/config")).body).toEqual({ compatibilityLevel: "BACKWARD" });
    expect((await ask("GET", "/contexts")).body).toEqual([".", ".dev"]);
  });
});

describe("bodies", () => {
  test.each([
    ["", 422, 422],
    ["null", 422, 422],
    ["{", 400, 400],
    ["[]", 400, 400],
    ['{"schema":{"type":"int"}}', 400, 400],
    ['{"schema":"\\"int\\"","references":[{"name":"a"}]}', 400, 400],
    ['{"schema":"\\"int\\"","schemaType":"XML"}', 422, 42201],
    ['{"schema":"\\"int\\"","more":1,"metadata":null,"references":null}', 200, undefined],
  ])("a registration of %j gives %i", async (body, status, code) => {
    const answer = await asking(emptyRegistry())("POST", "/subjects/a/versions", body);
    expect([answer.status, (answer.body as { error_code?: number }).error_code]).toEqual([status, code]);
  });
});

describe("ids", () => {
  test("a content has one guid and in each context an id of its own", async () => {
    const registry = emptyRegistry();
    registry.register(":.dev:first", { schema: '"bytes"' });
    const { guid } = registry.register("a", { schema: '"int"' });
    registry.register(":.dev:a", { schema: '"int"' });
    const ask = asking(registry);
    expect((await ask("GET", `/schemas/guids/${guid}/ids`)).body).toEqual([
      { context: ".", id: 1 },
      { context: ".dev", id: 2 },
    ]);
    expect((await ask("GET", `/schemas/guids/${guid}`)).body).toEqual({
      guid,
      schemaType: "AVRO",
      schema: '"int"',
      ts: expect.any(Number),
      deleted: false,
    });
    expect((await ask("GET", "/schemas/guids/none")).body).toEqual({
      error_code: 40403,
      message: "Schema none not found",
    });
  });

  test("an id whose only version was soft-deleted still resolves", async () => {
    const registry = emptyRegistry();
    registry.register("a", { schema: '"int"' });
    registry.deleteSubject("a", false);
    const ask = asking(registry);
    expect((await ask("GET", "/schemas/ids/1")).body).toMatchObject({ subject: "a", deleted: true });
    expect((await ask("GET", "/schemas/ids/1/versions")).body).toEqual([]);
    expect((await ask("GET", "/schemas/ids/1/subjects?deleted=true")).body).toEqual(["a"]);
  });
});
