import { describe, expect, it } from "vitest";
import { everything } from "./permissions.ts";
import { type PlatformLogin, type PlatformUser, platformLogin } from "./users.ts";

const users: PlatformUser[] = [
  { name: "amplify", password: "p:w", token: "t-1", role: true, rights: everything },
  { name: "guest", password: "pw", role: false, rights: everything },
];
const address = "http://localhost:8807/v3/clusters/<b>/topics";

function ask(headers: Record<string, string>, more: Partial<PlatformLogin> = {}): Response | string {
  const login = platformLogin({ realm: "KafkaRest", answers: "jetty", users: () => users, ...more });
  const caller = login(new Request(address, { headers }));
  return caller instanceof Response ? caller : caller.name;
}
const basic = (user: string, password: string) => ({ authorization: `Basic ${btoa(`${user}:${password}`)}` });

describe("a login to Confluent Platform", () => {
  it("takes user and password, the password with colons, or the user's token", () => {
    expect(ask(basic("amplify", "p:w"))).toBe("amplify");
    expect(ask({ authorization: "Bearer t-1" })).toBe("amplify");
  });

  it("answers a stranger as Jetty does: JSON with a status as text where JSON is accepted, otherwise a page", async () => {
    for (const headers of [{}, basic("amplify", "wrong"), basic("nobody", ""), { authorization: "Bearer undefined" }]) {
      const json = ask({ ...headers, accept: "application/json" }) as Response;
      expect(json.status).toBe(401);
      expect(json.headers.get("www-authenticate")).toBe('Basic realm="KafkaRest"');
      expect(await json.json()).toEqual({ message: "Unauthorized", url: new URL(address).href, status: "401" });
    }
    const page = ask({}) as Response;
    expect(page.headers.get("content-type")).toBe("text/html;charset=iso-8859-1");
    expect(await page.text()).toMatch(/^<html>\n<head>\n[\s\S]*HTTP ERROR 401 Unauthorized[\s\S]*<\/html>\n$/);
  });

  it("forbids a user without a role and fails on what is no base64", async () => {
    const accept = { accept: "application/json" };
    const forbidden = ask({ ...basic("guest", "pw"), ...accept }) as Response;
    expect([forbidden.status, ((await forbidden.json()) as { message: string }).message]).toEqual([403, "!authorized"]);
    expect((ask({ authorization: "Basic ???", ...accept }) as Response).status).toBe(500);
  });

  it("answers with an error code in front of a registry", async () => {
    const answer = ask({}, { answers: "registry", realm: "SchemaRegistry-Props" }) as Response;
    expect(await answer.json()).toEqual({ error_code: 401, message: "Unauthorized" });
  });

  it("redirects to the tunnel's login page without the tunnel's headers", () => {
    const tunnel = { "cf-access-client-id": "id" };
    expect((ask(basic("amplify", "p:w"), { tunnel }) as Response).status).toBe(302);
    expect(ask({ ...basic("amplify", "p:w"), ...tunnel }, { tunnel })).toBe("amplify");
  });
});
