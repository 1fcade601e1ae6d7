/** The topic configs of Apache Kafka 4.3 with defaults, broker-level synonyms and checks, and those that Confluent adds. */

type ValueType = "LONG" | "INT" | "DOUBLE" | "BOOLEAN" | "STRING" | "LIST";

export interface TopicConfigDefinition {
  readonly name: string;
  readonly type: ValueType;
  readonly defaultValue: string;
  /** Name of the broker config whose value new topics follow; absent where Kafka reports no synonym for the default. */
  readonly synonym?: string;
  readonly minimum?: number;
  readonly oneOf?: readonly string[];
}

const FOREVER = "9223372036854775807";
const TOPIC_NAME_STRATEGY = "io.confluent.kafka.serializers.subject.TopicNameStrategy";

/** Kafka LogConfig and ServerTopicConfigSynonyms. */
export const APACHE_KAFKA: readonly TopicConfigDefinition[] = [
  define("cleanup.policy", "LIST", "delete", { synonym: "log.cleanup.policy", oneOf: ["compact", "delete"] }),
  define("compression.gzip.level", "INT", "-1", { synonym: "compression.gzip.level" }),
  define("compression.lz4.level", "INT", "9", { synonym: "compression.lz4.level" }),
  define("compression.type", "STRING", "producer", {
    synonym: "compression.type",
    oneOf: ["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"],
  }),
  define("compression.zstd.level", "INT", "3", { synonym: "compression.zstd.level" }),
  define("delete.retention.ms", "LONG", "86400000", { synonym: "log.cleaner.delete.retention.ms", minimum: 0 }),
  define("file.delete.delay.ms", "LONG", "60000", { synonym: "log.segment.delete.delay.ms", minimum: 0 }),
  define("flush.messages", "LONG", FOREVER, { synonym: "log.flush.interval.messages", minimum: 1 }),
  define("flush.ms", "LONG", FOREVER, { minimum: 0 }),
  define("follower.replication.throttled.replicas", "LIST", ""),
  define("index.interval.bytes", "INT", "4096", { synonym: "log.index.interval.bytes", minimum: 0 }),
  define("leader.replication.throttled.replicas", "LIST", ""),
  define("local.retention.bytes", "LONG", "-2", { synonym: "log.local.retention.bytes", minimum: -2 }),
  define("local.retention.ms", "LONG", "-2", { synonym: "log.local.retention.ms", minimum: -2 }),
  define("max.compaction.lag.ms", "LONG", FOREVER, { synonym: "log.cleaner.max.compaction.lag.ms", minimum: 1 }),
  define("max.message.bytes", "INT", "1048588", { synonym: "message.max.bytes", minimum: 0 }),
  define("message.timestamp.after.max.ms", "LONG", "3600000", {
    synonym: "log.message.timestamp.after.max.ms",
    minimum: 0,
  }),
  define("message.timestamp.before.max.ms", "LONG", FOREVER, {
    synonym: "log.message.timestamp.before.max.ms",
    minimum: 0,
  }),
  define("message.timestamp.type", "STRING", "CreateTime", {
    synonym: "log.message.timestamp.type",
    oneOf: ["CreateTime", "LogAppendTime"],
  }),
  define("min.cleanable.dirty.ratio", "DOUBLE", "0.5", { synonym: "log.cleaner.min.cleanable.ratio", minimum: 0 }),
  define("min.compaction.lag.ms", "LONG", "0", { synonym: "log.cleaner.min.compaction.lag.ms", minimum: 0 }),
  define("min.insync.replicas", "INT", "1", { synonym: "min.insync.replicas", minimum: 1 }),
  define("preallocate", "BOOLEAN", "false", { synonym: "log.preallocate" }),
  define("remote.log.copy.disable", "BOOLEAN", "false"),
  define("remote.log.delete.on.disable", "BOOLEAN", "false"),
  define("remote.storage.enable", "BOOLEAN", "false"),
  define("retention.bytes", "LONG", "-1", { synonym: "log.retention.bytes" }),
  define("retention.ms", "LONG", "604800000", { minimum: -1 }),
  define("segment.bytes", "INT", "1073741824", { synonym: "log.segment.bytes", minimum: 1024 * 1024 }),
  define("segment.index.bytes", "INT", "10485760", { synonym: "log.index.size.max.bytes", minimum: 4 }),
  define("segment.jitter.ms", "LONG", "0", { minimum: 0 }),
  define("segment.ms", "LONG", "604800000", { minimum: 1 }),
  define("unclean.leader.election.enable", "BOOLEAN", "false", { synonym: "unclean.leader.election.enable" }),
];

/** What Confluent Server and Cloud add for a topic's schemas (docs.confluent.io, Schema Validation on Confluent Server). */
export const CONFLUENT: readonly TopicConfigDefinition[] = [
  define("confluent.key.schema.validation", "BOOLEAN", "false"),
  define("confluent.key.subject.name.strategy", "STRING", TOPIC_NAME_STRATEGY),
  define("confluent.value.schema.validation", "BOOLEAN", "false"),
  define("confluent.value.subject.name.strategy", "STRING", TOPIC_NAME_STRATEGY),
  ...APACHE_KAFKA,
].sort((a, b) => (a.name < b.name ? -1 : 1));

function define(
  name: string,
  type: ValueType,
  defaultValue: string,
  rest: { synonym?: string; minimum?: number; oneOf?: readonly string[] } = {},
): TopicConfigDefinition {
  return { name, type, defaultValue, ...rest };
}

/** The broker's complaint about `value`, or undefined when it is legal (Kafka ConfigDef). */
export function complaint(definition: TopicConfigDefinition, value: string): string | undefined {
  const text = problem(definition, value.trim());
  return text === undefined ? undefined : `Invalid value ${value} for configuration ${definition.name}: ${text}`;
}

function problem({ type, minimum, oneOf }: TopicConfigDefinition, value: string): string | undefined {
  switch (type) {
    case "LONG":
    case "INT":
      return isInteger(value, type === "INT" ? 31n : 63n) ? tooSmall(Number(value), minimum) : notANumber(type);
    case "DOUBLE":
      return value !== "" && Number.isFinite(Number(value)) ? tooSmall(Number(value), minimum) : notANumber(type);
    case "BOOLEAN":
      return /^(true|false)$/i.test(value) ? undefined : "Expected value to be either true or false";
    case "STRING":
      return outside([value], oneOf);
    case "LIST":
      return value === "" ? undefined : outside(value.split(/\s*,\s*/), oneOf);
  }
}

const notANumber = (type: ValueType): string => `Not a number of type ${type}`;

const tooSmall = (value: number, minimum: number | undefined): string | undefined =>
  minimum === undefined || value >= minimum ? undefined : `Value must be at least ${minimum}`;

const outside = (values: readonly string[], oneOf: readonly string[] | undefined): string | undefined =>
  oneOf === undefined || values.every((value) => oneOf.includes(value))
    ? undefined
    : `String must be one of: ${oneOf.join(", ")}`;

function isInteger(value: string, bits: bigint): boolean {
  if (!/^[+-]?\d{1,20}$/.test(value)) return false;
  const number = BigInt(value.replace(/^\+/, ""));
  return number >= -(1n << bits) && number < 1n << bits;
}
