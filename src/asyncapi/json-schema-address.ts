import { isArray, isObject, type Json, type JsonObject, member, pointerStep, pointerSteps, text } from "./json.ts";

export type Draft = "draft-04" | "draft-06" | "draft-07" | "draft-2019-09" | "draft-2020-12";

export const SCHEMAS = new Set(
  "additionalItems additionalProperties allOf anyOf contains contentSchema else if items not oneOf prefixItems propertyNames then unevaluatedItems unevaluatedProperties".split(
    " ",
  ),
);
/** Keywords whose members bear names chosen by people: a property may be called `default` or `$ref`. */
export const SCHEMA_MAPS = new Set([
  "$defs",
  "definitions",
  "dependencies",
  "dependentSchemas",
  "patternProperties",
  "properties",
]);

/** One registered schema text; `place` is where in the resolved schema its root comes to lie, as pointer. */
export interface File {
  readonly subject: string;
  readonly root: Json;
  readonly draft: Draft;
  readonly place: string;
  /** Absolute URI of every `$id` and anchor in the text -> the pointer of the schema that bears it. */
  readonly ids: ReadonlyMap<string, readonly string[]>;
  /** The references by name: its own, and those of all texts, since the registry knows them all wherever one is declared. */
  readonly files: ReadonlyMap<string, File>;
  readonly all: ReadonlyMap<string, File>;
}

/** The nearest schema around that has an `$id`, or the root: what `#` means there (JSON Schema core, "Base URI"). */
export interface Resource {
  readonly file: File;
  /** Where the whole schema lies in the document. */
  readonly pointer: string;
  readonly uri: string;
  readonly steps: readonly string[];
}

/** The draft that `$schema` names; draft 07 where it names none, as Confluent's own validator assumes. */
export function draftOf(root: Json): Draft {
  const named = (isObject(root) && text(root, "$schema")) || "";
  const match = /draft-04|draft-06|2019-09|2020-12/.exec(named)?.[0];
  if (match === "draft-04" || match === "draft-06") return match;
  return match === undefined ? "draft-07" : `draft-${match === "2019-09" ? "2019-09" : "2020-12"}`;
}

export function idOf(node: Json, draft: Draft): string | undefined {
  return isObject(node) ? text(node, draft === "draft-04" ? "id" : "$id") : undefined;
}

export function rootOf(file: File, pointer: string): Resource {
  return { file, pointer, uri: withoutFragment(idOf(file.root, file.draft) ?? ""), steps: [] };
}

/** The schemas directly inside one, with the steps that lead to each. */
function childrenOf(node: JsonObject): [steps: string[], schema: Json][] {
  return Object.entries(node).flatMap(([key, value]): [string[], Json][] => {
    if (SCHEMA_MAPS.has(key) && isObject(value)) {
      return Object.entries(value).map(([name, inner]) => [[key, name], inner]);
    }
    if (!SCHEMAS.has(key)) return [];
    return isArray(value) ? value.map((inner, index) => [[key, String(index)], inner]) : [[[key], value]];
  });
}

function anchorsOf(node: JsonObject): string[] {
  return [text(node, "$anchor"), text(node, "$dynamicAnchor")].filter((anchor) => anchor !== undefined);
}

/** Collects the `$id` (`id` in draft 04), `$anchor` and `$dynamicAnchor` of a whole text. */
export function identify(root: Json, draft: Draft): ReadonlyMap<string, readonly string[]> {
  const ids = new Map<string, readonly string[]>();
  const visit = (node: Json, baseUri: string, steps: readonly string[]): void => {
    if (!isObject(node)) return;
    const id = idOf(node, draft);
    const uri = id === undefined ? baseUri : absolute(id, baseUri);
    if (id !== undefined) ids.set(uri.endsWith("#") ? uri.slice(0, -1) : uri, steps);
    for (const anchor of anchorsOf(node)) ids.set(`${withoutFragment(uri)}#${anchor}`, steps);
    for (const [path, inner] of childrenOf(node)) visit(inner, withoutFragment(uri), [...steps, ...path]);
  };
  visit(root, "", []);
  return ids;
}

/** Where a `$ref` points to in the document: in its own text, in a reference by name, or by absolute address; undefined for nowhere. */
export function target(ref: string, around: Resource): string | undefined {
  const [address, fragment] = split(ref);
  if (address === "") return inside(around, fragment);
  const { file, pointer } = around;
  const uri = absolute(address, around.uri);
  const named = file.files.get(address) ?? file.all.get(address);
  if (named !== undefined) return inside(rootOf(named, pointer), fragment);
  if (file.ids.has(uri)) return inside({ file, pointer, uri, steps: file.ids.get(uri) ?? [] }, fragment);
  for (const [name, other] of [...file.files, ...file.all]) {
    if (absolute(name, around.uri) === uri) return inside(rootOf(other, pointer), fragment);
  }
  for (const other of file.all.values()) {
    const steps = other.ids.get(uri);
    if (steps !== undefined) return inside({ file: other, pointer, uri, steps }, fragment);
  }
  return undefined;
}

function inside({ file, pointer, uri, steps }: Resource, fragment: string): string | undefined {
  const pointed = pointerSteps(fragment);
  const whole = pointed === undefined ? file.ids.get(`${uri}#${fragment}`) : [...steps, ...pointed];
  return whole !== undefined && exists(file.root, whole)
    ? [`${pointer}${file.place}`, ...whole.map(pointerStep)].join("/")
    : undefined;
}

function exists(root: Json, steps: readonly string[]): boolean {
  let node: Json | undefined = root;
  for (const step of steps) {
    if (isArray(node)) node = node[Number(step)];
    else node = isObject(node) ? member(node, step) : undefined;
    if (node === undefined) return false;
  }
  return true;
}

function split(ref: string): [address: string, fragment: string] {
  const hash = ref.indexOf("#");
  return hash < 0 ? [ref, ""] : [ref.slice(0, hash), ref.slice(hash + 1)];
}

function withoutFragment(uri: string): string {
  return split(uri)[0];
}

/** RFC 3986 resolution; the reference as it is when there is no absolute base to resolve against. */
export function absolute(ref: string, baseUri: string): string {
  return URL.parse(ref, baseUri === "" ? undefined : baseUri)?.href ?? (ref === "" ? baseUri : ref);
}
