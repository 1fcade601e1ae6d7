import type { Answer, Visit } from "./gate.ts";
import { page } from "./paging.ts";

export type Method = "GET" | "POST" | "PATCH" | "DELETE";
/** `id` is the path's last part, `""` for a collection. */
type Route = (visit: Visit, id: string) => Answer | Promise<Answer>;
/** By path, then by method. */
export type Routes = Readonly<Record<string, Readonly<Partial<Record<Method, Route>>>>>;

/** One page of a collection. */
export function list<T>(
  version: string,
  kind: string,
  all: readonly T[],
  visit: Visit,
  view: (item: T) => object,
): Answer {
  const cut = page(all, visit.address);
  if ("status" in cut) return cut;
  return { api_version: version, kind, metadata: cut.metadata, data: cut.items.map(view) };
}
