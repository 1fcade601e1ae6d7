import { avroIncompatibilities, describeAvro } from "./avro/compatibility.ts";
import { AvroError, type AvroNamed, fullNameText, isNamed } from "./avro/model.ts";
import { normalizeAvro } from "./avro/normalize.ts";
import { parseAvro } from "./avro/parse.ts";
import { writeAvro } from "./avro/write.ts";
import { jsonDifferences } from "./json/compatibility.ts";
import { isJsonSchema, namesSameSchema, outerReferences } from "./json/validate.ts";
import { type JsonValue, parseJson, sortedJson, writeJson } from "./json-text.ts";
import { describeProto, protoDifferences } from "./protobuf/compatibility.ts";
import { ProtoError } from "./protobuf/model.ts";
import { parseProto } from "./protobuf/parse.ts";
import { checkProto, ProtoScope } from "./protobuf/scope.ts";
import { writeProto } from "./protobuf/write.ts";
import type { SchemaType } from "./types.ts";

/** The text behind one reference, its own references before it in the list. */
export interface ResolvedReference {
  readonly name: string;
  readonly schema: string;
}

/** A schema of any of the three formats, understood. */
export interface ParsedSchema {
  readonly type: SchemaType;
  /** The text that the registry stores. */
  readonly canonical: string;
  /** The text that it is stored with under `normalize=true`. Protobuf is not normalized here. */
  normalized(): string;
  /** Equal for two schemas that say the same, whatever of it is in references. */
  meaning(): string;
  /** `format=resolved`: references written out, AVRO only; else the canonical text. */
  resolved(): string;
  /**
   * Why this cannot read what `writer` wrote, worded with the two names; [] when it can.
   * `writer` is of the same type.
   */
  incompatibilities(writer: ParsedSchema, readerName: string, writerName: string): string[];
}

/** A text that is no schema of its type. `readable` when it could be parsed and failed a later check. */
export class UnreadableSchema extends Error {
  override readonly name = "UnreadableSchema";
  readonly readable: boolean;

  constructor(message: string, readable = false) {
    super(message);
    this.readable = readable;
  }
}

export const SCHEMA_TYPES: readonly SchemaType[] = ["JSON", "PROTOBUF", "AVRO"];

export function isSchemaType(text: string): text is SchemaType {
  return (SCHEMA_TYPES as readonly string[]).includes(text);
}

/** Throws `UnreadableSchema`. */
export function parseSchema(type: SchemaType, text: string, references: readonly ResolvedReference[]): ParsedSchema {
  switch (type) {
    case "AVRO":
      return avro(text, references);
    case "JSON":
      return json(text, references);
    case "PROTOBUF":
      return protobuf(text, references);
  }
}

function avro(text: string, references: readonly ResolvedReference[]): ParsedSchema {
  const parse = () => {
    const names = new Map<string, AvroNamed>();
    const referenced = references.map(({ schema }) => parseAvro(schema, names)).filter(isNamed);
    return { known: new Set(referenced.map(({ name }) => fullNameText(name))), schema: parseAvro(text, names) };
  };
  const { known, schema } = reading(parse);
  return {
    type: "AVRO",
    canonical: writeAvro(schema, known),
    normalized: () => normalizeAvro(writeAvro(schema, known)),
    meaning: () => normalizeAvro(writeAvro(schema, new Set())),
    resolved: () => writeAvro(schema, new Set()),
    incompatibilities: (writer, readerName, writerName) => {
      const written = reading(() => parseAvro(writer.resolved(), new Map()));
      return avroIncompatibilities(schema, written).map((each) => describeAvro(each, readerName, writerName));
    },
  };
}

function json(text: string, references: readonly ResolvedReference[]): ParsedSchema {
  const schema = reading(() => parseJson(text));
  if (!isJsonSchema(schema)) throw new UnreadableSchema("Invalid JSON", true);
  const missing = outerReferences(schema).find(
    (ref) => !references.some(({ name }) => namesSameSchema(schema, ref, name)),
  );
  if (missing !== undefined) throw new UnreadableSchema(`Unresolved reference: ${missing}`, true);
  const canonical = writeJson(schema);
  const normalized = () => writeJson(sortedJson(schema));
  return {
    type: "JSON",
    canonical,
    normalized,
    meaning: normalized,
    resolved: () => canonical,
    incompatibilities: (writer, readerName, writerName) => {
      const original: JsonValue = reading(() => parseJson(writer.canonical));
      return jsonDifferences(original, schema).map(
        // The apostrophe at the end is the server's.
        (each) => `{errorType:"${each.type}", description:"${each.describe(readerName, writerName)}'}`,
      );
    },
  };
}

/** What a Protobuf schema needs when another one is compared with it. */
const scopes = new WeakMap<ParsedSchema, { file: ReturnType<typeof parseProto>; scope: ProtoScope }>();

function protobuf(text: string, references: readonly ResolvedReference[]): ParsedSchema {
  const { file, imported } = reading(() => ({
    file: parseProto(text),
    imported: new Map(references.map(({ name, schema }) => [name, parseProto(schema)])),
  }));
  try {
    checkProto(file, imported);
  } catch (error) {
    throw new UnreadableSchema(error instanceof Error ? error.message : String(error), true);
  }
  const canonical = writeProto(file);
  const scoped = { file, scope: new ProtoScope(file, imported) };
  const parsed: ParsedSchema = {
    type: "PROTOBUF",
    canonical,
    normalized: () => canonical,
    meaning: () => canonical,
    resolved: () => canonical,
    incompatibilities: (writer, readerName, writerName) => {
      const written = scopes.get(writer);
      if (written === undefined) return [];
      return protoDifferences(written, scoped).map((each) => describeProto(each, readerName, writerName));
    },
  };
  scopes.set(parsed, scoped);
  return parsed;
}

function reading<Value>(read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (error instanceof ProtoError) throw new UnreadableSchema(`Could not parse Protobuf - ${error.message}`);
    if (error instanceof AvroError || error instanceof SyntaxError) throw new UnreadableSchema(error.message);
    throw error;
  }
}
