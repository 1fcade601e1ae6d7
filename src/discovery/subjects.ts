import type { SubjectStrategy } from "../asyncapi/model.ts";
import { splitSubject } from "../confluent/subjects.ts";

/** What is known of a schema when it is matched. `recordName` is the full name of its record or message. */
export interface SubjectFact {
  readonly subject: string;
  readonly recordName: string | undefined;
}

/** Strategies that the topic's own configs name, e.g. from `confluent.value.subject.name.strategy`. */
export interface TopicStrategies {
  readonly key?: SubjectStrategy | undefined;
  readonly value?: SubjectStrategy | undefined;
}

export interface SubjectBinding {
  readonly topic: string;
  readonly role: "key" | "value";
  readonly strategy: SubjectStrategy;
}

/**
 * Which topics a subject describes, by Confluent's three strategies (schema-registry TopicNameStrategy,
 * RecordNameStrategy, TopicRecordNameStrategy). A strategy that a topic's configs name wins for that topic; without one
 * every strategy that fits counts. RecordNameStrategy carries no topic: it binds only where topic and record have the
 * same name, letter by letter, or, if the topic's configs name that strategy, but for case and punctuation.
 * @returns `[]` when no topic fits
 */
export function bindSubject(
  fact: SubjectFact,
  topics: ReadonlyMap<string, TopicStrategies>,
  byPlainName: ReadonlyMap<string, readonly string[]>,
): SubjectBinding[] {
  const name = splitSubject(fact.subject).subject;
  const found: SubjectBinding[] = [];
  const add = (topic: string | undefined, role: "key" | "value", strategy: SubjectStrategy) => {
    const strategies = topic === undefined ? undefined : topics.get(topic);
    if (topic === undefined || !strategies) return;
    if ((strategies[role] ?? strategy) === strategy) found.push({ topic, role, strategy });
  };
  add(without(name, "-value"), "value", "TopicNameStrategy");
  add(without(name, "-key"), "key", "TopicNameStrategy");
  if (fact.recordName !== undefined) {
    add(without(name, `-${fact.recordName}`), "value", "TopicRecordNameStrategy");
    if (name === fact.recordName) {
      add(name, "value", "RecordNameStrategy");
      for (const topic of byPlainName.get(plainName(lastPart(name))) ?? []) {
        if (topic !== name && topics.get(topic)?.value === "RecordNameStrategy")
          add(topic, "value", "RecordNameStrategy");
      }
    }
  }
  return found;
}

function without(name: string, suffix: string): string | undefined {
  return name.endsWith(suffix) && name.length > suffix.length ? name.slice(0, -suffix.length) : undefined;
}

function lastPart(recordName: string): string {
  return recordName.slice(recordName.lastIndexOf(".") + 1);
}

/** Letters and digits only, lower case: `payment-settled` and `PaymentSettled` are the same. */
export function plainName(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
}

/** Topics by their plain name, for `bindSubject`. */
export function indexByPlainName(topics: Iterable<string>): Map<string, string[]> {
  const index = new Map<string, string[]>();
  for (const topic of topics) {
    const plain = plainName(topic);
    index.set(plain, [...(index.get(plain) ?? []), topic]);
  }
  return index;
}

/**
 * Of subjects that fit one topic in several contexts only one context counts: the default one, else the first by name.
 * What the others hold is another environment's view of the same topic.
 */
export function chooseContext<T extends { readonly subject: string }>(subjects: readonly T[]): T[] {
  const contexts = new Set(subjects.map(({ subject }) => splitSubject(subject).context));
  const chosen = contexts.has(".") ? "." : [...contexts].sort()[0];
  return subjects.filter(({ subject }) => splitSubject(subject).context === chosen);
}

/** `io.confluent.kafka.serializers.subject.RecordNameStrategy` → `RecordNameStrategy`; undefined for one that we do not know. */
export function strategyOf(className: string | undefined): SubjectStrategy | undefined {
  const short = className?.slice(className.lastIndexOf(".") + 1);
  return short === "TopicNameStrategy" || short === "RecordNameStrategy" || short === "TopicRecordNameStrategy"
    ? short
    : undefined;
}
