import * as v from "valibot";
import { UpstreamError } from "../http/errors.ts";
import { nameOf } from "../http/names.ts";
import { listMetadata, MOST_PAGES, nextPage } from "./paging.ts";
import { type Ask, conform, type Rest } from "./rest.ts";

/** What the clients of Confluent Cloud's control plane have in common (ccloud-sdk-go-v2 iam/v2, apikeys/v2, mds/v2). */

/**
 * What came of removing something. `absent`: it was gone already. `hidden`: 403, which is how the control plane mostly says
 * that there is no such thing, and also that one may not see it (terraform-provider-confluent utils.go takes it for gone):
 * where it matters, a list tells which. Its 403 about the caller's own key is neither, and thrown as `unauthorised`.
 */
export type Removal = "removed" | "absent" | "hidden";

/** May be repeated. Throws `UpstreamError` and `NotYet`. */
export async function removeOne(rest: Rest, ask: Ask): Promise<Removal> {
  try {
    await rest.send({ ...ask, method: "DELETE" });
    return "removed";
  } catch (thrown) {
    if (!(thrown instanceof UpstreamError)) throw thrown;
    const { kind } = thrown.failure;
    if (kind === "missing" || kind === "gone") return "absent";
    if (kind === "forbidden") return "hidden";
    throw thrown;
  }
}

/** The most that one page may hold. */
export const PAGE = "page_size=100";

const page = v.looseObject({ metadata: listMetadata, data: v.nullish(v.array(v.unknown()), []) });

/** All entries of a list, page by page, by the page token of its links alone: their hosts and paths are not to be trusted. */
export async function readAll<S extends v.GenericSchema>(rest: Rest, ask: Ask, item: S): Promise<v.InferOutput<S>[]> {
  const found: v.InferOutput<S>[] = [];
  let url: string | undefined = ask.url;
  for (let count = 0; url !== undefined; count++) {
    if (count === MOST_PAGES) throw malformed(rest, `a list has no end when asked to ${ask.what}`);
    const { data, metadata }: v.InferOutput<typeof page> = await rest.get({ ...ask, url }, page);
    for (const each of data) found.push(conform(rest.upstream, each, item, ask.what));
    url = nextPage(rest.upstream, url, metadata?.next);
  }
  return found;
}

/** For an answer that is not about what was asked: to act on it would be to act on what is not ours. */
export function malformed(rest: Rest, why: string): UpstreamError {
  return new UpstreamError(rest.upstream, { kind: "malformed" }, `${nameOf(rest.upstream)}: ${why}.`);
}

/** A time as the control plane writes it, in ms since the epoch; undefined when there is none. */
const timestamp = v.fallback(
  v.optional(
    v.pipe(
      v.string(),
      v.transform((text) => Date.parse(text)),
      v.finite(),
    ),
  ),
  undefined,
);

export const objectMetadata = v.fallback(v.optional(v.looseObject({ created_at: timestamp })), undefined);
