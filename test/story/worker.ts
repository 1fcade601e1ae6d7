import type { Alarm } from "../../src/runtime/ports.ts";
import shipped, { Connection as Shipped, type Env as ShippedEnv } from "../../src/worker.ts";

interface Env extends ShippedEnv {
  readonly CONNECTION: DurableObjectNamespace<Connection>;
  /** The sandbox's control service, which holds the clock's offset. */
  readonly STORY_CONTROL: string;
}

const ALARM = "story:alarm";

/** Real time plus an offset; kept per object, read anew when it is made and whenever the clock moved. */
class MovedClock {
  readonly #control: string;
  #offset = 0;

  constructor(control: string) {
    this.#control = control;
  }

  now(): number {
    return Date.now() + this.#offset;
  }

  async read(): Promise<void> {
    const response = await fetch(`${this.#control}/clock`);
    const { offset } = await response.json<{ offset: number }>();
    this.#offset = offset;
  }
}

/** Keeps the time by the moved clock; the platform's alarm is armed when the clock has reached it. */
function movedAlarm(storage: DurableObjectStorage): Alarm {
  return {
    set: async (at) => storage.kv.put(ALARM, Math.ceil(at)),
    get: async () => storage.kv.get<number>(ALARM),
  };
}

/** The shipped object, its ports Clock and Alarm replaced. */
export class Connection extends Shipped {
  readonly #clock: MovedClock;
  #rung: () => void = () => undefined;

  constructor(state: DurableObjectState, env: Env) {
    const clock = new MovedClock(env.STORY_CONTROL);
    super(state, env, (ports) => ({ ...ports, clock, alarm: movedAlarm(state.storage) }));
    this.#clock = clock;
    void state.blockConcurrencyWhile(() => clock.read());
  }

  /** Arms the platform's alarm when it is due by the moved clock, and waits for the wake to end; tells when it rings next. */
  async moved(): Promise<number | undefined> {
    const { storage } = this.ctx;
    await this.#clock.read();
    const at = storage.kv.get<number>(ALARM);
    if (at === undefined || at > this.#clock.now()) return at;
    const rung = new Promise<void>((resolve) => {
      this.#rung = resolve;
    });
    await storage.setAlarm(Date.now());
    await rung;
    return storage.kv.get<number>(ALARM);
  }

  override async alarm(): Promise<void> {
    this.ctx.storage.kv.delete(ALARM);
    try {
      await super.alarm();
    } finally {
      this.#rung();
    }
  }
}

export default {
  async fetch(request, env, context) {
    const connection = /^\/story\/([^/]+)\/moved$/.exec(new URL(request.url).pathname)?.[1];
    if (connection === undefined) return await shipped.fetch(request, env, context);
    const alarm = await env.CONNECTION.getByName(decodeURIComponent(connection)).moved();
    return Response.json({ alarm: alarm ?? null });
  },
  scheduled: shipped.scheduled,
} satisfies ExportedHandler<Env>;
