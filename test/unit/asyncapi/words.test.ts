import { describe, expect, test } from "vitest";
import { topicSentences } from "../../../src/asyncapi/topic-words.ts";
import { code, duration, size } from "../../../src/asyncapi/words.ts";

const COMPACTED =
  "Compacted: of each key the newest message is kept for good, older ones are removed in time. A message without value deletes its key.";

describe("words for people", () => {
  test.each([
    [604_800_000n, "7 days"],
    [86_400_000n, "1 day"],
    [90_061_001n, "1 day 1 hour 1 minute 1 second 1 millisecond"],
    [500n, "500 milliseconds"],
    [0n, "no time"],
  ])("%d ms are %s", (milliseconds, words) => {
    expect(duration(milliseconds)).toBe(words);
  });

  test.each([
    [1_048_588n, "1,048,588 bytes"],
    [1_048_576n, "1 MiB"],
    [1_536n, "1,536 bytes"],
    [5_368_709_120n, "5 GiB"],
    [1n, "1 byte"],
  ])("%d bytes are %s", (bytes, words) => {
    expect(size(bytes)).toBe(words);
  });

  test("a name stays code, whatever is in it", () => {
    expect(code("orders")).toBe("`orders`");
    expect(code("a`b")).toBe("`` a`b ``");
    expect(code("a\n# b")).toBe("`a # b`");
  });
});

describe("what is said of a topic", () => {
  const sentences = (configs: Record<string, string>, partitions = 0, replicationFactor = 0) =>
    topicSentences({ name: "t", partitions, replicationFactor, configs });

  test.each<[string, Record<string, string>, string[]]>([
    ["nothing, when nothing is known", {}, []],
    ["time", { "retention.ms": "3600000" }, ["Messages are kept for 1 hour."]],
    ["no time", { "retention.ms": "0", "cleanup.policy": "delete" }, ["Messages are kept for no time."]],
    ["for ever", { "retention.ms": "-1" }, ["Messages are not deleted by age."]],
    ["compaction only", { "cleanup.policy": "compact", "retention.ms": "3600000" }, [COMPACTED]],
    [
      "compaction and age",
      { "cleanup.policy": "compact, delete", "retention.ms": "1000" },
      [COMPACTED, "Messages are kept for 1 second."],
    ],
    ["no size limit", { "retention.bytes": "-1" }, []],
    ["a largest batch", { "max.message.bytes": "2097152" }, ["A batch of messages has at most 2 MiB."]],
    ["nothing of what is no number", { "retention.ms": "soon", "max.message.bytes": "1e9", "retention.bytes": "" }, []],
  ])("%s", (_what, configs, expected) => {
    expect(sentences(configs)).toEqual(expected);
  });

  test("partitions and copies", () => {
    expect(sentences({}, 1, 1)).toEqual(["1 partition, not replicated."]);
    expect(sentences({}, 1, 3)).toEqual(["1 partition, kept on 3 brokers."]);
    expect(sentences({}, 1200, 3)).toEqual(["1,200 partitions, each kept on 3 brokers."]);
    expect(sentences({}, 12, 0)).toEqual(["12 partitions."]);
  });
});
