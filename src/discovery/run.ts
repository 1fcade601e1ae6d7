import type { Cluster, ConfluentReader } from "../confluent/model.ts";
import { sha256Hex } from "../runtime/digest.ts";
import type { DocumentStore, ReferenceStore } from "../store/documents.ts";
import type { TopicRow, TopicStore } from "../store/topics.ts";
import { type BuildSources, buildTopic } from "./build.ts";
import { eligibleRow, isUnchanged, type ReadTopic, readmittedRow, refusedRow } from "./change.ts";
import { collect, type World } from "./collect.ts";
import { admit } from "./decide.ts";
import { type MissingPlan, planMissing } from "./missing.ts";
import { seenFingerprint } from "./seen.ts";
import type { DiscoverySettings } from "./settings.ts";

export interface RunDependencies {
  readonly reader: ConfluentReader;
  readonly cluster: Cluster;
  readonly topics: TopicStore;
  readonly documents: DocumentStore;
  readonly references: ReferenceStore;
  readonly settings: DiscoverySettings;
  readonly now: () => number;
  /** Commits what it writes as one: a row that wants publishing and its place on the work list belong together. */
  readonly together: <T>(work: () => T) => T;
  /** Puts a topic on the work list because something about it is to be written. */
  readonly publish: (topic: string, reason: string) => void;
  /** Takes a topic off the work list that is gone and was never published. */
  readonly forget: (topic: string) => void;
}

export interface RunOptions {
  /** All configs are read again. */
  readonly readConfigs: boolean;
  /** The `common` of the run before: where it differs every document is made anew. */
  readonly commonBefore: string | undefined;
  readonly builderMajor: number;
  /** Topics whose loss a person has accepted. */
  readonly acceptedLoss: ReadonlySet<string>;
}

export interface RunResult {
  readonly topics: number;
  readonly eligible: number;
  readonly filtered: number;
  readonly internal: number;
  readonly failed: number;
  /** Topics whose row changed in this run. */
  readonly changed: number;
  readonly flagged: readonly string[];
  readonly unboundSubjects: number;
  /** What could not be read although the rest could, in words for the operator. */
  readonly doubts: readonly string[];
  /** Set when more topics vanished than can be believed. */
  readonly loss: { readonly topics: readonly string[]; readonly allowed: number } | undefined;
  /** Fingerprint of what all documents share; the caller keeps it for the next run. */
  readonly common: string;
}

/**
 * One run of discovery: reads Confluent in bulk, decides about every topic, makes the documents that changed and puts
 * their topics on the work list. Writes nothing outside. Safe to run twice and to be cut off anywhere: a row is written
 * only when its document is.
 */
export async function discover(dependencies: RunDependencies, options: RunOptions): Promise<RunResult> {
  const { reader, cluster, topics, documents, settings, now } = dependencies;
  const common = await commonFingerprint(cluster, settings, options.builderMajor);
  const before = new Map(topics.all().map((row) => [row.name, row]));
  const rows = common === options.commonBefore ? before : withoutSeen(before, () => true);
  // What was wrong with a topic may have been mended elsewhere, e.g. by registering what it refers to.
  const tried = options.readConfigs ? withoutSeen(rows, (row) => row.decision === "error") : rows;
  const admits = (name: string) => admit({ name, internal: false }, settings.filter).decision === "eligible";
  const world = await collect({ reader, cluster, rows: tried, readConfigs: options.readConfigs, admits });
  const sources: BuildSources = {
    reader,
    cluster,
    pool: world.pool,
    stored: dependencies.references,
    documents: dependencies.documents,
    settings,
    builderMajor: options.builderMajor,
  };

  const tally = { eligible: 0, filtered: 0, internal: 0, failed: 0, changed: 0 };
  for (const read of await readTopics(world, common, settings)) {
    const row = await settle(read, tried.get(read.topic.name));
    tally[row.decision === "error" ? "failed" : read.admission.decision]++;
  }
  const missing = markMissing(dependencies, world, options.acceptedLoss);
  return {
    topics: world.topics.size,
    ...tally,
    flagged: missing.flag,
    unboundSubjects: world.unbound,
    doubts: world.doubts,
    loss: missing.loss,
    common,
  };

  async function settle(read: ReadTopic, row: TopicRow | undefined): Promise<TopicRow> {
    if (row && isUnchanged(row, read)) return row;
    tally.changed++;
    if (read.admission.decision !== "eligible") {
      const refused = refusedRow(asDecided(row), read, now());
      topics.put(refused);
      return refused;
    }
    const readmitted = readmittedRow(asDecided(row), read, now());
    if (readmitted) return dependencies.together(() => keep(readmitted, row));
    const built = await buildTopic(read, row, sources);
    return dependencies.together(() => {
      if (built.kind === "document" && built.document) documents.put(read.topic.name, "waiting", built.document);
      return keep(eligibleRow(asDecided(row), read, built, now()), row);
    });
  }

  /** Part of a transaction. */
  function keep(settled: TopicRow, before: TopicRow | undefined): TopicRow {
    const { name, decision, wanted, published } = settled;
    topics.put(settled);
    // It means what is published already: a document that waited is not wanted any more.
    if (wanted?.sha256 === published.wanted?.sha256) documents.clear(name, "waiting");
    if (decision === "eligible" || before?.flagged) dependencies.publish(name, before ? "changed" : "new");
    return settled;
  }

  /** The row as the run began with it, but for what a person may have decided since. */
  function asDecided(row: TopicRow | undefined): TopicRow | undefined {
    const latest = row && topics.get(row.name);
    return latest ? { ...row, held: latest.held, published: latest.published } : row;
  }
}

