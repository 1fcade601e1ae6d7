import * as v from "valibot";
import { cleanDetail } from "../http/clean.ts";
import { type Failure, UpstreamError } from "../http/errors.ts";
import { failureOf } from "../http/failures.ts";
import { parseJson } from "../http/json.ts";
import { nameOf } from "../http/names.ts";
import type { Upstream } from "../http/outlet.ts";

/** The server's own code and words, out of an error body of any of the forms that Confluent's servers use. */
export interface Problem {
  readonly code: string | undefined;
  readonly text: string | undefined;
}

const words = v.fallback(v.optional(v.string()), undefined);
const code = v.fallback(v.optional(v.pipe(v.union([v.number(), v.string()]), v.transform(String))), undefined);
const first = v.looseObject({ code, status: code, title: words, detail: words });
const body = v.looseObject({
  /** Kafka REST, Schema Registry, role bindings. */
  error_code: code,
  /** Also Jetty's `{message, url, status}`, whose url is an address of the inside. */
  message: words,
  /** Control plane and metrics; every member of an entry is optional. */
  errors: v.fallback(v.optional(v.array(v.fallback(first, {}))), undefined),
  /** The user-admin endpoint. */
  error: v.fallback(v.optional(v.looseObject({ reason: words, message: words })), undefined),
});

/** Reads `{error_code, message}`, `{errors: […]}`, `{error: {…}}`, `{message, url, status}`, HTML, plain text, `{}` and nothing. */
export function readProblem(text: string): Problem {
  let json: unknown;
  try {
    json = parseJson(text);
  } catch {
    return { code: undefined, text: cleanDetail(text) };
  }
  const parsed = v.safeParse(body, json);
  if (!parsed.success) return { code: undefined, text: undefined };
  const { error_code, message, errors, error } = parsed.output;
  const entry = errors?.[0];
  const said = message ?? entry?.detail ?? entry?.title ?? error?.message;
  return { code: error_code ?? entry?.code ?? error?.reason, text: said === undefined ? undefined : cleanDetail(said) };
}

/** What a request was for, in words that complete "… may not ___" and "… could not ___". */
export interface Purpose {
  /** "list the topics" */
  readonly what: string;
  /** "DESCRIBE on TOPIC *"; what the credential needs for it. */
  readonly permission: string;
  /** The variable that holds the credential. */
  readonly variable: string;
  /** True when none is configured. */
  readonly isAnonymous?: boolean;
  /** True for REST Proxy, which does everything as its own Kafka user unless it passes the caller on. */
  readonly isProxy?: boolean;
}

/** The error of an answer that is not 2xx, with a message for people: what was refused, to which credential, and what it lacks. */
export function problemOf(
  upstream: Upstream,
  status: number,
  headers: Headers,
  text: string,
  purpose: Purpose,
): UpstreamError {
  const problem = readProblem(text);
  const failure: Failure = isOwnKey(status, text) ? { kind: "unauthorised" } : failureOf(status, headers);
  const message = `${nameOf(upstream)} ${sentenceOf(failure.kind, status, problem, purpose)}`;
  return new UpstreamError(upstream, failure, message, { status, code: problem.code, detail: problem.text });
}

/**
 * The control plane's 403 mostly says "does not exist, or not for you"; with this text it is the caller's own key that
 * it does not know (terraform-provider-confluent utils.go).
 */
function isOwnKey(status: number, text: string): boolean {
  return status === 403 && /invalid API key/i.test(text);
}

function sentenceOf(kind: string, status: number, problem: Problem, purpose: Purpose): string {
  const { what, variable } = purpose;
  const number =
    problem.code === undefined || problem.code === String(status) ? `${status}` : `${status}, code ${problem.code}`;
  // kafka-rest: its own login at the brokers, not ours at it.
  if (problem.code === "40101") {
    return `could not ${what}: its own login at the Kafka brokers was refused (${number}). Correct the user and password in its configuration.`;
  }
  if (problem.text?.startsWith("No Authorizer is configured")) {
    return `could not ${what}: the Kafka brokers have no authorizer, so that there are no ACLs (${number}).`;
  }
  switch (kind) {
    case "unauthorised":
      return purpose.isAnonymous
        ? `could not ${what}: it wants a credential (${number}). Set ${variable}.`
        : `did not accept the credential of ${variable} (${number}), so it could not ${what}.`;
    case "forbidden":
      return forbidden(number, problem, purpose);
    case "missing":
      return `could not ${what}: there is no such thing at this address (${number}).`;
    case "throttled":
      return `could not ${what} now: too many requests (${number}).`;
    case "server":
      return `could not ${what}: it failed (${number}).`;
    case "unsupported":
      return `does not offer what is needed to ${what} (${number}).`;
    case "quota":
      return `could not ${what}: a quota is used up (${number}).`;
    default:
      return `refused the request to ${what} (${number}).`;
  }
}

function forbidden(
  number: string,
  problem: Problem,
  { what, permission, variable, isAnonymous, isProxy }: Purpose,
): string {
  const who = isAnonymous ? "a request without a credential" : `the credential of ${variable}`;
  // Of the HTTP layer, before Kafka is asked (rest-utils, authentication.roles).
  if (problem.code === undefined && problem.text === "!authorized") {
    return `does not let ${who} ${what} (${number}): the user has none of the roles that the server admits (its authentication.roles).`;
  }
  const other = isProxy ? "; so does the proxy's own Kafka user where it does not pass its callers on" : "";
  return `does not let ${who} ${what} (${number}): it needs ${permission}${other}.`;
}
