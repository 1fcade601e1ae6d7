import * as v from "valibot";
import { UpstreamError } from "../http/errors.ts";
import { parseJson } from "../http/json.ts";
import { nameOf } from "../http/names.ts";
import type { Call, Outlet, Reply, Upstream } from "../http/outlet.ts";
import type { Clock } from "../runtime/ports.ts";
import { type Credentials, createAuthorizer } from "./credentials.ts";
import { problemOf, readProblem } from "./problem.ts";

/** How one of Confluent's servers is talked to. */
export interface Access {
  readonly credentials: Credentials;
  /** Sent with every request, as a tunnel with an access service token needs. */
  readonly headers?: Readonly<Record<string, string>>;
  /** For one whole exchange, in ms. */
  readonly timeoutMs: number;
  /** The variable that holds the credential, for messages: `KAFKA_CLUSTER_AUTH_APIKEY_ID`. */
  readonly variable: string;
  /** A login that is only being tried: `Call.isTrial`. */
  readonly isTrial?: boolean;
}

export interface Ask {
  /** Absolute, every name in it encoded by `segment`. */
  readonly url: string;
  readonly what: string;
  readonly permission: string;
  readonly method?: Call["method"];
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** True where the server could repeat a secret that it was sent: of what it says of a refusal only a short number is then kept. */
  readonly isSecret?: boolean;
}

/** One of Confluent's servers. All throw `UpstreamError` for whatever is not 2xx, and `NotYet`. */
export interface Rest {
  readonly upstream: Upstream;
  get<S extends v.GenericSchema>(ask: Ask, schema: S): Promise<v.InferOutput<S>>;
  /** An answer of 2xx as it came, for calls whose answer may be empty. */
  send(ask: Ask): Promise<Reply>;
  /** The body of a 2xx answer, to be read to its end or cancelled. */
  stream(ask: Ask): Promise<ReadableStream<Uint8Array>>;
}

export interface RestOptions {
  readonly outlet: Outlet;
  readonly clock: Clock;
  readonly upstream: Upstream;
  readonly access: Access;
  /** True for Kafka REST of Confluent Platform; changes what is said about a refusal. */
  readonly isProxy?: boolean;
  /** Added to every request, such as Accept. */
  readonly headers: Readonly<Record<string, string>>;
}

const MOST_OF_A_PROBLEM = 64 * 1024;

export function createRest(options: RestOptions): Rest {
  const { outlet, upstream, access } = options;
  const authorizer = createAuthorizer({
    ...options,
    credentials: access.credentials,
    extra: access.headers ?? {},
  });

  async function callOf(ask: Ask): Promise<Call> {
    const headers = { ...options.headers, ...ask.headers, ...(await authorizer.headers()) };
    const { timeoutMs, isTrial = false } = access;
    const call = { upstream, method: ask.method ?? "GET", url: ask.url, headers, timeoutMs, isTrial };
    return ask.body === undefined ? call : { ...call, body: ask.body };
  }

  function problem(ask: Ask, status: number, headers: Headers, text: string): UpstreamError {
    if (status === 401) authorizer.refused();
    const isAnonymous = access.credentials.kind === "none";
    return problemOf(upstream, status, headers, ask.isSecret ? codeAlone(text) : text, {
      ...ask,
      variable: access.variable,
      isAnonymous,
      isProxy: options.isProxy === true,
    });
  }

  async function send(ask: Ask): Promise<Reply> {
    const reply = await outlet.send(await callOf(ask));
    if (isSuccess(reply.status)) return reply;
    throw problem(ask, reply.status, reply.headers, reply.text);
  }

  return {
    upstream,
    send,
    async get(ask, schema) {
      const reply = await send(ask);
      return understand(upstream, reply.text, schema, ask.what);
    },
    async stream(ask) {
      const reply = await outlet.stream(await callOf(ask));
      if (isSuccess(reply.status)) return reply.body;
      throw problem(ask, reply.status, reply.headers, await beginningOf(reply.body));
    },
  };
}

/** The request with `value` as its JSON body. */
export function withJson(ask: Ask, value: unknown): Ask {
  return { ...ask, headers: { ...ask.headers, "Content-Type": "application/json" }, body: JSON.stringify(value) };
}

/**
 * Parses an answer; `malformed`, without a word of what it held, when it does not have the form of the contract.
 * `parse`: `bigintJson` where 64-bit numbers stand in it.
 */
export function understand<S extends v.GenericSchema>(
  upstream: Upstream,
  text: string,
  schema: S,
  what: string,
  parse: (text: string) => unknown = parseJson,
): v.InferOutput<S> {
  let json: unknown;
  try {
    json = parse(text);
  } catch {
    throw notUnderstood(upstream, what, "it is not JSON");
  }
  return conform(upstream, json, schema, what);
}

/** As `understand`, for what has been parsed as JSON. */
export function conform<S extends v.GenericSchema>(
  upstream: Upstream,
  json: unknown,
  schema: S,
  what: string,
): v.InferOutput<S> {
  const parsed = v.safeParse(schema, json);
  if (parsed.success) return parsed.output;
  const path = parsed.issues[0] === undefined ? undefined : v.getDotPath(parsed.issues[0]);
  throw notUnderstood(upstream, what, path ? `\`${path}\` is missing or of another type` : "it has another form");
}

function notUnderstood(upstream: Upstream, what: string, why: string): UpstreamError {
  const message = `${nameOf(upstream)} gave an answer that is not understood when asked to ${what}: ${why}.`;
  return new UpstreamError(upstream, { kind: "malformed" }, message);
}

/**
 * A name as one segment of a path. Throws for the names that no encoding can carry: empty, `.` and `..` (also
 * written `%2E`, they are steps of the path to any URL parser), and text that is not Unicode.
 */
export function segment(upstream: Upstream, name: string): string {
  if (name === "" || name === "." || name === ".." || !name.isWellFormed()) {
    throw new UpstreamError(
      upstream,
      { kind: "invalid" },
      `${nameOf(upstream)} has a name that no address can carry: ${JSON.stringify(name)}.`,
    );
  }
  return encodeURIComponent(name).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

/** The first 64 KiB of a body, or all of it; the rest is not read. */
export async function beginningOf(body: ReadableStream<Uint8Array>): Promise<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  while (text.length < MOST_OF_A_PROBLEM) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    text += decoder.decode(value, { stream: true });
  }
  reader.cancel().catch(() => undefined);
  return text;
}

/** An error body with the server's own code and nothing else; empty for a code that is more than a short number. */
function codeAlone(text: string): string {
  const { code } = readProblem(text);
  return code !== undefined && /^\d{3,5}$/.test(code) ? JSON.stringify({ error_code: Number(code) }) : "";
}
