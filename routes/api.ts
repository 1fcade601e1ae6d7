import { Hono } from "hono";
import * as v from "valibot";
import type { Answer, DoctorReport } from "../src/connection/api.ts";
import { answer, ByKey, defined, Limit, withBody, withInput } from "./answering.ts";
import type { Connections } from "./connections.ts";

const ById = v.object({
  limit: Limit,
  before: v.optional(v.pipe(v.string(), v.regex(/^\d{1,15}$/, "an id"), v.transform(Number))),
});
const TopicsQuery = v.object({
  limit: Limit,
  after: v.optional(v.string()),
  decision: v.optional(v.picklist(["eligible", "filtered", "internal", "error", "missing"])),
});
const DiscoverBody = v.strictObject({
  acceptLoss: v.optional(v.boolean()),
  acceptTwins: v.optional(v.boolean()),
  rebuild: v.optional(v.boolean()),
});
const Nothing = v.strictObject({});
const DecideBody = v.strictObject({ action: v.picklist(["publish", "refresh"]) });

/** Under `/v1`: everything an operator reads and decides. The token was checked before. */
export function api(connections: Connections): Hono {
  const app = new Hono();

  app.get("/connections", async (context) => {
    const items = await Promise.all(
      connections.entries.map(async (entry) => {
        const connection = connections.get(entry.name);
        if (!connection) return { ...entry, overview: undefined };
        const overview = await connection.overview();
        return { ...entry, overview: overview.ok ? overview.value : { unavailable: overview.message } };
      }),
    );
    return context.json({ items });
  });

  app.get("/connections/:connection", (context) => answer(context, connections, (connection) => connection.overview()));

  app.get("/connections/:connection/topics", (context) =>
    withInput(context, TopicsQuery, context.req.query(), (query) =>
      answer(context, connections, (connection) => connection.topics(defined(query))),
    ),
  );

  app.get("/connections/:connection/topics/:topic", (context) =>
    answer(context, connections, (connection) => connection.topic(context.req.param("topic"))),
  );

  app.post("/connections/:connection/topics/:topic", (context) =>
    withBody(context, DecideBody, ({ action }) =>
      answer(context, connections, (connection) => connection.decide(context.req.param("topic"), action), 202),
    ),
  );

  app.post("/connections/:connection/discovery", (context) =>
    withBody(context, DiscoverBody, (body) =>
      answer(context, connections, (connection) => connection.discover(defined(body)), 202),
    ),
  );

  app.get("/connections/:connection/plan", (context) =>
    answer(context, connections, (connection) => connection.plan()),
  );

  app.get("/connections/:connection/runs", (context) =>
    withInput(context, ById, context.req.query(), (query) =>
      answer(context, connections, (connection) => connection.runs(defined(query))),
    ),
  );

  app.get("/connections/:connection/work", (context) =>
    withInput(context, ByKey, context.req.query(), (query) =>
      answer(context, connections, (connection) => connection.work(defined(query))),
    ),
  );

  app.post("/connections/:connection/work/:key/redrive", (context) =>
    answer(context, connections, (connection) => connection.redrive(context.req.param("key")), 202),
  );

  app.get("/connections/:connection/audit", (context) =>
    withInput(context, ById, context.req.query(), (query) =>
      answer(context, connections, (connection) => connection.audit(defined(query))),
    ),
  );

  app.get("/connections/:connection/install", (context) =>
    answer(context, connections, (connection) => connection.installation()),
  );

  app.post("/connections/:connection/install", (context) =>
    withBody(context, Nothing, () =>
      answer(context, connections, (connection) => connection.install("installed"), 202),
    ),
  );

  app.delete("/connections/:connection/install", (context) =>
    withBody(context, Nothing, () => answer(context, connections, (connection) => connection.install("removed"), 202)),
  );

  app.get("/connections/:connection/doctor", (context) =>
    answer(context, connections, async (connection) => reported(await connection.doctor())),
  );

  return app;
}

/** JSON has no undefined: `ok` of what could not be told is null. */
function reported(answer: Answer<DoctorReport>): Answer<unknown> {
  if (!answer.ok) return answer;
  const checks = answer.value.checks.map((check) => ({ ...check, ok: check.ok ?? null }));
  return { ok: true, value: { ...answer.value, checks } };
}
