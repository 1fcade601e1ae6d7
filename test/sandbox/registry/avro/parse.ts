import { JsonNumber, type JsonObject, type JsonValue, parseAvroJson, writeJson } from "../json-text.ts";
import { isValidDefault } from "./defaults.ts";
import {
  type AvroEnum,
  AvroError,
  type AvroField,
  type AvroFixed,
  type AvroNamed,
  type AvroRecord,
  type AvroType,
  type FullName,
  fullNameText,
  PRIMITIVES,
  type PrimitiveName,
} from "./model.ts";

const SCHEMA_RESERVED = new Set([
  "doc",
  "fields",
  "items",
  "name",
  "namespace",
  "size",
  "symbols",
  "values",
  "type",
  "aliases",
]);
const ENUM_RESERVED = new Set([...SCHEMA_RESERVED, "default"]);
const FIELD_RESERVED = new Set(["default", "doc", "name", "order", "type", "aliases"]);

/** The named types that are known, by full name. */
export type AvroNames = Map<string, AvroNamed>;

/**
 * Parses a schema as Avro's Java library does (Avro specification, "Schema Declaration"), new definitions added to
 * `names`. Throws `AvroError`.
 */
export function parseAvro(text: string, names: AvroNames): AvroType {
  let json: JsonValue;
  try {
    json = parseAvroJson(text);
  } catch (error) {
    throw new AvroError(
      `com.fasterxml.jackson.core.JsonParseException: ${error instanceof Error ? error.message : error}`,
    );
  }
  return new Parser(names).type(json, undefined);
}

class Parser {
  readonly #names: AvroNames;

  constructor(names: AvroNames) {
    this.#names = names;
  }

  type(json: JsonValue, namespace: string | undefined): AvroType {
    if (typeof json === "string") return this.#reference(json, namespace);
    if (Array.isArray(json)) return this.#union(json, namespace);
    if (json instanceof Map) return this.#object(json, namespace);
    throw new AvroError(`Schema not yet supported: ${writeJson(json)}`);
  }

