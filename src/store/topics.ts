import * as v from "valibot";
import type { Sql } from "../runtime/ports.ts";

/** What discovery decided about a topic; `rule` in the row says why. */
export type Decision = "eligible" | "filtered" | "internal" | "error" | "missing";

/** A subject bound to the topic, as the run that read it last saw it. */
const SubjectNoteSchema = v.object({
  subject: v.string(),
  role: v.picklist(["key", "value"]),
  strategy: v.picklist(["TopicNameStrategy", "RecordNameStrategy", "TopicRecordNameStrategy"]),
  version: v.number(),
  id: v.number(),
  schemaType: v.string(),
});
export type SubjectNote = v.InferOutput<typeof SubjectNoteSchema>;

/** What shall be published: the fingerprint of its inputs and the SHA-256 of the document in slot `waiting`. */
const WantedSchema = v.object({
  fingerprint: v.string(),
  sha256: v.string(),
  version: v.string(),
  /** Subjects whose schemas it holds, what they refer to at every level included, by full name, sorted; absent in rows of older versions. */
  subjects: v.optional(v.array(v.string())),
});
export type Wanted = v.InferOutput<typeof WantedSchema>;

const ResourceStateSchema = v.object({
  name: v.string(),
  /** `metadata.id`, which metric events name; absent in rows of older versions until the next verification. */
  id: v.optional(v.string()),
  /** resourceVersion of the last answer that showed the resource. */
  version: v.string(),
  /** Fingerprint of the body as last written; absent when it was adopted and never compared. */
  body: v.optional(v.string()),
  /** Fingerprint of `x-agent-details` as last written. */
  details: v.optional(v.string()),
  /** The `source` badge is written. */
  source: v.optional(v.boolean()),
  /** It may hold what others wrote, so it is read before it is replaced. */
  shared: v.optional(v.boolean()),
  /** When we made it, ms; absent when it was found. */
  madeAt: v.optional(v.number()),
});
export type ResourceState = v.InferOutput<typeof ResourceStateSchema>;

/** What Amplify holds of the topic, as far as our own writes and the last verification tell. */
const PublishedSchema = v.object({
  wanted: v.optional(WantedSchema),
  service: v.optional(ResourceStateSchema),
  revision: v.optional(v.object({ name: v.string(), count: v.number() })),
  instance: v.optional(ResourceStateSchema),
  at: v.optional(v.number()),
  /** The likely twin that the topic was held for: what a person then decided counts, it is not held for it again. */
  twin: v.optional(v.string()),
});
export type Published = v.InferOutput<typeof PublishedSchema>;

/** Why a topic that should be published is not, until a person says so. */
const HeldSchema = v.variant("kind", [
  v.object({ kind: v.literal("twin"), service: v.string() }),
  v.object({ kind: v.literal("deleted"), what: v.string() }),
]);
export type Held = v.InferOutput<typeof HeldSchema>;

export interface TopicRow {
  readonly name: string;
  readonly decision: Decision;
  readonly rule: string;
  readonly error: string | undefined;
  readonly partitions: number;
  readonly replication: number;
  /** Configs that matter to the document and differ from the default. */
  readonly configs: Readonly<Record<string, string>>;
  readonly subjects: readonly SubjectNote[];
  /** Fingerprint of what the last run read, versions included: equal means nothing to look at. */
  readonly seen: string | undefined;
  readonly wanted: Wanted | undefined;
  readonly published: Published;
  /** First complete listing without the topic, ms. */
  readonly missingSince: number | undefined;
  /** Shown in Amplify as out of sync. */
  readonly flagged: boolean;
  readonly held: Held | undefined;
  readonly changedAt: number;
}

export interface TopicStore {
  get(name: string): TopicRow | undefined;
  put(row: TopicRow): void;
  /** By name; `after` is the last name of the page before. */
  list(options: {
    readonly limit: number;
    readonly after?: string | undefined;
    readonly decision?: string | undefined;
  }): TopicRow[];
  /** Every row, one at a time. Nothing may be written to the table while it is read. */
  all(): TopicRow[];
  remove(name: string): void;
  counts(): Readonly<Record<Decision | "published" | "held" | "flagged", number>>;
}

