import { describe, expect, test } from "vitest";
import { anyLogin, basicLogin, bearerLogin, behindTunnel, cloudKeyLogin, everythingAllowed } from "./authenticators.ts";
import { asking, emptyRegistry } from "./support.ts";

const basic = (user: string, password: string) => ({ authorization: `Basic ${btoa(`${user}:${password}`)}` });
const UNAUTHORIZED = { error_code: 401, message: "Unauthorized" };

describe("Basic", () => {
  const users = new Map([
    ["reader", { password: "with:colon" }],
    ["outsider", { password: "p", admitted: false }],
  ]);
  const ask = asking(emptyRegistry(), { authenticate: basicLogin(users) });

  test.each([
    ["nothing", {}],
    ["a wrong password", basic("reader", "wrong")],
    ["an unknown user", basic("nobody", "p")],
    ["a token", { authorization: "Bearer x" }],
    ["what is no Base64", { authorization: "Basic %%%" }],
    ["what has no colon", { authorization: `Basic ${btoa("reader")}` }],
  ])(
    "%s is refused with a challenge, in JSON whatever is accepted, and before the path is looked at",
    async (_, headers) => {
      for (const path of ["/subjects", "/nope"]) {
        const answer = await ask("GET", path, undefined, { accept: "text/html", ...headers });
        expect([answer.status, answer.body]).toEqual([401, UNAUTHORIZED]);
        expect(answer.headers.get("content-type")).toBe("application/json");
        expect(answer.headers.get("www-authenticate")).toBe('Basic realm="SchemaRegistryRealm"');
      }
    },
  );

  test("a user without a role is 403, the right one is let in", async () => {
    const outsider = await ask("GET", "/subjects", undefined, basic("outsider", "p"));
    expect([outsider.status, outsider.body]).toEqual([403, { error_code: 403, message: "!authorized" }]);
    expect((await ask("GET", "/subjects", undefined, basic("reader", "with:colon"))).status).toBe(200);
  });
});

test("a Bearer token is let in while it is recognised", async () => {
  let valid = true;
  const authenticate = bearerLogin((token) => (token === "abc" && valid ? everythingAllowed("client") : undefined));
  const ask = asking(emptyRegistry(), { authenticate });
  expect((await ask("GET", "/subjects", undefined, { authorization: "Bearer abc" })).status).toBe(200);
  valid = false;
  const late = await ask("GET", "/subjects", undefined, { authorization: "Bearer abc" });
  expect([late.status, late.body, late.headers.get("www-authenticate")]).toEqual([
    401,
    UNAUTHORIZED,
    'Bearer realm="SchemaRegistryRealm"',
  ]);
});

test("a Cloud key is let in as Basic user and password", async () => {
  const authenticate = cloudKeyLogin((key, secret) =>
    key === "KEY" && secret === "s3" ? everythingAllowed(key) : undefined,
  );
  const ask = asking(emptyRegistry(), { authenticate, flavour: "cloud" });
  expect((await ask("GET", "/subjects", undefined, basic("KEY", "s3"))).status).toBe(200);
  expect((await ask("GET", "/subjects", undefined, basic("KEY", "no"))).body).toEqual(UNAUTHORIZED);
});

test("of several logins any will do, and the first one's refusal is told", async () => {
  const authenticate = anyLogin(
    basicLogin(new Map([["a", { password: "b" }]])),
    bearerLogin((token) => (token === "t" ? everythingAllowed("t") : undefined)),
  );
  const ask = asking(emptyRegistry(), { authenticate });
  expect((await ask("GET", "/", undefined, basic("a", "b"))).status).toBe(200);
  expect((await ask("GET", "/", undefined, { authorization: "Bearer t" })).status).toBe(200);
  expect((await ask("GET", "/")).headers.get("www-authenticate")).toContain("Basic");
});

test("a tunnel answers for itself until its headers are right, then the registry does", async () => {
  const authenticate = behindTunnel({ "CF-Access-Client-Id": "id" }, basicLogin(new Map()));
  const ask = asking(emptyRegistry(), { authenticate });
  const outside = await ask("GET", "/subjects");
  expect([outside.status, outside.headers.get("content-type")]).toEqual([403, "text/html"]);
  expect((await ask("GET", "/subjects", undefined, { "cf-access-client-id": "id" })).status).toBe(401);
});
