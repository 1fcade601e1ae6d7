import type { Call, Outlet, Reply } from "../http/outlet.ts";
import { apiError } from "./api-errors.ts";
import type { TokenSource } from "./token.ts";

export interface CentralOptions {
  readonly outlet: Outlet;
  readonly tokens: TokenSource;
  /** Central's own address, e.g. `https://apicentral.axway.com`, without `/apis`. */
  readonly baseUrl: string;
  readonly tenantId: string;
  readonly userAgent: string;
  readonly timeoutMs: number;
}

export interface CentralRequest {
  readonly method: Call["method"];
  /** Below the base address, with its leading slash; already checked. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** What it is for, in words, for messages. */
  readonly doing: string;
  /** Statuses beside 200 and 201 that the caller reads itself. */
  readonly accept?: readonly number[];
  /** See `Call`. */
  readonly isFollowUp?: boolean | undefined;
}

/**
 * One request to Central with its headers (agent-sdk pkg/apic/client.go). Throws `UpstreamError` for every status that is
 * not accepted; a 401 also gives the token up, so that the next request has another.
 */
export async function askCentral(options: CentralOptions, request: CentralRequest): Promise<Reply> {
  const token = await options.tokens.token();
  const reply = await options.outlet.send({
    upstream: "amplify",
    method: request.method,
    url: `${options.baseUrl.replace(/\/+$/, "")}${request.path}${queryOf(request.query)}`,
    headers: {
      Authorization: `Bearer ${token.value}`,
      "X-Axway-Tenant-Id": options.tenantId,
      "User-Agent": options.userAgent,
      "Content-Type": "application/json",
    },
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    timeoutMs: options.timeoutMs,
    ...(request.isFollowUp === true ? { isFollowUp: true } : {}),
  });
  if (reply.status === 200 || reply.status === 201 || request.accept?.includes(reply.status)) return reply;
  if (reply.status === 401) await options.tokens.invalidate(token.value);
  throw apiError(reply, request.doing, options.tenantId);
}

/** Form-encoded with sorted keys, as Axway's agents send it. */
function queryOf(query: CentralRequest["query"]): string {
  const set = Object.entries(query ?? {}).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]));
  const parameters = new URLSearchParams(set);
  parameters.sort();
  return parameters.size === 0 ? "" : `?${parameters}`;
}
