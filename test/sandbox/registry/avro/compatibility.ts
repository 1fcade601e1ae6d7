import {
  type AvroField,
  type AvroNamed,
  type AvroRecord,
  type AvroType,
  type AvroUnion,
  fullNameText,
  isNamed,
} from "./model.ts";

/** One reason why data of the writer's schema cannot be read with the reader's. */
export interface AvroIncompatibility {
  readonly type:
    | "FIXED_SIZE_MISMATCH"
    | "TYPE_MISMATCH"
    | "NAME_MISMATCH"
    | "MISSING_ENUM_SYMBOLS"
    | "MISSING_UNION_BRANCH"
    | "READER_FIELD_MISSING_DEFAULT_VALUE";
  /** e.g. `/fields/7` */
  readonly path: string;
  readonly info: string;
}

/** What Avro reads as something wider, reader first (Avro specification, "Schema Resolution"). */
const PROMOTIONS: Readonly<Record<string, readonly string[]>> = {
  long: ["int"],
  float: ["int", "long"],
  double: ["int", "long", "float"],
  bytes: ["string"],
  string: ["bytes"],
};

/** Everything that keeps `reader` from reading what `writer` wrote, [] when nothing does (Avro Java `SchemaCompatibility`). */
export function avroIncompatibilities(reader: AvroType, writer: AvroType): AvroIncompatibility[] {
  return new Comparison().compare(reader, writer, "");
}

class Comparison {
  /** Pairs under way or done: a type that contains itself is compared once. */
  readonly #seen: Map<AvroNamed, Set<AvroNamed>>;

  constructor(seen: ReadonlyMap<AvroNamed, ReadonlySet<AvroNamed>> = new Map()) {
    this.#seen = new Map([...seen].map(([reader, writers]) => [reader, new Set(writers)]));
  }

  compare(reader: AvroType, writer: AvroType, path: string): AvroIncompatibility[] {
    if (writer.kind === "union") return this.#compareUnionWriter(reader, writer, path);
    if (reader.kind === "union") return this.#compareUnionReader(reader, writer, path);
    if (isNamed(reader) && isNamed(writer) && reader.kind === writer.kind)
      return this.#compareNamed(reader, writer, path);
    if (reader.kind === "array" && writer.kind === "array")
      return this.compare(reader.items, writer.items, `${path}/items`);
    if (reader.kind === "map" && writer.kind === "map")
      return this.compare(reader.values, writer.values, `${path}/values`);
    if (reader.kind === writer.kind || PROMOTIONS[reader.kind]?.includes(writer.kind) === true) return [];
    const info = `reader type: ${reader.kind.toUpperCase()} not compatible with writer type: ${writer.kind.toUpperCase()}`;
    return [{ type: "TYPE_MISMATCH", path: orRoot(path), info }];
  }

  #compareUnionWriter(reader: AvroType, writer: AvroUnion, path: string): AvroIncompatibility[] {
    if (reader.kind !== "union") return writer.branches.flatMap((branch) => this.compare(reader, branch, path));
    return writer.branches.flatMap((branch, at) => this.#compareUnionReader(reader, branch, `${path}/${at}`));
  }

  #compareUnionReader(reader: AvroUnion, writer: AvroType, path: string): AvroIncompatibility[] {
    // A branch that does not fit must leave nothing behind, so each is tried with a comparison of its own.
    if (reader.branches.some((branch) => new Comparison(this.#seen).compare(branch, writer, path).length === 0))
      return [];
    const info = `reader union lacking writer type: ${writer.kind.toUpperCase()}`;
    return [{ type: "MISSING_UNION_BRANCH", path: orRoot(path), info }];
  }

  #compareNamed(reader: AvroNamed, writer: AvroNamed, path: string): AvroIncompatibility[] {
    const met = this.#seen.get(reader) ?? new Set();
    if (met.has(writer)) return [];
    this.#seen.set(reader, met.add(writer));
    const name: AvroIncompatibility[] =
      reader.name.name === writer.name.name
        ? []
        : [{ type: "NAME_MISMATCH", path: `${path}/name`, info: `expected: ${fullNameText(writer.name)}` }];
    if (reader.kind === "record" && writer.kind === "record")
      return [...name, ...this.#compareFields(reader, writer, path)];
    if (reader.kind === "fixed" && writer.kind === "fixed" && reader.size !== writer.size) {
      const info = `expected: ${writer.size}, found: ${reader.size}`;
      return [...name, { type: "FIXED_SIZE_MISMATCH", path: `${path}/size`, info }];
    }
    if (reader.kind === "enum" && writer.kind === "enum" && reader.default === undefined) {
      const missing = writer.symbols.filter((symbol) => !reader.symbols.includes(symbol));
      if (missing.length === 0) return name;
      return [...name, { type: "MISSING_ENUM_SYMBOLS", path: `${path}/symbols`, info: `[${missing.join(", ")}]` }];
    }
    return name;
  }

  #compareFields(reader: AvroRecord, writer: AvroRecord, path: string): AvroIncompatibility[] {
    return reader.fields.flatMap((field, at) => {
      const written = writerField(field, writer);
      if (written !== undefined) return this.compare(field.type, written.type, `${path}/fields/${at}/type`);
      if (field.default !== undefined || (field.type.kind === "enum" && field.type.default !== undefined)) return [];
      return [{ type: "READER_FIELD_MISSING_DEFAULT_VALUE" as const, path: `${path}/fields/${at}`, info: field.name }];
    });
  }
}

function writerField(field: AvroField, writer: AvroRecord): AvroField | undefined {
  const names = [field.name, ...field.aliases];
  return names.map((name) => writer.fields.find((other) => other.name === name)).find((found) => found !== undefined);
}

function orRoot(path: string): string {
  return path === "" ? "/" : path;
}

/** As the registry words it; reader and writer are filled in as `new` and `old` by the direction of the check. */
export function describeAvro({ type, path, info }: AvroIncompatibility, reader: string, writer: string): string {
  const descriptions: Readonly<Record<AvroIncompatibility["type"], string>> = {
    FIXED_SIZE_MISMATCH: `The size of FIXED type field at path '${path}' in the ${reader} schema does not match with the ${writer} schema`,
    TYPE_MISMATCH: `The type (path '${path}') of a field in the ${reader} schema does not match with the ${writer} schema`,
    NAME_MISMATCH: `The name of the schema has changed (path '${path}')`,
    MISSING_ENUM_SYMBOLS: `The ${reader} schema is missing enum symbols '${info}' at path '${path}' in the ${writer} schema`,
    MISSING_UNION_BRANCH: `The ${reader} schema is missing a type inside a union field at path '${path}' in the ${writer} schema`,
    READER_FIELD_MISSING_DEFAULT_VALUE: `The field '${info}' at path '${path}' in the ${reader} schema has no default value and is missing in the ${writer} schema`,
  };
  return `{errorType:'${type}', description:'${descriptions[type]}', additionalInfo:'${info}'}`;
}
