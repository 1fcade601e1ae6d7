import { UpstreamError } from "../http/errors.ts";
import { splitArray } from "../http/json-array.ts";
import { listMetadata, MOST_PAGES, nextPage } from "./paging.ts";
import { type Ask, type Rest, understand } from "./rest.ts";

/**
 * Hands over the text of every item of a list of Kafka REST, page by page, while the pages still arrive. Throws `UpstreamError`
 * (`malformed` for a list that is cut off or has no end) and `NotYet`; items before that have been handed over.
 */
export async function listItems(rest: Rest, ask: Ask, each: (text: string) => void): Promise<void> {
  let url: string | undefined = ask.url;
  for (let page = 0; url !== undefined; page++) {
    if (page === MOST_PAGES) {
      throw new UpstreamError(rest.upstream, { kind: "malformed" }, "Kafka REST: a list has no end.");
    }
    url = await onePage(rest, { ...ask, url }, each);
  }
}

async function onePage(rest: Rest, ask: Ask, each: (text: string) => void): Promise<string | undefined> {
  let next: string | null | undefined;
  const onMember = (name: string, text: string) => {
    if (name === "metadata") next = understand(rest.upstream, text, listMetadata, ask.what)?.next;
  };
  const body = await rest.stream(ask);
  const what = `the answer to the request to ${ask.what}`;
  for await (const text of splitArray(body, { upstream: rest.upstream, what, onMember })) each(text);
  return nextPage(rest.upstream, ask.url, next);
}
