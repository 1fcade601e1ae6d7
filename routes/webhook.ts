import { Hono } from "hono";
import { type ResourceEvent, readEvent } from "../src/amplify/event.ts";
import { WEBHOOK_HEADER } from "../src/amplify/webhook-setup.ts";
import type { ConnectionApi } from "../src/connection/api.ts";
import type { Log } from "../src/runtime/ports.ts";
import { failure, requireTokenIn, type Tokens } from "./access.ts";
import type { Connections } from "./connections.ts";
import { limitedBody } from "./limited-body.ts";

const LONGEST_BODY = 1_000_000;

/**
 * What Amplify's webhooks call (Amplify docs, integrate_with_central/webhook). The body names a resource and nothing else
 * of it goes further: the connection reads for itself. What was understood is answered by 202, whatever becomes of it,
 * because whether Amplify calls again after another answer, or never more, is not documented; the events are the truth.
 */
export function webhook(connections: Connections, tokens: Tokens, log: Log): Hono {
  const app = new Hono();
  app.post("/", requireTokenIn(WEBHOOK_HEADER, "WEBHOOK_TOKEN", tokens), async (context) => {
    const text = await limitedBody(context.req.raw, LONGEST_BODY);
    if (text === undefined) return failure(context, 413, "too-large", "the body is larger than 1 MB");
    const event = eventOf(text);
    if (event?.resource === undefined)
      return failure(context, 400, "invalid", "the body is no event of a resource, as Amplify's webhooks send it");
    const answer = await connectionOf(event, connections)?.hint(event);
    if (answer?.ok !== true) log.write("warn", "a webhook could not be handed on", { reason: answer?.message ?? "" });
    return context.json({ accepted: true }, 202);
  });
  return app;
}

function eventOf(text: string): ResourceEvent | undefined {
  try {
    return readEvent(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** That of the environment named; what is nobody's goes to the first that runs, to be counted. */
function connectionOf({ resource }: ResourceEvent, connections: Connections): ConnectionApi | undefined {
  const named = resource?.scope?.kind === "Environment" ? connections.get(resource.scope.name) : undefined;
  if (named) return named;
  for (const { name } of connections.entries) {
    const running = connections.get(name);
    if (running) return running;
  }
  return undefined;
}
