import type { Cluster, ConfluentReader, RegisteredSchema, Topic } from "../confluent/model.ts";
import { UpstreamError } from "../http/errors.ts";
import type { SubjectNote, TopicRow } from "../store/topics.ts";
import { configMatters, sortedConfigs } from "./configs.ts";
import { isAboutOne } from "./failures.ts";
import { type SchemaPool, schemaPool } from "./pool.ts";
import { recordName } from "./record-name.ts";
import { bindSubject, chooseContext, indexByPlainName, strategyOf, type TopicStrategies } from "./subjects.ts";

/** Characters of schema text that one run holds in memory: Workers have 128 MB in all. */
const CHANGED_TEXT = 24_000_000;
const UNBOUND_TEXT = 8_000_000;

/** Everything that one run read of Confluent. */
export interface World {
  readonly cluster: Cluster;
  /** All topics that the credential may see, by name. */
  readonly topics: ReadonlyMap<string, Topic>;
  /** Configs that matter, by topic. */
  readonly configs: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** Subjects bound to each topic, of one context, sorted. */
  readonly subjects: ReadonlyMap<string, readonly SubjectNote[]>;
  /** Subjects that fit no topic. */
  readonly unbound: number;
  /** What could not be read although the rest could, in words for the operator. */
  readonly doubts: readonly string[];
  readonly pool: SchemaPool;
}

export interface CollectOptions {
  readonly reader: ConfluentReader;
  readonly cluster: Cluster;
  readonly rows: ReadonlyMap<string, TopicRow>;
  /** All configs are read again; otherwise only those of topics without a row. */
  readonly readConfigs: boolean;
  /** Whether the topic is to be published: only then are its schemas' texts of use. */
  readonly admits: (topic: string) => boolean;
}

/**
 * Reads topics, configs and schemas in bulk. Any answer that is not whole throws, so that nothing is decided on half a
 * world. A subject that a topic had and that no page shows is asked for by name before it counts as gone.
 */
export async function collect({ reader, cluster, rows, readConfigs, admits }: CollectOptions): Promise<World> {
  const topics = new Map((await reader.topics(cluster)).map((topic) => [topic.name, topic]));
  const doubts: string[] = [];
  const configs = await collectConfigs(reader, cluster, topics, rows, readConfigs, doubts);
  const strategies = new Map([...topics.keys()].map((name) => [name, strategiesOf(configs.get(name))]));
  const plainNames = indexByPlainName(topics.keys());

  const pool = schemaPool(CHANGED_TEXT);
  const unboundPool = schemaPool(UNBOUND_TEXT);
  const expected = new Set([...rows.values()].flatMap((row) => row.subjects.map(({ subject }) => subject)));
  const bound = new Map<string, SubjectNote[]>();
  let unbound = 0;

  const take = (schema: RegisteredSchema): void => {
    expected.delete(schema.subject);
    const bindings = bindSubject({ subject: schema.subject, recordName: recordName(schema) }, strategies, plainNames);
    if (bindings.length === 0) {
      unbound++;
      unboundPool.keep(schema);
      return;
    }
    let known = true;
    for (const { topic, role, strategy } of bindings) {
      const note: SubjectNote = {
        subject: schema.subject,
        role,
        strategy,
        version: schema.version,
        id: schema.id,
        schemaType: schema.schemaType,
      };
      bound.set(topic, [...(bound.get(topic) ?? []), note]);
      known &&= !admits(topic) || isKnown(rows.get(topic), note, topics.get(topic), configs.get(topic));
    }
    if (!known) pool.keep(schema);
  };

  if (cluster.registryUrl !== undefined) {
    for await (const schema of reader.latestSchemas(cluster)) take(schema);
    for (const subject of [...expected].sort()) {
      const found = await stillThere(reader, cluster, subject);
      if (found.kind === "schema") take(found.schema);
      if (found.kind === "unreadable") {
        doubts.push(found.message);
        keepNotes(subject, rows, bound);
      }
    }
  }
  const subjects = new Map([...bound].map(([topic, notes]) => [topic, sortNotes(chooseContext(notes))]));
  const either: SchemaPool = {
    keep: pool.keep,
    get: (subject, version) => pool.get(subject, version) ?? unboundPool.get(subject, version),
  };
  return { cluster, topics, configs, subjects, unbound, doubts, pool: either };
}

