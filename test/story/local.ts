import { Hono } from "hono";
import type { AppOptions } from "../../routes/app.ts";
import { type Actor, createActor } from "../../src/connection/actor.ts";
import { type DeployedConnection, readDeployment } from "../../src/deployment.ts";
import { jsonLog } from "../../src/runtime/log.ts";
import { openNodeRuntime } from "../../src/runtime/node.ts";
import type { Alarm, Clock, Http } from "../../src/runtime/ports.ts";

export interface LocalOptions {
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Where a connection's database is, e.g. `:memory:`. */
  readonly fileOf: (connection: string) => string;
  readonly clock: Clock;
  readonly http?: Http;
  /** The HTTP surface; Node has no JSX and leaves the pages out. */
  readonly surface: (options: AppOptions) => Hono;
}

/** Standard output is the story's. */
const log = jsonLog((line) => console.error(line), { level: "error", maskedValues: [] });

/**
 * Every connection in this process over node:sqlite, as src/deno.ts runs them, but with the story's clock and with
 * alarms that ring only when the story says that the clock has moved.
 */
export function startLocal({ variables, fileOf, clock, http, surface }: LocalOptions) {
  const deployment = readDeployment(variables, "deno");
  const running = new Map<string, LocalConnection>();
  for (const { name, problems } of deployment.entries) {
    const deployed = deployment.connection(name);
    if (!deployed) throw new Error(`the configuration of ${name} is wrong: ${problems.join("; ")}`);
    running.set(name, new LocalConnection(deployed, fileOf(name), { clock, http }));
  }
  const app = new Hono();
  app.post("/story/:connection/moved", async (context) => {
    const alarm = await running.get(context.req.param("connection"))?.moved();
    return context.json({ alarm: alarm ?? null });
  });
  app.post("/story/:connection/evicted", (context) => {
    running.get(context.req.param("connection"))?.evict();
    return context.json({});
  });
  app.post("/story/tick", async (context) => {
    for (const { actor } of running.values()) await actor.tick();
    return context.json({});
  });
  const connections = { entries: deployment.entries, get: (name: string) => running.get(name)?.actor };
  const { adminTokens, metricsTokens, webhookTokens } = deployment;
  app.mount(
    "/",
    surface({ connections, adminTokens, metricsTokens, webhookTokens, log, now: () => clock.now() }).fetch,
  );
  return {
    fetch: (request: Request) => app.fetch(request),
    close: () => {
      for (const connection of running.values()) connection.close();
    },
  };
}

class LocalConnection {
  readonly #deployed: DeployedConnection;
  readonly #clock: Clock;
  readonly #runtime;
  /** By the moved clock, ms; it outlives an object that is dropped. */
  #alarm: number | undefined;
  actor: Actor;

  constructor(deployed: DeployedConnection, file: string, ports: { clock: Clock; http: Http | undefined }) {
    const { clock, http } = ports;
    this.#deployed = deployed;
    this.#clock = clock;
    this.#runtime = openNodeRuntime(file, { clock, log, ...(http ? { http } : {}) });
    this.actor = this.#open();
  }

  #open(): Actor {
    const alarm: Alarm = {
      set: async (at) => {
        this.#alarm = Math.ceil(at);
      },
      get: async () => this.#alarm,
    };
    return createActor({ ...this.#deployed, ports: { ...this.#runtime.ports, alarm } });
  }

  /** A new object on the same rows. */
  evict(): void {
    this.actor = this.#open();
  }

  /** Rings when the alarm is due; returns when it rings next. */
  async moved(): Promise<number | undefined> {
    const at = this.#alarm;
    if (at === undefined || at > this.#clock.now()) return at;
    this.#alarm = undefined;
    await this.actor.wake();
    return this.#alarm;
  }

  close(): void {
    this.#runtime.close();
  }
}
