import { DocumentError } from "./failure.ts";
import {
  compare,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  MAX_DEPTH,
  member,
  objectOf,
  orderedEntries,
  parseSchemaJson,
  sortedDeep,
  text,
  withoutComments,
} from "./json.ts";
import { allReferences, type SchemaWithReferences } from "./references.ts";

export interface ResolvedAvro {
  readonly schema: Json;
  /** Full name of a record, enum or fixed at the top; undefined for anything else. */
  readonly fullName: string | undefined;
  readonly doc: string | undefined;
  /** False when a name or alias, legal to the registry, is not to AsyncAPI's own JSON Schema of Avro (dots, letters beyond ASCII). */
  readonly plainNames: boolean;
}

const PRIMITIVES = new Set(["null", "boolean", "int", "long", "float", "double", "bytes", "string"]);
const NAMED = new Set(["record", "error", "enum", "fixed"]);
/** Order in which attributes are printed, as the Avro specification introduces them; unknown annotations follow, sorted. */
const ATTRIBUTES = [
  "type",
  "name",
  "namespace",
  "doc",
  "aliases",
  "logicalType",
  "precision",
  "scale",
  "size",
  "symbols",
];
const TYPE_ORDER = [...ATTRIBUTES, "default", "items", "values", "fields"];
const FIELD_ORDER = ["name", "type", "doc", "default", "order", "aliases"];
const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** A named type where it is defined, and the namespace around it. */
interface Definition {
  readonly node: JsonObject;
  readonly namespace: string;
}

interface Walk {
  readonly subject: string;
  /** The definition of a full name, to be put where the name is first used; undefined leaves the name as it is. */
  readonly find: (fullName: string) => Definition | undefined;
  /** Whether a name that nothing defines is an error. */
  readonly closed: boolean;
  readonly defined: Set<string>;
  plainNames: boolean;
}

/**
 * The schema with every referenced type put where it is first used, in the order of reading, and referred to by its full name
 * afterwards; so a type that contains itself, or two subjects that refer to each other, end in a name. A bare name belongs to
 * the enclosing namespace (Avro specification, "Names"). Throws `DocumentError`.
 */
export function resolveAvro(bound: SchemaWithReferences): ResolvedAvro {
  const subject = bound.schema.subject;
  const root = parse(bound.schema.schema, subject);
  const definitions = new Map<string, Definition>();
  collect(root, "", definitions);
  for (const { schema } of allReferences(bound)) {
    collect(parse(schema.schema, schema.subject), "", definitions);
  }
  const find = (fullName: string) => definitions.get(fullName);
  const walk: Walk = { subject, find, closed: true, defined: new Set(), plainNames: true };
  const schema = type(root, "", walk, 0);
  const named = isObject(root) && NAMED.has(text(root, "type") ?? "");
  return {
    schema,
    fullName: named ? nameOf(root, "", subject).fullName : undefined,
    doc: named ? text(root, "doc") : undefined,
    plainNames: walk.plainNames,
  };
}

/** The schema alone, references by name, such that whitespace, key order and the spelling of names make no difference. */
export function canonicalAvro(schemaText: string, subject: string): string {
  const walk: Walk = { subject, find: () => undefined, closed: false, defined: new Set(), plainNames: true };
  return JSON.stringify(type(parse(schemaText, subject), "", walk, 0));
}

function parse(schemaText: string, subject: string): Json {
  return parseSchemaJson(withoutComments(schemaText), subject);
}

/** Notes every named type in `node`; the first definition of a name counts. */
function collect(node: Json, namespace: string, into: Map<string, Definition>): void {
  if (isArray(node)) {
    for (const branch of node) collect(branch, namespace, into);
    return;
  }
  if (!isObject(node)) return;
  const inner = NAMED.has(text(node, "type") ?? "") ? note(node, namespace, into) : namespace;
  for (const key of ["type", "items", "values"]) collect(member(node, key) ?? null, inner, into);
  const fields = member(node, "fields");
  if (isArray(fields))
    for (const field of fields) collect(isObject(field) ? (member(field, "type") ?? null) : null, inner, into);
}

function note(node: JsonObject, namespace: string, into: Map<string, Definition>): string {
  if (text(node, "name") === undefined) return namespace;
  const own = nameOf(node, namespace, "");
  if (!into.has(own.fullName)) into.set(own.fullName, { node, namespace });
  return own.namespace;
}

interface Name {
  readonly name: string;
  readonly namespace: string;
  readonly fullName: string;
}

function nameOf(node: JsonObject, enclosing: string, subject: string): Name {
  const given = text(node, "name");
  if (given === undefined || given === "") throw unparsable(subject, "a named type has no name");
  const dot = given.lastIndexOf(".");
  const namespace = dot >= 0 ? given.slice(0, dot) : (text(node, "namespace") ?? enclosing);
  const name = given.slice(dot + 1);
  return { name, namespace, fullName: namespace === "" ? name : `${namespace}.${name}` };
}

