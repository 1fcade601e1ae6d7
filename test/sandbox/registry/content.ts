import * as errors from "./errors.ts";
import { isSchemaType, type ParsedSchema, parseSchema, type ResolvedReference, UnreadableSchema } from "./formats.ts";
import { guidOf } from "./guid.ts";
import type { VersionStore } from "./store.ts";
import { compareText, qualifyWithParent } from "./subject-name.ts";
import type { RuleSet, SchemaInput, SchemaMetadata, SchemaReference, SchemaType, SubjectVersion } from "./types.ts";

/** A schema that was sent, read and checked, before it has a place. */
export interface SchemaContent {
  readonly schemaType: SchemaType;
  readonly schema: string;
  /** With -1 replaced by the version that is the latest. */
  readonly references: readonly SchemaReference[];
  readonly metadata: SchemaMetadata | undefined;
  readonly ruleSet: RuleSet | undefined;
  readonly guid: string;
  readonly parsed: ParsedSchema;
}

/**
 * Reads what was sent for a subject; 42201 for what is no schema. `input.schema` is not empty.
 * @param normalize whether the text is normalized and the references are put in order
 */
export function readContent(
  store: VersionStore,
  subject: string,
  input: SchemaInput,
  normalize = false,
): SchemaContent {
  const schemaType = input.schemaType ?? "AVRO";
  if (!isSchemaType(schemaType)) throw errors.invalidSchema(`Invalid schema type ${schemaType}`);
  const text = input.schema ?? "";
  const { metadata, ruleSet } = input;
  const given = input.references ?? [];
  try {
    const references = given.map((reference) => withVersion(store, subject, reference));
    const parsed = parseSchema(schemaType, text, resolveReferences(store, subject, references));
    const content = {
      schemaType,
      schema: normalize ? parsed.normalized() : parsed.canonical,
      references: normalize ? [...references].sort((a, b) => compareText(a.name, b.name)) : references,
      metadata,
      ruleSet,
    };
    return { ...content, parsed, guid: guidOf(content) };
  } catch (error) {
    if (error instanceof UnreadableSchema) throw unreadable(error, subject, schemaType, text, given);
    throw error;
  }
}

/** Reads a stored version again; 42201 when it was planted and is no schema. */
export function parseStored(store: VersionStore, version: SubjectVersion): ParsedSchema {
  return readContent(store, version.subject, version).parsed;
}

/** The same content with other metadata or rules. */
export function withExtras(
  content: SchemaContent,
  metadata: SchemaMetadata | undefined,
  ruleSet: RuleSet | undefined,
): SchemaContent {
  return { ...content, metadata, ruleSet, guid: guidOf({ ...content, metadata, ruleSet }) };
}

function withVersion(store: VersionStore, parent: string, reference: SchemaReference): SchemaReference {
  if (reference.version !== -1) return reference;
  const latest = store.latest(qualifyWithParent(parent, reference.subject));
  return latest === undefined ? reference : { ...reference, version: latest.version };
}

/**
 * Everything that references lead to, soft-deleted versions included, each after what it refers to itself; of one name
 * the first visit counts (schema-registry `client/AbstractSchemaProvider#resolveReferences`).
 */
function resolveReferences(
  store: VersionStore,
  parent: string,
  references: readonly SchemaReference[],
): ResolvedReference[] {
  const found = new Map<string, ResolvedReference>();
  const visited = new Set<string>();
  const visit = (from: string, list: readonly SchemaReference[]) => {
    for (const { name, subject, version } of list) {
      if (visited.has(name)) continue;
      visited.add(name);
      const target = store.get(qualifyWithParent(from, subject), version);
      if (target === undefined) {
        throw new UnreadableSchema(`No schema reference found for subject "${subject}" and version ${version}`);
      }
      visit(target.subject, target.references);
      found.set(name, { name, schema: target.schema });
    }
  };
  visit(parent, references);
  return [...found.values()];
}

function unreadable(
  { message, readable }: UnreadableSchema,
  subject: string,
  schemaType: SchemaType,
  schema: string,
  references: readonly SchemaReference[],
): errors.RegistryError {
  const refs = `[${references.map((ref) => `{name='${ref.name}', subject='${ref.subject}', version=${ref.version}}`).join(", ")}]`;
  const shown = (version: string) =>
    `Invalid schema {subject=${subject},${version},guid=${guidOf({ schema, references })},schemaType=${schemaType},references=${refs},metadata=null,ruleSet=null,schema=${schema},schemaTags=null,ts=null,deleted=null}`;
  if (readable) return errors.invalidSchema(`${shown("version=0,id=-1")}, details: ${message}`);
  const details = message.startsWith("Could not parse")
    ? `Invalid schema of type ${schemaType}, details: ${message}`
    : `${shown("version=null,id=null")} with refs ${refs} of type ${schemaType}, details: ${message}`;
  return errors.invalidSchema(`Invalid schema of type ${schemaType}, details: ${details}`);
}
