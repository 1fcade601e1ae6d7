import type { Topic } from "../confluent/model.ts";
import type { Packed } from "../store/documents.ts";
import type { SubjectNote, TopicRow, Wanted } from "../store/topics.ts";
import type { Admission } from "./decide.ts";

/** A topic as this run read it. */
export interface ReadTopic {
  readonly topic: Topic;
  readonly admission: Admission;
  readonly configs: Readonly<Record<string, string>>;
  readonly subjects: readonly SubjectNote[];
  readonly seen: string;
}

/** Whether a row already says everything that this run read, so that it is neither looked at nor written. */
export function isUnchanged(row: TopicRow | undefined, read: ReadTopic): boolean {
  if (!row) return false;
  const { decision, rule } = read.admission;
  if (decision !== "eligible") return row.decision === decision && row.rule === rule;
  if (row.seen !== read.seen || row.missingSince !== undefined || row.flagged) return false;
  return row.decision === "error" || (row.decision === "eligible" && row.rule === rule && tellsSubjects(row));
}

/** Rows of older versions do not tell which subjects the document holds: it is made once more, and means the same. */
function tellsSubjects({ wanted }: TopicRow): boolean {
  return wanted?.subjects !== undefined;
}

/**
 * The row of an admitted topic of which nothing that a document is made of changed: only the rule that admits it did, or
 * it is back. Undefined when its document has to be made.
 */
export function readmittedRow(row: TopicRow | undefined, read: ReadTopic, now: number): TopicRow | undefined {
  if (!row || row.seen !== read.seen || row.decision === "error" || !tellsSubjects(row)) return undefined;
  const { decision, rule } = read.admission;
  return { ...row, decision, rule, error: undefined, missingSince: undefined, flagged: false, changedAt: now };
}

/** The outcome of building an eligible topic's document. */
export type Built =
  /** `document` is absent when what is published means the same. */
  | { readonly kind: "document"; readonly wanted: Wanted; readonly document?: Packed }
  | { readonly kind: "error"; readonly rule: string; readonly message: string };

/**
 * The row of a topic that is there and admitted. A document that could not be built leaves what is published as it is.
 * When the meaning did not change, what is wanted stays what is published, whatever became of the bytes.
 */
export function eligibleRow(before: TopicRow | undefined, read: ReadTopic, built: Built, now: number): TopicRow {
  const published = before?.published ?? {};
  const base = {
    ...rowBase(read),
    published,
    held: before?.held,
    missingSince: undefined,
    flagged: false,
    changedAt: now,
  };
  if (built.kind === "error") {
    return { ...base, decision: "error", rule: built.rule, error: built.message, wanted: before?.wanted };
  }
  const same = published.wanted?.fingerprint === built.wanted.fingerprint ? published.wanted : undefined;
  return {
    ...base,
    decision: "eligible",
    rule: read.admission.rule,
    error: undefined,
    wanted: same ? { ...same, subjects: built.wanted.subjects } : built.wanted,
  };
}

/**
 * The row of a topic that is there but not admitted. If it was published before, it counts as missing from now on: its
 * service is shown as out of sync later, never deleted.
 */
export function refusedRow(before: TopicRow | undefined, read: ReadTopic, now: number): TopicRow {
  const published = before?.published ?? {};
  return {
    ...rowBase(read),
    // What is wanted was made of what was seen then: were it something else now, it must be made anew when admitted again.
    seen: before?.seen,
    decision: read.admission.decision,
    rule: read.admission.rule,
    error: undefined,
    wanted: before?.wanted,
    published,
    held: before?.held,
    missingSince: published.service ? (before?.missingSince ?? now) : undefined,
    flagged: before?.flagged ?? false,
    changedAt: now,
  };
}

function rowBase(read: ReadTopic) {
  return {
    name: read.topic.name,
    partitions: read.topic.partitions,
    replication: read.topic.replicationFactor,
    configs: read.configs,
    subjects: read.subjects,
    seen: read.seen,
  };
}
