import * as v from "valibot";
import { NotYet, UpstreamError } from "../http/errors.ts";
import type { Outlet, Reply } from "../http/outlet.ts";
import type { Clock, Random } from "../runtime/ports.ts";
import type { AmplifyCredentials } from "./credentials.ts";
import { base64, utf8 } from "./encoding.ts";
import { ASSERTION_TYPE, orgGuidOf, signAssertion } from "./jwt.ts";
import { loginError, notAToken } from "./login-errors.ts";

interface Token {
  readonly value: string;
  /** Undefined when the token does not say. */
  readonly orgGuid: string | undefined;
  /** ms since the epoch, by our clock. */
  readonly expiresAt: number;
}

/** Where the token outlives the memory of a wake. The text is secret: it must be sealed. */
export interface TokenKeep {
  /** Undefined when there is nothing, or nothing that opens. */
  load(): Promise<string | undefined>;
  /** Replaces what was there, and is forgotten at `until`, ms: a stolen row must not hold what is not needed any more. */
  store(text: string, until: number): Promise<void>;
}

export interface TokenSource {
  /**
   * The token to use now: kept until 4/5 of its life (agent-sdk pkg/authz/oauth/authclient.go), then fetched anew once,
   * however many ask. Throws `UpstreamError` when the login refuses (and again for a minute, without asking), and
   * `NotYet` when a token was refused that had been fetched in place of a refused one less than a minute ago.
   */
  token(): Promise<Token>;
  /** Tells that the API refused this token with 401, so that the next call of `token` fetches another. A token no longer in use is ignored. */
  invalidate(value: string): Promise<void>;
}

export interface TokenSourceOptions {
  readonly outlet: Outlet;
  readonly credentials: AmplifyCredentials;
  /** Up to and without `/realms`, e.g. `https://login.axway.com/auth`. */
  readonly authUrl: string;
  readonly realm: string;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly keep: TokenKeep;
}

const Answer = v.looseObject({
  access_token: v.pipe(v.string(), v.minLength(1)),
  expires_in: v.pipe(v.number(), v.minValue(1)),
});

const Kept = v.object({
  /** Absent when the last one was refused. */
  token: v.optional(
    v.object({ value: v.string(), orgGuid: v.optional(v.string()), refreshAt: v.number(), expiresAt: v.number() }),
  ),
  /** When a token was last fetched because the one before had been refused. */
  forcedAt: v.optional(v.number()),
  /** The login's clock minus ours, ms; 0 until a refusal showed that they differ. */
  offsetMs: v.number(),
});
type Kept = v.InferOutput<typeof Kept>;
type KeptToken = NonNullable<Kept["token"]>;

const MINUTE = 60_000;
const TOLERATED_SKEW_MS = 30_000;
/** How long a failed attempt is not repeated: a refusal for a minute, trouble on the way for ten seconds. */
const HOLD = { refused: MINUTE, trouble: 10_000 } as const;

export function createTokenSource(options: TokenSourceOptions): TokenSource {
  const { clock, keep } = options;
  let kept: Kept | undefined;
  let inFlight: Promise<Token> | undefined;
  let failure: { error: unknown; until: number } | undefined;

  async function current(): Promise<Kept> {
    kept ??= readKept(await keep.load());
    return kept;
  }

  async function save(next: Kept): Promise<void> {
    kept = next;
    await keep.store(JSON.stringify(next), neededUntil(next, clock.now()));
  }

  async function refresh(state: Kept): Promise<Token> {
    const begun = clock.now();
    const { reply, offsetMs } = await askLogin(options, state.offsetMs);
    const answer = answerOf(reply, options.credentials, offsetMs, clock.now());
    const orgGuid = orgGuidOf(answer.access_token);
    const token: KeptToken = {
      value: answer.access_token,
      ...(orgGuid === undefined ? {} : { orgGuid }),
      refreshAt: begun + Math.floor((answer.expires_in * 4) / 5) * 1000,
      expiresAt: begun + answer.expires_in * 1000,
    };
    const forcedAt = wasRefused(state) ? begun : state.forcedAt;
    await save({ token, ...(forcedAt === undefined ? {} : { forcedAt }), offsetMs });
    return toToken(token);
  }

  async function refreshUnlessHeld(state: Kept): Promise<Token> {
    if (failure !== undefined && clock.now() < failure.until) throw failure.error;
    try {
      const token = await refresh(state);
      failure = undefined;
      return token;
    } catch (error) {
      // A planned wait is told by the outlet at no cost, so it is not remembered here.
      const hold = isRefusal(error) ? HOLD.refused : HOLD.trouble;
      failure = error instanceof NotYet ? undefined : { error, until: clock.now() + hold };
      throw error;
    }
  }

  async function next(): Promise<Token> {
    const state = await current();
    const { token, forcedAt } = state;
    if (token !== undefined && clock.now() < token.refreshAt) return toToken(token);
    if (token === undefined && forcedAt !== undefined && clock.now() < forcedAt + MINUTE) {
      throw new NotYet(forcedAt + MINUTE, "Amplify refused a token that its login had just given");
    }
    try {
      return await refreshUnlessHeld(state);
    } catch (error) {
      // Between 4/5 and the end of its life the old token is still good.
      if (token !== undefined && clock.now() < token.expiresAt && !isRefusal(error)) return toToken(token);
      throw error;
    }
  }

  return {
    token() {
      inFlight ??= next().finally(() => {
        inFlight = undefined;
      });
      return inFlight;
    },
    async invalidate(value) {
      const { token, ...state } = await current();
      if (token?.value === value) await save({ ...state, forcedAt: state.forcedAt ?? 0 });
    },
  };
}

