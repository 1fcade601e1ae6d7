import { DEFAULT_CONTEXT, formatSubject, parseSubject } from "../subject-name.ts";
import { HttpError, noSuchPath } from "./answers.ts";
import type { Flavour, Route } from "./exchange.ts";

/** Where a request is meant to go, after contexts were taken out of its path. */
export interface Target {
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
}

/** Splits and decodes a path; one slash at the end does not matter. */
export function targetOf(url: URL): Target {
  if (url.pathname.includes("//")) throw new HttpError(400, "HTTP 400 Bad Request", true);
  const segments = url.pathname.replace(/^\//, "").replace(/\/$/, "").split("/").map(decode);
  return inContext({ segments: segments.length === 1 && segments[0] === "" ? [] : segments, query: url.searchParams });
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new HttpError(400, "HTTP 400 Bad Request", true);
  }
}

/**
 * `/contexts/{ctx}/…`: the subject of the path, of `/schemas/ids` and the prefix of lists are taken inside the context,
 * unless they name one themselves (schema-registry `rest/filters/ContextFilter`).
 */
function inContext({ segments, query }: Target): Target {
  const [first, context = "", ...rest] = segments;
  if (first !== "contexts" || rest.length === 0) return { segments, query };
  const qualify = (name: string) => {
    if (name.startsWith(":.") || name.startsWith(":*:")) return name;
    return formatSubject({ context: contextOf(context), name });
  };
  const rewritten = new URLSearchParams(query);
  const [resource, second] = rest;
  if (resource === "schemas" && second === "ids") rewritten.set("subject", qualify(query.get("subject") ?? ""));
  else if (rest.length === 1 && (resource === "schemas" || resource === "subjects")) {
    rewritten.set("subjectPrefix", qualify(query.get("subjectPrefix") ?? ""));
  }
  const isSetting = resource === "config" || resource === "mode";
  if (isSetting)
    return { segments: [resource, ...(second === undefined ? ownSetting(qualify) : [qualify(second)])], query };
  const at = rest.indexOf("subjects") + 1;
  return {
    segments: rest.map((segment, index) => (at > 0 && index === at ? qualify(segment) : segment)),
    query: rewritten,
  };
}

/** `/contexts/.dev/config` is the context's own; the default context's is the registry's. */
function ownSetting(qualify: (name: string) => string): string[] {
  const scope = qualify("");
  return scope === "" ? [] : [scope];
}

/** `.dev`, `dev` and `:.dev:` are the same. */
function contextOf(text: string): string {
  if (text.startsWith(":.")) return parseSubject(text).context;
  return text.startsWith(DEFAULT_CONTEXT) ? text : `${DEFAULT_CONTEXT}${text}`;
}

export interface Match {
  readonly route: Route;
  readonly path: Readonly<Record<string, string>>;
}

/** The route for a path; 404 when there is none. Words win over parameters by the order of the routes. */
export function findRoute(routes: readonly Route[], flavour: Flavour, { segments }: Target): Match {
  for (const route of routes) {
    const path = route.only === undefined || route.only === flavour ? matchPath(route.path, segments) : undefined;
    if (path !== undefined) return { route, path };
  }
  throw noSuchPath();
}

function matchPath(pattern: string, segments: readonly string[]): Record<string, string> | undefined {
  const parts = pattern === "/" ? [] : pattern.slice(1).split("/");
  if (parts.length !== segments.length) return undefined;
  const path: Record<string, string> = {};
  for (const [at, part] of parts.entries()) {
    const segment = segments[at] ?? "";
    if (part.startsWith(":")) path[part.slice(1)] = segment;
    else if (part !== segment) return undefined;
  }
  return path;
}
