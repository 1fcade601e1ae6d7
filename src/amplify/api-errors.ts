import * as v from "valibot";
import { cleanDetail } from "../http/clean.ts";
import type { Failure } from "../http/errors.ts";
import { UpstreamError } from "../http/errors.ts";
import { failureOf } from "../http/failures.ts";
import type { Reply } from "../http/outlet.ts";

const Errors = v.looseObject({
  errors: v.pipe(
    v.array(v.looseObject({ title: v.nullish(v.string()), detail: v.nullish(v.string()) })),
    v.minLength(1),
  ),
});

/**
 * An answer of the API server, of events or of teams that is not what was asked for. `doing`: what the request was for,
 * e.g. `create API services in the environment kafka-env`; `now` in ms since the epoch.
 */
export function apiError(reply: Reply, doing: string, tenantId: string, now?: number): UpstreamError {
  const failure = failureOf(reply.status, reply.headers, now);
  const detail = detailOf(reply.text);
  return new UpstreamError("amplify", failure, messageFor(failure, reply.status, doing, tenantId), {
    status: reply.status,
    detail,
  });
}

/** An answer with a good status whose body is not what the API gives. */
export function malformed(reply: Reply, doing: string): UpstreamError {
  const message = `Amplify answered in a form that is not its API's when asked to ${doing}. Check CENTRAL_URL.`;
  return new UpstreamError("amplify", { kind: "malformed" }, message, {
    status: reply.status,
    detail: detailOf(reply.text),
  });
}

/** What the first of `errors[]` says (agent-sdk pkg/apic/client.go reads no other), cleaned; else the text itself. */
function detailOf(text: string): string | undefined {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Errors), text);
  if (!parsed.success) return cleanDetail(text);
  const [first] = parsed.output.errors;
  const { title, detail } = first ?? {};
  return cleanDetail([title, detail].filter((part) => typeof part === "string" && part !== "").join(": "));
}

function messageFor(failure: Failure, status: number, doing: string, tenantId: string): string {
  switch (failure.kind) {
    case "unauthorised":
      return `Amplify did not accept the token of the service account in order to ${doing}. Check that CENTRAL_URL and CENTRAL_AUTH_URL are of the same region and that the service account is of organisation ${tenantId}.`;
    case "forbidden":
      return `The service account may not ${doing}. Give it the role Engage Admin in organisation ${tenantId}, or check CENTRAL_ORGANIZATIONID.`;
    case "missing":
      return `Amplify knows no such thing, or none that the service account may see, when asked to ${doing}.`;
    case "conflict":
      return `Amplify reports a conflict when asked to ${doing}.`;
    case "stale":
      return `Somebody else changed it in the meantime, when Amplify was asked to ${doing}.`;
    case "throttled":
      return `Amplify allows no more requests at the moment, when asked to ${doing}.`;
    case "server":
      return `Amplify had trouble of its own (status ${status}) when asked to ${doing}.`;
    default:
      return `Amplify refused to ${doing} (status ${status}).`;
  }
}
