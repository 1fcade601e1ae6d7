import type { RegisteredSchema } from "../confluent/model.ts";
import { DocumentError } from "./failure.ts";
import { format } from "./protobuf-format.ts";
import { codeOf, docOf, type Statement, statements, tokenize } from "./protobuf-text.ts";
import { directReferences, type SchemaWithReferences } from "./references.ts";

export interface ResolvedProtobuf {
  readonly text: string;
  /** `2`, `3`, or the year of an edition. */
  readonly version: string;
  /** Full name of the first message: the one a producer means that names none (Confluent's message index 0). */
  readonly fullName: string | undefined;
  readonly doc: string | undefined;
}

/** A .proto text by kinds of statement, in its own order. */
interface ProtoFile {
  readonly head: readonly Statement[];
  readonly version: string;
  readonly packageName: string;
  readonly imports: readonly { readonly path: string; readonly statement: Statement }[];
  readonly options: readonly Statement[];
  readonly definitions: readonly Statement[];
}

/** Imports that every Protobuf compiler or Confluent's serializer brings along; the registry never lists them as references. */
const BUILT_IN = /^(google|confluent)\//;

/**
 * The text and its imports as one. An AsyncAPI payload is one string, and its tools resolve no import but Google's
 * (asyncapi/protobuf-schema-parser, README "References are NOT supported"). So an imported file of the same package and syntax
 * is taken in, under `// From <path>`, and its import goes; the result is a .proto file that compiles. A file of another
 * package cannot be taken in without renaming its types: its import stays, and its text follows as comments, each file after
 * `// ==== <path> ====`, every line behind `// `. Throws `DocumentError`, for a circle of imports too: Protobuf knows none.
 */
export function resolveProtobuf(bound: SchemaWithReferences): ResolvedProtobuf {
  const main = read(bound.schema.schema, bound.schema.subject);
  const imported = imports(bound);
  const merged = imported.filter(({ file }) => file.packageName === main.packageName && isMergeable(main, file));
  const apart = imported.filter((other) => !merged.includes(other));
  const left = [main, ...merged.map(({ file }) => file)]
    .flatMap((file) => file.imports)
    .filter(({ path }) => !merged.some((other) => other.path === path));
  const importLines = new Map(left.map(({ path, statement }) => [path, format(statement)]));
  const blocks = [
    ...main.head.map(format),
    [...importLines.values()].join("\n"),
    main.options.map(format).join("\n"),
    ...main.definitions.map(format),
    ...merged.flatMap(({ path, file }) => [`// From ${path}`, ...file.definitions.map(format)]),
    ...apart.map(({ path, file }) => asComment(path, print(file))),
  ];
  const first = main.definitions.find((statement) => codeOf(statement)[0] === "message");
  const name = first === undefined ? undefined : codeOf(first)[1];
  return {
    text: joined(blocks),
    version: main.version,
    fullName: name === undefined || main.packageName === "" ? name : `${main.packageName}.${name}`,
    doc: first === undefined ? undefined : docOf(first),
  };
}

/** The text alone, printed in one way: whitespace makes no difference, comments do, because they are the documentation. */
export function canonicalProtobuf(schemaText: string, subject: string): string {
  return print(read(schemaText, subject));
}

function isMergeable(main: ProtoFile, file: ProtoFile): boolean {
  return main.version === file.version && (main.version === "2" || main.version === "3");
}

function print(file: ProtoFile): string {
  return joined([
    ...file.head.map(format),
    file.imports.map(({ statement }) => format(statement)).join("\n"),
    file.options.map(format).join("\n"),
    ...file.definitions.map(format),
  ]);
}

function joined(blocks: readonly string[]): string {
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

function asComment(path: string, content: string): string {
  const lines = content.trimEnd().split("\n");
  return [`// ==== ${path} ====`, ...lines.map((line) => `// ${line}`.trimEnd())].join("\n");
}

interface Imported {
  readonly path: string;
  readonly file: ProtoFile;
}

/** Every imported file once, by its path, a file before what it imports. */
function imports(bound: SchemaWithReferences): Imported[] {
  const found = new Map<string, Imported>();
  const visit = (schema: RegisteredSchema, above: readonly RegisteredSchema[]): void => {
    const chain = [...above, schema];
    for (const { path, referenced } of importedBy(schema, bound.references)) {
      refuseCycle(chain, referenced);
      if (found.has(path)) continue;
      found.set(path, { path, file: read(referenced.schema, referenced.subject) });
      visit(referenced, chain);
    }
  };
  visit(bound.schema, []);
  return [...found.values()];
}

function importedBy(schema: RegisteredSchema, references: SchemaWithReferences["references"]) {
  const byPath = new Map(directReferences(schema, references).map((reference) => [reference.name, reference.schema]));
  return read(schema.schema, schema.subject).imports.flatMap(({ path }) => {
    const referenced = byPath.get(path);
    if (referenced !== undefined) return [{ path, referenced }];
    if (BUILT_IN.test(path)) return [];
    throw new DocumentError({ kind: "missing-reference", subject: schema.subject, name: path });
  });
}

function refuseCycle(chain: readonly RegisteredSchema[], next: RegisteredSchema): void {
  const start = chain.findIndex(({ subject, version }) => subject === next.subject && version === next.version);
  if (start < 0) return;
  throw new DocumentError({
    kind: "cyclic-reference",
    cycle: [...chain.slice(start), next].map(({ subject }) => subject),
  });
}

const TYPES = new Set(["message", "enum", "extend", "service"]);

function read(schemaText: string, subject: string): ProtoFile {
  const all = statements(tokenize(schemaText, subject));
  const code = new Map(all.map((statement) => [statement, codeOf(statement)]));
  const keyword = (statement: Statement): string => code.get(statement)?.[0] ?? "";
  const of = (...keywords: string[]): Statement[] => all.filter((statement) => keywords.includes(keyword(statement)));
  const value = (statement: Statement | undefined, index: number): string =>
    (statement && code.get(statement)?.at(index)) ?? "";
  const imported = of("import").map((statement) => ({ path: unquote(value(statement, -2)), statement }));
  const head = of("syntax", "edition", "package");
  const options = of("option");
  const others = all.filter(
    (statement) => !head.includes(statement) && !options.includes(statement) && keyword(statement) !== "import",
  );
  if (imported.length === 0 && !others.some((statement) => TYPES.has(keyword(statement)))) {
    throw new DocumentError({ kind: "unparsable-schema", subject, reason: "it defines no type" });
  }
  return {
    head,
    version: unquote(value(of("syntax", "edition")[0], 2)).replace("proto", "") || "2",
    packageName: value(of("package")[0], 1),
    imports: imported,
    options,
    definitions: others,
  };
}

function unquote(text: string): string {
  return text.replace(/^["']|["']$/g, "");
}
