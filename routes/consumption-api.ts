import { Hono } from "hono";
import * as v from "valibot";
import { answer, defined, Limit, withInput } from "./answering.ts";
import type { Connections } from "./connections.ts";

const text = v.optional(v.pipe(v.string(), v.nonEmpty("not empty")));
/** ISO 8601, UTC where it does not say; to ms. */
const Time = v.optional(
  v.pipe(
    v.string(),
    v.regex(
      /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)?)?$/,
      "a time like 2026-08-01 or 2026-08-01T12:00:00Z",
    ),
    v.transform((time) => Date.parse(/T.*(Z|[+-]\d\d:\d\d)$/.test(time) || !time.includes("T") ? time : `${time}Z`)),
    v.number("a time that exists"),
  ),
);
const GroupsQuery = v.object({ limit: Limit, after: v.optional(v.string()), topic: text });
const ConsumptionQuery = v.object({
  limit: Limit,
  after: v.optional(v.pipe(v.string(), v.regex(/^\d{1,15}$/, "an id"), v.transform(Number))),
  application: text,
  topic: text,
  from: Time,
  to: Time,
});

/** Under `/v1`: where consumer groups stand, and what was read. The token was checked before. */
export function consumptionApi(connections: Connections): Hono {
  const app = new Hono();

  app.get("/connections/:connection/groups", (context) =>
    withInput(context, GroupsQuery, context.req.query(), (query) =>
      answer(context, connections, (connection) => connection.groups(defined(query))),
    ),
  );

  app.get("/connections/:connection/groups/:group", (context) =>
    answer(context, connections, (connection) => connection.group(context.req.param("group"))),
  );

  app.get("/connections/:connection/consumption", (context) =>
    withInput(context, ConsumptionQuery, context.req.query(), (query) =>
      answer(context, connections, (connection) => connection.consumption(defined(query))),
    ),
  );

  return app;
}
