import { type ApiServer, createApiServer } from "../../../src/amplify/apiserver.ts";
import { createTokenSource } from "../../../src/amplify/token.ts";
import type { Outlet } from "../../../src/http/outlet.ts";
import { CLIENT, ORGANIZATION, ORIGIN, type World } from "../../sandbox/amplify/fixture.ts";
import { countingRandom } from "./support.ts";

export const CENTRAL = "https://central.test";

/** An API server behind an outlet, with a token that is simply there. */
export function apiOver(outlet: Outlet): ApiServer {
  const tokens = {
    token: async () => ({ value: "t0ken", orgGuid: undefined, expiresAt: 0 }),
    invalidate: async () => undefined,
  };
  const central = { outlet, tokens, baseUrl: CENTRAL, tenantId: "123456789", userAgent: "ours" };
  return createApiServer({ ...central, timeoutMs: 60_000, pageSize: 100 });
}

/** The client's side of a sandbox, and the requests that it made. */
export function clientOf(world: World) {
  const lines: string[] = [];
  const outlet: Outlet = {
    async send({ method, url, headers, body }) {
      if (!url.includes("/auth/")) lines.push(`${method} ${url.slice(ORIGIN.length)}`);
      const init = { method, headers: { ...headers }, ...(body === undefined ? {} : { body }) };
      const response = await world.amplify.fetch(new Request(url, init));
      return { status: response.status, headers: response.headers, text: await response.text() };
    },
    stream: () => Promise.reject(new Error("not used")),
  };
  const tokens = createTokenSource({
    outlet,
    credentials: { kind: "client-secret", clientId: CLIENT, clientSecret: "s3cret" },
    authUrl: `${ORIGIN}/auth`,
    realm: "Broker",
    timeoutMs: 10_000,
    clock: world.context.clock,
    random: countingRandom(),
    keep: { load: async () => undefined, store: async () => undefined },
  });
  const central = { outlet, tokens, baseUrl: ORIGIN, tenantId: ORGANIZATION, userAgent: "ours", timeoutMs: 60_000 };
  return { lines, central, api: createApiServer({ ...central, pageSize: 100 }) };
}
