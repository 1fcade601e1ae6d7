import { cutText } from "../resources/draft.ts";
import { apiTime } from "../time.ts";
import type { Reason, RequestView } from "./request.ts";

export type Level = "Success" | "Error" | "Pending";

/** Reasons kept: a request that is tried for weeks must not grow without end. */
const MOST_REASONS = 20;

/**
 * Value of the sub-resource `status`: the level with one reason appended to those that are there (agent-sdk
 * pkg/apic/provisioning/requeststatus.go). The same reason again only renews its time; the oldest of more than twenty go.
 * `detail` is shown in the marketplace, so it holds no host and no secret. It must not begin with `Agent:`, by which
 * Axway's agent knows a removal that it has given up. `now` in ms since the epoch.
 */
export function statusOf(
  { reasons }: Pick<RequestView, "reasons">,
  level: Level,
  detail: string,
  now: number,
): { readonly level: Level; readonly reasons: readonly Reason[] } {
  const reason = { type: level, detail: cutText(detail), timestamp: apiTime(now) };
  const last = reasons.at(-1);
  const before = last?.type === reason.type && last.detail === reason.detail ? reasons.slice(0, -1) : reasons;
  return { level, reasons: [...before.slice(1 - MOST_REASONS), reason] };
}

/** ms since the epoch at which a credential given now expires; undefined where the period is 0 days, which means never. */
export function expiryAfter(now: number, periodDays: number): number | undefined {
  return periodDays > 0 ? now + periodDays * 24 * 60 * 60 * 1000 : undefined;
}
