import { readConfig, resolveConnection } from "../../src/config/config.ts";
import type { ConnectionConfig, PendingConnection, WebhookConfig } from "../../src/config/model.ts";
import { webhookOf } from "../../src/config/worker.ts";
import { type Actor, type ConnectionSource, createActor } from "../../src/connection/actor.ts";
import type { Answer } from "../../src/connection/api.ts";
import { isPeriodic } from "../../src/connection/reconcile.ts";
import { parseFilter } from "../../src/discovery/filter/filter.ts";
import { type NodeRuntime, openNodeRuntime } from "../../src/runtime/node.ts";
import type { Ports, Random } from "../../src/runtime/ports.ts";
import { grantStore } from "../../src/store/grants.ts";
import { type WorkItem, workStore } from "../../src/store/work.ts";
import { randomUuid, seededRandom } from "../sandbox/core/random.ts";
import type { LoggedRequest } from "../sandbox/core/types.ts";
import { createSandbox, type Sandbox, type SandboxOptions } from "../sandbox/sandbox.ts";
import type { Side } from "../sandbox/world/demo.ts";

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;

export interface RigOptions extends Pick<SandboxOptions, "world" | "amplifyRequestsPerMinute" | "seed" | "webhooks"> {
  readonly side: Side;
  /** An existing sandbox in process, when several rigs share one. */
  readonly sandbox?: Sandbox;
  /** Variables over those of the sandbox; an empty text unsets one. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Ports over the real ones, e.g. an Http that counts or dies. */
  readonly adapt?: (ports: Ports) => Ports;
  /** What the configuration says differently from its variables, e.g. times that no variable may set. */
  readonly configure?: (config: ConnectionConfig) => ConnectionConfig;
  /** Of the connection's own random numbers: jitter and ids. */
  readonly randomSeed?: number;
}

/** To six in the morning, UTC: what is done once a day at midnight is not done in the middle of a test, whenever it is run. */
export function untilMorning(): number {
  const day = 24 * HOUR_MS;
  return (30 * HOUR_MS - (Date.now() % day)) % day;
}

/** Shortest step of the clock, so that a run never stands still. */
const STEP_MS = 10;

/**
 * One connection over node:sqlite in memory, against a sandbox in process, with the sandbox's clock. Nothing happens by
 * itself: a test ticks, wakes and moves the clock.
 */
export class Rig {
  readonly sandbox: Sandbox;
  /** Log lines of the connection, JSON. */
  readonly logged: string[] = [];
  readonly #side: Side;
  readonly #configure: (config: ConnectionConfig) => ConnectionConfig;
  #config: ConnectionConfig;
  #source: ConnectionSource;
  #webhook: WebhookConfig | undefined;
  #adapt: (ports: Ports) => Ports;
  #runtime: NodeRuntime;
  #seed: number;
  #actor: Actor | undefined;

