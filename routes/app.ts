import { Hono } from "hono";
import type { Log } from "../src/runtime/ports.ts";
import { failure, requireToken, type Tokens } from "./access.ts";
import { api } from "./api.ts";
import type { Connections } from "./connections.ts";
import { health } from "./health.ts";

export interface AppOptions {
  readonly connections: Connections;
  readonly adminTokens: Tokens;
  readonly log: Log;
}

/** The whole HTTP surface. It holds no state and talks to nothing but the connections. */
export function createApp({ connections, adminTokens, log }: AppOptions): Hono {
  const app = new Hono();
  app.use(async (context, next) => {
    await next();
    context.header("Cache-Control", "no-store");
    context.header("X-Content-Type-Options", "nosniff");
  });
  app.route("/health", health(connections));
  app.use("/v1/*", requireToken("ADMIN_TOKEN", adminTokens));
  app.route("/v1", api(connections));
  app.notFound((context) => failure(context, 404, "not-found", "there is nothing at this address"));
  app.onError((error, context) => {
    log.write("error", "a request failed", { path: context.req.path, error: error.message });
    return failure(context, 500, "internal", "something went wrong here; the log says what");
  });
  return app;
}
