import { describe, expect, it } from "vitest";
import { failureFrom } from "../http/support.ts";
import { all, cluster, EVIL, json, kafkaError, platformOver } from "./support.ts";

function entry(subject: string, more: object = {}) {
  return {
    subject,
    version: 1,
    id: 7,
    guid: "x",
    schemaType: "AVRO",
    schema: '"string"',
    ts: 1,
    deleted: false,
    ...more,
  };
}

const FIRST = "GET /schemas?subjectPrefix=%3A*%3A&latestOnly=true&deleted=false&offset=0&limit=1000";

function pages(total: number) {
  const entries = Array.from({ length: total }, (_, i) => entry(`s${String(i).padStart(5, "0")}-value`, { id: i }));
  return platformOver((_request, url) => {
    const offset = Number(url.searchParams.get("offset"));
    return json(entries.slice(offset, offset + 1000));
  });
}

describe("the latest schemas", () => {
  it("of all contexts come in one request, asked for in a way that Cloud answers fully", async () => {
    const world = platformOver(() =>
      json([entry(":.dev:orders-value"), entry("orders-value", { version: 3, schemaType: "PROTOBUF" }), entry(":.:x")]),
    );
    const found = await all(world.reader.latestSchemas(cluster));
    expect(found.map(({ subject, version, schemaType }) => [subject, version, schemaType])).toEqual([
      [":.dev:orders-value", 1, "AVRO"],
      ["orders-value", 3, "PROTOBUF"],
      ["x", 1, "AVRO"],
    ]);
    expect(world.asked).toEqual([FIRST]);
    expect(world.requests[0]?.headers.get("confluent-accept-unknown-properties")).toBe("true");
    expect(world.requests[0]?.headers.get("accept")).toBe("application/vnd.schemaregistry.v1+json, application/json");
  });

  it.each([
    [0, 1],
    [1, 1],
    [999, 1],
    [1000, 2],
    [1001, 2],
    [2000, 3],
    [2500, 3],
  ])("of %i subjects take %i requests, each subject once", async (subjects, requests) => {
    const world = pages(subjects);
    const found = await all(world.reader.latestSchemas(cluster));
    expect(new Set(found.map(({ subject }) => subject)).size).toBe(subjects);
    expect(found).toHaveLength(subjects);
    expect(world.asked).toHaveLength(requests);
  });

  it("end with a server that knows no offset and sends everything each time", async () => {
    const entries = Array.from({ length: 1500 }, (_, i) => entry(`s${i}`));
    const world = platformOver(() => json(entries));
    expect(await all(world.reader.latestSchemas(cluster))).toHaveLength(1500);
    expect(world.asked).toHaveLength(2);
  });

  it("are Avro where no type is given, and have no references where none are listed", async () => {
    const { schemaType: _, ...old } = entry("orders-value");
    const world = platformOver(() =>
      json([old, entry("a", { references: [] }), entry("b", { references: null, schemaType: null })]),
    );
    for (const found of await all(world.reader.latestSchemas(cluster)))
      expect([found.schemaType, found.references]).toEqual(["AVRO", []]);
  });

  it("have their references named in full, relative to their own context", async () => {
    const references = [
      { name: "com.acme.Country", subject: "com.acme.Country", version: 1 },
      { name: "x", subject: ":.prod:x", version: 2 },
      { name: "y", subject: ":.:y", version: -1 },
    ];
    const world = platformOver(() => json([entry(":.dev:address", { references }), entry("address", { references })]));
    expect(
      (await all(world.reader.latestSchemas(cluster))).map((found) => found.references.map(({ subject }) => subject)),
    ).toEqual([
      [":.dev:com.acme.Country", ":.prod:x", "y"],
      ["com.acme.Country", ":.prod:x", "y"],
    ]);
  });

  it("are not read, and none, without a registry", async () => {
    const world = platformOver(() => json([]));
    const bare = { ...cluster, registryUrl: undefined };
    expect([await all(world.reader.latestSchemas(bare)), await world.reader.schema(bare, "x", 1), world.asked]).toEqual(
      [[], undefined, []],
    );
  });

  it("with an entry that is not understood fail whole, or go on when somebody listens", async () => {
    const server = () => json([entry("a"), entry("b", { schema: 7 }), { nonsense: 1 }, entry("c")]);
    expect((await failureFrom(all(platformOver(server).reader.latestSchemas(cluster)))).failure.kind).toBe("malformed");
    const broken: unknown[] = [];
    const world = platformOver(server, {
      onBrokenSchema: (subject, error) => broken.push([subject, error.failure.kind]),
    });
    expect((await all(world.reader.latestSchemas(cluster))).map(({ subject }) => subject)).toEqual(["a", "c"]);
    expect(broken).toEqual([
      ["b", "malformed"],
      [undefined, "malformed"],
    ]);
  });

  it("that are cut off are an error, also on a later page", async () => {
    const world = platformOver((_request, url) => {
      const text = JSON.stringify(
        Array.from({ length: 1000 }, (_, i) => entry(`s${url.searchParams.get("offset")}-${i}`)),
      );
      return new Response(url.searchParams.get("offset") === "0" ? text : text.slice(0, 500));
    });
    expect((await failureFrom(all(world.reader.latestSchemas(cluster)))).failure.kind).toBe("malformed");
  });

  it("hold a schema of 10 MB", async () => {
    const world = platformOver(() => json([entry("big", { schema: `"${"x".repeat(10e6)}"` }), entry("small")]));
    expect((await all(world.reader.latestSchemas(cluster))).map(({ schema }) => schema.length)).toEqual([
      10_000_002, 8,
    ]);
  });

  it("let a reader leave early", async () => {
    for await (const found of pages(1500).reader.latestSchemas(cluster)) {
      expect(found.subject).toBe("s00000-value");
      break;
    }
  });
});

