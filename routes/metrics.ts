import { Hono } from "hono";
import type { MetricFamily } from "../src/connection/api.ts";
import { sample, UP } from "../src/connection/metric-samples.ts";
import { requireToken, type Tokens } from "./access.ts";
import type { Connections } from "./connections.ts";
import { exposition } from "./exposition.ts";

/** prometheus.io/docs/instrumenting/exposition_formats, "Basic info". */
const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** What Prometheus scrapes. It is answered also where a connection cannot be reached: that is the news then. */
export function metrics(connections: Connections, tokens: Tokens): Hono {
  const app = new Hono();
  app.get("/", requireToken("METRICS_TOKEN", tokens), async (context) => {
    const families = await Promise.all(connections.entries.map(({ name }) => familiesOf(name, connections)));
    return context.body(exposition(families.flat()), 200, { "Content-Type": CONTENT_TYPE });
  });
  return app;
}

async function familiesOf(name: string, connections: Connections): Promise<readonly MetricFamily[]> {
  const answer = await connections.get(name)?.metrics();
  return answer?.ok ? answer.value : [{ ...UP, samples: [sample({ connection: name }, false)] }];
}
