import { DocumentError } from "./failure.ts";
import {
  isArray,
  isObject,
  type Json,
  type JsonObject,
  member,
  objectOf,
  orderedEntries,
  parseSchemaJson,
  pointerStep,
  pointerSteps,
  sortedDeep,
  text,
} from "./json.ts";
import { directReferences, type SchemaWithReferences } from "./references.ts";

export type Draft = "draft-04" | "draft-06" | "draft-07" | "draft-2019-09" | "draft-2020-12";

export interface JsonSchemaText {
  readonly draft: Draft;
  readonly title: string | undefined;
  readonly description: string | undefined;
  /** The resolved schema as it reads at `pointer` of a document. */
  readonly at: (pointer: string) => Json;
}

const KEYWORD_ORDER = [
  "$schema",
  "title",
  "description",
  "$ref",
  "type",
  "format",
  "enum",
  "const",
  "default",
  "required",
];
/** What is long goes last. */
const LONG_KEYWORDS = ["properties", "$defs", "definitions"];
const SCHEMAS = new Set(
  "additionalItems additionalProperties allOf anyOf contains contentSchema else if items not oneOf prefixItems propertyNames then unevaluatedItems unevaluatedProperties".split(
    " ",
  ),
);
/** Keywords whose members bear names chosen by people: a property may be called `default` or `$ref`. */
const SCHEMA_MAPS = new Set([
  "$defs",
  "definitions",
  "dependencies",
  "dependentSchemas",
  "patternProperties",
  "properties",
]);
/** Values that are data: nothing in them is a reference. */
const DATA = new Set(["const", "default", "enum", "example", "examples", "required", "type"]);

