import * as v from "valibot";
import { cleanDetail } from "../http/clean.ts";
import { UpstreamError } from "../http/errors.ts";
import { failureOf } from "../http/failures.ts";
import { exactJson, parseJson } from "../http/json.ts";
import type { Outlet, Reply } from "../http/outlet.ts";
import type { Random } from "../runtime/ports.ts";
import type { Reporter } from "./metric-event.ts";
import type { TokenSource } from "./token.ts";

/** What was consumed of all topics since the last report. */
export interface Usage {
  /** `metadata.id` of the Environment. */
  readonly environmentId: string;
  /** ms since the epoch; both are cut to the minute. */
  readonly window: { readonly start: number; readonly end: number };
  readonly count: bigint;
  readonly reporter: Reporter;
}

/**
 * The usage report as JSON, the same text for the same input (agent-sdk pkg/transaction/metric definition.go, LighthouseUsageEvent);
 * undefined when nothing was consumed, which is not reported.
 */
export function usageReport({ environmentId, window, count, reporter }: Usage): string | undefined {
  const start = toMinute(window.start);
  const end = toMinute(window.end);
  if (count <= 0n || end <= start) return undefined;
  return exactJson({
    envId: environmentId,
    timestamp: rfc3339(end),
    granularity: end - start,
    schemaId: "https://platform.axway.com/api/v1/report.schema.json",
    report: { [rfc3339(start)]: { product: "Kafka", usage: { "Kafka.Transactions": count }, meta: {} } },
    meta: {
      AgentName: reporter.agentName,
      AgentVersion: reporter.version,
      AgentType: reporter.type,
      AgentSDKVersion: reporter.sdkVersion,
    },
  });
}

const MINUTE_MS = 60_000;

function toMinute(at: number): number {
  return Math.floor(at / MINUTE_MS) * MINUTE_MS;
}

/** With seconds and without fractions of them. */
function rfc3339(at: number): string {
  return new Date(at).toISOString().replace(".000Z", "Z");
}

export interface UsageOptions {
  readonly outlet: Outlet;
  /** The same tokens as the API server's. */
  readonly tokens: TokenSource;
  readonly random: Random;
  /** CENTRAL_PLATFORMURL. */
  readonly platformUrl: string;
  readonly userAgent: string;
  readonly timeoutMs: number;
}

/**
 * What became of a report.
 * - `accepted`: 202, and nothing else.
 * - `again`: send the same report once more later.
 * - `dropped`: the platform will never take this one; count it as sent, as Axway's agents do, and tell the operator why.
 * - `refused`: the account may not report usage (401: the token was given up, so that the next try has another; 403).
 */
export type UsageOutcome =
  | { readonly kind: "accepted" }
  | { readonly kind: "again"; readonly error: UpstreamError }
  | { readonly kind: "dropped"; readonly reason: "too-large" | "unknown-environment"; readonly error: UpstreamError }
  | { readonly kind: "refused"; readonly error: UpstreamError };

const Answer = v.looseObject({ description: v.string() });

/**
 * Sends one report (agent-sdk pkg/transaction/metric/usagepublisher.go). Axway bills on it: only for who asked for it by
 * CENTRAL_USAGEREPORTING_PUBLISH. Throws what the login throws, and `NotYet`.
 */
export async function sendUsage(options: UsageOptions, report: string): Promise<UsageOutcome> {
  const { outlet, tokens, random } = options;
  const token = await tokens.token();
  const boundary = `usage-${random.uuid()}`;
  let reply: Reply;
  try {
    reply = await outlet.send({
      upstream: "amplify-platform",
      method: "POST",
      url: `${options.platformUrl}/api/v1/usage`,
      headers: {
        Authorization: `Bearer ${token.value}`,
        "User-Agent": options.userAgent,
        "Content-Type": `multipart/form-data; boundary=${boundary}`,
      },
      body: formOf(boundary, token.orgGuid ?? "", `${random.uuid()}.json`, report),
      timeoutMs: options.timeoutMs,
    });
  } catch (thrown) {
    if (!(thrown instanceof UpstreamError)) throw thrown;
    return { kind: thrown.failure.kind === "refused-host" ? "refused" : "again", error: thrown };
  }
  if (reply.status === 202) return { kind: "accepted" };
  if (reply.status === 401) await tokens.invalidate(token.value);
  return outcomeOf(reply);
}

/** RFC 7578. Neither value has a quote or a line end in it. */
function formOf(boundary: string, organization: string, file: string, report: string): string {
  return [
    `--${boundary}`,
    'Content-Disposition: form-data; name="organizationId"',
    "",
    organization,
    `--${boundary}`,
    `Content-Disposition: form-data; name="file"; filename="${file}"`,
    "Content-Type: application/json",
    "",
    report,
    `--${boundary}--`,
    "",
  ].join("\r\n");
}

function outcomeOf({ status, headers, text }: Reply): UsageOutcome {
  const description = descriptionOf(text);
  const failure = failureOf(status, headers);
  const error = (what: string) =>
    new UpstreamError("amplify-platform", failure, `Amplify's platform ${what} (status ${status}).`, {
      status,
      detail: cleanDetail(description ?? text),
    });
  // Trouble of the platform's own, whatever it says beside.
  if (status < 500 && description !== undefined) {
    if (description.startsWith("The file exceeds the maximum upload size of ")) {
      return { kind: "dropped", reason: "too-large", error: error("never takes a usage report of this size") };
    }
    if (description === "Environment ID not found") {
      const what = "does not know the environment of the usage report";
      return { kind: "dropped", reason: "unknown-environment", error: error(what) };
    }
  }
  return failure.kind === "unauthorised" || failure.kind === "forbidden"
    ? { kind: "refused", error: error("does not let this service account report usage") }
    : { kind: "again", error: error("could not take the usage report now") };
}

function descriptionOf(text: string): string | undefined {
  try {
    const answer = v.safeParse(Answer, parseJson(text));
    return answer.success ? answer.output.description : undefined;
  } catch {
    return undefined;
  }
}
