import { Hono } from "hono";
import * as v from "valibot";
import type { MovableClock } from "./clock.ts";
import type { Faults } from "./faults.ts";
import type { RequestLog } from "./log.ts";

export interface Controlled {
  readonly clock: MovableClock;
  readonly log: RequestLog;
  readonly faults: Faults;
  readonly endpoints: () => unknown;
  /** Whole state of all services. */
  readonly state: () => unknown;
  /** What applications really consumed and topics were really given, and what ingestion accepted. */
  readonly truth: () => object;
  /** Lets something happen in the simulated applications and clusters: now, or at a time, ms. Throws a ValiError for what means nothing. */
  readonly act: (action: unknown, at: number | undefined) => void;
}

const count = v.pipe(v.number(), v.integer(), v.minValue(1));
const stepSchema = v.strictObject({
  name: v.pipe(v.string(), v.minLength(1)),
  when: v.strictObject({
    service: v.exactOptional(v.string()),
    method: v.exactOptional(v.string()),
    path: v.exactOptional(v.string()),
    body: v.exactOptional(v.string()),
    calls: v.exactOptional(
      v.union([v.strictObject({ nth: count }), v.strictObject({ first: count }), v.strictObject({ every: count })]),
    ),
  }),
  fault: v.variant("do", [
    v.strictObject({
      do: v.literal("answer"),
      status: v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599)),
      headers: v.exactOptional(v.record(v.string(), v.string())),
      body: v.exactOptional(v.string()),
    }),
    v.strictObject({ do: v.literal("delay"), ms: v.number() }),
    v.strictObject({ do: v.literal("lose-reply") }),
    v.strictObject({ do: v.literal("reset") }),
    v.strictObject({ do: v.literal("act-later"), ms: v.number() }),
    v.strictObject({ do: v.literal("endless-body"), headers: v.exactOptional(v.record(v.string(), v.string())) }),
    v.strictObject({ do: v.literal("truncate"), bytes: v.exactOptional(v.number()) }),
    v.strictObject({ do: v.literal("large-body"), megabytes: v.number() }),
    v.strictObject({ do: v.literal("empty-list") }),
    v.strictObject({ do: v.literal("redirect"), location: v.string(), status: v.exactOptional(v.number()) }),
  ]),
});
const advanceSchema = v.object({ ms: v.pipe(v.number(), v.minValue(0)) });
const trafficSchema = v.strictObject({ action: v.unknown(), at: v.exactOptional(v.number()) });
const markSchema = v.object({ name: v.pipe(v.string(), v.minLength(1)) });

/**
 * What a test or an outside program steers the sandbox by. It shows keys, so a browser page is refused: by its `Origin`,
 * and by a `Host` that is not loopback (DNS rebinding).
 */
export function controlService(controlled: Controlled): Hono {
  const app = new Hono();
  app.use(async (c, next) => {
    const host = (c.req.header("host") ?? "localhost").replace(/:\d+$/, "");
    if (c.req.header("origin") !== undefined || !["localhost", "127.0.0.1", "[::1]"].includes(host)) {
      return c.json({ error: "The control service answers programs on this machine only." }, 403);
    }
    return await next();
  });
  app.onError((error, c) => {
    const status =
      error instanceof RangeError || error instanceof v.ValiError || error instanceof SyntaxError ? 400 : 500;
    return c.json({ error: error.message }, status);
  });
  clockRoutes(app, controlled.clock);
  logRoutes(app, controlled.log);
  faultRoutes(app, controlled.faults);
  app.get("/state", (c) => c.json(asObject(controlled.state())));
  app.get("/truth", (c) => c.json(controlled.truth()));
  app.post("/traffic", async (c) => {
    const { at, action } = v.parse(trafficSchema, await c.req.json());
    controlled.act(action, at);
    return c.body(null, 204);
  });
  app.get("/endpoints", (c) => c.json(asObject(controlled.endpoints())));
  return app;
}

function clockRoutes(app: Hono, clock: MovableClock): void {
  const reading = () => ({ now: clock.now(), offset: clock.offset() });
  app.get("/clock", (c) => c.json(reading()));
  app.post("/clock/advance", async (c) => {
    clock.advance(v.parse(advanceSchema, await c.req.json()).ms);
    return c.json(reading());
  });
}

function logRoutes(app: Hono, log: RequestLog): void {
  app.get("/log", (c) => {
    const service = c.req.query("service");
    const after = Number(c.req.query("after") ?? 0);
    const limit = Number(c.req.query("limit") ?? 1000);
    const lines = log.after(after).filter((line) => service === undefined || line.service === service);
    return c.json({ requests: lines.slice(0, limit) });
  });
  app.get("/log/marks", (c) => c.json(log.marks()));
  app.post("/log/marks", async (c) => {
    const { name } = v.parse(markSchema, await c.req.json());
    return c.json({ name, sequence: log.mark(name) });
  });
  app.get("/log/between", (c) => {
    const from = c.req.query("from");
    if (from === undefined) return c.json({ error: "Which mark? Give ?from=, and ?to= where it ends." }, 400);
    try {
      return c.json({ requests: log.between(from, c.req.query("to")) });
    } catch (error) {
      return c.json({ error: String(error) }, 404);
    }
  });
}

function faultRoutes(app: Hono, faults: Faults): void {
  app.get("/faults", (c) => c.json({ steps: faults.list() }));
  app.post("/faults", async (c) => {
    faults.add(v.parse(stepSchema, await c.req.json()));
    return c.json({ steps: faults.list() }, 201);
  });
  app.delete("/faults", (c) => {
    faults.clear();
    return c.body(null, 204);
  });
  app.delete("/faults/:name", (c) =>
    faults.remove(c.req.param("name")) ? c.body(null, 204) : c.json({ error: "No step of that name." }, 404),
  );
}

function asObject(value: unknown): object {
  return typeof value === "object" && value !== null ? value : { value };
}
