import { type Context, Hono } from "hono";
import * as v from "valibot";
import type { Answer, ConnectionApi, DoctorReport } from "../src/connection/api.ts";
import { failure } from "./access.ts";
import type { Connections } from "./connections.ts";

const STATUS = { "not-found": 404, conflict: 409, invalid: 422, unavailable: 503 } as const;

const Limit = v.optional(
  v.pipe(
    v.string(),
    v.regex(/^\d{1,4}$/, "a number from 1 to 1000"),
    v.transform(Number),
    v.minValue(1),
    v.maxValue(1000),
  ),
  "100",
);
const ByKey = v.object({ limit: Limit, after: v.optional(v.string()) });
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

async function answer<T>(
  context: Context,
  connections: Connections,
  call: (connection: ConnectionApi) => Promise<Answer<T>>,
  success: 200 | 202 = 200,
): Promise<Response> {
  const name = context.req.param("connection") ?? "";
  const connection = connections.get(name);
  if (!connection) {
    const problems = connections.entries.find((entry) => entry.name === name)?.problems ?? [];
    return problems.length > 0
      ? failure(context, 503, "misconfigured", problems.join("; "))
      : failure(context, 404, "not-found", `there is no connection ${JSON.stringify(name)}`);
  }
  const result = await call(connection);
  if (!result.ok) return failure(context, STATUS[result.reason], result.reason, result.message);
  return context.json(result.value as object, success);
}

async function withBody<S extends v.GenericSchema>(
  context: Context,
  schema: S,
  use: (input: v.InferOutput<S>) => Promise<Response>,
): Promise<Response> {
  const text = await context.req.text();
  if (text.length > 10_000) return failure(context, 413, "too-large", "the body is larger than 10 kB");
  try {
    return await withInput(context, schema, text === "" ? {} : JSON.parse(text), use);
  } catch (error) {
    if (error instanceof SyntaxError) return failure(context, 400, "invalid", "the body is not JSON");
    throw error;
  }
}

function withInput<S extends v.GenericSchema>(
  context: Context,
  schema: S,
  input: unknown,
  use: (input: v.InferOutput<S>) => Promise<Response>,
): Promise<Response> | Response {
  const parsed = v.safeParse(schema, input);
  if (parsed.success) return use(parsed.output);
  const faults = parsed.issues.map((issue) => `${v.getDotPath(issue) ?? "body"}: ${faultOf(issue)}`);
  return failure(context, 422, "invalid", faults.join("; "));
}

function faultOf({ message, type, expected }: v.BaseIssue<unknown>): string {
  if (type === "strict_object") return expected === "never" ? "not known here" : "missing";
  return message;
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** Without the members that are undefined: they do not cross to the object as such. */
function defined<T extends object>(input: T): Defined<T> {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)) as Defined<T>;
}
