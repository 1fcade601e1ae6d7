import { DurableObject } from "cloudflare:workers";
import { createApp } from "../routes/app.ts";
import type { Connections } from "../routes/connections.ts";
import type { ResourceEvent } from "./amplify/event.ts";
import { type Actor, createActor } from "./connection/actor.ts";
import type {
  AccessAction,
  Answer,
  ConnectionApi,
  ConsumptionQuery,
  DiscoverRequest,
  GroupsQuery,
  TopicAction,
  TopicsQuery,
} from "./connection/api.ts";
import { remote } from "./connection/remote.ts";
import { type Deployment, readDeployment } from "./deployment.ts";
import { cloudflarePorts } from "./runtime/cloudflare.ts";
import { consoleLog } from "./runtime/log.ts";
import { locationHint, placed } from "./runtime/placement.ts";
import type { Ports } from "./runtime/ports.ts";

/** Bindings; the configuration variables stand beside them as text. */
export interface Env {
  readonly CONNECTION: DurableObjectNamespace<Connection>;
}

/** Under which an object keeps its own name: an alarm may wake it without telling. */
const NAME = "name";
const UNKNOWN: Promise<Answer<never>> = Promise.resolve({
  ok: false,
  reason: "unavailable",
  message: "this connection is not configured, or its configuration is wrong",
});

/** One connection as a Durable Object: its actor, and nothing else. */
export class Connection extends DurableObject<Env> implements ConnectionApi {
  readonly #actor: Actor | undefined;

  /** @param adapt replaces ports, for a moved clock */
  constructor(state: DurableObjectState, env: Env, adapt: (ports: Ports) => Ports = (ports) => ports) {
    super(state, env);
    const known = state.storage.kv.get<string>(NAME);
    const name = state.id.name ?? known;
    if (name !== undefined && name !== known) state.storage.kv.put(NAME, name);
    const deployment = deploymentOf(env);
    const deployed = name === undefined ? undefined : deployment.connection(name);
    if (!deployed) return;
    const log = consoleLog(deployed.log, { connection: deployed.name });
    this.#actor = createActor({ ...deployed, ports: adapt(cloudflarePorts(state.storage, log)) });
  }

  override async alarm(): Promise<void> {
    await this.#actor?.wake();
  }

  tick() {
    return this.#actor?.tick() ?? UNKNOWN;
  }
  hint(event: ResourceEvent) {
    return this.#actor?.hint(event) ?? UNKNOWN;
  }
  overview() {
    return this.#actor?.overview() ?? UNKNOWN;
  }
  discover(request: DiscoverRequest) {
    return this.#actor?.discover(request) ?? UNKNOWN;
  }
  topics(query: TopicsQuery) {
    return this.#actor?.topics(query) ?? UNKNOWN;
  }
  topic(name: string) {
    return this.#actor?.topic(name) ?? UNKNOWN;
  }
  decide(name: string, action: TopicAction) {
    return this.#actor?.decide(name, action) ?? UNKNOWN;
  }
  plan() {
    return this.#actor?.plan() ?? UNKNOWN;
  }
  runs(query: { limit: number; before?: number }) {
    return this.#actor?.runs(query) ?? UNKNOWN;
  }
  work(query: { limit: number; after?: string }) {
    return this.#actor?.work(query) ?? UNKNOWN;
  }
  redrive(key: string) {
    return this.#actor?.redrive(key) ?? UNKNOWN;
  }
  audit(query: { limit: number; before?: number }) {
    return this.#actor?.audit(query) ?? UNKNOWN;
  }
  applications(query: { limit: number; after?: string }) {
    return this.#actor?.applications(query) ?? UNKNOWN;
  }
  access(name: string) {
    return this.#actor?.access(name) ?? UNKNOWN;
  }
  actOnAccess(name: string, action: AccessAction) {
    return this.#actor?.actOnAccess(name, action) ?? UNKNOWN;
  }
  drift() {
    return this.#actor?.drift() ?? UNKNOWN;
  }
  applyDrift(plan: string) {
    return this.#actor?.applyDrift(plan) ?? UNKNOWN;
  }
  groups(query: GroupsQuery) {
    return this.#actor?.groups(query) ?? UNKNOWN;
  }
  group(name: string) {
    return this.#actor?.group(name) ?? UNKNOWN;
  }
  consumption(query: ConsumptionQuery) {
    return this.#actor?.consumption(query) ?? UNKNOWN;
  }
  metrics() {
    return this.#actor?.metrics() ?? UNKNOWN;
  }
  installation() {
    return this.#actor?.installation() ?? UNKNOWN;
  }
  install(wanted: "installed" | "removed") {
    return this.#actor?.install(wanted) ?? UNKNOWN;
  }
  doctor() {
    return this.#actor?.doctor() ?? UNKNOWN;
  }
  health() {
    return this.#actor?.health() ?? UNKNOWN;
  }
}

/** Read once an isolate: the variables of a deployment never change while it runs. */
const deployments = new WeakMap<Env, Deployment>();

function deploymentOf(env: Env): Deployment {
  const known = deployments.get(env);
  if (known) return known;
  const deployment = readDeployment({ ...env }, "cloudflare");
  deployments.set(env, deployment);
  return deployment;
}

function connectionsOf(env: Env, deployment: Deployment): Connections {
  return {
    entries: deployment.entries,
    get: (name) => {
      const deployed = deployment.connection(name);
      if (!deployed) return undefined;
      const { region } = deployed;
      return remote(() => placed(env.CONNECTION, region).getByName(name, locationHint(region)));
    },
  };
}

export default {
  async fetch(request, env, context) {
    const deployment = deploymentOf(env);
    const log = consoleLog(deployment.log);
    const app = createApp({
      connections: connectionsOf(env, deployment),
      adminTokens: deployment.adminTokens,
      metricsTokens: deployment.metricsTokens,
      webhookTokens: deployment.webhookTokens,
      log,
      now: () => Date.now(),
    });
    return app.fetch(request, env, context);
  },

  async scheduled(_controller, env, _context) {
    const deployment = deploymentOf(env);
    const log = consoleLog(deployment.log);
    const connections = connectionsOf(env, deployment);
    for (const entry of deployment.entries) {
      for (const problem of entry.problems)
        log.write("error", "a connection is misconfigured", { connection: entry.name, problem });
      const answer = await connections.get(entry.name)?.tick();
      if (answer?.ok === false) log.write("error", "a tick failed", { connection: entry.name, reason: answer.message });
    }
  },
} satisfies ExportedHandler<Env>;
