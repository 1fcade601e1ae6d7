import * as v from "valibot";

/** What is simulated, in plain JSON, so that it is saved with the sandbox's state. A minute is the smallest step of time. */

const side = v.picklist(["cloud", "platform"]);
const name = v.pipe(v.string(), v.minLength(1));
const positive = v.pipe(v.number(), v.minValue(0));
const whole = v.pipe(positive, v.safeInteger());

export const producerSpec = v.strictObject({
  /** Unique among producers; a second one of the name takes the place of the first. */
  name,
  side,
  topic: name,
  /** Records on average; fractions add up. Taken in turns by the partitions. */
  perMinute: positive,
  /** By how much of that, 0 to 1, a minute may differ; 0 when not given. */
  unevenness: v.exactOptional(v.pipe(positive, v.maxValue(1))),
  /** Whose ACLs are asked, e.g. `User:sa-1`; nobody's when not given. */
  principal: v.exactOptional(name),
  /** Writes in transactions, each of so many minutes, 0 for one that ends in the minute in which it began. Every so manyth is aborted. */
  transactions: v.exactOptional(
    v.strictObject({ minutes: whole, abortEvery: v.exactOptional(v.pipe(whole, v.minValue(1))) }),
  ),
});
export type ProducerSpec = v.InferOutput<typeof producerSpec>;

export const consumerSpec = v.strictObject({
  /** Unique among consumers. */
  name,
  side,
  group: name,
  /** Whom the truth puts it down to; the group when not given. */
  application: v.exactOptional(name),
  topics: v.array(name),
  /** What it reads at most, of all partitions; any number when not given. */
  perMinute: v.exactOptional(whole),
  /** Of the group, by this consumer; 1 when not given. */
  members: v.exactOptional(v.pipe(whole, v.minValue(1))),
  /** How often it commits, ms (`auto.commit.interval.ms`); 5,000 when not given, 0 for at the end of each minute, `"never"` for offsets kept elsewhere. */
  commitMs: v.exactOptional(v.union([whole, v.literal("never")])),
  /** `auto.offset.reset`; `earliest` when not given. */
  startAt: v.exactOptional(v.picklist(["earliest", "latest"])),
  isolation: v.exactOptional(v.picklist(["read_uncommitted", "read_committed"])),
  protocol: v.exactOptional(v.picklist(["CLASSIC", "CONSUMER"])),
  /** Is assigned every partition of its topics and joins no group; it only commits for one. */
  isAssigned: v.exactOptional(v.boolean()),
  /** Whose ACLs are asked; nobody's when neither this nor a login is given. */
  principal: v.exactOptional(name),
  /** What it logs in with whenever it starts; an open connection outlives the login. */
  login: v.exactOptional(v.strictObject({ user: v.string(), secret: v.string() })),
});
export type ConsumerSpec = v.InferOutput<typeof consumerSpec>;

const ofGroup = { side, group: name };
const ofTopic = { side, topic: name };
const inPartition = { ...ofTopic, partition: whole };

/** What happens at once, or at a time that was set. Whatever it is about may be missing by then; then nothing happens. */
export const action = v.variant("do", [
  v.strictObject({ do: v.literal("produce"), producer: producerSpec }),
  v.strictObject({ do: v.literal("stop-producing"), name }),
  v.strictObject({ do: v.literal("consume"), consumer: consumerSpec }),
  /** Commits and leaves its group; crashed, it leaves without. It stays known. */
  v.strictObject({ do: v.literal("stop"), name, crash: v.exactOptional(v.boolean()) }),
  v.strictObject({ do: v.literal("start"), name }),
  v.strictObject({ do: v.literal("rebalance"), ...ofGroup, ms: whole }),
  /** Where the group goes on: of its consumers that run, or of what it committed when none does. */
  v.strictObject({
    do: v.literal("reset"),
    ...ofGroup,
    topic: name,
    to: v.union([v.picklist(["earliest", "latest"]), v.strictObject({ back: whole })]),
  }),
  v.strictObject({ do: v.literal("expire"), ...ofGroup, topic: v.exactOptional(name) }),
  v.strictObject({ do: v.literal("delete-group"), ...ofGroup }),
  /** Retention: of every partition the last `keep` offsets are left. */
  v.strictObject({ do: v.literal("trim"), ...ofTopic, keep: whole }),
  /** The same from now on, every minute. */
  v.strictObject({ do: v.literal("retain"), ...ofTopic, keep: whole }),
  /** The log cleaner: of what there is now, one record in `every` is left. */
  v.strictObject({ do: v.literal("compact"), ...ofTopic, every: v.pipe(whole, v.minValue(1)) }),
  v.strictObject({ do: v.literal("delete-topic"), ...ofTopic }),
  v.strictObject({
    do: v.literal("create-topic"),
    ...ofTopic,
    partitions: v.pipe(whole, v.minValue(1)),
    configs: v.exactOptional(v.record(v.string(), v.string())),
  }),
  v.strictObject({ do: v.literal("grow-topic"), ...ofTopic, partitions: whole }),
  v.strictObject({ do: v.literal("open-transaction"), ...inPartition, records: whole }),
  v.strictObject({ do: v.literal("end-transaction"), ...inPartition, outcome: v.picklist(["commit", "abort"]) }),
  v.strictObject({ do: v.literal("leader"), ...inPartition, there: v.boolean() }),
]);
export type Action = v.InferOutput<typeof action>;
