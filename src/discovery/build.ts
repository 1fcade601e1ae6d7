import { buildDocument } from "../asyncapi/document.ts";
import { DocumentError } from "../asyncapi/failure.ts";
import { inputFingerprint } from "../asyncapi/fingerprint.ts";
import type { BoundSchema, DocumentInput } from "../asyncapi/model.ts";
import { validateDocument } from "../asyncapi/validate.ts";
import { joinSubject, splitSubject } from "../confluent/subjects.ts";
import type { DocumentStore } from "../store/documents.ts";
import type { SubjectNote, TopicRow } from "../store/topics.ts";
import type { Built, ReadTopic } from "./change.ts";
import { isAboutOne } from "./failures.ts";
import { type ReferenceSources, resolveReferences } from "./references.ts";
import type { DiscoverySettings } from "./settings.ts";

export interface BuildSources extends ReferenceSources {
  readonly documents: Pick<DocumentStore, "pack">;
  readonly settings: DiscoverySettings;
  readonly builderMajor: number;
}

/**
 * Makes the document of one topic, unless what is published means the same already. Writes nothing of the topic's.
 * What is wrong with the topic's own schemas comes back as an error; what is wrong upstream throws.
 */
export async function buildTopic(read: ReadTopic, before: TopicRow | undefined, sources: BuildSources): Promise<Built> {
  try {
    const schemas = await boundSchemas(read.subjects, sources);
    const subjects = namesOf(schemas);
    const input = documentInput(read, schemas, sources);
    const fingerprint = await inputFingerprint(input, sources.builderMajor);
    const published = before?.published.wanted;
    // The same meaning may come from other subjects, and readers need rights on those.
    if (published?.fingerprint === fingerprint) return { kind: "document", wanted: { ...published, subjects } };
    const { text, sha256, version } = await buildDocument(input);
    const faults = validateDocument(text, input.asyncapiVersion);
    if (faults.length > 0) {
      return { kind: "error", rule: "the document does not validate", message: faults.slice(0, 3).join("; ") };
    }
    const document = await sources.documents.pack(text);
    return { kind: "document", wanted: { fingerprint, sha256, version, subjects }, document };
  } catch (error) {
    if (error instanceof DocumentError) return { kind: "error", rule: error.failure.kind, message: error.message };
    // A schema, or one that it refers to, that may not be read or is garbled: the others' can be.
    if (isAboutOne(error, ["forbidden", "invalid", "malformed", "too-large"])) {
      return { kind: "error", rule: "its schema cannot be read", message: error.message };
    }
    throw error;
  }
}

async function boundSchemas(subjects: readonly SubjectNote[], sources: ReferenceSources): Promise<BoundSchema[]> {
  const bound: BoundSchema[] = [];
  for (const { subject, version, role, strategy } of subjects) {
    const schema =
      sources.pool.get(subject, version) ?? (await sources.reader.schema(sources.cluster, subject, version));
    // Deleted between the listing and now: the next run sees it gone.
    if (schema) bound.push({ role, strategy, schema, references: await resolveReferences(schema, sources) });
  }
  return bound;
}

/** Full names of the subjects that a document is made of, references at every level included, sorted. */
function namesOf(schemas: readonly BoundSchema[]): string[] {
  const all = schemas.flatMap(({ schema, references }) => [schema, ...references.values()]);
  return [...new Set(all.map(({ subject }) => joinSubject(splitSubject(subject))))].sort();
}

function documentInput(
  read: ReadTopic,
  schemas: readonly BoundSchema[],
  { cluster, settings }: BuildSources,
): DocumentInput {
  return {
    asyncapiVersion: settings.asyncapiVersion,
    topic: {
      name: read.topic.name,
      partitions: read.topic.partitions,
      replicationFactor: read.topic.replicationFactor,
      configs: read.configs,
    },
    cluster: {
      clusterId: cluster.clusterId,
      vendor: settings.vendor,
      bootstrapServers: cluster.bootstrapServers,
      tls: settings.tls,
      mechanism: settings.mechanism,
      oauth: settings.oauth,
      registryUrl: cluster.registryUrl,
    },
    schemas,
  };
}
