import { vi } from "vitest";
import type { ConnectionConfig } from "../../src/config/model.ts";
import { migrate } from "../../src/store/schema.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import type { Side } from "../sandbox/world/demo.ts";
import { publishedWorld } from "./amplify-view.ts";
import { Kill, type KillPoint } from "./kill.ts";
import { Rig } from "./rig.ts";
import { dumpRows, loadRows, type Rows } from "./rows.ts";

/** A moment to which a trial can go back. */
interface Moment {
  /** Points passed before it. */
  readonly points: number;
  readonly now: number;
  /** Undefined before the tables were made. */
  readonly rows: Rows | undefined;
  readonly amplify: unknown;
}

/** An import that went undisturbed: how it ended, and the moments between its wakes. */
export interface Recording {
  readonly points: readonly KillPoint[];
  readonly world: Readonly<Record<string, unknown>>;
  readonly moments: readonly Moment[];
}

/**
 * Records an import and repeats it with deaths, on one sandbox whose Amplify and whose time go back between the trials.
 * Needs `Date` faked before the sandbox is made; whatever is not Amplify's must not change meanwhile.
 */
export class KillBench {
  readonly sandbox: Sandbox;
  readonly #side: Side;
  readonly #variables: Readonly<Record<string, string>>;

  constructor(sandbox: Sandbox, side: Side, variables: Readonly<Record<string, string>> = {}) {
    this.sandbox = sandbox;
    this.#side = side;
    this.#variables = variables;
  }

  /** @param begin rows to begin with; none for a new database */
  async record(begin?: Rows): Promise<Recording> {
    const kill = new Kill();
    const rig = this.#rig(kill, 1, begin);
    const moments: Moment[] = [];
    await rig.settle(() => {
      const isNew = begin === undefined && kill.points.length === 0;
      moments.push({
        points: kill.points.length,
        now: this.sandbox.clock.now(),
        rows: isNew ? undefined : dumpRows(rig.runtime.ports.sql),
        amplify: this.sandbox.parts.amplify.snapshot(),
      });
    });
    rig.close();
    return { points: kill.points, world: publishedWorld(this.sandbox.parts.amplify), moments };
  }

  /** Dies at the point, comes back as a new object on the same rows, and goes on to the end. */
  async die(at: number, { moments }: Recording): Promise<Readonly<Record<string, unknown>>> {
    const moment = moments.findLast(({ points }) => points <= at);
    if (moment === undefined) throw new Error(`nothing was recorded before point ${at}`);
    this.#goBack(moment.now);
    this.sandbox.parts.amplify.restore(moment.amplify);
    const kill = new Kill(at - moment.points);
    const rig = this.#rig(kill, at + 2, moment.rows);
    const life = rig.settle(() => {
      // Whoever outlives its object must not go on with the next one.
      if (kill.isDead) throw new Error("dead");
    });
    const end = await Promise.race([kill.died, life.catch(() => kill.died)]);
    if (end !== "died") throw new Error(`point ${at} was never reached`);
    rig.evict((ports) => ports);
    await rig.settle();
    rig.close();
    return publishedWorld(this.sandbox.parts.amplify);
  }

  #rig(kill: Kill, randomSeed: number, rows?: Rows): Rig {
    const rig = new Rig({
      side: this.#side,
      sandbox: this.sandbox,
      variables: this.#variables,
      randomSeed,
      configure: patient,
    });
    if (rows) {
      migrate(rig.runtime.ports.sql);
      loadRows(rig.runtime.ports.sql, rows);
    }
    rig.evict(kill.adapt);
    return rig;
  }

  #goBack(now: number): void {
    vi.setSystemTime(now - this.sandbox.clock.offset());
  }
}

/** Times that are never over: the timer of a request that a dead object left behind must not ring in a later test. */
export function patient(config: ConnectionConfig): ConnectionConfig {
  const timeoutMs = 2 ** 31 - 1;
  const kafka = config.kafka.kind === "cloud" ? { ...config.kafka, cloudTimeoutMs: timeoutMs } : config.kafka;
  return {
    ...config,
    central: { ...config.central, timeoutMs },
    auth: { ...config.auth, timeoutMs },
    kafka: { ...kafka, timeoutMs },
    registry: config.registry && { ...config.registry, timeoutMs },
  };
}
