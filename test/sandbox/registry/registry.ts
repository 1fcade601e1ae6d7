import type { SandboxContext } from "../core/types.ts";
import { type Association, Associations } from "./associations.ts";
import { checkCompatibility } from "./compatibility.ts";
import { parseStored, readContent, type SchemaContent, withExtras } from "./content.ts";
import { deleteSubject, deleteVersion } from "./deletion.ts";
import * as errors from "./errors.ts";
import { guidOf } from "./guid.ts";
import { Settings, type SettingsSnapshot } from "./settings.ts";
import { type StoreSnapshot, VersionStore } from "./store.ts";
import {
  contextInMessages,
  DEFAULT_CONTEXT,
  formatSubject,
  isValidSubject,
  normalizeSubject,
  parseSubject,
  qualifyWithParent,
} from "./subject-name.ts";
import type { SchemaInput, SchemaMetadata, SubjectVersion } from "./types.ts";
import { randomUuid } from "./uuid.ts";

const SNAPSHOT_VERSION = 1;
/** What one Kafka record may hold by default, bytes. */
const LARGEST_RECORD = 1_048_576;

export interface RegistryOptions {
  /** Of the Kafka cluster that `/v1/metadata/id` tells. */
  readonly kafkaClusterId?: string;
  /** Whether rule sets are kept: Confluent Cloud does, the open-source server drops them without a word. */
  readonly keepsRuleSets?: boolean;
  /** Bytes of a stored schema above which a registration is 42209; 1 MiB unless told. */
  readonly largestRecord?: number;
}

interface RegistrySnapshot {
  readonly version: number;
  readonly store: StoreSnapshot;
  readonly settings: SettingsSnapshot;
  readonly associations: readonly Association[];
}

/** A version that a look-up found. */
export interface FoundVersion {
  readonly version: SubjectVersion;
  /** Whether it is the same content; else it only says the same. */
  readonly isSame: boolean;
}

/**
 * One Schema Registry: the state and the rules behind its REST API. Methods take subjects qualified or not and throw
 * `RegistryError` with the server's own code (schema-registry `storage/KafkaSchemaRegistry`, `AbstractSchemaRegistry`).
 */
export class Registry {
  readonly context: SandboxContext;
  readonly kafkaClusterId: string;
  readonly settings = new Settings();
  readonly associations: Associations;
  readonly store = new VersionStore();
  readonly #keepsRuleSets: boolean;
  readonly #largestRecord: number;

  constructor(context: SandboxContext, options: RegistryOptions = {}) {
    this.context = context;
    this.kafkaClusterId = options.kafkaClusterId ?? "MkU3OEVBNTcwNTJENDM2Qk";
    this.#keepsRuleSets = options.keepsRuleSets ?? false;
    this.#largestRecord = options.largestRecord ?? LARGEST_RECORD;
    this.associations = new Associations(
      () => context.clock.now(),
      () => randomUuid(context.random),
    );
  }

  /**
   * Registers a schema as `POST /subjects/{s}/versions` does and returns the version that has it: a new one, or the one
   * that had it before. Without a text the latest version's is meant.
   */
  register(subjectName: string, input: SchemaInput, normalize = false): SubjectVersion {
    if (!isValidSubject(subjectName)) throw errors.invalidSubject(subjectName);
    const subject = normalizeSubject(subjectName);
    const sent = isEmpty(input) ? undefined : this.#read(subject, input, normalize);
    const existing = sent === undefined ? undefined : this.#findUnder(subject, sent, false);
    if (existing !== undefined) return existing.version;
    if (this.settings.isReadOnly(subject)) throw errors.readOnly(subject, contextInMessages(subject));
    const latest = this.store.latest(subject);
    const content = this.#completed(subject, sent ?? this.#readAgain(latest), latest);
    const completed = this.#findUnder(subject, content, false);
    if (completed !== undefined) return completed.version;
    const broken = this.checkCompatibility(subject, content, this.store.versions(subject));
    if (broken.length > 0) throw errors.incompatible(subject, broken);
    return this.#add(subject, content);
  }

  #add(subject: string, { parsed: _parsed, metadata, ruleSet, ...content }: SchemaContent): SubjectVersion {
    const { context } = parseSubject(subject);
    const earlier = this.store.versions(subject, { deleted: true });
    const version: SubjectVersion = {
      subject,
      version: (earlier.at(-1)?.version ?? 0) + 1,
      id: this.store.idOf(context, content.guid) ?? this.store.highestId(context) + 1,
      ...content,
      ...(metadata === undefined ? {} : { metadata }),
      ...(ruleSet === undefined ? {} : { ruleSet }),
      ts: this.context.clock.now(),
      deleted: false,
    };
    if (new TextEncoder().encode(JSON.stringify(version)).length > this.#largestRecord) throw errors.schemaTooLarge();
    this.store.put(version);
    // A soft-deleted version with the same content makes room for the new one.
    for (const old of earlier) {
      const same = old.deleted && old.id === version.id;
      if (same && this.store.referrers(subject, old.version, true).length === 0)
        this.store.remove(subject, old.version);
    }
    return version;
  }

