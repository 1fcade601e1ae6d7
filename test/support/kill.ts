import type { Ports, Sql } from "../../src/runtime/ports.ts";

/** Where an object can die, in the order in which it passes by. */
export interface KillPoint {
  readonly label: string;
  /**
   * Grows with everything that changes rows, alarm or the world outside: two points of the same epoch leave the same
   * world behind, so what becomes of one becomes of the other.
   */
  readonly epoch: number;
}

/**
 * Ports that go dead at one point: from then on Http never settles, Sql and Alarm throw on each further call, and Log is
 * silent, as for an object whose isolate is gone. Without a point they only take note of where they could have died.
 */
export class Kill {
  readonly points: KillPoint[] = [];
  /** Resolves when the point was reached. */
  readonly died: Promise<"died">;
  readonly #isAt: (index: number, label: string) => boolean;
  readonly #onItsWay: (request: Request) => void;
  readonly #die: (how: "died") => void;
  #isDead = false;
  #epoch = 0;
  #depth = 0;

  /**
   * @param at index of the point to die at, or what tells it by its label; never when not given
   * @param onItsWay is told of the request that the object died before, for a network that delivers it all the same
   */
  constructor(
    at: number | ((label: string) => boolean) = Number.POSITIVE_INFINITY,
    onItsWay: (request: Request) => void = () => undefined,
  ) {
    this.#onItsWay = onItsWay;
    this.#isAt = typeof at === "number" ? (index) => index === at : (_, label) => at(label);
    const { promise, resolve } = Promise.withResolvers<"died">();
    this.died = promise;
    this.#die = resolve;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  readonly adapt = (ports: Ports): Ports => ({
    ...ports,
    sql: this.#sql(ports.sql),
    http: async (request) => {
      const label = `${request.method} ${new URL(request.url).pathname}`;
      const wasDead = this.#isDead;
      if (this.#passes(`before ${label}`)) {
        if (!wasDead) this.#onItsWay(request);
        return await never();
      }
      const response = await ports.http(request);
      this.#epoch++;
      return this.#passes(`after ${label}`) ? await never() : response;
    },
    alarm: {
      get: async () => {
        this.#alive();
        return await ports.alarm.get();
      },
      set: async (at) => {
        if (this.#passes("before the alarm is set")) throw new Dead();
        await ports.alarm.set(at);
        this.#epoch++;
      },
    },
    log: {
      write: (level, message, fields) => {
        // Nobody hears it; to throw would reach nobody either where a timer that the dead left behind rings.
        if (!this.#isDead) ports.log.write(level, message, fields);
      },
    },
  });

  #sql(sql: Sql): Sql {
    return {
      exec: (statement, ...parameters) => {
        if (this.#depth > 0) this.#alive();
        else if (this.#passes(`before ${statement.slice(0, 60)} [${String(parameters[0])}]`)) throw new Dead();
        const rows = sql.exec<never>(statement, ...parameters);
        if (!/^\s*SELECT/i.test(statement)) this.#epoch++;
        return rows;
      },
      transaction: (work) => {
        if (this.#depth === 0 && this.#passes("before a transaction")) throw new Dead();
        this.#depth++;
        try {
          return sql.transaction(work);
        } finally {
          this.#depth--;
        }
      },
    };
  }

  /** Whether the object is dead, now or since earlier. */
  #passes(label: string): boolean {
    if (this.#isDead) return true;
    if (this.#isAt(this.points.length, label)) {
      this.#isDead = true;
      this.#die("died");
    }
    this.points.push({ label, epoch: this.#epoch });
    return this.#isDead;
  }

  #alive(): void {
    if (this.#isDead) throw new Dead();
  }
}

class Dead extends Error {
  override readonly name = "Dead";
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}

/** The first point of each epoch: the others end in the same world. */
export function distinct(points: readonly KillPoint[]): number[] {
  return points.flatMap(({ epoch }, index) => (points[index - 1]?.epoch === epoch ? [] : [index]));
}

/** What a request or a point is about, whichever resource it names: two that differ in ids alone are alike. */
export function shapeOf(label: string): string {
  return label.replace(/\/(?=[^/ ]*\d)[^/ ]+/g, "/…").replace(/ \[[^\]]*\]$/, "");
}
