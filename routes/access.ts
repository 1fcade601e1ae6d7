import type { Context, MiddlewareHandler } from "hono";

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
  return async (context, next) => {
    if (tokens.length === 0)
      return failure(context, 503, "unavailable", `${variable} is not set, so nobody may use this`);
    const given = /^Bearer +(\S+)$/i.exec(context.req.header("authorization") ?? "")?.[1];
    if (given === undefined || !(await isToken(given, tokens))) {
      context.header("WWW-Authenticate", "Bearer");
      return failure(context, 401, "unauthorised", `send the header Authorization: Bearer with ${variable}`);
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
