import type { Context, HonoRequest, MiddlewareHandler } from "hono";

/** Tokens that are accepted, current and previous; empty when none is configured. */
export type Tokens = readonly string[];

async function digest(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}

/** Compares by hash and without an early end, so that time tells nothing about the token. */
export async function isToken(given: string, tokens: Tokens): Promise<boolean> {
  const hashed = await digest(given);
  let found = 0;
  for (const token of tokens) {
    const wanted = await digest(token);
    let difference = 0;
    for (let index = 0; index < wanted.length; index++) difference |= (wanted[index] ?? 0) ^ (hashed[index] ?? 0);
    found |= difference === 0 ? 1 : 0;
  }
  return found === 1;
}

/** Lets only requests with `Authorization: Bearer <token>` pass. Without a configured token it answers 503 and says why. */
export function requireToken(variable: string, tokens: Tokens): MiddlewareHandler {
  return guard(variable, tokens, (request) => /^Bearer +(\S+)$/i.exec(authorization(request))?.[1], {
    challenge: "Bearer",
    hint: `send the header Authorization: Bearer with ${variable}`,
  });
}

/** Lets only requests pass that bring the token, as it is, in the header named. Nothing of their body has been read by then. */
export function requireTokenIn(header: string, variable: string, tokens: Tokens): MiddlewareHandler {
  return guard(variable, tokens, (request) => request.header(header), {
    challenge: undefined,
    hint: `send the header ${header} with ${variable}`,
  });
}

/**
 * For pages: a browser asks for name and password by itself; the password is the token, the name does not matter.
 * A browser sends these along to every address, so nothing that changes something may be guarded this way.
 */
export function requireTokenAsPassword(variable: string, tokens: Tokens): MiddlewareHandler {
  return guard(variable, tokens, (request) => passwordOf(authorization(request)), {
    challenge: 'Basic realm="Kafka worker", charset="UTF-8"',
    hint: `log in with any name and ${variable} as password`,
  });
}

const authorization = (request: HonoRequest): string => request.header("authorization") ?? "";

function passwordOf(header: string): string | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/=]+)$/i.exec(header)?.[1];
  if (encoded === undefined) return undefined;
  try {
    const login = atob(encoded);
    return login.slice(login.indexOf(":") + 1);
  } catch {
    return undefined;
  }
}

function guard(
  variable: string,
  tokens: Tokens,
  tokenOf: (request: HonoRequest) => string | undefined,
  refusal: { readonly challenge: string | undefined; readonly hint: string },
): MiddlewareHandler {
  return async (context, next) => {
    if (tokens.length === 0)
      return failure(context, 503, "unavailable", `${variable} is not set, so nobody may use this`);
    const given = tokenOf(context.req);
    if (given === undefined || !(await isToken(given, tokens))) {
      if (refusal.challenge !== undefined) context.header("WWW-Authenticate", refusal.challenge);
      return failure(context, 401, "unauthorised", refusal.hint);
    }
    return next();
  };
}

/** Every error of this product has this form. */
export function failure(
  context: Context,
  status: 400 | 401 | 404 | 409 | 413 | 422 | 500 | 503,
  reason: string,
  message: string,
) {
  return context.json({ error: { reason, message } }, status);
}
