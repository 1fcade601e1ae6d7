import { readConfig } from "../../src/config/config.ts";
import type { ConnectionConfig } from "../../src/config/model.ts";
import { type Actor, createActor } from "../../src/connection/actor.ts";
import type { Answer } from "../../src/connection/api.ts";
import { parseFilter } from "../../src/discovery/filter/filter.ts";
import { type NodeRuntime, openNodeRuntime } from "../../src/runtime/node.ts";
import type { Ports } from "../../src/runtime/ports.ts";
import type { WorkItem } from "../../src/store/work.ts";
import { createSandbox, type Sandbox, type SandboxOptions } from "../sandbox/sandbox.ts";
import type { Side } from "../sandbox/world/demo.ts";

export interface RigOptions extends Pick<SandboxOptions, "world" | "amplifyRequestsPerMinute" | "seed"> {
  readonly side: Side;
  /** An existing sandbox in process, when several rigs share one. */
  readonly sandbox?: Sandbox;
  /** Variables over those of the sandbox; an empty text unsets one. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Ports over the real ones, e.g. an Http that counts or dies. */
  readonly adapt?: (ports: Ports) => Ports;
}

/** Shortest step of the clock, so that a run never stands still. */
const STEP_MS = 10;

/**
 * One connection over node:sqlite in memory, against a sandbox in process, with the sandbox's clock. Nothing happens by
 * itself: a test ticks, wakes and moves the clock.
 */
export class Rig {
  readonly sandbox: Sandbox;
  readonly config: ConnectionConfig;
  readonly runtime: NodeRuntime;
  /** Log lines of the connection, JSON. */
  readonly logged: string[] = [];
  actor: Actor;
  #adapt: (ports: Ports) => Ports;

  constructor(options: RigOptions) {
    const { side, variables = {}, adapt = (ports) => ports } = options;
    this.sandbox = options.sandbox ?? createSandbox({ ...options, inProcess: true });
    const environment = { ...this.sandbox.environmentVariables(side), ...variables };
    const { connections, problems } = readConfig(environment, "deno", { now: this.sandbox.clock.now(), checkFilter });
    const [config] = connections;
    if (!config) throw new Error(`the configuration is wrong: ${JSON.stringify(problems)}`);
    this.config = config;
    this.runtime = openNodeRuntime(":memory:", {
      clock: this.sandbox.clock,
      http: (request) => this.sandbox.fetch(request),
      log: { write: (level, message, fields) => this.logged.push(JSON.stringify({ level, message, ...fields })) },
    });
    this.#adapt = adapt;
    this.actor = this.#open();
  }

  #open(): Actor {
    const ports = this.#adapt(this.runtime.ports);
    return createActor({ config: this.config, ports, requestsPerMinute: this.config.central.requestsPerMinute });
  }

  /** Drops the object from memory: a new one on the same rows. `adapt` replaces the ports from now on. */
  evict(adapt = this.#adapt): void {
    this.#adapt = adapt;
    this.actor = this.#open();
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
      if ((await this.open()).length === 0) return;
      await this.jump();
    }
    throw new Error(`not at rest after ${most} wakes: ${JSON.stringify((await this.open()).slice(0, 3))}`);
  }

  /** What is still to be done, periodic work that was done at least once apart. */
  async open(): Promise<readonly WorkItem[]> {
    const items = await this.work();
    return items.filter(
      (item) => !item.dead && (!isPeriodic(item.key) || item.due <= this.now || item.error !== undefined),
    );
  }

  async work(): Promise<readonly WorkItem[]> {
    return unwrap(await this.actor.work({ limit: 1_000 })).items;
  }

  close(): void {
    this.runtime.close();
  }
}

export function unwrap<T>(answer: Answer<T>): T {
  if (answer.ok) return answer.value;
  throw new Error(`${answer.reason}: ${answer.message}`);
}

function isPeriodic(key: string): boolean {
  return ["setup", "discovery", "verify", "status"].includes(key);
}

function checkFilter(text: string) {
  const filter = parseFilter(text);
  return filter.ok ? { problem: undefined, warnings: filter.doubts } : { problem: filter.message, warnings: [] };
}