describe("a registry without a list of schemas", () => {
  it.each([404, 405])(
    "that answers %i is read by its subjects, one request each, those deleted meanwhile left out",
    async (status) => {
      const world = platformOver((_request, url) => {
        if (url.pathname === "/schemas") return kafkaError(status, status);
        if (url.pathname === "/subjects") return json([":.dev:a", "gone", "b/c"]);
        if (url.pathname.includes("gone")) return kafkaError(404, 40401);
        return json(entry(decodeURIComponent(url.pathname.split("/")[2] ?? "")));
      });
      expect((await all(world.reader.latestSchemas(cluster))).map(({ subject }) => subject)).toEqual([
        ":.dev:a",
        "b/c",
      ]);
      expect(world.asked.slice(1)).toEqual([
        "GET /subjects?subjectPrefix=%3A*%3A",
        "GET /subjects/%3A.dev%3Aa/versions/latest",
        "GET /subjects/gone/versions/latest",
        "GET /subjects/b%2Fc/versions/latest",
      ]);
    },
  );

  it("is not taken for one when it refuses the credential", async () => {
    const world = platformOver(() => kafkaError(403, 40301));
    const failure = await failureFrom(all(world.reader.latestSchemas(cluster)));
    expect(failure.message).toContain("the credential of KAFKA_SCHEMAREGISTRY_AUTH_APIKEY_ID list the schemas");
    expect(world.asked).toHaveLength(1);
  });

  it("leaves out a subject that no address can carry, when somebody listens", async () => {
    const broken: unknown[] = [];
    const world = platformOver(
      (_request, url) =>
        url.pathname === "/schemas"
          ? kafkaError(404, 404)
          : url.pathname === "/subjects"
            ? json(["..", "a"])
            : json(entry("a")),
      { onBrokenSchema: (subject) => broken.push(subject) },
    );
    expect(await all(world.reader.latestSchemas(cluster))).toHaveLength(1);
    expect(broken).toEqual([".."]);
  });
});

describe("one version", () => {
  it("is read by number, deleted ones included, and `latest` without these", async () => {
    const world = platformOver(() => json(entry("orders-value", { version: 2, deleted: true })));
    expect((await world.reader.schema(cluster, "orders-value", 2))?.version).toBe(2);
    await world.reader.schema(cluster, "orders-value", "latest");
    await world.reader.schema(cluster, ":.:orders-value", -1);
    expect(world.asked).toEqual([
      "GET /subjects/orders-value/versions/2?deleted=true",
      "GET /subjects/orders-value/versions/latest",
      "GET /subjects/orders-value/versions/latest",
    ]);
  });

  it.each([40401, 40402, 40403])("is undefined when the registry says %i", async (code) => {
    expect(await platformOver(() => kafkaError(404, code)).reader.schema(cluster, "a", 1)).toBeUndefined();
  });

  it.each([
    ["a path that does not exist", () => kafkaError(404, 404, "HTTP 404 Not Found")],
    ["a page of a proxy", () => new Response("<html><title>404</title></html>", { status: 404 })],
  ])("is not taken for absent after %s", async (_case, server) => {
    expect((await failureFrom(platformOver(server).reader.schema(cluster, "a", 1))).failure.kind).toBe("missing");
  });

  it("of another context is not the one that was asked for", async () => {
    const world = platformOver(() => json(entry(":.dev:only-dev-value")));
    expect(await world.reader.schema(cluster, "only-dev-value", 1)).toBeUndefined();
    expect((await world.reader.schema(cluster, ":.dev:only-dev-value", 1))?.subject).toBe(":.dev:only-dev-value");
  });

  it("of a subject of any name is asked for in one segment of the path", async () => {
    for (const name of [...EVIL, ":.prod.eu:ratings/v1"]) {
      const world = platformOver(() => json(entry(name)));
      expect((await world.reader.schema(cluster, name, 1))?.subject).toBe(name);
      const { pathname, search } = new URL(world.requests[0]?.url ?? "");
      const parts = pathname.split("/");
      expect([parts.length, decodeURIComponent(parts[2] ?? ""), search]).toEqual([5, name, "?deleted=true"]);
    }
  });
});
