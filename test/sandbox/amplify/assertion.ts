import { createVerify } from "node:crypto";
import * as v from "valibot";
import type { Client } from "./clients.ts";

const ISSUER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer:";
/** The longest life of an assertion (agent-sdk pkg/authz/oauth/keypairauthenticator.go), seconds. */
const LIFE = 60;

const header = v.looseObject({ alg: v.literal("RS256"), kid: v.string() });
const claims = v.looseObject({
  iss: v.string(),
  sub: v.string(),
  aud: v.pipe(v.array(v.string()), v.length(1)),
  iat: v.pipe(v.number(), v.integer()),
  exp: v.pipe(v.number(), v.integer()),
  jti: v.pipe(v.string(), v.minLength(1)),
});

type Claims = v.InferOutput<typeof claims>;

export interface Expectation {
  /** `{auth URL}/realms/{realm}` */
  readonly audience: string;
  /** seconds since the epoch */
  readonly now: number;
  /** seconds */
  readonly skew: number;
  client(id: string): Client | undefined;
  /** Takes note of a jti until `expiry` (seconds); false when it was used before. */
  use(jti: string, expiry: number): boolean;
}

export type Verified = { readonly client: Client } | { readonly fault: string };

function decoded<T>(schema: v.GenericSchema<unknown, T>, part: string): T | undefined {
  try {
    const result = v.safeParse(schema, JSON.parse(Buffer.from(part, "base64url").toString("utf8")));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}

function timeFault({ iat, exp }: Claims, { now, skew }: Expectation): string | undefined {
  if (exp > iat + LIFE) return "the assertion lives longer than 60 seconds";
  if (exp + skew <= now) return "the assertion has expired";
  if (iat > now + skew) return "the assertion was made in the future";
  return undefined;
}

function claimFault(read: Claims, expected: Expectation): string | undefined {
  if (read.iss !== `${ISSUER}${read.sub}`) return "iss does not name the client";
  if (read.aud[0] !== expected.audience) return "aud is not this realm";
  return timeFault(read, expected);
}

/** Checks a client assertion (RFC 7523; agent-sdk pkg/authz/oauth/keypairauthenticator.go). A jti is used up only by one that is right. */
export function verifyAssertion(assertion: string, expected: Expectation): Verified {
  const [first = "", second = "", third = "", ...more] = assertion.split(".");
  const head = decoded(header, first);
  const read = decoded(claims, second);
  if (head === undefined || read === undefined || more.length > 0) return { fault: "the assertion is malformed" };
  const client = expected.client(read.sub);
  if (client === undefined || !client.enabled) return { fault: "unknown client" };
  if (client.key === undefined || client.key.kid !== head.kid) return { fault: "kid names no key of the client" };
  const verifier = createVerify("RSA-SHA256").update(`${first}.${second}`);
  if (!verifier.verify(client.key.publicKey, Buffer.from(third, "base64url")))
    return { fault: "the signature is wrong" };
  const fault = claimFault(read, expected);
  if (fault !== undefined) return { fault };
  return expected.use(read.jti, read.exp + expected.skew) ? { client } : { fault: "jti was used before" };
}
