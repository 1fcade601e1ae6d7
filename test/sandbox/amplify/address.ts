import { type Kind, kindOfPlural } from "./kinds.ts";
import { Problem } from "./problem.ts";
import type { ApiVersion } from "./view.ts";

/** What a path under `/apis` means (docs api_server, "REST requests for resources"). */
export interface Address {
  readonly version: ApiVersion;
  readonly kind: Kind;
  /** Link of the scope; undefined for a kind without scope, and for the list of a scoped kind over all scopes. */
  readonly scopeLink: string | undefined;
  readonly name: string | undefined;
  readonly sub: string | undefined;
}

function segmentsOf(path: string): string[] {
  let segments: string[];
  try {
    segments = path.split("/").filter(Boolean).map(decodeURIComponent);
  } catch {
    throw new Problem(400, "the path is not percent-encoded properly");
  }
  // Links are joined from segments: one that holds a slash must not become two.
  if (segments.some((segment) => segment.includes("/"))) throw notFound(path);
  return segments;
}

function notFound(path: string): Problem {
  return new Problem(404, `there is no resource at ${path}`);
}

/** The v1 link that a path behind `/events` names, whatever version it says. */
export function topicLinkOf(path: string): string {
  const [group = "", , ...rest] = segmentsOf(path);
  return `/${[group, "v1", ...rest].join("/")}`;
}

/** Reads a path behind `/apis`. Throws 404 for a group, version or kind that does not exist. */
export function addressOf(path: string): Address {
  const [group = "", version = "", plural = "", ...rest] = segmentsOf(path);
  const outer = kindOfPlural(group, plural);
  if (outer === undefined || (version !== "v1" && version !== "v1alpha1")) throw notFound(path);
  const [name, second, ...inner] = rest;
  const scoped = second === undefined ? undefined : kindOfPlural(group, second);
  if (scoped?.scopes.includes(outer.kind) === true) {
    const [innerName, sub, ...more] = inner;
    if (more.length > 0) throw notFound(path);
    return { version, kind: scoped, scopeLink: `/${group}/v1/${plural}/${name}`, name: innerName, sub };
  }
  // A scoped kind is found by name only within its scope.
  if (inner.length > 0 || (name !== undefined && outer.scopes.length > 0)) throw notFound(path);
  return { version, kind: outer, scopeLink: undefined, name, sub: second };
}

export function linkOf(address: Address, name: string): string {
  return `${address.scopeLink ?? `/${address.kind.group}/v1`}/${address.kind.plural}/${name}`;
}
