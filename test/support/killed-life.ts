import { vi } from "vitest";
import { migrate } from "../../src/store/schema.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import type { Side } from "../sandbox/world/demo.ts";
import { Kill, type KillPoint } from "./kill.ts";
import { patient } from "./killed.ts";
import { MINUTE_MS, Rig } from "./rig.ts";
import { dumpRows, loadRows, type Rows } from "./rows.ts";

/** The longest that a request is under way whose sender has died, ms. */
const LATEST_MS = 30_000;

/** Something that people do in Amplify, and what must be true when the connection has come to rest after it. */
export interface Stage {
  readonly name: string;
  act(): void;
  /** Throws when it is not as it should be. `label` says which life this is, `rows` are what it left in its database. */
  check(label: string, rows: Rows): void | Promise<void>;
}

interface Moment {
  readonly stage: number;
  /** Points passed before it. */
  readonly points: number;
  readonly now: number;
  readonly rows: Rows;
  readonly sandbox: Readonly<Record<string, unknown>>;
}

/** A life that went undisturbed, and the moments before its wakes. */
export interface RecordedLife {
  readonly points: readonly KillPoint[];
  readonly moments: readonly Moment[];
}

/**
 * Records a life of several stages and repeats it with deaths, each from the wake in which it dies. Everything goes back
 * between two lives: rows, sandbox and time. Needs `Date` faked before the sandbox is made.
 */
export class LifeBench {
  readonly sandbox: Sandbox;
  readonly #side: Side;
  readonly #variables: Readonly<Record<string, string>>;
  readonly #stages: readonly Stage[];

  constructor(sandbox: Sandbox, side: Side, variables: Readonly<Record<string, string>>, stages: readonly Stage[]) {
    this.sandbox = sandbox;
    this.#side = side;
    this.#variables = variables;
    this.#stages = stages;
  }

  /** @param begin rows to begin with */
  async record(begin: Rows): Promise<RecordedLife> {
    const kill = new Kill();
    const rig = this.#rig(kill, 1, begin);
    const moments: Moment[] = [];
    for (const [stage, { act, check }] of this.#stages.entries()) {
      this.#begin(act);
      await rested(rig, kill, "undisturbed", () => {
        const rows = dumpRows(rig.runtime.ports.sql);
        moments.push({
          stage,
          points: kill.points.length,
          now: rig.now,
          rows,
          sandbox: this.sandbox.snapshot(),
        });
      });
      await check("undisturbed", dumpRows(rig.runtime.ports.sql));
    }
    rig.close();
    return { points: kill.points, moments };
  }

  /**
   * Dies at the point, comes back as a new object on the same rows, and goes on through all stages.
   * @param isLate the request that it dies before arrives nevertheless, when the next object has long been at work
   */
  async die(at: number, { points, moments }: RecordedLife, isLate = false): Promise<void> {
    const moment = moments.findLast((each) => each.points <= at);
    if (moment === undefined) throw new Error(`nothing was recorded before point ${at}`);
    vi.setSystemTime(moment.now - this.sandbox.clock.offset());
    this.sandbox.restore(moment.sandbox);
    let arrival: Promise<unknown> | undefined;
    const deliver = (request: Request) => {
      arrival = this.sandbox.clock.wait(LATEST_MS).then(() => this.sandbox.fetch(request));
    };
    const kill = new Kill(at - moment.points, isLate ? deliver : undefined);
    const rig = this.#rig(kill, at + 2, moment.rows);
    const label = `killed ${points[at]?.label}, point ${at}, ${this.#stages[moment.stage]?.name}${isLate ? ", late" : ""}`;
    for (const [stage, { act, check }] of this.#stages.entries()) {
      if (stage < moment.stage) continue;
      if (stage > moment.stage) this.#begin(act);
      // The same life takes a look at the work list more or less: a death at the very end of a stage may fall into the next.
      await rested(rig, kill, label);
      if (arrival !== undefined) {
        this.sandbox.clock.advance(LATEST_MS);
        await arrival;
        arrival = undefined;
        await rig.live(2 * MINUTE_MS);
      }
      await check(label, dumpRows(rig.runtime.ports.sql));
    }
    if (!kill.isDead) throw new Error(`${label}: never reached`);
    rig.close();
  }

  #begin(act: () => void): void {
    act();
    // To the next look at the events.
    this.sandbox.clock.advance(MINUTE_MS);
  }

  #rig(kill: Kill, randomSeed: number, rows: Rows): Rig {
    const { sandbox } = this;
    const rig = new Rig({
      side: this.#side,
      sandbox,
      variables: this.#variables,
      randomSeed,
      configure: patient,
    });
    migrate(rig.runtime.ports.sql);
    loadRows(rig.runtime.ports.sql, rows);
    rig.evict(kill.adapt);
    return rig;
  }
}

/** Wakes until nothing is left to do, times to wait for included; with a new object from a death on. */
async function rested(rig: Rig, kill: Kill, label: string, before: () => void = () => undefined): Promise<void> {
  for (let count = 0; count < 300; count++) {
    before();
    await turned(rig, kill);
    if (rig.open().length === 0) return;
    await rig.jump();
  }
  const open = rig.open().map(({ key, reason, error }) => ({ key, reason, error }));
  throw new Error(`${label}: not at rest: ${JSON.stringify([open, rig.grants()])}`);
}

async function turned(rig: Rig, kill: Kill): Promise<void> {
  if (kill.isDead) return await rig.turn();
  const turn = rig.turn();
  const end = await Promise.race([kill.died, turn.catch(() => kill.died)]);
  if (end !== "died") return;
  rig.evict((ports) => ports);
  await rig.turn();
}
