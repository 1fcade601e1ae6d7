import { isObject, type Json, type JsonObject } from "./json.ts";
import type { Kind } from "./kinds.ts";
import { kindNamed } from "./kinds.ts";
import { comparing, compile, propertiesOf } from "./match.ts";
import { Problem } from "./problem.ts";
import type { Resource } from "./resource.ts";
import { parseQuery } from "./rsql.ts";
import type { ResourceStore } from "./store.ts";
import { type ApiVersion, view } from "./view.ts";

/** Without pageSize the documents give no figure; a small one makes a client that forgets to page notice. */
const DEFAULT_PAGE_SIZE = 10;
/** The range of CENTRAL_PAGESIZE (agent-sdk pkg/config/centralconfig.go) ends here. */
const MAX_PAGE_SIZE = 100;

const COMMON = ["group", "apiVersion", "kind", "name", "title", "metadata", "attributes", "tags", "owner", "spec"];

export interface Page {
  readonly items: readonly JsonObject[];
  /** How many fit the query on all pages, for `X-Axway-Total-Count`. */
  readonly total: number;
}

/** `?page` and `?pageSize`, from 1. Throws a 400. */
export function pageOf(query: URLSearchParams, defaultSize = DEFAULT_PAGE_SIZE): { start: number; size: number } {
  const page = wholeNumber(query, "page", 1, Number.MAX_SAFE_INTEGER);
  const size = wholeNumber(query, "pageSize", defaultSize, MAX_PAGE_SIZE);
  return { start: (page - 1) * size, size };
}

function wholeNumber(query: URLSearchParams, name: string, fallback: number, max: number): number {
  const text = query.get(name);
  if (text === null) return fallback;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > max) throw new Problem(400, `${name} must be from 1 to ${max}`);
  return value;
}

/** One page of a kind, filtered by `query`, ordered by `sort`, cut to `fields`, with `embed` (docs cli_command_reference; agent-sdk resourcePagination.go). */
export function list(
  kind: Kind,
  resources: Iterable<Resource>,
  query: URLSearchParams,
  version: ApiVersion,
  store: ResourceStore,
): Page {
  const { start, size } = pageOf(query);
  const sort = query.get("sort");
  const filter = query.get("query");
  const matches = filter === null || filter === "" ? undefined : predicate(kind, filter);
  let found = [...resources];
  if (matches !== undefined) found = found.filter((resource) => matches(view(resource, version)));
  if (sort !== null && sort !== "") {
    const compare = sorting(sort);
    const keyed = found.map((resource) => ({ resource, body: view(resource, version) }));
    found = keyed.sort((a, b) => compare(a.body, b.body)).map(({ resource }) => resource);
  }
  const items = found.slice(start, start + size).map((resource) => shown(resource, query, version, store));
  return { items, total: found.length };
}

/** One resource as `?fields` and `?embed` ask for it. */
export function shown(
  resource: Resource,
  query: URLSearchParams,
  version: ApiVersion,
  store: ResourceStore,
): JsonObject {
  const full = view(resource, version);
  const fields = query.get("fields");
  const cut =
    fields === null || fields === ""
      ? full
      : fields.split(",").reduce<JsonObject>((result, field) => withField(result, full, field.split(".")), {});
  const wantsReferences = query.get("embed")?.split(",").includes("metadata.references") === true;
  return wantsReferences ? { ...cut, _embedded: embedded(resource, store) } : cut;
}

function predicate(kind: Kind, filter: string): (body: JsonObject) => boolean {
  const expression = parseQuery(filter);
  const isKnown = (property: string): boolean =>
    COMMON.includes(property) || kind.subs.includes(property) || property.startsWith("x-");
  const unknown = propertiesOf(expression).filter((property) => !isKnown(property));
  if (unknown.length > 0) throw new Problem(400, `query: ${kind.kind} has no property ${unknown.join(", ")}`);
  return compile(expression);
}

function sorting(sort: string): (a: JsonObject, b: JsonObject) => number {
  const [property = "", direction = "ASC", ...rest] = sort.split(",");
  if (rest.length > 0 || !["ASC", "DESC"].includes(direction.toUpperCase())) {
    throw new Problem(400, "sort must be a property, followed by ,ASC or ,DESC");
  }
  return comparing(property.split("."), direction.toUpperCase() === "DESC");
}

/** Adds what stands at `path` of `source` to `target`; lists on the way keep their length. */
function withField(target: JsonObject, source: JsonObject, path: readonly string[]): JsonObject {
  const [head, ...rest] = path;
  if (head === undefined) return target;
  const value = source[head];
  if (value === undefined) return target;
  if (rest.length === 0) return { ...target, [head]: value };
  const merged = mergedField(target[head], value, rest);
  return merged === undefined ? target : { ...target, [head]: merged };
}

function mergedField(before: Json | undefined, value: Json, path: readonly string[]): Json | undefined {
  if (isObject(value)) return withField(isObject(before) ? before : {}, value, path);
  if (!Array.isArray(value)) return undefined;
  const earlier: readonly Json[] = Array.isArray(before) ? before : [];
  return value.map((element: Json, index) => {
    const known = earlier[index];
    return isObject(element) ? withField(isObject(known) ? known : {}, element, path) : element;
  });
}

/** The resources referred to, by their plural, with their owners (agent-sdk api/v1/types.go EmbeddedReference). */
function embedded(resource: Resource, store: ResourceStore): JsonObject {
  const byPlural: Record<string, { references: JsonObject[] }> = {};
  for (const { id } of resource.references) {
    const target = store.withId(id);
    if (target === undefined) continue;
    const { plural } = kindNamed(target.kind);
    const entry = byPlural[plural] ?? { references: [] };
    byPlural[plural] = entry;
    entry.references.push({
      group: target.group,
      apiVersion: "v1",
      kind: target.kind,
      name: target.name,
      title: target.title,
      metadata: { id: target.id },
      ...(target.owner === undefined ? {} : { owner: target.owner }),
    });
  }
  return byPlural;
}
