import { ProtoError, type ProtoField, type ProtoFile, type ProtoMessage, type ProtoType } from "./model.ts";

const SCALARS = new Set([
  ..."double float int32 int64 uint32 uint64 sint32 sint64 fixed32 fixed64 sfixed32 sfixed64 bool string bytes".split(
    " ",
  ),
]);

/** Files that the registry brings along: they need no reference, and their types are not looked into here. */
const BUILT_IN = /^(?:google\/(?:protobuf|type)|confluent)\/[a-z_/]+\.proto$/;

export function isScalar(type: string): boolean {
  return SCALARS.has(type);
}

export function mapTypes(type: string): { readonly key: string; readonly value: string } | undefined {
  const [, key, value] = /^map<(.+), (.+)>$/.exec(type) ?? [];
  return key === undefined || value === undefined ? undefined : { key, value };
}

/** The named types that a file can see. */
export class ProtoScope {
  /** Full name to its kind and its name within its package. */
  readonly #types = new Map<string, { readonly kind: "message" | "enum"; readonly local: string }>();
  readonly #hasBuiltIns: boolean;

  /** @param imported every file that the references lead to, by import path */
  constructor(file: ProtoFile, imported: ReadonlyMap<string, ProtoFile>) {
    const files = [file, ...imported.values()];
    for (const each of files) this.#collect(each.types, each.package ?? "", "");
    this.#hasBuiltIns = files.some((each) => importsOf(each).some((path) => BUILT_IN.test(path)));
  }

  #collect(types: readonly ProtoType[], packageName: string, outer: string): void {
    for (const type of types) {
      const local = outer === "" ? type.name : `${outer}.${type.name}`;
      this.#types.set(packageName === "" ? local : `${packageName}.${local}`, { kind: type.kind, local });
      if (type.kind === "message") this.#collect(type.types, packageName, local);
    }
  }

  /**
   * Finds what a name means inside `within` (a full name), from the innermost scope outwards. Built-in types count as
   * messages under their own name; undefined when nothing has the name.
   */
  resolve(name: string, within: string): { readonly kind: "message" | "enum"; readonly local: string } | undefined {
    if (name.startsWith(".")) return this.#known(name.slice(1));
    const scopes = within.split(".");
    for (let length = scopes.length; length >= 0; length--) {
      const found = this.#known([...scopes.slice(0, length), name].join("."));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #known(fullName: string) {
    const found = this.#types.get(fullName);
    if (found !== undefined) return found;
    const builtIn = this.#hasBuiltIns && /^(?:google|confluent)\./.test(fullName);
    return builtIn ? { kind: "message" as const, local: fullName } : undefined;
  }
}

function importsOf(file: ProtoFile): readonly string[] {
  return [...file.imports, ...file.publicImports];
}

/** Throws `ProtoError` for an import without a reference and for a type that nothing defines. */
export function checkProto(file: ProtoFile, imported: ReadonlyMap<string, ProtoFile>): void {
  const missing = importsOf(file).find((path) => !imported.has(path) && !BUILT_IN.test(path));
  if (missing !== undefined) throw new ProtoError(`Missing reference for import "${missing}"`);
  const scope = new ProtoScope(file, imported);
  for (const type of file.types) checkType(type, file.package ?? "", scope);
}

function checkType(type: ProtoType, outer: string, scope: ProtoScope): void {
  if (type.kind === "enum") return;
  const within = outer === "" ? type.name : `${outer}.${type.name}`;
  for (const field of allFields(type)) {
    const name = mapTypes(field.type)?.value ?? field.type;
    if (!isScalar(name) && scope.resolve(name, within) === undefined) throw new ProtoError(`Unresolved type: ${name}`);
  }
  for (const nested of type.types) checkType(nested, within, scope);
}

/** The fields of a message, those inside a oneof included. */
export function allFields(message: ProtoMessage): ProtoField[] {
  return [...message.fields, ...message.oneOfs.flatMap((oneOf) => oneOf.fields)];
}
