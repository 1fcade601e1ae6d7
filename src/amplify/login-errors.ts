import * as v from "valibot";
import { cleanDetail } from "../http/clean.ts";
import { UpstreamError } from "../http/errors.ts";
import { failureOf } from "../http/failures.ts";
import type { Reply } from "../http/outlet.ts";
import type { AmplifyCredentials } from "./credentials.ts";

const OAuthError = v.looseObject({ error: v.optional(v.string()), error_description: v.optional(v.string()) });
const ADDRESS = "Check CENTRAL_AUTH_URL, CENTRAL_AUTH_REALM and CENTRAL_REGION.";

/** What Amplify's login answered instead of a token, in words that name what to correct. `skewMs`: its clock minus ours. */
export function loginError(reply: Reply, credentials: AmplifyCredentials, skewMs: number, now: number): UpstreamError {
  const said = oauthErrorOf(reply.text);
  const failure = failureOf(reply.status, reply.headers, now);
  return new UpstreamError(
    "amplify-auth",
    failure,
    messageFor(reply.status, said?.description ?? "", credentials, skewMs),
    {
      status: reply.status,
      code: said?.code,
      detail: said?.description ?? cleanDetail(reply.text),
    },
  );
}

/** An answer of status 200 without a token in it: another server, or a page of a proxy. */
export function notAToken(reply: Reply): UpstreamError {
  const message = `What answered at the address of Amplify's login is not its token endpoint. ${ADDRESS}`;
  return new UpstreamError("amplify-auth", { kind: "malformed" }, message, { status: reply.status });
}

function messageFor(status: number, description: string, credentials: AmplifyCredentials, skewMs: number): string {
  if (status === 400 || status === 401 || status === 403) return refusedMessage(description, credentials, skewMs);
  if (status === 429) return "Amplify's login asks to wait before the next token.";
  if (status >= 500) return `Amplify's login cannot give a token at the moment (status ${status}).`;
  return `There is no token endpoint of Amplify at the configured address (status ${status}). ${ADDRESS}`;
}

/** Wordings as Keycloak, which Amplify's login runs on, gives them (keycloak JWTClientAuthenticator); none is certain. */
function refusedMessage(description: string, credentials: AmplifyCredentials, skewMs: number): string {
  const client = `the service account ${credentials.clientId}`;
  if (Math.abs(skewMs) > 30_000) {
    const seconds = Math.round(Math.abs(skewMs) / 1000);
    return `Amplify's login refused ${client}. This clock is ${seconds} s ${skewMs > 0 ? "behind" : "ahead of"} the login's, which it does not tolerate.`;
  }
  if (
    /client.*(not found|unknown|disabled|not enabled)|(unknown|invalid) client(?! credentials| secret)/i.test(
      description,
    )
  ) {
    return `Amplify's login does not know ${client}, or it is disabled. Check CENTRAL_AUTH_CLIENTID.`;
  }
  if (/not active|expired|issued|\biat\b|\bexp\b|clock/i.test(description)) {
    return `Amplify's login found the signed assertion of ${client} outside its time. Check the clock.`;
  }
  const what =
    credentials.kind === "key-pair"
      ? "The private key does not belong to it, or its public key was replaced or removed. Check CENTRAL_AUTH_CLIENTID and CENTRAL_AUTH_PRIVATEKEY, and the public key that the service account shows on the platform."
      : "The client secret is wrong or was replaced. Check CENTRAL_AUTH_CLIENTID and the client secret.";
  return `Amplify's login refused ${client}. ${what}`;
}

function oauthErrorOf(text: string): { code: string | undefined; description: string | undefined } | undefined {
  try {
    const parsed = v.safeParse(OAuthError, JSON.parse(text));
    if (!parsed.success) return undefined;
    const { error, error_description } = parsed.output;
    return { code: cleanDetail(error ?? ""), description: cleanDetail(error_description ?? "") };
  } catch {
    return undefined;
  }
}
