import * as v from "valibot";
import { base64url, fromBase64, utf8 } from "./encoding.ts";
import type { SigningKey } from "./pem.ts";

/** Value of `client_assertion_type`, and of the first part of `iss` (RFC 7523 section 2.2). */
export const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const LIFETIME_SECONDS = 60;

export interface AssertionInput {
  readonly clientId: string;
  /** `{auth url}/realms/{realm}`. */
  readonly audience: string;
  /** ms since the epoch, by the clock of the server as far as it is known. */
  readonly now: number;
  /** Never used twice: the server may refuse it the second time. */
  readonly jti: string;
}

/**
 * The JWT by which a service account proves who it is: RS256, exactly the claims that Axway's own agents send
 * (agent-sdk pkg/authz/oauth/keypairauthenticator.go), `aud` an array with one element, valid for 60 s.
 */
export async function signAssertion(key: SigningKey, input: AssertionInput): Promise<string> {
  const issuedAt = Math.floor(input.now / 1000);
  const header = { alg: "RS256", kid: key.kid, typ: "JWT" };
  const claims = {
    iss: `${ASSERTION_TYPE}:${input.clientId}`,
    sub: input.clientId,
    aud: [input.audience],
    exp: issuedAt + LIFETIME_SECONDS,
    iat: issuedAt,
    jti: input.jti,
  };
  const signed = `${base64url(utf8(JSON.stringify(header)))}.${base64url(utf8(JSON.stringify(claims)))}`;
  const signature = await crypto.subtle.sign("RSASSA-PKCS1-v1_5", key.privateKey, utf8(signed));
  return `${signed}.${base64url(new Uint8Array(signature))}`;
}

const Claims = v.looseObject({ org_guid: v.optional(v.string()) });

/**
 * The provider organisation's GUID out of an access token, unverified: it only labels metrics and usage
 * (agent-sdk pkg/transaction/metric/metricscollector.go). Undefined when the token is opaque or does not say.
 */
export function orgGuidOf(token: string): string | undefined {
  const bytes = fromBase64(token.split(".")[1] ?? "");
  if (bytes === undefined) return undefined;
  try {
    const claims = v.safeParse(Claims, JSON.parse(new TextDecoder().decode(bytes)));
    return claims.success ? claims.output.org_guid : undefined;
  } catch {
    return undefined;
  }
}