/** One registered schema text; `place` is where in the resolved schema its root comes to lie, as pointer. */
interface File {
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
interface Resource {
  readonly file: File;
  /** Where the whole schema lies in the document. */
  readonly pointer: string;
  readonly uri: string;
  readonly steps: readonly string[];
}

/**
 * The schema with everything it refers to moved into its own `definitions` (`$defs` from 2019-09 on). AsyncAPI tools resolve
 * `$ref` from the root of the document, so each becomes `<pointer>/…`, where the pointer (such as
 * `#/components/messages/Order/payload/schema`) says where the schema will lie; `$id` and anchors, which would move that root
 * again, are taken out. Recursion stays a `$ref`, within a text and between subjects. Throws `DocumentError`.
 */
export function readJsonSchema(bound: SchemaWithReferences): JsonSchemaText {
  const root = parse(bound.schema.schema, bound.schema.subject);
  const draft = draftOf(root);
  const bag = draft === "draft-2019-09" || draft === "draft-2020-12" ? "$defs" : "definitions";
  const [first, ...others] = load(bound, root, bag);
  const head = isObject(root) ? root : {};
  const at = (pointer: string): Json => {
    const moved = others.map(({ key, file }): [string, Json] => [key, rewrite(file.root, rootOf(file, pointer), [])]);
    return withDefinitions(withDraft(rewrite(root, rootOf(first.file, pointer), []), root), bag, moved);
  };
  return { draft, title: text(head, "title"), description: text(head, "description"), at };
}

/** The text alone, such that whitespace and key order make no difference. */
export function canonicalJsonSchema(schemaText: string, subject: string): string {
  return JSON.stringify(sortedDeep(parse(schemaText, subject)));
}

function parse(schemaText: string, subject: string): Json {
  const root = parseSchemaJson(schemaText, subject);
  if (isObject(root) || typeof root === "boolean") return root;
  throw new DocumentError({ kind: "unparsable-schema", subject, reason: "a JSON Schema is an object or a boolean" });
}

/** The draft that `$schema` names; draft 07 where it names none, as Confluent's own validator assumes. */
export function draftOf(root: Json): Draft {
  const named = (isObject(root) && text(root, "$schema")) || "";
  const match = /draft-04|draft-06|2019-09|2020-12/.exec(named)?.[0];
  if (match === "draft-04" || match === "draft-06") return match;
  return match === undefined ? "draft-07" : `draft-${match === "2019-09" ? "2019-09" : "2020-12"}`;
}

interface Loaded {
  readonly key: string;
  readonly file: File;
}

/** The root and every referenced version, each under a key of its own in the bag, depth first. */
function load(bound: SchemaWithReferences, root: Json, bag: string): [Loaded, ...Loaded[]] {
  const existing = isObject(root) ? member(root, bag) : undefined;
  const keys = new Set(isObject(existing) ? Object.keys(existing) : []);
  const byVersion = new Map<string, Loaded>();
  const all = new Map<string, File>();
  const visit = (schema: SchemaWithReferences["schema"], parsed: Json, key: string, place: string): Loaded => {
    const files = new Map<string, File>();
    const fileDraft = draftOf(parsed);
    const ids = identify(parsed, fileDraft);
    const file = { subject: schema.subject, root: parsed, draft: fileDraft, place, ids, files, all };
    const loaded = { key, file };
    byVersion.set(`${schema.subject}/${schema.version}`, loaded);
    for (const { name, schema: referenced } of directReferences(schema, bound.references)) {
      const known = byVersion.get(`${referenced.subject}/${referenced.version}`);
      const next = known ?? fresh(referenced, name);
      files.set(name, next.file);
      if (!all.has(name)) all.set(name, next.file);
    }
    return loaded;
  };
  const fresh = (schema: SchemaWithReferences["schema"], name: string): Loaded => {
    const key = freeKey(name, keys);
    return visit(schema, parse(schema.schema, schema.subject), key, `/${bag}/${pointerStep(key)}`);
  };
  const first = visit(bound.schema, root, "", "");
  if (!all.has("")) all.set("", first.file);
  return [first, ...[...byVersion.values()].slice(1)];
}

/** A readable key: the last step of the reference's name without its extension, numbered when it is taken. */
function freeKey(name: string, taken: Set<string>): string {
  const last = name.split(/[/\\:]/).findLast((part) => part !== "") ?? "schema";
  const stem = last.replace(/\.json$/, "").replaceAll(/[^\p{L}\p{N}._-]/gu, "_") || "schema";
  let key = stem;
  for (let n = 2; taken.has(key); n++) key = `${stem}-${n}`;
  taken.add(key);
  return key;
}

function idOf(node: Json, draft: Draft): string | undefined {
  return isObject(node) ? text(node, draft === "draft-04" ? "id" : "$id") : undefined;
}

function rootOf(file: File, pointer: string): Resource {
  return { file, pointer, uri: withoutFragment(idOf(file.root, file.draft) ?? ""), steps: [] };
}

/** The schemas directly inside one, with the steps that lead to each. */
function childrenOf(node: JsonObject): [steps: string[], schema: Json][] {
  return Object.entries(node).flatMap(([key, value]): [string[], Json][] => {
    if (SCHEMA_MAPS.has(key) && isObject(value))
      return Object.entries(value).map(([name, inner]) => [[key, name], inner]);
    if (!SCHEMAS.has(key)) return [];
    return isArray(value) ? value.map((inner, index) => [[key, String(index)], inner]) : [[[key], value]];
  });
}

function anchorsOf(node: JsonObject): string[] {
  return [text(node, "$anchor"), text(node, "$dynamicAnchor")].filter((anchor) => anchor !== undefined);
}

/** Collects the `$id` (`id` in draft 04), `$anchor` and `$dynamicAnchor` of a whole text. */
function identify(root: Json, draft: Draft): ReadonlyMap<string, readonly string[]> {
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

/** A schema, or a list of schemas, with its references pointing into the document. */
function rewrite(node: Json, around: Resource, steps: readonly string[]): Json {
  if (isArray(node)) return node.map((inner, index) => rewrite(inner, around, [...steps, String(index)]));
  if (!isObject(node)) return node;
  const id = steps.length === 0 ? undefined : idOf(node, around.file.draft);
  const resource =
    id === undefined || id.startsWith("#") ? around : { ...around, uri: absolute(id, around.uri), steps };
  const entries = orderedEntries(node, KEYWORD_ORDER)
    .filter(([key, value]) => !isIdentity(key, value, around.file.draft))
    .map(([key, value]): [string, Json] => [key, rewriteKeyword(key, value, resource, [...steps, key])]);
  return objectOf(longLast(entries));
}

function rewriteKeyword(key: string, value: Json, around: Resource, steps: readonly string[]): Json {
  if (key === "$ref" && typeof value === "string") return required(value, around);
  if (SCHEMAS.has(key)) return rewrite(value, around, steps);
  if (DATA.has(key)) return sortedDeep(value);
  if (!SCHEMA_MAPS.has(key) || !isObject(value)) return rewriteUnknown(value, around);
  return objectOf(orderedEntries(value).map(([name, inner]) => [name, rewrite(inner, around, [...steps, name])]));
}

/** An annotation nobody told us about. It may hold schemas that are referred to, so what looks like a reference and leads somewhere is one. */
function rewriteUnknown(value: Json, around: Resource): Json {
  if (isArray(value)) return value.map((inner) => rewriteUnknown(inner, around));
  if (!isObject(value)) return value;
  return objectOf(
    orderedEntries(value).map(([key, inner]) => {
      const found = key === "$ref" && typeof inner === "string" ? target(inner, around) : undefined;
      return [key, found ?? rewriteUnknown(inner, around)];
    }),
  );
}

/** Keywords that would move the root from which AsyncAPI tools resolve, and what only a root may say. */
function isIdentity(key: string, value: Json, draft: Draft): boolean {
  if (typeof value !== "string") return false;
  return key === "$schema" || key === "$anchor" || key === (draft === "draft-04" ? "id" : "$id");
}

function longLast(entries: readonly [string, Json][]): [string, Json][] {
  const isLong = ([name]: readonly [string, Json]) => LONG_KEYWORDS.includes(name);
  const long = entries.filter(isLong).toSorted(([a], [b]) => LONG_KEYWORDS.indexOf(a) - LONG_KEYWORDS.indexOf(b));
  return [...entries.filter((entry) => !isLong(entry)), ...long];
}

function required(ref: string, around: Resource): string {
  const found = target(ref, around);
  if (found === undefined)
    throw new DocumentError({ kind: "missing-reference", subject: around.file.subject, name: ref });
  return found;
}

/** Where a `$ref` points to in the document: in its own text, in a reference by name, or by absolute address; undefined for nowhere. */
function target(ref: string, around: Resource): string | undefined {
  const [address, fragment] = split(ref);
  if (address === "") return inside(around, fragment);
  const { file, pointer } = around;
  const uri = absolute(address, around.uri);
  if (file.ids.has(uri)) return inside({ file, pointer, uri, steps: file.ids.get(uri) ?? [] }, fragment);
  for (const [name, other] of [...file.files, ...file.all]) {
    if (name === address || absolute(name, around.uri) === uri) return inside(rootOf(other, pointer), fragment);
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
function absolute(ref: string, baseUri: string): string {
  return URL.parse(ref, baseUri === "" ? undefined : baseUri)?.href ?? (ref === "" ? baseUri : ref);
}

function withDraft(schema: Json, root: Json): Json {
  const named = isObject(root) ? text(root, "$schema") : undefined;
  return named === undefined || !isObject(schema) ? schema : objectOf([["$schema", named], ...Object.entries(schema)]);
}

/**
 * Adds the moved schemas. A `$ref` at the top becomes an `allOf` of one: beside it other keywords, definitions included, would
 * be ignored up to draft 07, and tools would replace the schema that holds the target by the target.
 */
function withDefinitions(schema: Json, bag: string, moved: readonly [string, Json][]): Json {
  if (!isObject(schema)) return moved.length === 0 ? schema : { [bag]: objectOf(moved) };
  const existing = member(schema, bag);
  const definitions: JsonObject = objectOf(
    orderedEntries(objectOf([...Object.entries(isObject(existing) ? existing : {}), ...moved])),
  );
  const ref = text(schema, "$ref");
  const entries = Object.entries(schema).map(([key, value]): [string, Json] =>
    key === "$ref" ? ["allOf", [{ $ref: value }]] : [key, value],
  );
  const body: JsonObject = ref === undefined || member(schema, "allOf") !== undefined ? schema : objectOf(entries);
  if (Object.keys(definitions).length === 0) return body;
  return objectOf([...Object.entries(body).filter(([key]) => key !== bag), [bag, definitions]]);
}
