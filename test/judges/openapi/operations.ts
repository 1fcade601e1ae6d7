import { type Document, member, members, type Node } from "./document.ts";

export interface Operation {
  /** As the file writes it. */
  readonly template: string;
  readonly operation: Node;
  readonly parameters: readonly Node[];
  /** By name, percent-decoded. */
  readonly pathValues: ReadonlyMap<string, string>;
}

export type Found = Operation | "no path" | "no method";

/** The operation of a request, the path with most literal text first. */
export function findOperation(document: Document, method: string, path: string): Found {
  if (!path.startsWith(document.prefix)) return "no path";
  const asked = path.slice(document.prefix.length);
  const paths = member(document.root, "paths");
  const matching = Object.keys(paths)
    .map((template) => ({ template, values: pathValues(template, asked) }))
    .filter((match) => match.values !== undefined)
    .sort((a, b) => parameterCount(a.template) - parameterCount(b.template));
  const [best] = matching;
  if (best?.values === undefined) return "no path";
  const item = member(paths, best.template);
  const operation = item[method.toLowerCase()];
  if (typeof operation !== "object" || operation === null) return "no method";
  const parameters = [...members(item, "parameters"), ...members(operation as Node, "parameters")].map((parameter) =>
    document.resolve(parameter),
  );
  return { template: best.template, operation: operation as Node, parameters, pathValues: best.values };
}

function parameterCount(template: string): number {
  return template.split("{").length;
}

function pathValues(template: string, path: string): ReadonlyMap<string, string> | undefined {
  const names = [...template.matchAll(/\{([^}]+)\}/g)].map((match) => match[1] ?? "");
  const source = template
    .split(/\{[^}]+\}/)
    .map((literal) => literal.replace(/[.*+?^$()|[\]\\]/g, "\\$&"))
    .join("([^/]+)");
  const match = new RegExp(`^${source}$`).exec(path);
  if (match === null) return undefined;
  return new Map(names.map((name, index) => [name, decodeURIComponent(match[index + 1] ?? "")]));
}