  /**
   * Puts a version in place as it stands, unread and unchecked, as an import or an older server may have left it: texts
   * that are no schema, references that lead nowhere or in circles, gaps in the numbers.
   */
  plant(subjectName: string, input: SchemaInput & { readonly version?: number; readonly id?: number }): SubjectVersion {
    const subject = normalizeSubject(subjectName);
    const { context } = parseSubject(subject);
    const earlier = this.store.versions(subject, { deleted: true }).at(-1)?.version ?? 0;
    const content = { schema: input.schema ?? "", references: input.references ?? [], metadata: input.metadata };
    const guid = guidOf(content);
    const version: SubjectVersion = {
      subject,
      version: input.version ?? earlier + 1,
      id: input.id ?? this.store.idOf(context, guid) ?? this.store.highestId(context) + 1,
      guid,
      schemaType: input.schemaType === "JSON" || input.schemaType === "PROTOBUF" ? input.schemaType : "AVRO",
      schema: content.schema,
      references: content.references,
      ...(input.metadata === undefined ? {} : { metadata: input.metadata }),
      ...(input.ruleSet === undefined ? {} : { ruleSet: input.ruleSet }),
      ts: this.context.clock.now(),
      deleted: false,
    };
    this.store.put(version);
    return version;
  }

  /** Finds a schema under a subject; an unqualified one is looked for in the other contexts too. */
  lookUp(subjectName: string, input: SchemaInput, deleted: boolean, normalize = false): FoundVersion {
    const subject = normalizeSubject(subjectName);
    for (const candidate of this.#candidates(subject)) {
      const content = isEmpty(input) ? undefined : this.#read(candidate, input, normalize);
      const found = content === undefined ? undefined : this.#findUnder(candidate, content, deleted);
      if (found !== undefined) return found;
    }
    throw this.store.has(subject, deleted) ? errors.schemaNotFound() : errors.subjectNotFound(subject);
  }

  /** One version, -1 for the latest; an unqualified subject is looked for in the other contexts too. */
  version(subjectName: string, version: number, deleted = false): SubjectVersion {
    const subject = normalizeSubject(subjectName);
    for (const candidate of this.#candidates(subject)) {
      const found = version === -1 ? this.store.latest(candidate) : this.store.get(candidate, version);
      if (found !== undefined && (deleted || !found.deleted)) return found;
    }
    throw this.store.has(subject, deleted) ? errors.versionNotFound(version) : errors.subjectNotFound(subject);
  }

