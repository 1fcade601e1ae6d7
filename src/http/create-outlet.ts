import pLimit from "p-limit";
import type { Clock, Http, Random } from "../runtime/ports.ts";
import { guard, readText } from "./body.ts";
import type { Failure } from "./errors.ts";
import { NotYet, UpstreamError } from "./errors.ts";
import { cancelBody, Exchange } from "./exchange.ts";
import { edgeFailure, retryAfterMs } from "./failures.ts";
import { nameOf } from "./names.ts";
import type { Call, Outlet, Reply, StreamedReply, Upstream } from "./outlet.ts";
import { Pacer } from "./pace.ts";
import { jittered, type Pause, Pauses } from "./pauses.ts";

/** One request, told when it is over. Holds no header, no query and no body, so no secret. */
export interface RequestRecord {
  readonly upstream: Upstream;
  readonly method: Call["method"];
  readonly host: string;
  readonly path: string;
  /** Undefined when there was no answer. */
  readonly status: number | undefined;
  /** Why there was no whole answer. */
  readonly failure: Failure["kind"] | undefined;
  readonly bytes: number;
  /** Duration, body included. */
  readonly ms: number;
  /** When it began, in ms since the epoch. */
  readonly at: number;
  /** As the call's own. */
  readonly isTrial: boolean;
}

export interface OutletOptions {
  readonly http: Http;
  readonly clock: Clock;
  readonly random: Random;
  /** Whether a request may go to this address at all. */
  readonly allowHost: (url: URL) => boolean;
  /** Called at the last moment before a request starts, so for each request that really starts; may throw `NotYet`. */
  readonly admit?: (call: Call) => void;
  /** Must not throw: it can be called from a timer. */
  readonly onRequest?: (record: RequestRecord) => void;
  /** A server asked for a pause: to be kept, and given back as `pauses` to the next outlet. */
  readonly onPause?: (pause: Pause) => void;
  readonly pauses?: readonly Pause[];
}

/** Cloudflare allows six connections at once (developers.cloudflare.com/workers/platform/limits). */
const AT_ONCE = 6;
/** REST Proxy's own filter refuses more than 25 a second (rest-utils RestConfig, dos.filter.max.requests.per.sec). */
const STARTS_PER_SECOND = 20;
const MAX_BYTES = 16 * 1024 * 1024;
const PACED: ReadonlySet<Upstream> = new Set<Upstream>(["kafka", "registry", "cloud", "metrics"]);

interface Begun {
  readonly exchange: Exchange;
  readonly response: Response;
}

