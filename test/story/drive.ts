import * as v from "valibot";
import { isPeriodic } from "../../src/connection/reconcile.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import type { Host } from "./hosts/host.ts";
import type { Operator, WorkItem } from "./operator.ts";

/** Alarms ring a little late, as they do: what becomes due shortly after one another is done in one wake. */
const LATE_MS = 500;
const MOST_WAKES = 3_000;
/**
 * The cron, once a minute. It wakes a connection that waits for its request budget, too; half a minute after the start,
 * so that this falls between the bursts of an import.
 */
const TICK_MS = 60_000;
const FIRST_TICK_MS = 30_000;

const Moved = v.object({ alarm: v.nullable(v.number()) });

export interface DriveOptions {
  readonly host: Host;
  readonly sandbox: Sandbox;
  readonly operator: Operator;
  readonly connections: readonly string[];
  /** Objects are dropped from memory before every wake. */
  readonly evicted: boolean;
}

/** Moves the clock from alarm to alarm, so that hours pass in seconds and every wake happens at its time. */
export class Drive {
  readonly #options: DriveOptions;
  /** When each connection's alarm rings next, as last heard. */
  readonly #alarms = new Map<string, number | undefined>();
  #nextTick: number;
  wakes = 0;

  constructor(options: DriveOptions) {
    this.#options = options;
    this.#nextTick = options.sandbox.clock.now() + FIRST_TICK_MS;
  }

  /** The cron's tick, then everything until both connections are at rest. */
  async start(): Promise<void> {
    await this.#tick();
    await this.settle();
  }

  /** Wakes and jumps until nothing is left to do but what comes round again by itself, dead items apart. */
  async settle(): Promise<void> {
    const { connections, sandbox } = this.#options;
    const most = this.wakes + MOST_WAKES;
    for (;;) {
      const open = await Promise.all(connections.map((connection) => this.#open(connection)));
      const busy = connections.filter((_, index) => (open[index]?.length ?? 0) > 0);
      if (busy.length === 0) return;
      const next = Math.min(...busy.map((connection) => this.#alarms.get(connection) ?? Number.POSITIVE_INFINITY));
      if (!Number.isFinite(next)) throw new Error(`no alarm is set, and there is work: ${described(open.flat())}`);
      if (this.wakes >= most) throw new Error(`not at rest after ${MOST_WAKES} wakes: ${described(open.flat())}`);
      const wait = Math.max(next - sandbox.clock.now(), 0) + LATE_MS;
      await this.jump(Math.min(wait, Math.max(this.#nextTick - sandbox.clock.now(), 0)));
    }
  }

  /** Lives until it is done, or `most` ms have passed. */
  async until(done: () => boolean, most: number): Promise<void> {
    const end = this.#options.sandbox.clock.now() + most;
    while (!done() && this.#options.sandbox.clock.now() < end) await this.#next(end);
  }

  /** Lives through `ms`. */
  async pass(ms: number): Promise<void> {
    await this.until(() => false, ms);
  }

  /** To the next alarm or tick, but not past `end`. */
  async #next(end: number): Promise<void> {
    const now = this.#options.sandbox.clock.now();
    const alarms = this.#options.connections.map((connection) => this.#alarms.get(connection) ?? end);
    const at = Math.min(Math.max(Math.min(...alarms), now) + LATE_MS, this.#nextTick, end);
    await this.jump(Math.max(at - now, 1));
  }

  /** Moves the clock and rings every alarm that is due then, once. */
  async jump(ms: number): Promise<void> {
    const { connections, sandbox } = this.#options;
    sandbox.clock.advance(ms);
    const now = sandbox.clock.now();
    if (now >= this.#nextTick) {
      while (this.#nextTick <= now) this.#nextTick += TICK_MS;
      return await this.#tick();
    }
    await this.#ring(
      connections.filter((connection) => (this.#alarms.get(connection) ?? Number.POSITIVE_INFINITY) <= now),
    );
  }

  /** A tick may set any alarm to now. */
  async #tick(): Promise<void> {
    await this.#options.host.tick();
    await this.#ring(this.#options.connections);
  }

  async #ring(due: readonly string[]): Promise<void> {
    const { host, evicted } = this.#options;
    this.wakes += due.length;
    if (evicted) for (const connection of due) await host.evict(connection);
    await this.#moved();
  }

  async #moved(): Promise<void> {
    const { connections, host } = this.#options;
    await Promise.all(
      connections.map(async (connection) => {
        const answer = await host.fetch(`/story/${connection}/moved`, { method: "POST" });
        const { alarm } = v.parse(Moved, await answer.json());
        this.#alarms.set(connection, alarm ?? undefined);
      }),
    );
  }

  async #open(connection: string): Promise<readonly WorkItem[]> {
    const now = this.#options.sandbox.clock.now();
    const items = await this.#options.operator.work(connection);
    return items.filter(
      ({ key, dead, due, error }) => !dead && (!isPeriodic(key) || due <= now || error !== undefined),
    );
  }
}

function described(items: readonly WorkItem[]): string {
  return items
    .slice(0, 3)
    .map(({ key, reason, error }) => `${key} (${error ?? reason})`)
    .join(", ");
}