async function collectConfigs(
  reader: ConfluentReader,
  cluster: Cluster,
  topics: ReadonlyMap<string, Topic>,
  rows: ReadonlyMap<string, TopicRow>,
  readAll: boolean,
  doubts: string[],
): Promise<Map<string, Record<string, string>>> {
  const collected = new Map<string, Record<string, string>>();
  const refusal = readAll ? await readAllConfigs(reader, cluster, topics, collected) : undefined;
  if (refusal !== undefined) {
    // Documents say less without configs; that is no reason not to publish.
    doubts.push(refusal);
    for (const name of topics.keys()) collected.set(name, { ...rows.get(name)?.configs });
  } else if (!readAll) {
    for (const name of topics.keys()) {
      const row = rows.get(name);
      if (row) collected.set(name, { ...row.configs });
      else collected.set(name, await configsOf(reader, cluster, name, doubts));
    }
  }
  for (const [name, configs] of collected) collected.set(name, sortedConfigs(configs));
  return collected;
}

/** Fills `collected`; what it returns says why nothing may be read, undefined when all is well. */
async function readAllConfigs(
  reader: ConfluentReader,
  cluster: Cluster,
  topics: ReadonlyMap<string, Topic>,
  collected: Map<string, Record<string, string>>,
): Promise<string | undefined> {
  try {
    await reader.configs(cluster, (topic, config) => {
      if (!configMatters(config) || !topics.has(topic)) return;
      const known = collected.get(topic) ?? {};
      known[config.name] = config.value;
      collected.set(topic, known);
    });
    return undefined;
  } catch (error) {
    if (error instanceof UpstreamError && error.failure.kind === "forbidden") return error.message;
    throw error;
  }
}

type Found =
  | { readonly kind: "schema"; readonly schema: RegisteredSchema }
  | { readonly kind: "gone" }
  | { readonly kind: "unreadable"; readonly message: string };

/** Asks by name for a subject that a topic had and that no page showed. */
async function stillThere(reader: ConfluentReader, cluster: Cluster, subject: string): Promise<Found> {
  try {
    const schema = await reader.schema(cluster, subject, "latest");
    return schema ? { kind: "schema", schema } : { kind: "gone" };
  } catch (error) {
    if (!isAboutOne(error, ["malformed", "forbidden", "invalid"])) throw error;
    return { kind: "unreadable", message: error.message };
  }
}

/** A subject that is there and cannot be read leaves its topics as they are. */
function keepNotes(subject: string, rows: ReadonlyMap<string, TopicRow>, bound: Map<string, SubjectNote[]>): void {
  for (const row of rows.values()) {
    const note = row.subjects.find((each) => each.subject === subject);
    if (note) bound.set(row.name, [...(bound.get(row.name) ?? []), note]);
  }
}

/** Of a topic that cannot be asked about (gone since, hidden, with a name that no address carries) there are none. */
async function configsOf(
  reader: ConfluentReader,
  cluster: Cluster,
  topic: string,
  doubts: string[],
): Promise<Record<string, string>> {
  try {
    const found = (await reader.topicConfigs(cluster, topic)).filter(configMatters);
    return Object.fromEntries(found.map(({ name, value }) => [name, value]));
  } catch (error) {
    if (!isAboutOne(error, ["forbidden", "invalid", "missing"])) throw error;
    doubts.push(error.message);
    return {};
  }
}

function strategiesOf(configs: Readonly<Record<string, string>> | undefined): TopicStrategies {
  return {
    key: strategyOf(configs?.["confluent.key.subject.name.strategy"]),
    value: strategyOf(configs?.["confluent.value.subject.name.strategy"]),
  };
}

/** Whether the topic's document was already made from this very version, so that its text is not needed again. */
function isKnown(
  row: TopicRow | undefined,
  note: SubjectNote,
  topic: Topic | undefined,
  configs: Readonly<Record<string, string>> | undefined,
): boolean {
  if (!row || !topic || row.seen === undefined) return false;
  if (row.wanted?.subjects === undefined && row.decision !== "error") return false;
  if (row.partitions !== topic.partitions || row.replication !== topic.replicationFactor) return false;
  if (JSON.stringify(row.configs) !== JSON.stringify(configs ?? {})) return false;
  return row.subjects.some((known) => JSON.stringify(known) === JSON.stringify(note));
}

function sortNotes(notes: readonly SubjectNote[]): SubjectNote[] {
  return [...notes].sort((a, b) => {
    if (a.role !== b.role) return a.role === "key" ? -1 : 1;
    return a.subject < b.subject ? -1 : 1;
  });
}
