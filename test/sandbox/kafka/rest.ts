import { targetOf } from "../core/target.ts";
import type { Authenticate } from "../core/types.ts";
import { withAcls } from "./caller-rights.ts";
import type { KafkaCluster } from "./cluster.ts";
import { compressed } from "./compression.ts";
import { type Exchange, type Flavour, json } from "./exchange.ts";
import { bytes, jettyError, refusedBeforeRouting } from "./jetty.ts";
import { KafkaError } from "./kafka-error.ts";
import { dosFilter, type Gate, open, permitsPerSecond } from "./limits.ts";
import { type Match, router } from "./router.ts";
import type { Method, Route } from "./routes.ts";

export interface KafkaRestOptions {
  readonly flavour: Flavour;
  readonly authenticate: Authenticate;
  /** `advertised.listeners` of the proxy: what links start with in place of the address that was asked, e.g. `http://internal-host:8082`. */
  readonly advertisedListener?: string;
  /** `api.endpoints.blocklist`, e.g. `api.v3.acls.*` or `api.v3.topics.list`. */
  readonly blocklist?: readonly string[];
  /** `rate.limit.permits.per.sec`; absent: no limit. */
  readonly permitsPerSecond?: number;
  /** `dos.filter.max.requests.per.sec`; absent: no filter. */
  readonly dosFilterPerSecond?: number;
  /** Cloud has been seen to answer 403 with a body of `{}` (terraform-provider-confluentcloud issue 69). */
  readonly emptyForbidden?: boolean;
  /** Status that calls of lags are refused with just now, undefined while they are offered; absent: always. Cloud offers them on Dedicated clusters alone. */
  readonly lagsRefused?: () => number | undefined;
}

/** Kafka REST v3 in front of one cluster: stand-alone REST Proxy, Confluent Server or Confluent Cloud. */
export function kafkaRest(
  cluster: KafkaCluster,
  options: KafkaRestOptions,
): { fetch(request: Request): Promise<Response> } {
  const route = router(options.flavour);
  const gates = gatesOf(options, () => cluster.now());
  const prefix = options.flavour === "rest-proxy" ? "/v3" : "/kafka/v3";

  async function answer(request: Request): Promise<Response> {
    const [path, query] = split(request);
    const caller = options.authenticate(request);
    if (caller instanceof Response) return caller;
    const match = route(path);
    if (match === undefined) return unrouted(404, "Not Found");
    const routed = negotiate(request, match, options.blocklist ?? []);
    if (routed instanceof Response) return routed;
    if (!gates.permit()) throw new KafkaError(429, 429, RATE_EXCEEDED);
    const exchange: Exchange = {
      cluster,
      caller: withAcls(cluster, caller),
      path: match.parameters,
      query: new URLSearchParams(query),
      body: await request.text(),
      base: (options.advertisedListener ?? new URL(request.url).origin) + prefix,
    };
    const lagsRefused = options.lagsRefused?.();
    cluster.requireUp();
    return routed.handler(lagsRefused === undefined ? exchange : { ...exchange, lagsRefused });
  }

  return {
    async fetch(request) {
      const refused = refusedOutside(request, gates.filter);
      if (refused !== undefined) return refused;
      const response = await answer(request).catch((error: unknown) => failure(error, options));
      if (request.method === "HEAD") return headOnly(response);
      return compressed(request, response);
    },
  };
}

function gatesOf(options: KafkaRestOptions, now: () => number): { readonly filter: Gate; readonly permit: Gate } {
  return {
    filter: options.dosFilterPerSecond === undefined ? open : dosFilter(options.dosFilterPerSecond, now),
    permit: options.permitsPerSecond === undefined ? open : permitsPerSecond(options.permitsPerSecond, now),
  };
}

/** Path and query as they were sent. */
function split(request: Request): readonly [path: string, query: string] {
  const [path = "", query = ""] = targetOf(request).split(/\?(.*)/s);
  return [path, query];
}

/** What the HTTP server refuses before the application, its compression included, sees the request. */
function refusedOutside(request: Request, filter: Gate): Response | undefined {
  const [path, query] = split(request);
  const refused = refusedBeforeRouting(path, query, request.headers);
  if (refused !== undefined) return refused;
  return filter() ? undefined : jettyError(request, 429, "Too Many Requests", { dosfilter: "unavailable" });
}

const RATE_EXCEEDED = "Request rate limit exceeded: The rate limit of requests per second has been exceeded.";

/** The route that serves the request, or what is answered to a method, endpoint or media type that is not served. */
function negotiate(request: Request, { methods }: Match, blocklist: readonly string[]): Route | Response {
  if (request.method === "OPTIONS") return options(methods);
  const route = methods.get((request.method === "HEAD" ? "GET" : request.method) as Method);
  if (route === undefined) return unrouted(405, "Method Not Allowed");
  if (blocklist.some((entry) => entry === route.resource || entry === route.family)) {
    throw route.method === "GET"
      ? new KafkaError(404, 404, "HTTP 404 Not Found")
      : new KafkaError(405, 405, "HTTP 405 Method Not Allowed");
  }
  const type = request.headers.get("content-type");
  if (takesBody(route.method) && type !== null && !/^application\/json\s*(;|$)/i.test(type)) {
    throw new KafkaError(415, 415, "HTTP 415 Unsupported Media Type");
  }
  return acceptsJson(request.headers.get("accept")) ? route : unrouted(406, "Not Acceptable");
}

const takesBody = (method: Method): boolean => method === "POST" || method === "PUT" || method === "PATCH";

function acceptsJson(accept: string | null): boolean {
  if (accept === null || accept.trim() === "") return true;
  return accept
    .split(",")
    .some((range) => /^\s*(application\/json|application\/\*|\*\/\*)\s*(;(?!\s*q=0(\.0*)?\s*$).*)?$/i.test(range));
}

/** The error that Jersey makes before a resource is chosen: a JSON body without a Content-Type. */
const unrouted = (status: number, reason: string): Response =>
  new Response(bytes(JSON.stringify({ error_code: status, message: `HTTP ${status} ${reason}` })), { status });

/** The order of a Java hash set. */
const ALLOW_ORDER = ["HEAD", "DELETE", "POST", "GET", "OPTIONS", "PATCH", "PUT"];

function options(methods: ReadonlyMap<Method, Route>): Response {
  const allowed = new Set<string>([...methods.keys(), "OPTIONS", ...(methods.has("GET") ? ["HEAD"] : [])]);
  const allow = ALLOW_ORDER.filter((method) => allowed.has(method)).join(",");
  return new Response(null, { headers: { allow, "content-type": "application/json" } });
}

function failure(error: unknown, { emptyForbidden }: KafkaRestOptions): Response {
  if (!(error instanceof KafkaError)) throw error;
  if (error.status === 403 && emptyForbidden === true) return json({}, 403);
  return json({ error_code: error.errorCode, message: error.message }, error.status);
}

async function headOnly(response: Response): Promise<Response> {
  await response.body?.cancel();
  return new Response(null, { status: response.status, headers: response.headers });
}
