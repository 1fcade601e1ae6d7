import { Hono } from "hono";
import { WEBHOOK_PATH } from "../src/config/worker.ts";
import type { Log } from "../src/runtime/ports.ts";
import { failure, requireToken, requireTokenAsPassword, type Tokens } from "./access.ts";
import type { Connections } from "./connections.ts";
import { health } from "./health.ts";
import { metrics } from "./metrics.ts";
import { pages, style } from "./pages/pages.tsx";
import { v1 } from "./v1.ts";
import { webhook } from "./webhook.ts";

export interface AppOptions {
  readonly connections: Connections;
  readonly adminTokens: Tokens;
  /** Those of METRICS_TOKEN, else of ADMIN_TOKEN. */
  readonly metricsTokens: Tokens;
  readonly webhookTokens: Tokens;
  readonly log: Log;
  /** ms since the epoch */
  readonly now: () => number;
}

/** The whole HTTP surface. It holds no state and talks to nothing but the connections. */
export function createApp({ connections, adminTokens, metricsTokens, webhookTokens, log, now }: AppOptions): Hono {
  const app = new Hono();
  app.use(async (context, next) => {
    await next();
    context.header("Cache-Control", "no-store");
    context.header("X-Content-Type-Options", "nosniff");
  });
  app.route("/health", health(connections));
  app.route(WEBHOOK_PATH, webhook(connections, webhookTokens, log));
  app.route("/metrics", metrics(connections, metricsTokens));
  app.get("/style.css", style);
  app.use("/v1/*", requireToken("ADMIN_TOKEN", adminTokens));
  app.route("/v1", v1(connections));
  for (const path of ["/", "/connections/*"]) app.use(path, requireTokenAsPassword("ADMIN_TOKEN", adminTokens));
  app.route("/", pages(connections, now));
  app.notFound((context) => failure(context, 404, "not-found", "there is nothing at this address"));
  app.onError((error, context) => {
    log.write("error", "a request failed", { path: context.req.path, error: error.message });
    return failure(context, 500, "internal", "something went wrong here; the log says what");
  });
  return app;
}
