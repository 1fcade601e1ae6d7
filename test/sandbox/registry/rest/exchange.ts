import type { Caller } from "../../core/types.ts";
import { denied, invalidVersion } from "../errors.ts";
import type { Registry } from "../registry.ts";
import { normalizeSubject } from "../subject-name.ts";
import { HttpError, notANumber } from "./answers.ts";

export type Flavour = "platform" | "cloud";

/** One request that found its resource. */
export interface Exchange {
  readonly registry: Registry;
  readonly flavour: Flavour;
  readonly caller: Caller;
  readonly request: Request;
  /** The parts of the path that the route names, decoded. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly mediaType: string;
  /**
   * Whether the answer may tell `schemaType`, `guid`, `ts`, `deleted` and more: always on Platform, on Cloud with the
   * header `Confluent-Accept-Unknown-Properties: true` only.
   */
  readonly tellsAll: boolean;
}

/** What a resource gives back: a body that is answered with 200, or a whole response. */
export type Handler = (exchange: Exchange) => unknown;

export interface Route {
  /** e.g. `/subjects/:subject/versions/:version` */
  readonly path: string;
  readonly methods: Readonly<Partial<Record<"GET" | "POST" | "PUT" | "DELETE", Handler>>>;
  /** Where it exists; everywhere unless told. */
  readonly only?: Flavour;
}

/** A query parameter as Java reads a boolean: anything but `true` is false. */
export function flag({ query }: Exchange, name: string): boolean {
  return query.get(name)?.toLowerCase() === "true";
}

/** A query parameter as a 32-bit integer; anything else is a 404. */
function integer({ query }: Exchange, name: string, otherwise: number): number {
  const text = query.get(name);
  return text === null ? otherwise : integerOf(text);
}

export function integerOf(text: string): number {
  const value = Number(text);
  if (!/^[+-]?\d+$/.test(text) || value !== Math.trunc(value) || Math.abs(value) > 2 ** 31 - 1) throw notANumber();
  return value;
}

/** A number above 0, or -1 for `latest` and `-1`; anything else is 42202. */
export function versionOf(text: string): number {
  if (text === "latest" || text === "-1") return -1;
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > 2 ** 31 - 1) throw invalidVersion(text);
  return value;
}

/** `offset` and `limit`; a limit that is not above 0 or above the highest is replaced by the highest, silently. */
export function page<Item>(exchange: Exchange, items: readonly Item[], highest: number): Item[] {
  const offset = integer(exchange, "offset", 0);
  const asked = integer(exchange, "limit", -1);
  if (offset < 0) throw new HttpError(500, "Internal Server Error");
  const limit = asked > 0 && asked <= highest ? asked : highest;
  return items.slice(offset, offset + limit);
}

/** Page size of `/schemas` and of everything that lists schemas. */
export const MOST_SCHEMAS = 1000;
export const UNLIMITED = 2 ** 31 - 1;

/** The subject that a path names; an alias means the subject behind it. */
export function subjectOf({ registry, path }: Exchange): string {
  return normalizeSubject(registry.withoutAlias(path.subject ?? ""));
}

export function mayRead({ caller }: Exchange, subject: string): boolean {
  return caller.may("SUBJECT:READ", subject);
}

/** 40301 for who may not. */
export function requireRight({ caller }: Exchange, operation: "Read" | "Write" | "Delete", subject: string): void {
  if (!caller.may(`SUBJECT:${operation.toUpperCase()}`, subject)) throw denied(operation, subject);
}
