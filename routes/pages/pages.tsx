import { type Context, Hono } from "hono";
import * as v from "valibot";
import type { Answer } from "../../src/connection/api.ts";
import { failure } from "../access.ts";
import type { Connections } from "../connections.ts";
import { AccessPage } from "./access.tsx";
import { ConnectionPage, TopicPage } from "./connection.tsx";
import { GroupPage, GroupsPageView } from "./groups.tsx";
import { STYLE } from "./layout.tsx";
import { OverviewPage } from "./overview.tsx";

const DAY_MS = 24 * 60 * 60 * 1000;
const Query = v.object({
  after: v.optional(v.string()),
  decision: v.optional(v.picklist(["eligible", "filtered", "internal", "error", "missing"])),
});

/** Pages for people. They only read: what changes something goes by the API, with a header that no foreign page can send. */
export function pages(connections: Connections, now: () => number): Hono {
  const app = new Hono();
  app.use(async (context, next) => {
    await next();
    context.header(
      "Content-Security-Policy",
      "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    );
    context.header("Referrer-Policy", "no-referrer");
  });

  app.get("/", async (context) => {
    const shown = await Promise.all(
      connections.entries.map(async (entry) => {
        const answer = await connections.get(entry.name)?.overview();
        return { entry, overview: answer && (answer.ok ? answer.value : answer.message) };
      }),
    );
    return context.html(<OverviewPage connections={shown} now={now()} />);
  });

  app.get("/connections/:connection", async (context) => {
    const connection = connections.get(context.req.param("connection"));
    const query = v.safeParse(Query, context.req.query());
    if (!connection || !query.success) return notFound(context);
    const { decision, after } = query.output;
    const [overview, topics, work] = await Promise.all([
      connection.overview(),
      connection.topics({
        limit: 100,
        ...(decision === undefined ? {} : { decision }),
        ...(after === undefined ? {} : { after }),
      }),
      connection.work({ limit: 100 }),
    ]);
    if (!overview.ok || !topics.ok || !work.ok) return unavailable(context, [overview, topics, work]);
    return context.html(
      <ConnectionPage
        overview={overview.value}
        topics={topics.value}
        decision={decision}
        work={work.value.items}
        now={now()}
      />,
    );
  });

  app.get("/connections/:connection/access", async (context) => {
    const name = context.req.param("connection");
    const after = context.req.query("after");
    const answer = await connections.get(name)?.applications({ limit: 50, ...(after === undefined ? {} : { after }) });
    if (!answer) return notFound(context);
    if (!answer.ok) return unavailable(context, [answer]);
    return context.html(<AccessPage connection={name} applications={answer.value} now={now()} />);
  });

  app.get("/connections/:connection/topics/:topic", async (context) => {
    const name = context.req.param("connection");
    const connection = connections.get(name);
    if (!connection) return notFound(context);
    const topicName = context.req.param("topic");
    const [topic, groups] = await Promise.all([
      connection.topic(topicName),
      connection.groups({ limit: 100, topic: topicName }),
    ]);
    if (!topic.ok) return topic.reason === "not-found" ? notFound(context) : unavailable(context, [topic]);
    if (!groups.ok) return unavailable(context, [groups]);
    return context.html(<TopicPage connection={name} topic={topic.value} groups={groups.value} now={now()} />);
  });

  app.get("/connections/:connection/groups", async (context) => {
    const name = context.req.param("connection");
    const connection = connections.get(name);
    if (!connection) return notFound(context);
    const after = context.req.query("after");
    const [groups, consumption] = await Promise.all([
      connection.groups({ limit: 100, ...(after === undefined ? {} : { after }) }),
      connection.consumption({ limit: 100, from: now() - DAY_MS }),
    ]);
    if (!groups.ok || !consumption.ok) return unavailable(context, [groups, consumption]);
    return context.html(
      <GroupsPageView connection={name} groups={groups.value} consumption={consumption.value} now={now()} />,
    );
  });

  app.get("/connections/:connection/groups/:group", async (context) => {
    const name = context.req.param("connection");
    const group = await connections.get(name)?.group(context.req.param("group"));
    if (!group) return notFound(context);
    if (!group.ok) return group.reason === "not-found" ? notFound(context) : unavailable(context, [group]);
    return context.html(<GroupPage connection={name} group={group.value} now={now()} />);
  });
  return app;
}

/** Served without a login: a browser asks for it without one. */
export function style(context: Context): Response {
  return context.body(STYLE, 200, { "Content-Type": "text/css; charset=utf-8" });
}

function notFound(context: Context): Response {
  return failure(context, 404, "not-found", "there is nothing at this address");
}

function unavailable(context: Context, answers: readonly Answer<unknown>[]): Response {
  const message = answers.flatMap((answer) => (answer.ok ? [] : [answer.message])).join("; ");
  return failure(context, 503, "unavailable", message);
}
