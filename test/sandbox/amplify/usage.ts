import * as v from "valibot";
import type { Client } from "./clients.ts";
import { Problem } from "./problem.ts";

/**
 * `POST /api/v1/usage`: multipart, 202 alone is success (agent-sdk pkg/transaction/metric usagepublisher.go, definition.go). What is
 * refused is answered `{success,description,code}`.
 */

/** Of the platform, in bytes; its real figure is not published. */
const largestFile = 10 * 2 ** 20;

/** RFC 3339, seconds 00. */
const time = v.pipe(v.string(), v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:00(Z|[+-]\d\d:\d\d)$/));
const text = v.pipe(v.string(), v.minLength(1));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const usageReport = v.strictObject({
  envId: text,
  timestamp: time,
  /** ms between the key of the one entry and the timestamp. */
  granularity: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  schemaId: v.pipe(v.string(), v.regex(/\/api\/v1\/report\.schema\.json$/)),
  report: v.record(
    time,
    v.strictObject({ product: text, usage: v.record(text, count), meta: v.record(v.string(), v.unknown()) }),
  ),
  meta: v.strictObject({ AgentName: text, AgentVersion: text, AgentType: text, AgentSDKVersion: text }),
});

/** An agent that reads it drops the report, or tries again, by its words. */
export class UsageRefused extends Error {
  override readonly name = "UsageRefused";
  readonly status: number;

  constructor(status: number, description: string) {
    super(description);
    this.status = status;
  }

  response(): Response {
    return Response.json({ success: false, description: this.message, code: this.status }, { status: this.status });
  }
}

/** Returns the report's text. `knows` says whether there is an Environment with that id. Throws a `Problem` or `UsageRefused`. */
export async function takeUsage(
  request: Request,
  client: Client,
  organizationGuid: string,
  knows: (environment: string) => boolean,
): Promise<string> {
  if (!client.rights.has("usage:write")) throw new Problem(403, "the account may not report usage");
  if (!request.headers.get("content-type")?.startsWith("multipart/form-data")) {
    throw new Problem(415, "the body must be multipart/form-data");
  }
  const form = await request.formData();
  // The SDK sends it empty, for its GUID gets lost in the report's cache.
  const organization = form.get("organizationId");
  if (organization !== "" && organization !== organizationGuid) {
    throw new UsageRefused(403, "Organization ID is not that of the account");
  }
  const file = form.get("file");
  if (!(file instanceof File)) throw new UsageRefused(400, "The file is missing");
  if (file.size > largestFile) {
    throw new UsageRefused(413, `The file exceeds the maximum upload size of ${largestFile} bytes`);
  }
  const report = await file.text();
  requireReport(report, knows);
  return report;
}

function requireReport(text: string, knows: (environment: string) => boolean): void {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new UsageRefused(400, "The file is not JSON");
  }
  const { success, issues, output } = v.safeParse(usageReport, json);
  if (!success)
    throw new UsageRefused(400, `The file is invalid: ${v.getDotPath(issues[0]) ?? ""} ${issues[0].message}`);
  const keys = Object.keys(output.report);
  const [start = ""] = keys;
  if (keys.length !== 1) throw new UsageRefused(400, "The file holds more than one window, or none");
  if (Date.parse(output.timestamp) < Date.parse(start)) throw new UsageRefused(400, "The file ends before it begins");
  if (!knows(output.envId)) throw new UsageRefused(404, "Environment ID not found");
}

/**
 * What the reports add up to, by Environment id and unit, e.g. `Kafka.Transactions`. Of two whose windows begin at the same time the
 * later counts: it is the same one, sent again and grown meanwhile.
 */
export function sumUsage(reports: readonly string[]): ReadonlyMap<string, Readonly<Record<string, number>>> {
  const windows = new Map<string, { readonly envId: string; readonly usage: Readonly<Record<string, number>> }>();
  for (const { envId, report } of reports.map((each) => v.parse(usageReport, JSON.parse(each)))) {
    for (const [start, { product, usage }] of Object.entries(report)) {
      windows.set(JSON.stringify([envId, product, Date.parse(start)]), { envId, usage });
    }
  }
  const sums = new Map<string, Record<string, number>>();
  for (const { envId, usage } of windows.values()) {
    const sum = sums.get(envId) ?? {};
    for (const [unit, value] of Object.entries(usage)) sum[unit] = (sum[unit] ?? 0) + value;
    sums.set(envId, sum);
  }
  return sums;
}