  constructor(options: RigOptions) {
    const { side, variables = {}, adapt = (ports) => ports, configure = (config) => config } = options;
    this.#side = side;
    this.#configure = configure;
    this.sandbox = options.sandbox ?? createSandbox({ clockOffset: untilMorning(), ...options, inProcess: true });
    [this.#config, this.#source] = this.#read(variables);
    this.#seed = options.randomSeed ?? 1;
    this.#runtime = this.#database();
    this.#adapt = adapt;
  }

  get runtime(): NodeRuntime {
    return this.#runtime;
  }

  #database(): NodeRuntime {
    return openNodeRuntime(":memory:", {
      clock: this.sandbox.clock,
      http: (request) => this.sandbox.fetch(request),
      random: randomPort(this.#seed++),
      log: { write: (level, message, fields) => this.logged.push(JSON.stringify({ level, message, ...fields })) },
    });
  }

  /** All rows are gone; what is outside stays. */
  loseDatabase(): void {
    this.#runtime.close();
    this.#runtime = this.#database();
    this.evict();
  }

  /** The object, made when it is first asked for. */
  get actor(): Actor {
    this.#actor ??= this.#open();
    return this.#actor;
  }

  get config(): ConnectionConfig {
    return this.#config;
  }

  #read(variables: Readonly<Record<string, string>>): [ConnectionConfig, ConnectionSource] {
    const environment = { ...this.sandbox.environmentVariables(this.#side), ...variables };
    const options = { now: this.sandbox.clock.now(), checkFilter };
    const { connections, pending, problems, worker } = readConfig(environment, "deno", options);
    this.#webhook = webhookOf(worker);
    const [ready, waiting] = [connections[0], pending[0]];
    if (!waiting) {
      if (!ready) throw new Error(`the configuration is wrong: ${JSON.stringify(problems)}`);
      const config = this.#configure(ready);
      return [config, { config }];
    }
    const resolve = (values: ReadonlyMap<string, string>) =>
      resolveConnection(environment, "deno", waiting, values, options);
    const { connection } = resolve(this.#secretsOf(waiting));
    if (!connection) throw new Error("the sandbox's Amplify lacks a Secret");
    return [connection, { pending: waiting, resolve }];
  }

  /** Values of `@Secret` references, as the sandbox's Amplify holds them. */
  #secretsOf({ references }: PendingConnection): ReadonlyMap<string, string> {
    const secrets = this.sandbox.parts.amplify.resources("Secret");
    const dataOf = (name: string) =>
      (secrets.find((each) => each.name === name)?.spec as { data?: Readonly<Record<string, string>> } | undefined)
        ?.data;
    return new Map(references.map(({ variable, secret, key }) => [variable, dataOf(secret)?.[key] ?? ""]));
  }

  #open(): Actor {
    const ports = this.#adapt(this.runtime.ports);
    const { requestsPerMinute } = this.#config.central;
    return createActor({ ...this.#source, ports, requestsPerMinute, webhook: this.#webhook });
  }

  /** Drops the object from memory: the next one is made on the same rows. `adapt` replaces the ports from now on. */
  evict(adapt = this.#adapt): void {
    this.#adapt = adapt;
    this.#actor = undefined;
  }

  /** A new deployment with other variables, on the same rows. */
  redeploy(variables: Readonly<Record<string, string>>): void {
    [this.#config, this.#source] = this.#read(variables);
    this.evict();
  }

  get now(): number {
    return this.sandbox.clock.now();
  }

  /** Moves the clock to the next alarm; false when none is set before `until`. */
  async jump(until = Number.POSITIVE_INFINITY): Promise<boolean> {
    const at = await this.runtime.ports.alarm.get();
    if (at === undefined || at > until) return false;
    this.sandbox.clock.advance(Math.max(STEP_MS, at - this.now));
    return true;
  }

  /** One tick and one wake. */
  async turn(): Promise<void> {
    unwrap(await this.actor.tick());
    await this.actor.wake();
  }

  /**
   * Turns and jumps until nothing is left to do but what comes round again by itself, dead items apart.
   * @param before called before every wake, e.g. to evict
   * @throws Error when it does not come to rest in `most` wakes
   */
  async settle(before: () => void | Promise<void> = () => undefined, most = 2_000): Promise<void> {
    for (let count = 0; count < most; count++) {
      await before();
      await this.turn();
      if (this.open().length === 0) return;
      await this.jump();
    }
    throw new Error(`not at rest after ${most} wakes: ${JSON.stringify(this.open().slice(0, 3))}`);
  }

  /** Lives through `ms` as a connection does: a tick each minute, and the wakes that its alarm asks for between them. */
  async live(ms: number): Promise<void> {
    const end = this.now + ms;
    for (let tick = this.now; tick < end; ) {
      await this.turn();
      tick = Math.min(end, tick + MINUTE_MS);
      while (await this.jump(tick)) await this.actor.wake();
      if (tick > this.now) this.sandbox.clock.advance(tick - this.now);
    }
    await this.turn();
  }

  /** What is still to be done, periodic work that was done at least once apart. */
  open(): readonly WorkItem[] {
    return this.work().filter(
      (item) => !item.dead && (!isPeriodic(item.key) || item.due <= this.now || item.error !== undefined),
    );
  }

  /** The work list as the rows hold it, whatever became of the object. */
  work(): readonly WorkItem[] {
    return workStore(this.runtime.ports.sql).list({ limit: 10_000 });
  }

  /** What is recorded of applications, access requests and credentials, with why they cannot go on. */
  grants(): readonly { readonly kind: string; readonly name: string; readonly error: string | undefined }[] {
    const rows = grantStore(this.runtime.ports.sql).all();
    return rows.map(({ kind, name, record }) => ({
      kind,
      name,
      error: (JSON.parse(record) as { error?: string }).error,
    }));
  }

  /** Requests since `sequence` (0: all) that the sandbox has seen, those of Amplify's budget alone. */
  amplify(after = 0): readonly LoggedRequest[] {
    return this.sandbox.log.after(after).filter(isCounted);
  }

  /** Of those, what writes; the agents' status apart. */
  writes(after = 0): readonly LoggedRequest[] {
    return this.amplify(after).filter(({ method }) => method !== "GET");
  }

  /** Requests to Confluent. */
  confluent(after = 0): readonly LoggedRequest[] {
    return this.sandbox.log.after(after).filter(({ service }) => service !== "amplify" && service !== "ingestion");
  }

  /** Sequence of the last request so far, to be given to the counts. */
  mark(): number {
    return this.sandbox.log.all().at(-1)?.sequence ?? 0;
  }

  close(): void {
    this.runtime.close();
  }
}

export function unwrap<T>(answer: Answer<T>): T {
  if (answer.ok) return answer.value;
  throw new Error(`${answer.reason}: ${answer.message}`);
}

/** Under `/apis` and `platformTeams`; tokens, the agents' status, and what comes by itself (events, the sweep) are not counted. */
function isCounted(request: LoggedRequest): boolean {
  const { service, path } = request;
  const counted = path.startsWith("/apis/") || path.startsWith("/api/v1/platformTeams");
  const isStatus = /\/(?:discovery|traceability)agents\/[^/]+\/status$/.test(path);
  return service === "amplify" && counted && !isStatus && !isSweep(request);
}

/** A list of what is still open, which is asked for every half an hour. */
export function isSweep({ path }: LoggedRequest): boolean {
  return path.includes("query=status.level");
}

function randomPort(seed: number): Random {
  const random = seededRandom(seed);
  return {
    uuid: () => randomUuid(() => random.next()),
    bytes: (length) => Uint8Array.from({ length }, () => random.below(256)),
    fraction: () => random.next(),
  };
}

function checkFilter(text: string) {
  const filter = parseFilter(text);
  return filter.ok ? { problem: undefined, warnings: filter.doubts } : { problem: filter.message, warnings: [] };
}
