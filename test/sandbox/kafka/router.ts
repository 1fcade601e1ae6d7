import type { Flavour } from "./exchange.ts";
import { type Method, ROUTES, type Route } from "./routes.ts";

/** All methods of one path, and the parameters that this request has in it. */
export interface Match {
  readonly methods: ReadonlyMap<Method, Route>;
  /** Percent-decoded. */
  readonly parameters: Readonly<Record<string, string>>;
}

interface PathTemplate {
  readonly segments: readonly string[];
  readonly methods: Map<Method, Route>;
}

/** Finds the template of a path as JAX-RS does: the one with most literal text wins, and literals are compared undecoded. */
export function router(flavour: Flavour): (path: string) => Match | undefined {
  const templates = templatesOf(ROUTES.filter(({ flavours }) => flavours.includes(flavour)));
  const prefix = flavour === "rest-proxy" ? "/v3/" : "/kafka/v3/";
  return (path) => {
    if (!path.startsWith(prefix)) return undefined;
    const segments = path.slice(prefix.length).replace(/\/$/, "").split("/").map(withoutPathParameters);
    for (const { segments: template, methods } of templates) {
      const parameters = match(template, segments);
      if (parameters !== undefined) return { methods, parameters };
    }
    return undefined;
  };
}

function templatesOf(routes: readonly Route[]): PathTemplate[] {
  const byTemplate = new Map<string, PathTemplate>();
  for (const route of routes) {
    const entry = byTemplate.get(route.template) ?? { segments: route.template.split("/"), methods: new Map() };
    entry.methods.set(route.method, route);
    byTemplate.set(route.template, entry);
  }
  return [...byTemplate.values()].sort((a, b) => literals(b) - literals(a));
}

const literals = ({ segments }: PathTemplate): number => segments.filter((segment) => !segment.startsWith(":")).length;

/** `orders;a=b` is the segment `orders`. */
const withoutPathParameters = (segment: string): string => segment.replace(/;.*$/, "");

function match(template: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  if (template.length !== segments.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, expected] of template.entries()) {
    const segment = segments[index] ?? "";
    if (expected.startsWith(":")) parameters[expected.slice(1)] = decodeURIComponent(segment);
    else if (expected !== segment) return undefined;
  }
  return parameters;
}
