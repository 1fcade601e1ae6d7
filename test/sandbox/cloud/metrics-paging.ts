import * as v from "valibot";
import { hashOf } from "../core/noise.ts";
import type { Group } from "./metrics-data.ts";

const tokenSchema = v.object({ query: v.number(), after: v.array(v.string()), at: v.number() });

/** Which query the token goes on with, behind which group, and when it was given. */
function tokenOf(query: string, after: readonly string[], at: number): string {
  return Buffer.from(JSON.stringify({ query: hashOf(query), after, at })).toString("base64url");
}

export interface Page {
  readonly groups: readonly Group[];
  /** Undefined on the last page. */
  readonly next: string | undefined;
}

/**
 * One page of groups. `query` is the text of the request, `token` what the page before gave, null on the first one. Undefined for a
 * token that is none, too old, or of another query.
 */
export function pageOf(
  groups: readonly Group[],
  limit: number,
  request: { readonly query: string; readonly token: string | null; readonly now: number; readonly tokenMs: number },
): Page | undefined {
  const { query, token, now, tokenMs } = request;
  let first = 0;
  if (token !== null) {
    const read = v.safeParse(tokenSchema, decoded(token));
    if (!read.success || read.output.query !== hashOf(query) || now > read.output.at + tokenMs) return undefined;
    const after = read.output.after.join("\n");
    first = groups.findIndex(({ key }) => key.join("\n") === after) + 1;
    // The group that the page ended with may have no points any more.
    if (first === 0) first = groups.findIndex(({ key }) => key.join("\n") > after);
    if (first < 0) first = groups.length;
  }
  const page = groups.slice(first, first + limit);
  const last = page.at(-1);
  const isLast = last === undefined || first + limit >= groups.length;
  return { groups: page, next: isLast ? undefined : tokenOf(query, last.key, now) };
}

function decoded(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
}