function type(node: Json, namespace: string, walk: Walk, depth: number): Json {
  if (depth > MAX_DEPTH) throw new DocumentError({ kind: "too-deep", subject: walk.subject, limit: MAX_DEPTH });
  if (typeof node === "string") return typeByName(node, namespace, walk, depth);
  if (isArray(node)) return node.map((branch) => type(branch, namespace, walk, depth + 1));
  if (!isObject(node)) throw unparsable(walk.subject, "a type is neither a name, an object nor a union");
  const kind = member(node, "type");
  if (typeof kind === "string" && NAMED.has(kind)) return named(node, namespace, walk, depth);
  if (typeof kind === "string" && (PRIMITIVES.has(kind) || kind === "array" || kind === "map")) {
    return unnamed(node, kind, namespace, walk, depth);
  }
  // {"type": "com.acme.Address"} or {"type": {…}}: nothing but a longer way to write what is inside.
  if (kind === undefined) throw unparsable(walk.subject, "an object has no type");
  return type(kind, namespace, walk, depth + 1);
}

function typeByName(name: string, namespace: string, walk: Walk, depth: number): Json {
  if (PRIMITIVES.has(name)) return name;
  const qualified = name.includes(".") || namespace === "" ? name : `${namespace}.${name}`;
  for (const candidate of new Set([qualified, name])) {
    if (walk.defined.has(candidate)) return candidate;
    const definition = walk.find(candidate);
    if (definition !== undefined) return named(definition.node, definition.namespace, walk, depth, namespace);
  }
  if (walk.closed) throw new DocumentError({ kind: "missing-reference", subject: walk.subject, name: qualified });
  return qualified;
}

/** A record, enum or fixed. `around` is the namespace where it is printed, when that is not where it was defined. */
function named(node: JsonObject, enclosing: string, walk: Walk, depth: number, around = enclosing): Json {
  const own = nameOf(node, enclosing, walk.subject);
  if (walk.defined.has(own.fullName)) return own.fullName;
  walk.defined.add(own.fullName);
  if (!PLAIN_NAME.test(own.name)) walk.plainNames = false;
  const attributes = orderedEntries(node, TYPE_ORDER).filter(([key]) => key !== "namespace");
  const entries: [string, Json][] = [];
  for (const [key, value] of attributes) {
    if (key === "name") entries.push(["name", own.name], ...namespaceEntry(own.namespace, around));
    else if (key === "aliases") entries.push([key, aliases(value, own.namespace, walk)]);
    else if (key === "fields") entries.push([key, fields(value, own.namespace, walk, depth)]);
    else entries.push([key, sortedDeep(value)]);
  }
  if (text(node, "type") === "record" && !isArray(member(node, "fields"))) {
    throw unparsable(walk.subject, `record ${own.fullName} has no fields`);
  }
  return objectOf(entries);
}

function namespaceEntry(namespace: string, around: string): [string, Json][] {
  return namespace === around ? [] : [["namespace", namespace]];
}

function aliases(value: Json, namespace: string, walk: Walk): Json {
  if (!isArray(value)) return sortedDeep(value);
  const prefix = namespace === "" ? "" : `${namespace}.`;
  const bare = (alias: string) =>
    prefix !== "" && alias.startsWith(prefix) && !alias.slice(prefix.length).includes(".")
      ? alias.slice(prefix.length)
      : alias;
  const names = value.map((alias) => (typeof alias === "string" ? bare(alias) : alias));
  if (names.some((alias) => typeof alias !== "string" || !PLAIN_NAME.test(alias))) walk.plainNames = false;
  return names.toSorted((a, b) => compare(String(a), String(b)));
}

function fields(value: Json, namespace: string, walk: Walk, depth: number): Json {
  if (!isArray(value)) throw unparsable(walk.subject, "the fields of a record are not a list");
  return value.map((field) => {
    if (!isObject(field) || text(field, "name") === undefined) throw unparsable(walk.subject, "a field has no name");
    if (!PLAIN_NAME.test(text(field, "name") ?? "")) walk.plainNames = false;
    return objectOf(
      orderedEntries(field, FIELD_ORDER).map(([key, inner]): [string, Json] => {
        if (key === "type") return [key, type(inner, namespace, walk, depth + 1)];
        if (key === "aliases") return [key, aliases(inner, "", walk)];
        return [key, sortedDeep(inner)];
      }),
    );
  });
}

/** A primitive, array or map. A primitive without annotations is printed as its name. */
function unnamed(node: JsonObject, kind: string, namespace: string, walk: Walk, depth: number): Json {
  const entries = orderedEntries(node, TYPE_ORDER);
  if (PRIMITIVES.has(kind) && entries.length === 1) return kind;
  const content = kind === "array" ? "items" : kind === "map" ? "values" : undefined;
  if (content !== undefined && member(node, content) === undefined)
    throw unparsable(walk.subject, `a ${kind} has no ${content}`);
  return objectOf(
    entries.map(([key, inner]): [string, Json] =>
      key === content ? [key, type(inner, namespace, walk, depth + 1)] : [key, sortedDeep(inner)],
    ),
  );
}

function unparsable(subject: string, reason: string): DocumentError {
  return new DocumentError({ kind: "unparsable-schema", subject, reason });
}
