/**
 * Topics that Kafka's own tools keep for themselves. Kafka flags hardly any of them as internal, so they are known by
 * name: Schema Registry, Confluent Server and Control Center, Connect, Kafka Streams and ksqlDB, Cloud connectors.
 */
interface InternalRule {
  readonly name: string;
  readonly matches: (topic: string) => boolean;
}

const RULES: readonly InternalRule[] = [
  { name: "name begins with an underscore", matches: (topic) => topic.startsWith("_") },
  { name: "Confluent audit log", matches: (topic) => topic.startsWith("confluent-audit-log-events") },
  {
    name: "Kafka Connect storage",
    matches: (topic) => /^(docker-)?connect-(configs?|offsets?|status(es)?)$/.test(topic),
  },
  { name: "Kafka Streams changelog", matches: (topic) => topic.endsWith("-changelog") },
  { name: "Kafka Streams repartition", matches: (topic) => topic.endsWith("-repartition") },
  { name: "ksqlDB on Confluent Cloud", matches: (topic) => topic.startsWith("pksqlc-") },
  { name: "Confluent Cloud connector", matches: (topic) => /^(dlq|success|error)-lcc-/.test(topic) },
];

/** The rule that makes a topic internal, in words; undefined when it is none. `flagged` is what the broker says. */
export function internalRule(topic: string, flagged: boolean): string | undefined {
  if (flagged) return "internal: the broker says so";
  const rule = RULES.find(({ matches }) => matches(topic));
  return rule && `internal: ${rule.name}`;
}
