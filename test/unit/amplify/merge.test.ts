import { describe, expect, it } from "vitest";
import { mergedForPut } from "../../../src/amplify/merge.ts";
import type { Draft, Resource } from "../../../src/amplify/resource.ts";

const ours: Draft = {
  group: "management",
  apiVersion: "v1",
  kind: "APIServiceInstance",
  name: "orders-1",
  title: "orders (kafka-env)",
  attributes: { a: "ours" },
  finalizers: [],
  tags: ["kafka", "sales"],
  owner: { type: "team", id: "ours" },
  spec: {
    apiServiceRevision: "orders-1-2",
    endpoint: [{ host: "b", port: 9092, protocol: "kafka", routing: {} }],
    credentialRequestDefinitions: ["kafka-worker-api-key"],
  },
};

function theirs(more: Partial<Resource> = {}): Resource {
  return {
    group: "management",
    apiVersion: "v1",
    kind: "APIServiceInstance",
    name: "orders-1",
    title: "orders (kafka-env)",
    metadata: {
      id: "1",
      resourceVersion: "7",
      selfLink: "/management/v1/environments/kafka-env/apiserviceinstances/orders-1",
    },
    attributes: { a: "ours" },
    finalizers: [],
    tags: ["sales", "kafka"],
    owner: { type: "team", id: "ours" },
    spec: { ...ours.spec },
    "x-agent-details": { externalAPIID: "lkc-1/orders" },
    ...more,
  };
}

describe("a full PUT of ours", () => {
  it("is not needed when the server has it all, whatever the order of tags and members and whatever others added", () => {
    expect(mergedForPut(theirs(), ours)).toEqual({ resource: expect.anything(), changed: false });
    const more = theirs({
      tags: ["theirs", "sales", "kafka"],
      attributes: { b: "theirs", a: "ours" },
      finalizers: [{ name: "their.finalizer" }],
      spec: {
        lifecycle: "theirs",
        ...ours.spec,
        credentialRequestDefinitions: ["kafka-worker-api-key", "custom-external"],
      },
    });
    const { resource, changed } = mergedForPut(more, ours);
    expect(changed).toBe(false);
    expect(resource.tags).toEqual(["theirs", "sales", "kafka"]);
    expect(resource.finalizers).toEqual([{ name: "their.finalizer" }]);
  });

  it("takes nothing from others, and goes out with the version that it was computed from", () => {
    const { resource, changed } = mergedForPut(
      theirs({
        tags: ["theirs"],
        attributes: { b: "theirs" },
        finalizers: [{ name: "their.finalizer", description: "x" }],
        spec: {
          lifecycle: { stage: "prod" },
          apiServiceRevision: "orders-1-1",
          credentialRequestDefinitions: ["custom-external"],
        },
      }),
      ours,
    );
    expect(changed).toBe(true);
    expect(resource).toEqual(
      theirs({
        tags: ["theirs", "kafka", "sales"],
        attributes: { a: "ours", b: "theirs" },
        finalizers: [{ name: "their.finalizer", description: "x" }],
        spec: {
          lifecycle: { stage: "prod" },
          apiServiceRevision: "orders-1-2",
          endpoint: [{ host: "b", port: 9092, protocol: "kafka", routing: {} }],
          credentialRequestDefinitions: ["kafka-worker-api-key", "custom-external"],
        },
      }),
    );
  });

  it("drops the tags that we wrote and no longer want, and the warning of an earlier disappearance", () => {
    const tagged = theirs({ tags: ["old", "kafka", "Agent Sync Warning", "theirs"] });
    const { resource, changed } = mergedForPut(tagged, ours, { tags: ["old", "kafka"] });
    expect(resource.tags).toEqual(["kafka", "theirs", "sales"]);
    expect(changed).toBe(true);
    const flagged = { ...ours, tags: [...ours.tags, "Agent Sync Warning"] };
    expect(mergedForPut(theirs(), flagged).resource.tags).toEqual(["sales", "kafka", "Agent Sync Warning"]);
  });

  it("sets a missing owner and moves one that we set, but leaves one that somebody else set", () => {
    const ownerAfter = (owner: Resource["owner"], before?: { ownerId: string }) =>
      mergedForPut(theirs({ owner }), ours, before).resource.owner?.id;
    expect(ownerAfter(null)).toBe("ours");
    expect(ownerAfter({ type: "team", id: "old" }, { ownerId: "old" })).toBe("ours");
    expect(ownerAfter({ type: "team", id: "theirs" }, { ownerId: "old" })).toBe("theirs");
    expect(ownerAfter({ type: "team", id: "theirs" })).toBe("theirs");
    const { owner: _owner, ...unowned } = ours;
    expect(mergedForPut(theirs(), unowned).changed).toBe(false);
  });

  it("does not change what it was given", () => {
    const before = theirs({ tags: [] });
    const copy = structuredClone(before);
    mergedForPut(before, ours);
    expect(before).toEqual(copy);
  });
});
