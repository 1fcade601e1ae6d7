import { describe, expect, test } from "vitest";
import { countSteps, nextBadge, nextStep } from "../../../src/discovery/publish-plan.ts";
import type { Published } from "../../../src/store/topics.ts";

const desired = { service: "S", serviceDetails: "SD", revision: "orders-1-aaaa", instance: "I", instanceDetails: "ID" };
const service = { name: "orders-1", version: "1", body: "S", details: "SD", source: true };
const instance = { name: "orders-1", version: "1", body: "I", details: "ID", source: true };
const revision = { name: "orders-1-aaaa", count: 1 };
const whole: Published = { service, instance, revision };

describe("the next request for a topic", () => {
  test.each([
    ["nothing exists", {}, "create-service"],
    ["the service lost its identity", { service: { ...service, details: undefined } }, "write-service-details"],
    ["the service differs", { service: { ...service, body: "old" } }, "replace-service"],
    ["the document is new", { service }, "create-revision"],
    ["the document changed", { service, instance, revision: { name: "orders-1-bbbb", count: 1 } }, "create-revision"],
    ["there is no instance", { service, revision }, "create-instance"],
    [
      "the instance points elsewhere",
      { service, revision, instance: { ...instance, body: "old" } },
      "replace-instance",
    ],
    [
      "the instance lost its identity",
      { service, revision, instance: { ...instance, details: "old" } },
      "write-instance-details",
    ],
    ["nothing differs", whole, undefined],
  ])("when %s", (_, published, step) => {
    expect(nextStep(published, desired)).toBe(step);
  });

  test("never is a badge while something else is missing, and then the service's first", () => {
    const bare = { ...whole, service: { ...service, source: undefined }, instance: { ...instance, source: undefined } };
    expect(nextStep(bare, desired)).toBeUndefined();
    expect(nextBadge(bare)).toBe("service-badge");
    expect(nextBadge({ ...bare, service })).toBe("instance-badge");
    expect(nextBadge(whole)).toBeUndefined();
    expect(nextBadge({})).toBeUndefined();
  });
});

describe("the number of requests", () => {
  test("is 5 and 2 badges for a new topic", () => {
    expect(countSteps({}, desired)).toBe(7);
  });

  test("is 2 for a changed document", () => {
    expect(countSteps(whole, { ...desired, revision: "orders-1-bbbb", instance: "J" })).toBe(2);
  });

  test("is 0 when nothing differs", () => {
    expect(countSteps(whole, desired)).toBe(0);
  });
});