interface SqlTopic extends Record<string, string | number | null> {
  name: string;
  decision: string;
  rule: string;
  error: string | null;
  partitions: number;
  replication: number;
  configs_json: string;
  subjects_json: string;
  seen: string | null;
  wanted_json: string | null;
  published_json: string;
  missing_since: number | null;
  flagged: number;
  held: string | null;
  changed_at: number;
}

const COLUMNS =
  "name, decision, rule, error, partitions, replication, configs_json, subjects_json, seen, wanted_json, published_json, missing_since, flagged, held, changed_at";

export function topicStore(sql: Sql): TopicStore {
  const select = (tail: string, ...parameters: (string | number)[]) =>
    sql.exec<SqlTopic>(`SELECT ${COLUMNS} FROM topic ${tail}`, ...parameters).map(toRow);
  return {
    get: (name) => select("WHERE name = ?", name)[0],
    put: (row) => {
      sql.exec(
        `INSERT OR REPLACE INTO topic (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        row.name,
        row.decision,
        row.rule,
        row.error ?? null,
        row.partitions,
        row.replication,
        JSON.stringify(row.configs),
        JSON.stringify(row.subjects),
        row.seen ?? null,
        row.wanted ? JSON.stringify(row.wanted) : null,
        JSON.stringify(row.published),
        row.missingSince ?? null,
        row.flagged ? 1 : 0,
        row.held ? JSON.stringify(row.held) : null,
        row.changedAt,
      );
    },
    list: ({ limit, after, decision }) =>
      decision === undefined
        ? select("WHERE name > ? ORDER BY name LIMIT ?", after ?? "", limit)
        : select("WHERE name > ? AND decision = ? ORDER BY name LIMIT ?", after ?? "", decision, limit),
    all: () => select("ORDER BY name"),
    remove: (name) => {
      sql.exec("DELETE FROM topic WHERE name = ?", name);
    },
    counts: () => {
      const [row] = sql.exec<Record<Decision | "published" | "held" | "flagged", number>>(
        `SELECT count(*) FILTER (WHERE decision = 'eligible') AS eligible,
           count(*) FILTER (WHERE decision = 'filtered') AS filtered,
           count(*) FILTER (WHERE decision = 'internal') AS internal,
           count(*) FILTER (WHERE decision = 'error') AS error,
           count(*) FILTER (WHERE decision = 'missing') AS missing,
           count(*) FILTER (WHERE json_extract(published_json, '$.at') IS NOT NULL) AS published,
           count(*) FILTER (WHERE held IS NOT NULL) AS held,
           count(*) FILTER (WHERE flagged = 1) AS flagged FROM topic`,
      );
      return row ?? { eligible: 0, filtered: 0, internal: 0, error: 0, missing: 0, published: 0, held: 0, flagged: 0 };
    },
  };
}

const ConfigsSchema = v.record(v.string(), v.string());
const SubjectsSchema = v.array(SubjectNoteSchema);

function toRow(row: SqlTopic): TopicRow {
  return {
    name: row.name,
    decision: v.parse(v.picklist(["eligible", "filtered", "internal", "error", "missing"]), row.decision),
    rule: row.rule,
    error: row.error ?? undefined,
    partitions: row.partitions,
    replication: row.replication,
    configs: v.parse(ConfigsSchema, JSON.parse(row.configs_json)),
    subjects: v.parse(SubjectsSchema, JSON.parse(row.subjects_json)),
    seen: row.seen ?? undefined,
    wanted: row.wanted_json === null ? undefined : v.parse(WantedSchema, JSON.parse(row.wanted_json)),
    published: v.parse(PublishedSchema, JSON.parse(row.published_json)),
    missingSince: row.missing_since ?? undefined,
    flagged: row.flagged === 1,
    held: row.held === null ? undefined : v.parse(HeldSchema, JSON.parse(row.held)),
    changedAt: row.changed_at,
  };
}
