import { describe, expect, it } from "vitest";
import { canonical, clusterBase, kafkaPattern, samePattern, subjectPattern } from "../../../src/confluent/crn.ts";
import { EVIL } from "./support.ts";

const ENVIRONMENT = "crn://confluent.cloud/organization=1111-aa/environment=env-1";
const REGISTRY = `${ENVIRONMENT}/schema-registry=lsrc-1`;
const CLUSTER = `${ENVIRONMENT}/cloud-cluster=lkc-1`;

describe("the CRN of a cluster", () => {
  it("is freed of the element that only some answers carry", () => {
    expect(clusterBase(`${CLUSTER}/kafka=lkc-1`)).toBe(CLUSTER);
    expect(clusterBase(CLUSTER)).toBe(CLUSTER);
    expect(clusterBase(`${CLUSTER}/kafka=lkc-1/topic=x`)).toBe(`${CLUSTER}/kafka=lkc-1/topic=x`);
  });
});

describe("a pattern", () => {
  it.each([
    ["orders-value", "orders-value"],
    [":.eu:orders-value", "%3A.eu%3Aorders-value"],
    ["a/b", "a%2Fb"],
    ["a/../subject=b", "a%2F..%2Fsubject%3Db"],
    ["100%", "100%25"],
    ["a b(c)!'", "a%20b%28c%29%21%27"],
    ["..", ".."],
    ["Ä", "%C3%84"],
  ])("names exactly the subject %s", (subject, encoded) => {
    expect(subjectPattern(REGISTRY, subject)).toBe(`${REGISTRY}/subject=${encoded}`);
  });

  it.each(["", "*", "orders*", "a*b", ":*:", "\ud800"])(
    "is not made of %j, which would mean more or nothing",
    (name) => {
      expect(subjectPattern(REGISTRY, name)).toBeUndefined();
      expect(kafkaPattern(CLUSTER, "topic", name)).toBeUndefined();
    },
  );

  it.each(EVIL)("has one element more, whatever the name: %j", (name) => {
    const pattern = subjectPattern(REGISTRY, name) ?? "";
    expect(pattern.split("/")).toHaveLength(REGISTRY.split("/").length + 1);
    expect(pattern.split("=")).toHaveLength(REGISTRY.split("=").length + 1);
    expect(pattern).not.toMatch(/[*\s]/);
  });

  it("names topics, groups and transactional ids of a cluster, whichever form of its CRN is given", () => {
    expect(kafkaPattern(CLUSTER, "topic", "orders")).toBe(`${CLUSTER}/kafka=lkc-1/topic=orders`);
    expect(kafkaPattern(`${CLUSTER}/kafka=lkc-1`, "group", "amp.1.")).toBe(`${CLUSTER}/kafka=lkc-1/group=amp.1.`);
    expect(kafkaPattern(CLUSTER, "transactional-id", "t/1")).toBe(`${CLUSTER}/kafka=lkc-1/transactional-id=t%2F1`);
    expect(kafkaPattern(REGISTRY, "topic", "orders")).toBeUndefined();
  });
});

describe("two patterns", () => {
  it.each([
    [`${REGISTRY}/subject=:.eu:orders`, `${REGISTRY}/subject=%3A.eu%3Aorders`, true],
    [`${REGISTRY}/subject=%3a.eu%3aorders`, `${REGISTRY}/subject=%3A.eu%3Aorders`, true],
    [`${REGISTRY}/subject=a(b)`, `${REGISTRY}/subject=a%28b%29`, true],
    [`${REGISTRY}/subject=orders`, `${REGISTRY}/subject=orders*`, false],
    [`${REGISTRY}/subject=orders`, `${REGISTRY}/subject=Orders`, false],
    [`${REGISTRY}/subject=orders`, `${ENVIRONMENT}/schema-registry=lsrc-12/subject=orders`, false],
    [`${REGISTRY}/subject=100%`, `${REGISTRY}/subject=100%25`, true],
  ])("%s and %s: the same is %j", (one, other, same) => {
    expect(samePattern(one, other)).toBe(same);
    expect(canonical(one) === canonical(other)).toBe(same);
  });
});
