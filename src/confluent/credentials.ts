import * as v from "valibot";
import { UpstreamError } from "../http/errors.ts";
import { failureOf } from "../http/failures.ts";
import { parseJson } from "../http/json.ts";
import { nameOf } from "../http/names.ts";
import type { Outlet, Upstream } from "../http/outlet.ts";
import type { Clock } from "../runtime/ports.ts";

export type Credentials =
  | { readonly kind: "none" }
  | { readonly kind: "basic"; readonly username: string; readonly password: string }
  | { readonly kind: "bearer"; readonly token: string }
  | {
      readonly kind: "oauth";
      readonly tokenUrl: string;
      readonly clientId: string;
      readonly clientSecret: string;
      readonly scopes: readonly string[];
      readonly timeoutMs: number;
    };

/** Gives the headers that a request authenticates itself with. */
export interface Authorizer {
  headers(): Promise<Readonly<Record<string, string>>>;
  /** The server refused what `headers` gave: a token that was fetched is not used again. */
  refused(): void;
}

export interface AuthorizerOptions {
  readonly credentials: Credentials;
  /** Sent with every request, as a tunnel with an access service token needs. */
  readonly extra: Readonly<Record<string, string>>;
  readonly outlet: Outlet;
  readonly upstream: Upstream;
  readonly clock: Clock;
}

export function createAuthorizer(options: AuthorizerOptions): Authorizer {
  const { credentials, extra } = options;
  switch (credentials.kind) {
    case "none":
      return fixed(extra);
    case "basic":
      return fixed({ ...extra, Authorization: `Basic ${base64(`${credentials.username}:${credentials.password}`)}` });
    case "bearer":
      return fixed({ ...extra, Authorization: `Bearer ${credentials.token}` });
    case "oauth":
      return withToken(options, credentials);
  }
}

function fixed(headers: Readonly<Record<string, string>>): Authorizer {
  return { headers: async () => headers, refused: () => undefined };
}

/** One token for all who ask, fetched once however many ask at a time, used until 4/5 of its life. In memory only. */
function withToken(options: AuthorizerOptions, credentials: Credentials & { kind: "oauth" }): Authorizer {
  let token: Token | undefined;
  let fetching: Promise<Token> | undefined;
  return {
    async headers() {
      if (token === undefined || token.until <= options.clock.now()) {
        fetching ??= fetchToken(options, credentials).finally(() => {
          fetching = undefined;
        });
        token = await fetching;
      }
      return { ...options.extra, Authorization: `Bearer ${token.text}` };
    },
    refused() {
      token = undefined;
    },
  };
}

interface Token {
  readonly text: string;
  readonly until: number;
}

const tokenAnswer = v.looseObject({
  access_token: v.pipe(v.string(), v.nonEmpty()),
  // Some servers send it as text; without it RFC 6749 5.1 leaves the life open.
  expires_in: v.optional(
    v.pipe(v.union([v.number(), v.string()]), v.transform(Number), v.finite(), v.minValue(0)),
    300,
  ),
});

/** RFC 6749 4.4, client credentials, the client authenticated by Basic as Kafka's own OAUTHBEARER clients do. */
async function fetchToken(options: AuthorizerOptions, credentials: Credentials & { kind: "oauth" }): Promise<Token> {
  const { outlet, upstream, clock } = options;
  const began = clock.now();
  const body = new URLSearchParams({ grant_type: "client_credentials" });
  if (credentials.scopes.length > 0) body.set("scope", credentials.scopes.join(" "));
  const reply = await outlet.send({
    upstream,
    method: "POST",
    url: credentials.tokenUrl,
    headers: {
      Accept: "application/json",
      "Content-Type": "application/x-www-form-urlencoded",
      Authorization: `Basic ${base64(`${credentials.clientId}:${credentials.clientSecret}`)}`,
    },
    body: body.toString(),
    timeoutMs: credentials.timeoutMs,
    maxBytes: 1024 * 1024,
  });
  const host = URL.parse(credentials.tokenUrl)?.host ?? "its address";
  const where = `${nameOf(upstream)}: the token endpoint at ${host}`;
  if (reply.status !== 200) {
    // Its body is not repeated: some servers echo the client's secret.
    const failure = failureOf(reply.status, reply.headers, began);
    throw new UpstreamError(upstream, failure, `${where} answered ${reply.status}.`, { status: reply.status });
  }
  const answer = v.safeParse(tokenAnswer, safeJson(reply.text));
  if (!answer.success)
    throw new UpstreamError(upstream, { kind: "malformed" }, `${where} sent no access token.`, { status: 200 });
  return { text: answer.output.access_token, until: began + answer.output.expires_in * 800 };
}

function safeJson(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** Of the UTF-8 bytes (RFC 7617 2.1). */
function base64(text: string): string {
  let binary = "";
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  return btoa(binary);
}
