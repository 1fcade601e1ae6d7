import { describe, expect, it } from "vitest";
import type { Acl } from "./acl.ts";
import { type Action, verdictOf } from "./authorizer.ts";
import { KafkaCluster } from "./cluster.ts";
import { stillContext } from "./fixtures.ts";

const entry = (changes: Partial<Acl> = {}): Acl => ({
  resourceType: "TOPIC",
  resourceName: "orders",
  patternType: "LITERAL",
  principal: "User:alice",
  host: "*",
  operation: "READ",
  permission: "ALLOW",
  ...changes,
});

const action = (changes: Partial<Action> = {}): Action => ({
  principal: "User:alice",
  operation: "READ",
  resourceType: "TOPIC",
  resourceName: "orders",
  host: "192.0.2.10",
  ...changes,
});

const allows = (...question: Parameters<typeof verdictOf>): boolean => verdictOf(...question) === "allow";

describe("the authorizer", () => {
  it.each<readonly [string, readonly Acl[], Action, boolean]>([
    ["nothing without an entry", [], action(), false],
    ["what an entry names", [entry()], action(), true],
    ["not another topic", [entry()], action({ resourceName: "orders2" }), false],
    ["not a group of the same name", [entry()], action({ resourceType: "GROUP" }), false],
    ["not another principal", [entry()], action({ principal: "User:bob" }), false],
    ["not a principal in other letters", [entry()], action({ principal: "User:Alice" }), false],
    ["everyone what User:* is given", [entry({ principal: "User:*" })], action({ principal: "User:bob" }), true],
    ["not another operation", [entry()], action({ operation: "WRITE" }), false],
    ["every operation by ALL", [entry({ operation: "ALL" })], action({ operation: "ALTER_CONFIGS" }), true],
    ["from the host that an entry names", [entry({ host: "192.0.2.10" })], action(), true],
    ["not from another", [entry({ host: "192.0.2.1" })], action(), false],
    ["any name by the literal *", [entry({ resourceName: "*" })], action({ resourceName: "x" }), true],
    ["names with a prefix", [entry({ resourceName: "ord", patternType: "PREFIXED" })], action(), true],
    [
      "the prefix itself",
      [entry({ resourceName: "amp.", patternType: "PREFIXED" })],
      action({ resourceName: "amp." }),
      true,
    ],
    [
      "not what is a part of the prefix",
      [entry({ resourceName: "amp.", patternType: "PREFIXED" })],
      action({ resourceName: "amp" }),
      false,
    ],
    ["not every name by a prefixed *", [entry({ resourceName: "*", patternType: "PREFIXED" })], action(), false],
    ["not a longer name by a literal", [entry({ resourceName: "ord" })], action(), false],
  ])("allows %s", (_, acls, wanted, expected) => {
    expect(allows(acls, wanted)).toBe(expected);
  });

  it.each(["READ", "WRITE", "DELETE", "ALTER"] as const)("lets whoever has %s describe", (operation) => {
    expect(allows([entry({ operation })], action({ operation: "DESCRIBE" }))).toBe(true);
    expect(allows([entry({ operation })], action({ operation: "DESCRIBE_CONFIGS" }))).toBe(false);
  });

  it("lets whoever may alter configs describe them, and describe nothing else", () => {
    const acls = [entry({ operation: "ALTER_CONFIGS" })];
    expect(allows(acls, action({ operation: "DESCRIBE_CONFIGS" }))).toBe(true);
    expect(allows(acls, action({ operation: "DESCRIBE" }))).toBe(false);
  });

  it.each(["CREATE", "CLUSTER_ACTION", "IDEMPOTENT_WRITE", "DESCRIBE_CONFIGS"] as const)(
    "does not take %s for the right to describe",
    (operation) => {
      expect(allows([entry({ operation })], action({ operation: "DESCRIBE" }))).toBe(false);
    },
  );

  it("follows a denial against any number of grants, in whatever order they stand", () => {
    const grants = [entry(), entry({ resourceName: "*", operation: "ALL", principal: "User:*" })];
    const denial = entry({ permission: "DENY", resourceName: "or", patternType: "PREFIXED" });
    expect(allows([...grants, denial], action())).toBe(false);
    expect(allows([denial, ...grants], action())).toBe(false);
    expect(allows([denial, ...grants], action({ resourceName: "payments", operation: "WRITE" }))).toBe(true);
  });

  it("denies nothing that a denial only would imply: reading denied leaves describing", () => {
    const acls = [entry({ permission: "DENY" }), entry({ operation: "WRITE" })];
    expect(allows(acls, action({ operation: "DESCRIBE" }))).toBe(true);
    expect(allows(acls, action())).toBe(false);
  });

  it("asks no entry about a super user", () => {
    const denial = entry({ permission: "DENY", principal: "User:*", operation: "ALL" });
    expect(allows([denial], action(), ["User:admin", "User:alice"])).toBe(true);
    expect(allows([denial], action(), ["User:admin"])).toBe(false);
  });
});

describe("a cluster", () => {
  it("allows everything without an authorizer, and with one its super users everything", () => {
    const open = new KafkaCluster(stillContext(), { clusterId: "c1", authorizer: false });
    const guarded = new KafkaCluster(stillContext(), { clusterId: "c1", superUsers: ["User:admin"] });
    expect(open.verdict(action())).toBe("allow");
    expect(guarded.verdict(action())).toBeUndefined();
    expect(guarded.verdict(action({ principal: "User:admin" }))).toBe("allow");
    guarded.acls.create([entry({ permission: "DENY" })]);
    expect(guarded.verdict(action())).toBe("deny");
  });
});
