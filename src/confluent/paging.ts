import * as v from "valibot";
import { UpstreamError } from "../http/errors.ts";
import { nameOf } from "../http/names.ts";
import type { Upstream } from "../http/outlet.ts";

/** `metadata` of a list. Its links point where the server thinks it is, often an address of the inside. */
export const listMetadata = v.fallback(
  v.optional(v.looseObject({ next: v.fallback(v.nullish(v.string()), undefined) })),
  undefined,
);

export const MOST_PAGES = 1000;

/**
 * The address of the next page: `current` with what `next` asks for, undefined after the last one. A link is never
 * followed as it stands: only its page token is taken, or its whole query when it names the same path of the same host.
 * Throws `malformed` for any other link and for one that leads nowhere new, since a part is not the list.
 */
export function nextPage(upstream: Upstream, current: string, next: string | null | undefined): string | undefined {
  if (next === undefined || next === null || next === "") return undefined;
  const here = new URL(current);
  const link = URL.parse(next, current);
  const token = link?.searchParams.get("page_token");
  const there = new URL(current);
  if (token) there.searchParams.set("page_token", token);
  else if (link?.host === here.host && link.pathname === here.pathname) there.search = link.search;
  if (there.href === here.href) {
    throw new UpstreamError(
      upstream,
      { kind: "malformed" },
      `${nameOf(upstream)} says that a list goes on, but not where.`,
    );
  }
  return there.href;
}