function commonFingerprint(cluster: Cluster, settings: DiscoverySettings, builderMajor: number): Promise<string> {
  const { asyncapiVersion, vendor, tls, mechanism, oauth } = settings;
  const { clusterId, bootstrapServers, registryUrl } = cluster;
  return sha256Hex(
    JSON.stringify([
      builderMajor,
      asyncapiVersion,
      vendor,
      tls,
      mechanism,
      oauth,
      clusterId,
      bootstrapServers,
      registryUrl,
    ]),
  );
}

/** The rows, those that are chosen as if they had never been looked at. */
function withoutSeen(rows: ReadonlyMap<string, TopicRow>, chosen: (row: TopicRow) => boolean): Map<string, TopicRow> {
  return new Map([...rows].map(([name, row]) => [name, chosen(row) ? { ...row, seen: undefined } : row]));
}

async function readTopics(world: World, common: string, settings: DiscoverySettings): Promise<ReadTopic[]> {
  const read: ReadTopic[] = [];
  for (const name of [...world.topics.keys()].sort()) {
    const topic = world.topics.get(name);
    if (!topic) continue;
    const configs = world.configs.get(name) ?? {};
    const subjects = world.subjects.get(name) ?? [];
    const seen = await seenFingerprint({
      common,
      partitions: topic.partitions,
      replication: topic.replicationFactor,
      configs,
      subjects,
    });
    read.push({ topic, admission: admit(topic, settings.filter), configs, subjects, seen });
  }
  return read;
}

/**
 * Rows of topics that a complete listing no longer has, and of published ones that are no longer admitted. What was
 * neither published nor is held for a person leaves no trace.
 */
function markMissing(dependencies: RunDependencies, world: World, accepted: ReadonlySet<string>): MissingPlan {
  const { topics, now } = dependencies;
  const rows = topics.all();
  for (const row of rows) {
    if (!world.topics.has(row.name) && !matters(row)) dismiss(row.name, dependencies);
  }
  const mattering = rows.filter(matters);
  const absent = mattering.filter((row) => !world.topics.has(row.name) || isNoLongerAdmitted(row));
  const plan = planMissing(absent, mattering.length, now(), accepted);
  const remembered = new Set(plan.remember);
  const flagged = new Set(plan.flag);
  for (const row of absent) {
    if (remembered.has(row.name)) topics.put({ ...row, missingSince: now(), changedAt: now() });
    if (!flagged.has(row.name)) continue;
    if (row.published.service) flag(row, world.topics.has(row.name), dependencies);
    else dismiss(row.name, dependencies);
  }
  return plan;
}

/** A topic that somebody may already use, or about which a person has to decide: not to be forgotten for one listing. */
function matters(row: TopicRow): boolean {
  return row.published.service !== undefined || row.held !== undefined;
}

function isNoLongerAdmitted({ decision, published }: TopicRow): boolean {
  return published.service !== undefined && (decision === "filtered" || decision === "internal");
}

function dismiss(name: string, { topics, documents, forget, together }: RunDependencies): void {
  together(() => {
    topics.remove(name);
    documents.drop(name);
    forget(name);
  });
}

function flag(row: TopicRow, isThere: boolean, { topics, publish, now, together }: RunDependencies): void {
  const rule = isThere ? row.rule : "missing: two complete listings lack the topic";
  together(() => {
    topics.put({ ...row, decision: isThere ? row.decision : "missing", rule, flagged: true, changedAt: now() });
    publish(row.name, "out of sync");
  });
}
