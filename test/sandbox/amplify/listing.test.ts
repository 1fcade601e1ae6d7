import { describe, expect, test } from "vitest";
import { type Answer, ENV, first, World } from "./fixture.ts";
import type { Json, JsonObject } from "./json.ts";

const SERVICES = `${ENV}/apiservices`;

async function many(count: number): Promise<World> {
  const w = new World();
  const scope = { kind: "Environment", name: "kafka-env" };
  for (let i = 0; i < count; i += 1) {
    const name = `topic-${String(i).padStart(3, "0")}`;
    w.amplify.create({ kind: "APIService", scope, body: { name, title: name.toUpperCase() } });
    w.context.clock.advance(1000);
  }
  return w;
}

function bodies(answer: Answer): JsonObject[] {
  return Array.isArray(answer.json) ? answer.json.map((body: Json) => first(body)) : [];
}

function names(answer: Answer): (Json | undefined)[] {
  return bodies(answer).map(({ name }) => name);
}

describe("pages", () => {
  test("are lists with the total beside them, and the last one is short", async () => {
    const w = await many(25);
    const pages = await Promise.all([1, 2, 3, 4].map((page) => w.api("GET", `${SERVICES}?page=${page}&pageSize=10`)));
    expect(pages.map((page) => bodies(page).length)).toEqual([10, 10, 5, 0]);
    expect(pages.map((page) => page.headers.get("x-axway-total-count"))).toEqual(["25", "25", "25", "25"]);
    expect(new Set(pages.flatMap(names)).size).toBe(25);
    expect(names(pages[2] as Answer)).toEqual(["topic-020", "topic-021", "topic-022", "topic-023", "topic-024"]);
  });

  test("that nobody asked for hold ten", async () => {
    const w = await many(11);
    expect(names(await w.api("GET", SERVICES))).toHaveLength(10);
  });

  test.each(["page=0", "page=x", "pageSize=0", "pageSize=101", "pageSize=-1", "page=1.5"])(
    "with %s are refused",
    async (query) => {
      expect((await new World().api("GET", `${SERVICES}?${query}`)).status).toBe(400);
    },
  );

  test("of an empty collection are [] with the count 0", async () => {
    const answer = await new World().api("GET", `${SERVICES}?page=1&pageSize=100`);
    expect([answer.status, answer.json, answer.headers.get("x-axway-total-count")]).toEqual([200, [], "0"]);
  });

  test("HEAD counts without a body, with the query and without", async () => {
    const w = await many(12);
    const all = await w.api("HEAD", SERVICES);
    expect([all.status, all.json, all.headers.get("x-axway-total-count")]).toEqual([200, null, "12"]);
    expect((await w.api("HEAD", `${SERVICES}?query=name==topic-00*`)).headers.get("x-axway-total-count")).toBe("10");
  });

  test("of a scoped kind span all scopes when none is named, and one scope otherwise", async () => {
    const w = await many(2);
    w.amplify.create({ kind: "APIService", scope: { kind: "Environment", name: "other-env" }, body: { name: "else" } });
    expect(names(await w.api("GET", "/management/v1/apiservices"))).toEqual(["topic-000", "topic-001", "else"]);
    expect(names(await w.api("GET", SERVICES.replace("kafka-env", "other-env")))).toEqual(["else"]);
    expect((await w.api("GET", "/management/v1/apiservices/topic-000")).status).toBe(404);
    expect((await w.api("GET", "/management/v1/idpmetadatas?page=1&pageSize=100")).json).toEqual([]);
  });
});

describe("sort", () => {
  test("orders by a property, upwards unless told otherwise", async () => {
    const w = await many(3);
    const sorted = async (sort: string) => names(await w.api("GET", `${SERVICES}?sort=${encodeURIComponent(sort)}`));
    const upwards = ["topic-000", "topic-001", "topic-002"];
    expect(await sorted("metadata.audit.createTimestamp,DESC")).toEqual(upwards.toReversed());
    expect(await sorted("metadata.audit.createTimestamp,ASC")).toEqual(upwards);
    expect(await sorted("title")).toEqual(upwards);
  });

  test("in a direction that does not exist is refused", async () => {
    expect((await new World().api("GET", `${SERVICES}?sort=name,DOWN`)).status).toBe(400);
  });
});

describe("fields", () => {
  test("cut a resource to what is named, dots included, in lists and alone", async () => {
    const w = new World();
    w.publish("orders");
    const link = `${ENV}/apiservicerevisions/orders-r1`;
    w.amplify.editSub(link, "information", { hash: "123" });
    w.amplify.editSub(link, "x-agent-details", { externalAPIID: "lkc-1/orders", specHash: "9" });
    const id = first(w.amplify.get(link)?.metadata ?? null).id;
    const query =
      "?fields=name%2Cmetadata.id%2Cmetadata.references.name%2Cx-agent-details.specHash%2Cinformation%2Cnone";
    const cut = {
      name: "orders-r1",
      metadata: { id, references: [{ name: "orders" }] },
      "x-agent-details": { specHash: "9" },
      information: { hash: "123" },
    };
    expect((await w.api("GET", `${link}${query}`)).json).toEqual(cut);
    expect((await w.api("GET", `${ENV}/apiservicerevisions${query}`)).json).toEqual([cut]);
  });
});

