import { describe, expect, it } from "vitest";
import { rig } from "./fixtures.ts";

const JSON_TYPE = "application/json";

describe("the HTTP layer of Kafka REST", () => {
  it.each([
    ["an unknown path", "no-such", {}, 404, "HTTP 404 Not Found"],
    ["another method", "topics", { method: "DELETE" }, 405, "HTTP 405 Method Not Allowed"],
    ["an Accept that cannot be met", "topics", { headers: { accept: "text/html" } }, 406, "HTTP 406 Not Acceptable"],
    [
      "a type that is refused by name",
      "topics",
      { headers: { accept: "application/json;q=0" } },
      406,
      "HTTP 406 Not Acceptable",
    ],
    ["an encoded colon", "topics/t/configs%3Aalter", { method: "POST" }, 404, "HTTP 404 Not Found"],
    ["the other products' prefix", "/kafka/v3/clusters", {}, 404, "HTTP 404 Not Found"],
  ])("answers %s with JSON that has no Content-Type", async (_, path, init, status, message) => {
    const answer = await rig().ask(path, init);
    expect(answer).toMatchObject({ status, body: { error_code: status, message } });
    expect(answer.headers.get("content-type")).toBeNull();
  });

  it.each([
    ["an empty segment", "/v3//clusters", 400, "Ambiguous URI empty segment"],
    ["a percent sign before no number", "/v3/clusters/%ZZ", 400, "Bad Request"],
    ["bytes that are no UTF-8", "/v3/clusters/%FF", 400, "Bad Request"],
    ["nine thousand bytes", `/v3/clusters/${"x".repeat(9000)}`, 414, "URI Too Long"],
  ])("refuses a path with %s by a page, whatever is accepted", async (_, path, status, reason) => {
    const answer = await rig().ask(path, { headers: { accept: JSON_TYPE } });
    expect(answer.status).toBe(status);
    expect(answer.headers.get("content-type")).toBe("text/html;charset=iso-8859-1");
    expect(answer.text).toContain(`<title>Error ${status} ${reason}</title>`);
  });

  it("accepts ranges, parameters, no Accept at all, trailing slashes and path parameters", async () => {
    const { ask } = rig();
    for (const accept of ["*/*", "application/*", "text/html, application/json;q=0.5", ""]) {
      expect((await ask("topics", { headers: { accept } })).status).toBe(200);
    }
    expect((await ask("topics/")).status).toBe(200);
    expect((await ask("topics/_schemas;a=b")).body.topic_name).toBe("_schemas");
  });

  it("answers HEAD without a body and OPTIONS with the methods of the path", async () => {
    const { ask } = rig();
    const head = await ask("topics/-/configs", { method: "HEAD" });
    expect([head.status, head.text, head.headers.get("content-type")]).toEqual([200, "", JSON_TYPE]);
    const options = await ask("topics", { method: "OPTIONS" });
    expect([options.status, options.headers.get("allow")]).toEqual([200, "HEAD,POST,GET,OPTIONS"]);
  });

  it("lets the rate limiter speak in JSON with a code, and again after a second", async () => {
    const { ask, context } = rig({ permitsPerSecond: 2 });
    expect((await ask("topics")).status).toBe(200);
    expect((await ask("topics")).status).toBe(200);
    expect((await ask("topics")).body).toEqual({
      error_code: 429,
      message: "Request rate limit exceeded: The rate limit of requests per second has been exceeded.",
    });
    context.clock.advance(1000);
    expect((await ask("topics")).status).toBe(200);
  });

  it("lets the DoSFilter speak in the shape of the HTTP layer, for as long as requests keep coming", async () => {
    const { ask, context } = rig({ dosFilterPerSecond: 2 });
    for (const status of [200, 200, 429, 429]) expect((await ask("topics")).status).toBe(status);
    const refused = await ask("topics", { headers: { accept: JSON_TYPE } });
    expect(refused.body).toEqual({
      message: "Too Many Requests",
      url: "http://kafka.example:8082/v3/clusters/c1/topics",
      status: "429",
    });
    expect(refused.headers.get("dosfilter")).toBe("unavailable");
    context.clock.advance(1000);
    expect((await ask("topics")).status).toBe(200);
  });

  it("hides a blocked endpoint: 404 for reading, 405 for anything else, others stay", async () => {
    const { ask, post } = rig({ blocklist: ["api.v3.topics.*", "api.v3.partitions.list"] });
    expect(await ask("topics")).toMatchObject({
      status: 404,
      body: { error_code: 404, message: "HTTP 404 Not Found" },
    });
    expect(await post("topics", { topic_name: "t" })).toMatchObject({
      status: 405,
      body: { error_code: 405, message: "HTTP 405 Method Not Allowed" },
    });
    expect((await ask("topics/_schemas/partitions")).status).toBe(404);
    expect((await ask("topics/_schemas/partitions/0")).status).toBe(200);
  });

  it("zips what is read when asked to, unless gzip is refused by name", async () => {
    const { ask } = rig();
    const encoding = async (value: string) =>
      (await ask("topics", { headers: { "accept-encoding": value } })).headers.get("content-encoding");
    expect(await encoding("gzip, deflate, br")).toBe("gzip");
    expect(await encoding("gzip;q=0, br")).toBeNull();
    expect(await encoding("br")).toBeNull();
  });
});
