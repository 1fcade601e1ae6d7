import { Hono } from "hono";
import type { Connections } from "./connections.ts";

/** Open to everyone, so it tells ages and states, and nothing that a stranger could use. 503 when something is stale. */
export function health(connections: Connections): Hono {
  const app = new Hono();
  app.get("/", async (context) => {
    const reports = await Promise.all(
      connections.entries.map(async (entry) => {
        const report = await connections.get(entry.name)?.health();
        if (!report?.ok) return { connection: entry.name, healthy: false, state: "misconfigured" as const };
        const { healthy, connection, discoveryAge, oldestWorkAge, dead } = report.value;
        return { connection, healthy, discoveryAge, oldestWorkAge, dead };
      }),
    );
    const healthy = reports.length > 0 && reports.every((report) => report.healthy);
    return context.json({ healthy, connections: reports }, healthy ? 200 : 503);
  });
  return app;
}
