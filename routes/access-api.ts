import { Hono } from "hono";
import * as v from "valibot";
import type { AccessAction } from "../src/connection/api.ts";
import { answer, ByKey, defined, withBody, withInput } from "./answering.ts";
import type { Connections } from "./connections.ts";

const Nothing = v.strictObject({});
const ApplyBody = v.strictObject({
  plan: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/, "the plan that GET drift told")),
});
const ACTIONS: readonly AccessAction[] = ["retry", "revoke", "enable", "takeover"];

/** Under `/v1`: who has access, what an operator decides about it, and what differs in Confluent. The token was checked before. */
export function accessApi(connections: Connections): Hono {
  const app = new Hono();

  app.get("/connections/:connection/access", (context) =>
    withInput(context, ByKey, context.req.query(), (query) =>
      answer(context, connections, (connection) => connection.applications(defined(query))),
    ),
  );

  app.get("/connections/:connection/access/:name", (context) =>
    answer(context, connections, (connection) => connection.access(context.req.param("name"))),
  );

  for (const action of ACTIONS) {
    app.post(`/connections/:connection/access/:name/${action}`, (context) =>
      withBody(context, Nothing, () =>
        answer(context, connections, (connection) => connection.actOnAccess(context.req.param("name"), action), 202),
      ),
    );
  }

  app.get("/connections/:connection/drift", (context) =>
    answer(context, connections, (connection) => connection.drift()),
  );

  app.post("/connections/:connection/drift/apply", (context) =>
    withBody(context, ApplyBody, ({ plan }) =>
      answer(context, connections, (connection) => connection.applyDrift(plan), 202),
    ),
  );

  return app;
}
