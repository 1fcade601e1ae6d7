import { mkdirSync } from "node:fs";
import { createApp } from "../routes/app.ts";
import type { Connections } from "../routes/connections.ts";
import { type Actor, createActor } from "./connection/actor.ts";
import { type Deployment, readDeployment } from "./deployment.ts";
import { consoleLog } from "./runtime/log.ts";
import { openNodeRuntime } from "./runtime/node.ts";

/** One tick a minute, as Cloudflare's cron gives it. */
const TICK_MS = 60_000;

/**
 * Runs every connection in this process, each with a database file of its own in `folder`, and gives what serves HTTP.
 * @returns `close` ends the timers and closes the files
 */
export function startDeno(environment: Readonly<Record<string, string | undefined>>, folder: string) {
  const deployment = readDeployment(environment, "deno");
  const log = consoleLog(deployment.log);
  mkdirSync(folder, { recursive: true });
  const running = startAll(deployment, folder);
  const connections: Connections = { entries: deployment.entries, get: (name) => running.get(name)?.actor };
  const { adminTokens, metricsTokens, webhookTokens } = deployment;
  const app = createApp({ connections, adminTokens, metricsTokens, webhookTokens, log, now: () => Date.now() });
  const tick = async () => {
    for (const { actor } of running.values()) await actor.tick();
  };
  void tick();
  const timer = setInterval(() => void tick(), TICK_MS);
  return {
    fetch: (request: Request) => app.fetch(request),
    close: () => {
      clearInterval(timer);
      for (const { close } of running.values()) close();
    },
  };
}

function startAll(deployment: Deployment, folder: string) {
  const running = new Map<string, { readonly actor: Actor; readonly close: () => void }>();
  for (const { name } of deployment.entries) {
    const deployed = deployment.connection(name);
    if (!deployed) continue;
    const log = consoleLog(deployed.log, { connection: name });
    const runtime = openNodeRuntime(`${folder}/${name}.sqlite`, { log });
    const actor = createActor({ ...deployed, ports: runtime.ports });
    runtime.start(() => actor.wake());
    running.set(name, { actor, close: runtime.close });
  }
  return running;
}

/** `deno run … src/deno.ts [folder]`: serves on PORT, 8787 when not given, until it is ended. */
if (import.meta.main) {
  const [folder = "data"] = Deno.args;
  const variables = Deno.env.toObject();
  const { fetch } = startDeno(variables, folder);
  Deno.serve({ port: Number(variables.PORT ?? 8787) }, fetch);
}
