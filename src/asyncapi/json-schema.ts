import { DocumentError } from "./failure.ts";
import {
  isObject,
  type Json,
  type JsonObject,
  member,
  objectOf,
  orderedEntries,
  parseSchemaJson,
  pointerStep,
  sortedDeep,
  text,
} from "./json.ts";
import { type Draft, draftOf, type File, identify, rootOf } from "./json-schema-address.ts";
import { rewrite } from "./json-schema-rewrite.ts";
import { directReferences, type SchemaWithReferences } from "./references.ts";

export interface JsonSchemaText {
  readonly draft: Draft;
  readonly title: string | undefined;
  readonly description: string | undefined;
  /** The resolved schema as it reads at `pointer` of a document. */
  readonly at: (pointer: string) => Json;
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