  /** A subject as named and, when it is not qualified, its namesakes in the other contexts. */
  #candidates(subject: string): string[] {
    const { context, name } = parseSubject(subject);
    if (context !== DEFAULT_CONTEXT) return [subject];
    return [subject, ...this.store.contexts().map((other) => formatSubject({ context: other, name }))];
  }

  /**
   * The users of an id as `subject` sees them, the one that answers first: in its own context the subject itself, else
   * its namesakes elsewhere, else whoever has the id. Empty when nobody has.
   */
  usersOfId(id: number, subjectName: string): SubjectVersion[] {
    const { context, name } = parseSubject(subjectName);
    if (name === "") return this.store.usersOf(context, id);
    for (const candidate of this.#candidates(normalizeSubject(subjectName))) {
      const users = this.store.usersOf(parseSubject(candidate).context, id);
      const own = users.find(({ subject }) => subject === candidate);
      if (own !== undefined) return [own, ...users.filter((user) => user !== own)];
    }
    return context === DEFAULT_CONTEXT ? this.store.usersOf(context, id) : [];
  }

  /** Soft delete first, then `permanent`. Returns the number. */
  deleteVersion(subject: string, wanted: number, permanent: boolean): number {
    return deleteVersion(this.store, this.settings, normalizeSubject(subject), wanted, permanent);
  }

  /** Soft delete first, then `permanent`. Returns the numbers. */
  deleteSubject(subject: string, permanent: boolean): number[] {
    return deleteSubject(this.store, this.settings, normalizeSubject(subject), permanent);
  }

  /** What a schema would break under a subject, [] when it is compatible with these versions (oldest first). */
  checkCompatibility(subject: string, content: SchemaContent, versions: readonly SubjectVersion[]): string[] {
    const { compatibility, compatibilityGroup: group } = this.settings.configInScope(subject);
    const groupOf = ({ metadata }: { readonly metadata?: SchemaMetadata | undefined }) =>
      group === undefined ? undefined : metadata?.properties?.[group];
    const compared = versions.filter((version) => groupOf(version) === groupOf(content));
    return checkCompatibility(
      compatibility,
      content.parsed,
      compared.map((version) => ({ version: version.version, parsed: () => parseStored(this.store, version) })),
    );
  }

  /** Reads what was sent for a subject; 42201 when it is empty or no schema. */
  read(subjectName: string, input: SchemaInput): SchemaContent {
    if (isEmpty(input)) throw errors.invalidSchema("Empty schema");
    return this.#read(normalizeSubject(subjectName), input);
  }

  /** The text of a version with its references written out, AVRO only; 42201 when they cannot be followed. */
  resolved(version: SubjectVersion): string {
    if (version.schemaType !== "AVRO" || version.references.length === 0) return version.schema;
    return this.#read(version.subject, version).parsed.resolved();
  }

  /** The subject that an alias stands for; the name itself when it is none. */
  withoutAlias(subjectName: string): string {
    const subject = normalizeSubject(subjectName);
    const alias = this.settings.config(subject)?.alias;
    return subject === "" || alias === undefined || alias === "" ? subjectName : qualifyWithParent(subject, alias);
  }

  snapshot(): unknown {
    const snapshot: RegistrySnapshot = {
      version: SNAPSHOT_VERSION,
      store: this.store.snapshot(),
      settings: this.settings.snapshot(),
      associations: this.associations.snapshot(),
    };
    return structuredClone(snapshot);
  }

  /** Takes back what `snapshot` gave; throws when it is of another version. */
  restore(snapshot: unknown): void {
    if (!isSnapshot(snapshot)) throw new Error("This snapshot of a Schema Registry is of another version");
    const { store, settings, associations } = structuredClone(snapshot);
    this.store.restore(store);
    this.settings.restore(settings);
    this.associations.restore(associations);
  }

  #read(subject: string, input: SchemaInput, normalize = false): SchemaContent {
    const { ruleSet, ...rest } = input;
    const kept = this.#keepsRuleSets && ruleSet !== undefined ? { ...rest, ruleSet } : rest;
    return readContent(this.store, subject, kept, normalize || this.settings.configInScope(subject).normalize === true);
  }

  #readAgain(latest: SubjectVersion | undefined): SchemaContent {
    if (latest === undefined) throw errors.invalidSchema("Empty schema");
    const { schemaType, schema, references } = latest;
    return this.#read(latest.subject, { schemaType, schema, references });
  }

  /** Metadata and rules that were not sent are those of the version before, defaults below and overrides above them. */
  #completed(subject: string, content: SchemaContent, latest: SubjectVersion | undefined): SchemaContent {
    const config = this.settings.configInScope(subject);
    const metadata = merge(config.defaultMetadata, content.metadata ?? latest?.metadata, config.overrideMetadata);
    const ruleSet = this.#keepsRuleSets
      ? (config.overrideRuleSet ?? content.ruleSet ?? latest?.ruleSet ?? config.defaultRuleSet)
      : undefined;
    return withExtras(content, metadata, ruleSet);
  }

  /** A version of the subject with this content, or else one that says the same, its references perhaps written out. */
  #findUnder(subject: string, content: SchemaContent, deleted: boolean): FoundVersion | undefined {
    const versions = this.store.versions(subject, { deleted });
    const same = versions.findLast(
      ({ guid, schemaType }) => guid === content.guid && schemaType === content.schemaType,
    );
    if (same !== undefined) return { version: same, isSame: true };
    const alike = versions.findLast(
      (version) => isCandidate(version, content) && this.#meaning(version) === content.parsed.meaning(),
    );
    return alike === undefined ? undefined : { version: alike, isSame: false };
  }

  /** undefined for a planted version that is no schema. */
  #meaning(version: SubjectVersion): string | undefined {
    try {
      return parseStored(this.store, version).meaning();
    } catch (error) {
      if (error instanceof errors.RegistryError) return undefined;
      throw error;
    }
  }
}

/** Same type and metadata, and the same references or, of AVRO, none where the stored version has some. */
function isCandidate(version: SubjectVersion, content: SchemaContent): boolean {
  if (version.schemaType !== content.schemaType) return false;
  if (JSON.stringify(version.metadata) !== JSON.stringify(content.metadata)) return false;
  const isWrittenOut = content.schemaType === "AVRO" && content.references.length === 0;
  return isWrittenOut || JSON.stringify(version.references) === JSON.stringify(content.references);
}

function isEmpty({ schema }: SchemaInput): boolean {
  return schema === undefined || schema.trim() === "";
}

function merge(...parts: readonly (SchemaMetadata | undefined)[]): SchemaMetadata | undefined {
  const given = parts.filter((part) => part !== undefined);
  if (given.length < 2) return given[0];
  return {
    tags: Object.assign({}, ...given.map(({ tags }) => tags)),
    properties: Object.assign({}, ...given.map(({ properties }) => properties)),
    sensitive: [...new Set(given.flatMap(({ sensitive = [] }) => sensitive))],
  };
}

function isSnapshot(snapshot: unknown): snapshot is RegistrySnapshot {
  return (
    typeof snapshot === "object" && snapshot !== null && "version" in snapshot && snapshot.version === SNAPSHOT_VERSION
  );
}