/** The outlet of one connection. Everything it remembers (pauses, pace) is in memory. */
export function createOutlet(options: OutletOptions): Outlet {
  const limit = pLimit(AT_ONCE);
  const pacer = new Pacer(STARTS_PER_SECOND);
  const pauses = new Pauses(options.pauses);

  function refuseWhilePaused(upstream: Upstream, host: string): void {
    const now = options.clock.now();
    const until = pauses.until(upstream, host, now);
    if (until === undefined) return;
    throw new NotYet(jittered(until, now, options.random.fraction()), `${nameOf(upstream)} asked for a pause`);
  }

  function rememberPause(call: Call, host: string, response: Response): void {
    if (response.status !== 429 && response.status !== 503) return;
    const now = options.clock.now();
    const wait = retryAfterMs(response.headers, now);
    if (wait === undefined || wait === 0) return;
    const pause = { upstream: call.upstream, host, until: now + wait };
    pauses.add(pause);
    options.onPause?.(pause);
  }

  async function begin(call: Call, url: URL, over: () => void): Promise<Begun> {
    refuseWhilePaused(call.upstream, url.host);
    if (PACED.has(call.upstream)) {
      await pacer.turn(url.host);
      refuseWhilePaused(call.upstream, url.host);
    }
    options.admit?.(call);
    const at = options.clock.now();
    const began = performance.now();
    let status: number | undefined;
    const exchange = new Exchange(call.upstream, url.host, call.timeoutMs, ({ bytes, failure }) => {
      over();
      const ms = Math.round(performance.now() - began);
      const { upstream, method, isTrial = false } = call;
      options.onRequest?.({
        upstream,
        method,
        host: url.host,
        path: url.pathname,
        status,
        failure,
        bytes,
        ms,
        at,
        isTrial,
      });
    });
    const response = await exchange.head(answerTo(call, url, exchange, options.http));
    status = response.status;
    try {
      rememberPause(call, url.host, response);
      refuseDetour(call, url, exchange, response);
    } catch (thrown) {
      cancelBody(response);
      exchange.end();
      throw thrown;
    }
    return { exchange, response };
  }

  return {
    async send(call: Call): Promise<Reply> {
      const url = allowed(call, options.allowHost);
      return limit(async () => {
        const { exchange, response } = await begin(call, url, () => undefined);
        const text = await readText(exchange, response, call.upstream, call.maxBytes ?? MAX_BYTES);
        return { status: response.status, headers: response.headers, text };
      });
    },

    async stream(call: Call): Promise<StreamedReply> {
      const url = allowed(call, options.allowHost);
      const opened = Promise.withResolvers<StreamedReply>();
      // The place among the six is given back when the exchange is over, not when its head is there.
      const place = limit(async () => {
        const over = Promise.withResolvers<void>();
        const { exchange, response } = await begin(call, url, over.resolve);
        opened.resolve({ status: response.status, headers: response.headers, body: guard(exchange, response) });
        await over.promise;
      });
      place.catch(opened.reject);
      return opened.promise;
    },
  };
}

function allowed(call: Call, allowHost: (url: URL) => boolean): URL {
  const url = URL.parse(call.url);
  if (url === null) {
    throw new UpstreamError(
      call.upstream,
      { kind: "invalid" },
      `The address of ${nameOf(call.upstream)} is not an address.`,
    );
  }
  if (url.username === "" && url.password === "" && allowHost(url)) return url;
  const message = `${nameOf(call.upstream)}: no request is sent to ${url.host}, which neither the configuration nor Confluent names.`;
  throw new UpstreamError(call.upstream, { kind: "refused-host", host: url.host }, message);
}

async function answerTo(call: Call, url: URL, exchange: Exchange, http: Http): Promise<Response> {
  return http(requestOf(call, url, exchange));
}

function requestOf(call: Call, url: URL, exchange: Exchange): Request {
  try {
    return new Request(url, {
      method: call.method,
      headers: { ...call.headers },
      body: call.body ?? null,
      redirect: "manual",
      signal: exchange.signal,
    });
  } catch {
    // What was thrown quotes the header's value, which may be the credential.
    const message = `The request to ${nameOf(call.upstream)} cannot be sent: a header holds characters that HTTP does not allow.`;
    throw exchange.fail(new UpstreamError(call.upstream, { kind: "invalid" }, message));
  }
}

/** Redirects are never followed: credentials go nowhere else, and none of the APIs used here answers with one. */
function refuseDetour(call: Call, url: URL, exchange: Exchange, response: Response): void {
  const { status } = response;
  const edge = edgeFailure(call.upstream, url.host, status);
  if (edge !== undefined) throw exchange.fail(edge);
  const isRedirect = (status >= 300 && status < 400) || (response.type as string) === "opaqueredirect";
  if (!isRedirect) return;
  const target = URL.parse(response.headers.get("location") ?? "", url.href)?.origin ?? "another address";
  const message =
    `${nameOf(call.upstream)} at ${url.host} answered with a redirect to ${target}, which is not followed. ` +
    "Configure the address that it leads to, or correct what stands in front of the server.";
  throw exchange.fail(new UpstreamError(call.upstream, { kind: "malformed" }, message, { status }));
}