describe("embed=metadata.references", () => {
  test("adds what is referred to with its owner, by plural", async () => {
    const w = new World();
    w.publish("orders");
    const owner = { type: "team", id: "aaaaaaaa-0000-4000-8000-000000000002" };
    const service = w.amplify.edit(`${SERVICES}/orders`, { owner });
    const answer = await w.api("GET", `${ENV}/apiservicerevisions?embed=metadata.references`);
    const embedded = { group: "management", apiVersion: "v1", kind: "APIService", name: "orders", title: "orders" };
    expect(first(answer.json)._embedded).toEqual({
      apiservices: { references: [{ ...embedded, metadata: { id: first(service.metadata ?? null).id }, owner }] },
    });
    expect(first((await w.api("GET", `${ENV}/apiservicerevisions`)).json)).not.toHaveProperty("_embedded");
  });
});

describe("queries", () => {
  async function world(): Promise<World> {
    const w = new World();
    for (const name of ["orders", "orders-eu", "stock"]) w.publish(name);
    w.amplify.edit(`${SERVICES}/orders`, {
      ...{ title: "Orders, all (EU)", tags: ["kafka", "prod"], attributes: { region: "eu" } },
    });
    w.amplify.editSub(`${SERVICES}/orders`, "x-agent-details", { externalAPIID: "lkc-1/orders_v1" });
    w.amplify.editSub(`${SERVICES}/stock`, "status", { level: "Pending" });
    w.amplify.editSub(`${ENV}/apiservicerevisions/orders-r1`, "information", { hash: "42" });
    return w;
  }

  test.each<[string, string[]]>([
    ["name==orders", ["orders"]],
    ["name==ORDERS", ["orders"]],
    ["name===ORDERS", []],
    ["name=eq=orders", ["orders"]],
    ["name==orders*", ["orders", "orders-eu"]],
    ["name==*eu", ["orders-eu"]],
    ["name==stoc_", ["stock"]],
    ["name===stoc_", []],
    ["name!=orders*", ["stock"]],
    ["name!==orders", ["orders-eu", "stock"]],
    ["name=neq=orders", ["orders-eu", "stock"]],
    ["name=in=(orders,stock,none)", ["orders", "stock"]],
    ["name=out=(orders,stock)", ["orders-eu"]],
    ['name=="orders" or name=="stock"', ["orders", "stock"]],
    ["name==orders,name==stock", ["orders", "stock"]],
    ["name==orders*;tags==prod", ["orders"]],
    ["name==orders* and tags==prod", ["orders"]],
    ["name==stock or name==orders* and tags==prod", ["orders", "stock"]],
    ["(name==stock or name==orders*) and tags==kafka", ["orders", "orders-eu", "stock"]],
    ["(name==stock,name==orders);tags=in=(prod,test)", ["orders"]],
    ["tags!=prod", ["orders-eu", "stock"]],
    ["title=='Orders, all (EU)'", ["orders"]],
    ["attributes.region==eu", ["orders"]],
    ["status.level==Pending", ["stock"]],
    ["status.level!=Pending", ["orders", "orders-eu"]],
    ["x-agent-details.externalAPIID=='lkc-1/orders_v1'", ["orders"]],
    ["x-agent-details.externalAPIID=='lkc-1/orders-v1'", []],
    ["metadata.resourceVersion>=1", ["orders", "stock"]],
    ["metadata.resourceVersion=lt=1", ["orders-eu"]],
    ["metadata.scope.name==kafka-env;name==stock", ["stock"]],
    ["name==none", []],
  ])("%s", async (query, expected) => {
    const w = await world();
    const answer = await w.api("GET", `${SERVICES}?${new URLSearchParams({ query })}`);
    expect(names(answer)).toEqual(expected);
    expect(answer.headers.get("x-axway-total-count")).toBe(String(expected.length));
  });

  test("reach into references, alone and with several conditions on one of them", async () => {
    const w = await world();
    const id = String(first(w.amplify.get(`${SERVICES}/orders`)?.metadata ?? null).id);
    const revisions = async (query: string) =>
      names(await w.api("GET", `${ENV}/apiservicerevisions?${new URLSearchParams({ query })}`));
    expect(await revisions(`metadata.references.id==${id};information.hash==42`)).toEqual(["orders-r1"]);
    expect(await revisions(`metadata.references.id==${id};information.hash==43`)).toEqual([]);
    expect(await revisions("metadata.references.name==orders*")).toEqual(["orders-r1", "orders-eu-r1"]);
    expect(await revisions("metadata.references=with='kind===APIService;name===stock'")).toEqual(["stock-r1"]);
    expect(await revisions('metadata.references=without="kind===APIService;name===stock"')).toEqual([
      "orders-r1",
      "orders-eu-r1",
    ]);
  });

  test.each([
    ["name", "an operator is expected at character 5"],
    ["==x", "a property is expected at character 1"],
    ["name==", "a value is expected at character 7"],
    ["name=like=x", "an operator is expected at character 11"],
    ["(name==x", "a parenthesis is not closed at character 9"],
    ["name==x)", "unexpected text at character 8"],
    ["name==x;", "a property is expected at character 9"],
    ["name=in=x", "a list in parentheses is expected at character 9"],
    ["name==a b", "unexpected text at character 9"],
    ["name=='a", "a value is expected at character 7"],
  ])("%s is refused", async (query, detail) => {
    const answer = await new World().api("GET", `${SERVICES}?${new URLSearchParams({ query })}`);
    expect([answer.status, first(first(answer.json).errors ?? null).detail]).toEqual([400, `query: ${detail}`]);
  });

  test("for a property that the kind does not have are refused", async () => {
    const answer = await new World().api("GET", `${SERVICES}?query=lifecycle.stage==prod`);
    expect([answer.status, first(first(answer.json).errors ?? null).detail]).toEqual([
      400,
      "query: APIService has no property lifecycle",
    ]);
  });
});