  #reference(text: string, namespace: string | undefined): AvroType {
    if (isPrimitive(text)) return { kind: text, props: new Map() };
    const name = resolveName(text, namespace);
    // A bare name is first looked for in the enclosing namespace, then without one.
    const known = this.#names.get(fullNameText(name)) ?? (text.includes(".") ? undefined : this.#names.get(text));
    if (known === undefined) throw new AvroError(`Undefined schema: ${fullNameText(name)}`);
    return known;
  }

  #union(json: readonly JsonValue[], namespace: string | undefined): AvroType {
    const branches = json.map((branch) => this.type(branch, namespace));
    const seen = new Set<string>();
    for (const branch of branches) {
      if (branch.kind === "union") throw new AvroError(`Nested union: ${writeJson([...json])}`);
      const name = "name" in branch ? fullNameText(branch.name) : branch.kind;
      if (seen.has(name)) throw new AvroError(`Duplicate in union:${name}`);
      seen.add(name);
    }
    return { kind: "union", branches };
  }

  #object(json: JsonObject, namespace: string | undefined): AvroType {
    const type = json.get("type");
    if (type === undefined) throw new AvroError(`No type: ${writeJson(json)}`);
    // `{"type": {…}}` and `{"type": […]}` mean what is inside.
    if (typeof type !== "string") return this.type(type, namespace);
    if (isPrimitive(type)) return { kind: type, props: propsOf(json, SCHEMA_RESERVED) };
    switch (type) {
      case "record":
      case "error":
        return this.#record(json, namespace, type === "error");
      case "enum":
        return this.#enum(json, namespace);
      case "fixed":
        return this.#fixed(json, namespace);
      case "array":
        return { kind: "array", items: this.#inner(json, "items", namespace), props: propsOf(json, SCHEMA_RESERVED) };
      case "map":
        return { kind: "map", values: this.#inner(json, "values", namespace), props: propsOf(json, SCHEMA_RESERVED) };
      default:
        return this.#reference(type, namespace);
    }
  }

  #inner(json: JsonObject, member: "items" | "values", namespace: string | undefined): AvroType {
    const inner = json.get(member);
    const kind = member === "items" ? "array" : "map";
    if (inner === undefined)
      throw new AvroError(`${kind === "array" ? "Array" : "Map"} has no ${member} type: ${writeJson(json)}`);
    return this.type(inner, namespace);
  }

  #record(json: JsonObject, namespace: string | undefined, error: boolean): AvroType {
    const name = declaredName(json, namespace);
    const fields: AvroField[] = [];
    const record: AvroRecord = { kind: "record", error, ...this.#named(json, name, SCHEMA_RESERVED), fields };
    this.#define(record);
    const list = json.get("fields");
    if (!Array.isArray(list)) throw new AvroError(`Record has no fields: ${writeJson(json)}`);
    for (const item of list) fields.push(this.#field(item, name.namespace));
    const duplicate = fields.find((field, at) => fields.findIndex((other) => other.name === field.name) < at);
    if (duplicate !== undefined)
      throw new AvroError(`Duplicate field ${duplicate.name} in record ${fullNameText(name)}`);
    return record;
  }

  #field(json: JsonValue, namespace: string | undefined): AvroField {
    if (!(json instanceof Map)) throw new AvroError(`Record fields must be an array of objects: ${writeJson(json)}`);
    const name = json.get("name");
    if (typeof name !== "string") throw new AvroError(`No field name: ${writeJson(json)}`);
    checkName(name);
    const typeJson = json.get("type");
    if (typeJson === undefined) throw new AvroError(`No field type: ${writeJson(json)}`);
    const type = this.type(typeJson, namespace);
    const value = json.get("default");
    if (value !== undefined && !isValidDefault(type, value)) {
      throw new AvroError(`Invalid default for field ${name}: ${writeJson(value)} not a ${writeJson(typeJson)}`);
    }
    const order = textOf(json, "order")?.toLowerCase();
    return {
      name,
      type,
      doc: textOf(json, "doc"),
      default: value,
      order,
      aliases: textsOf(json, "aliases"),
      props: propsOf(json, FIELD_RESERVED),
    };
  }

  #enum(json: JsonObject, namespace: string | undefined): AvroType {
    const symbols = json.get("symbols");
    if (!Array.isArray(symbols)) throw new AvroError(`Enum has no symbols: ${writeJson(json)}`);
    const type: AvroEnum = {
      kind: "enum",
      ...this.#named(json, declaredName(json, namespace), ENUM_RESERVED),
      symbols: symbols.filter((symbol) => typeof symbol === "string"),
      default: textOf(json, "default"),
    };
    for (const symbol of type.symbols) checkName(symbol);
    if (new Set(type.symbols).size < type.symbols.length)
      throw new AvroError(`Duplicate enum symbol: ${writeJson(json)}`);
    if (type.default !== undefined && !type.symbols.includes(type.default)) {
      throw new AvroError(
        `The Enum Default: ${type.default} is not in the enum symbol set: [${type.symbols.join(", ")}]`,
      );
    }
    this.#define(type);
    return type;
  }

  #fixed(json: JsonObject, namespace: string | undefined): AvroType {
    const size = json.get("size");
    if (!(size instanceof JsonNumber)) throw new AvroError(`Invalid or no size: ${writeJson(json)}`);
    const type: AvroFixed = {
      kind: "fixed",
      ...this.#named(json, declaredName(json, namespace), SCHEMA_RESERVED),
      size: Number(size.text),
    };
    this.#define(type);
    return type;
  }

  #named(json: JsonObject, name: FullName, reserved: ReadonlySet<string>) {
    return {
      name,
      doc: textOf(json, "doc"),
      aliases: textsOf(json, "aliases").map((alias) => resolveName(alias, name.namespace)),
      props: propsOf(json, reserved),
    };
  }

  #define(type: AvroNamed): void {
    const name = fullNameText(type.name);
    if (this.#names.has(name)) throw new AvroError(`Can't redefine: ${name}`);
    this.#names.set(name, type);
  }
}

function isPrimitive(text: string): text is PrimitiveName {
  return (PRIMITIVES as readonly string[]).includes(text);
}

function declaredName(json: JsonObject, enclosing: string | undefined): FullName {
  const text = json.get("name");
  if (typeof text !== "string") throw new AvroError(`No name in schema: ${writeJson(json)}`);
  const name = resolveName(text, textOf(json, "namespace") ?? enclosing);
  checkName(name.name);
  if (isPrimitive(fullNameText(name))) throw new AvroError(`Schemas may not be named after primitives: ${name.name}`);
  return name;
}

/** A dotted name carries its namespace; an empty namespace is none. */
function resolveName(text: string, namespace: string | undefined): FullName {
  const dot = text.lastIndexOf(".");
  const own = dot < 0 ? namespace : text.slice(0, dot);
  return { name: text.slice(dot + 1), namespace: own === "" ? undefined : own };
}

function checkName(name: string): void {
  if (!/^[\p{L}_]/u.test(name)) throw new AvroError(name === "" ? "Empty name" : `Illegal initial character: ${name}`);
  if (!/^[\p{L}\p{Nd}_]+$/u.test(name)) throw new AvroError(`Illegal character in: ${name}`);
}

function textOf(json: JsonObject, member: string): string | undefined {
  const value = json.get(member);
  return typeof value === "string" ? value : undefined;
}

function textsOf(json: JsonObject, member: string): string[] {
  const value = json.get(member);
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function propsOf(json: JsonObject, reserved: ReadonlySet<string>): JsonObject {
  return new Map([...json].filter(([name]) => !reserved.has(name)));
}
