import { Hono } from "hono";
import * as v from "valibot";
import { named } from "../core/caller.ts";
import type { SandboxService } from "../core/types.ts";
import { type Accepted, sumAccepted } from "./accepted.ts";
import type { Amplify } from "./amplify.ts";
import type { JsonObject } from "./json.ts";
import { metricProblem } from "./metric-event.ts";
import { Problem, problemResponse } from "./problem.ts";

const VERSION = 1;
const METRICS = "api-central-metric";
const FLOWS = [METRICS, "api-central-v8"];
const batch = v.array(
  v.looseObject({ id: v.pipe(v.string(), v.minLength(1)), event: v.string(), timestamp: v.number() }),
);

export interface StoredMetric {
  readonly flow: string;
  readonly event: JsonObject;
  /** How often its id was sent; states of before this was counted have none. */
  readonly sent?: number;
  /** It was sent with other counts or another timestamp as well. */
  readonly changed?: boolean;
}

/** What is not published or goes wrong, to be set by a test while it runs; not part of a snapshot. */
export interface IngestionBehaviour {
  /** Both are success. */
  stored: 200 | 201;
  /** Events in one request, more of which are refused with 413; undefined: any number. */
  mostEvents: number | undefined;
  /** The next request stores this many of its events and fails with 500; once. */
  nextStoresOnly: number | undefined;
}

/**
 * Ingestion of metrics and traffic events, on a port of its own (agent-sdk pkg/traceability/httpclient.go). Keeps events by id: one
 * that comes again replaces the earlier one. A request is stored whole or not at all. Takes the tokens of its Amplify.
 */
export class Ingestion implements SandboxService {
  readonly name = "ingestion";
  readonly behaviour: IngestionBehaviour;
  readonly #amplify: Amplify;
  readonly #app: Hono;
  #events = new Map<string, StoredMetric>();
  #largest = 0;

  constructor(amplify: Amplify, behaviour: Partial<IngestionBehaviour> = {}) {
    this.behaviour = { stored: 200, mostEvents: undefined, nextStoresOnly: undefined, ...behaviour };
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

  /** Sums of the metric events, by application, API and hour. */
  accepted(): readonly Accepted[] {
    return sumAccepted(this.events().map(({ event }) => event));
  }

  /** Events whose id came again with other counts or another timestamp; a client that repeats an event never changes it. */
  changed(): readonly StoredMetric[] {
    return this.events().filter(({ changed }) => changed === true);
  }

  /** Number of events in the largest request that was read since the sandbox was made or loaded. */
  largestBatch(): number {
    return this.#largest;
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
    const events = await batchOf(request);
    this.#largest = Math.max(this.#largest, events.length);
    this.#check(request, flow, events);
    const { nextStoresOnly, stored } = this.behaviour;
    this.behaviour.nextStoresOnly = undefined;
    for (const event of events.slice(0, nextStoresOnly)) this.#store(flow, event);
    if (nextStoresOnly !== undefined) throw new Problem(500, "the events could not be stored");
    return new Response(null, { status: stored });
  }

  #check(request: Request, flow: string, events: readonly JsonObject[]): void {
    const { mostEvents } = this.behaviour;
    if (mostEvents !== undefined && events.length > mostEvents)
      throw new Problem(413, `more than ${mostEvents} events`);
    const timestamp = request.headers.get("timestamp") ?? "";
    const first = events[0]?.timestamp;
    if (!/^\d+$/.test(timestamp)) throw new Problem(400, "Timestamp is not in seconds");
    if (first !== undefined && Number(timestamp) !== Math.floor(Number(first) / 1000)) {
      throw new Problem(400, `Timestamp ${timestamp} is not that of the first event`);
    }
    if (flow !== METRICS) return;
    for (const [index, event] of events.entries()) {
      const problem = metricProblem(event, this.#amplify.organizationGuid);
      if (problem !== undefined) throw new Problem(400, `event ${index}: ${problem}`);
    }
  }

  #store(flow: string, event: JsonObject): void {
    const id = String(event.id);
    const before = this.#events.get(id);
    const changed = before !== undefined && (before.changed === true || counted(before.event) !== counted(event));
    const sent = (before?.sent ?? 0) + 1;
    this.#events.set(id, { flow, event, sent, ...(changed ? { changed } : {}) });
  }
}

/** What stays the same whenever an event is sent: all but the reporter, whose `observationDelta` grows with every attempt of an SDK. */
function counted({ timestamp, data }: JsonObject): string {
  const { reporter: _, ...rest } = (data ?? {}) as JsonObject;
  return JSON.stringify([timestamp ?? null, rest]);
}

async function batchOf(request: Request): Promise<JsonObject[]> {
  if (!/^application\/json\s*(;|$)/i.test(request.headers.get("content-type") ?? "")) {
    throw new Problem(415, "the body must be application/json");
  }
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
  if (!parsed.success) throw new Problem(400, "the body is not a list of events with id, event and timestamp");
  return parsed.output as JsonObject[];
}
