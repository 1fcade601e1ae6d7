import { describe, expect, test } from "vitest";
import {
  bindSubject,
  chooseContext,
  indexByPlainName,
  strategyOf,
  type TopicStrategies,
} from "../../../src/discovery/subjects.ts";

const bind = (subject: string, recordName: string | undefined, topics: Record<string, TopicStrategies>) =>
  bindSubject({ subject, recordName }, new Map(Object.entries(topics)), indexByPlainName(Object.keys(topics)));

describe("a subject", () => {
  test.each([
    ["orders-value", "value"],
    ["orders-key", "key"],
    [":.prod:orders-value", "value"],
  ])("%s describes the %s of topic orders by TopicNameStrategy", (subject, role) => {
    expect(bind(subject, undefined, { orders: {} })).toEqual([
      { topic: "orders", role, strategy: "TopicNameStrategy" },
    ]);
  });

  test("belongs to the longer of two topics whose names begin alike", () => {
    expect(bind("orders-eu-value", undefined, { orders: {}, "orders-eu": {} })).toEqual([
      { topic: "orders-eu", role: "value", strategy: "TopicNameStrategy" },
    ]);
  });

  test("without a topic binds to none", () => {
    expect(bind("payments-value", "com.bank.Payment", { orders: {} })).toEqual([]);
    expect(bind("-value", undefined, { orders: {} })).toEqual([]);
  });

  test("made of topic and record name is TopicRecordNameStrategy", () => {
    expect(bind("orders-com.shop.OrderPlaced", "com.shop.OrderPlaced", { orders: {} })).toEqual([
      { topic: "orders", role: "value", strategy: "TopicRecordNameStrategy" },
    ]);
  });

  test("that merely ends like a record name is not TopicRecordNameStrategy", () => {
    expect(bind("orders-com.shop.Other", "com.shop.OrderPlaced", { orders: {} })).toEqual([]);
  });

  test("that is a record name binds to the topic of exactly this name", () => {
    expect(
      bind("com.shop.OrderPlaced", "com.shop.OrderPlaced", { "com.shop.OrderPlaced": {}, "order-placed": {} }),
    ).toEqual([{ topic: "com.shop.OrderPlaced", role: "value", strategy: "RecordNameStrategy" }]);
  });

  test("that is a record name binds to a like-named topic only if that topic's configs name the strategy", () => {
    expect(
      bind("com.shop.OrderPlaced", "com.shop.OrderPlaced", { "order-placed": { value: "RecordNameStrategy" } }),
    ).toEqual([{ topic: "order-placed", role: "value", strategy: "RecordNameStrategy" }]);
    expect(bind("com.shop.OrderPlaced", "com.shop.OrderPlaced", { "order-placed": {} })).toEqual([]);
  });

  test("does not bind against the strategy that the topic's own configs name", () => {
    expect(bind("orders-value", undefined, { orders: { value: "TopicRecordNameStrategy" } })).toEqual([]);
    expect(bind("orders-key", undefined, { orders: { value: "TopicRecordNameStrategy" } })).toHaveLength(1);
  });
});

describe("of several contexts", () => {
  test("the default one counts", () => {
    expect(chooseContext([{ subject: ":.dev:a-value" }, { subject: "a-value" }])).toEqual([{ subject: "a-value" }]);
  });

  test("the first by name counts where the default one has nothing", () => {
    expect(chooseContext([{ subject: ":.prod:a-value" }, { subject: ":.dev:a-value" }])).toEqual([
      { subject: ":.dev:a-value" },
    ]);
  });

  test("none counts where there is none", () => {
    expect(chooseContext([])).toEqual([]);
  });
});

describe("a strategy class", () => {
  test("is known by its last part, and a foreign one is not", () => {
    expect(strategyOf("io.confluent.kafka.serializers.subject.RecordNameStrategy")).toBe("RecordNameStrategy");
    expect(strategyOf("com.acme.OurStrategy")).toBeUndefined();
    expect(strategyOf(undefined)).toBeUndefined();
  });
});
