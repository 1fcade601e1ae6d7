import { Hono } from "hono";
import * as v from "valibot";
import { named } from "../core/caller.ts";
import type { SandboxService } from "../core/types.ts";
import type { Amplify } from "./amplify.ts";
import type { JsonObject } from "./json.ts";
import { Problem, problemResponse } from "./problem.ts";

const VERSION = 1;
const FLOWS = ["api-central-metric", "api-central-v8"];
const batch = v.array(v.looseObject({ id: v.pipe(v.string(), v.minLength(1)), event: v.string() }));

export interface StoredMetric {
  readonly flow: string;
  readonly event: JsonObject;
}

async function batchOf(request: Request): Promise<JsonObject[]> {
  const encoding = request.headers.get("content-encoding");
  if (encoding !== null && encoding !== "gzip") throw new Problem(415, `Content-Encoding ${encoding} is not supported`);
  const body = encoding === null ? request.body : request.body?.pipeThrough(new DecompressionStream("gzip"));
  let json: unknown;
  try {
    json = await new Response(body ?? "").json();
  } catch {
    throw new Problem(400, "the body is not JSON");
  }
  const parsed = v.safeParse(batch, json);
  if (!parsed.success) throw new Problem(400, "the body is not a list of events with id and event");
  return parsed.output as JsonObject[];
}

/**
 * Ingestion of metrics and traffic events, on a port of its own (agent-sdk pkg/traceability/httpclient.go). Keeps events by id: one
 * that comes again replaces the earlier one. Takes the tokens of its Amplify.
 */
export class Ingestion implements SandboxService {
  readonly name = "ingestion";
  readonly #amplify: Amplify;
  readonly #app: Hono;
  #events = new Map<string, StoredMetric>();

  constructor(amplify: Amplify) {
    this.#amplify = amplify;
    this.#app = new Hono();
    this.#app.post("/", (c) => this.#take(c.req.raw));
    this.#app.notFound((c) => problemResponse(new Problem(404, `there is nothing at ${c.req.path}`)));
    this.#app.onError((error) => {
      if (error instanceof Problem) return problemResponse(error);
      throw error;
    });
  }

  async fetch(request: Request): Promise<Response> {
    const response = await this.#app.fetch(request);
    const caller = this.#amplify.caller(request);
    return caller === undefined ? response : named(response, caller);
  }

  /** Every event kept, in the order in which their ids first came. */
  events(): readonly StoredMetric[] {
    return [...this.#events.values()];
  }

  snapshot(): unknown {
    return { version: VERSION, events: [...this.#events] };
  }

  restore(snapshot: unknown): void {
    const state = snapshot as { version?: number; events: [string, StoredMetric][] } | null;
    if (state?.version !== VERSION) throw new Error(`this is no snapshot of ingestion in version ${VERSION}`);
    this.#events = new Map(state.events);
  }

  async #take(request: Request): Promise<Response> {
    const client = this.#amplify.authenticate(request);
    if (!client.rights.has("ingestion:write")) throw new Problem(403, "the account may not send events");
    const organization = request.headers.get("capture-org-id");
    if (organization !== this.#amplify.organization) throw new Problem(403, `Capture-Org-ID is ${organization}`);
    const flow = request.headers.get("axway-target-flow") ?? "";
    if (!FLOWS.includes(flow)) throw new Problem(400, `axway-target-flow ${flow} is unknown`);
    if (!/^\d+$/.test(request.headers.get("timestamp") ?? "")) throw new Problem(400, "Timestamp is not in seconds");
    for (const event of await batchOf(request)) this.#events.set(String(event.id), { flow, event });
    return new Response(null, { status: 200 });
  }
}