/** Asks once; a second time only when the refusal's `Date` shows that our clock differs from the login's by more than 30 s. */
async function askLogin(options: TokenSourceOptions, offsetMs: number): Promise<{ reply: Reply; offsetMs: number }> {
  const reply = await options.outlet.send(await tokenCall(options, offsetMs));
  if (options.credentials.kind !== "key-pair" || (reply.status !== 400 && reply.status !== 401))
    return { reply, offsetMs };
  const sent = Date.parse(reply.headers.get("date") ?? "");
  const told = sent - options.clock.now();
  if (Number.isNaN(told) || Math.abs(told - offsetMs) <= TOLERATED_SKEW_MS) return { reply, offsetMs };
  return { reply: await options.outlet.send(await tokenCall(options, told)), offsetMs: told };
}

async function tokenCall(options: TokenSourceOptions, offsetMs: number) {
  const { credentials, timeoutMs } = options;
  const realmUrl = `${options.authUrl.replace(/\/+$/, "")}/realms/${options.realm}`;
  const form = new URLSearchParams({ grant_type: "client_credentials" });
  const headers: Record<string, string> = {
    "Content-Type": "application/x-www-form-urlencoded",
    Accept: "application/json",
  };
  if (credentials.kind === "key-pair") {
    const now = options.clock.now() + offsetMs;
    const input = { clientId: credentials.clientId, audience: realmUrl, now, jti: options.random.uuid() };
    form.set("client_assertion_type", ASSERTION_TYPE);
    form.set("client_assertion", await signAssertion(credentials.key, input));
  } else {
    headers.Authorization = `Basic ${base64(utf8(`${credentials.clientId}:${credentials.clientSecret}`))}`;
  }
  const url = `${realmUrl}/protocol/openid-connect/token`;
  return {
    upstream: "amplify-auth",
    method: "POST",
    url,
    headers,
    body: form.toString(),
    timeoutMs,
    maxBytes: 65_536,
  } as const;
}

function answerOf(
  reply: Reply,
  credentials: AmplifyCredentials,
  offsetMs: number,
  now: number,
): v.InferOutput<typeof Answer> {
  if (reply.status !== 200) {
    // Only a signed assertion has a time that can be wrong; without a `Date` this is NaN, which is never too far off.
    const skewMs = credentials.kind === "key-pair" ? Date.parse(reply.headers.get("date") ?? "") - now - offsetMs : 0;
    throw loginError(reply, credentials, skewMs, now);
  }
  const answer = v.safeParse(v.pipe(v.string(), v.parseJson(), Answer), reply.text);
  if (!answer.success) throw notAToken(reply);
  return answer.output;
}

/** A token to 4/5 of its life; where it was refused, what is known of that until another may be fetched. */
function neededUntil({ token, forcedAt = 0 }: Kept, now: number): number {
  return token ? Math.max(token.refreshAt, forcedAt + MINUTE) : Math.max(forcedAt, now) + MINUTE;
}

function isRefusal(error: unknown): boolean {
  if (!(error instanceof UpstreamError)) return false;
  return ["unauthorised", "forbidden", "invalid", "missing", "malformed", "refused-host"].includes(error.failure.kind);
}

function wasRefused(state: Kept): boolean {
  return state.token === undefined && state.forcedAt !== undefined;
}

function readKept(text: string | undefined): Kept {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Kept), text ?? "");
  return parsed.success ? parsed.output : { offsetMs: 0 };
}

function toToken(token: KeptToken): Token {
  return { value: token.value, orgGuid: token.orgGuid, expiresAt: token.expiresAt };
}
