import { type Failure, missingParameter } from "./failure.ts";

export interface Page<T> {
  readonly items: readonly T[];
  /** Members `first`, `next` and `total_size` of a list's `metadata`; `next` is absent on the last page. */
  readonly metadata: { readonly first: string; readonly next?: string; readonly total_size: number };
}

const defaultSize = 10;
const largestSize = 100;

/**
 * One page of a list: `page_size` 10 by default, at most 100, and an opaque `page_token`. `metadata.next` is a whole address that
 * repeats the filters (terraform-provider-confluent, fixture `kafka/read_kafkas_page_1.json`).
 */
export function page<T>(all: readonly T[], address: URL): Page<T> | Failure {
  const size = Number(address.searchParams.get("page_size") ?? defaultSize);
  if (!Number.isInteger(size) || size < 1 || size > largestSize) return invalid("page_size");
  const token = address.searchParams.get("page_token");
  const start = token === null ? 0 : startOf(token);
  if (start === undefined || start > all.length) return invalid("page_token");
  const end = start + size;
  const first = new URL(address.pathname, address);
  return {
    items: all.slice(start, end),
    metadata: {
      first: first.href,
      ...(end < all.length ? { next: nextOf(address, end) } : {}),
      total_size: all.length,
    },
  };
}

function nextOf(address: URL, start: number): string {
  const next = new URL(address);
  next.searchParams.set("page_token", Buffer.from(`start:${start}`).toString("base64url"));
  return next.href;
}

function startOf(token: string): number | undefined {
  const start = /^start:(\d+)$/.exec(Buffer.from(token, "base64url").toString("utf8"))?.[1];
  return start === undefined ? undefined : Number(start);
}

function invalid(parameter: string): Failure {
  return {
    ...missingParameter(parameter),
    code: "invalid_filter",
    detail: `The parameter '${parameter}' is not valid`,
  };
}
