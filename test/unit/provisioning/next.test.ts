import { describe, expect, test } from "vitest";
import type { AclBinding } from "../../../src/confluent/acl-binding.ts";
import { wantedBindings } from "../../../src/provisioning/acls.ts";
import type { World } from "../../../src/provisioning/model.ts";
import { nextAction } from "../../../src/provisioning/next.ts";
import { access, advance, application, credential, OVERLAP_MS, PREFIX, settle, told, world } from "./simulator.ts";

const acl = (
  resourceType: AclBinding["resourceType"],
  operation: AclBinding["operation"],
  principal: string,
  resourceName = "orders",
): AclBinding => ({
  resourceType,
  resourceName: resourceType === "TOPIC" ? resourceName : PREFIX,
  patternType: resourceType === "TOPIC" ? "LITERAL" : "PREFIXED",
  operation,
  principal,
  host: "*",
  permission: "ALLOW",
});
const identity = (binding: AclBinding) => JSON.stringify(Object.entries(binding).sort());
const bindingsOf = (state: World, name: string) =>
  new Set(state.credentials.find((each) => each.name === name)?.bindings.map(identity));
const keys = (...bindings: AclBinding[]) => new Set(bindings.map(identity));

describe("a whole subscription", () => {
  test("claims before it grants, grants before it tells, and tells last", () => {
    const { actions } = settle(world({ access: [access("ar")], credentials: [credential("c")] }));
    expect(told(actions)).toEqual([
      "write-finalizer application app",
      "report application app",
      "write-finalizer access ar",
      "write-finalizer credential c",
      "make-principal c",
      "add-acls c",
      "read-acls c",
      "write-access-data ar",
      "report access ar",
      "make-key c",
      "probe-key c",
      "write-credential-data c",
      "write-state c",
      "report credential c",
    ]);
  });

  test("is left alone when everything is as it should be", () => {
    const { world: done } = settle(world({ access: [access("ar")], credentials: [credential("c")] }));
    expect(nextAction(done, 0)).toBeUndefined();
  });

  test.each([
    ["application", "access", "credential"],
    ["application", "credential", "access"],
    ["access", "application", "credential"],
    ["access", "credential", "application"],
    ["credential", "application", "access"],
    ["credential", "access", "application"],
  ] as const)("ends with the same ACLs when its parts arrive as %s, %s, %s", (...order) => {
    const arrivals = {
      application: { application: application() },
      access: { access: [access("ar")] },
      credential: { credentials: [credential("c")] },
    };
    let state = world({ application: undefined });
    for (const part of order) state = settle({ ...state, ...arrivals[part] }).world;
    expect(bindingsOf(state, "c")).toEqual(keys(acl("TOPIC", "READ", "User:c"), acl("GROUP", "READ", "User:c")));
    expect([state.application?.level, state.access[0]?.level, state.credentials[0]?.level]).toEqual([
      "Success",
      "Success",
      "Success",
    ]);
  });

  test("waits for an application that is not ready instead of answering with an error", () => {
    const state = world({
      application: application({ level: "Error" }),
      access: [access("ar")],
      credentials: [credential("c")],
    });
    expect(nextAction(state, 0)).toBeUndefined();
  });
});

describe("the ACLs of a principal", () => {
  const ready = { finalizer: "us", level: "Success" } as const;
  const state = (...requests: Parameters<typeof access>[1][]) =>
    world({
      application: application(ready),
      access: requests.map((more, index) => access(`ar${index}`, { ...ready, dataWritten: true, ...more })),
      credentials: [credential("c", { ...ready, principals: ["User:c"] })],
    });
  const wanted = (from: World) => {
    const [first] = from.credentials;
    return first ? wantedBindings(first, from, 0) : [];
  };

  test.each([
    ["consume", false, [acl("TOPIC", "READ", "User:c"), acl("GROUP", "READ", "User:c")]],
    ["produce", false, [acl("TOPIC", "WRITE", "User:c")]],
    ["both", false, [acl("TOPIC", "READ", "User:c"), acl("TOPIC", "WRITE", "User:c"), acl("GROUP", "READ", "User:c")]],
    ["produce", true, [acl("TOPIC", "WRITE", "User:c"), acl("TRANSACTIONAL_ID", "WRITE", "User:c")]],
    ["consume", true, [acl("TOPIC", "READ", "User:c"), acl("GROUP", "READ", "User:c")]],
  ] as const)("for %s, transactional: %s, are exactly these", (operations, transactional, expected) => {
    expect(wanted(state({ operations, transactional }))).toEqual(expected);
  });

  test("of two requests for one topic are granted once, and kept until the last goes", () => {
    const both = state({}, {});
    expect(wanted(both)).toHaveLength(2);
    expect(
      wanted({ ...both, access: both.access.map((each, index) => ({ ...each, deleting: index === 0 })) }),
    ).toHaveLength(2);
    expect(wanted({ ...both, access: both.access.map((each) => ({ ...each, deleting: true })) })).toEqual([]);
  });

  test.each([
    ["a request nobody has claimed", { finalizer: "nobody" }],
    ["a request that somebody else provisioned", { finalizer: "foreign" }],
    ["a request for something that is none of our topics", { topic: undefined }],
    ["a request that failed", { level: "Error" }],
    ["a request that is being deleted", { deleting: true }],
  ] as const)("hold nothing for %s", (_, more) => {
    expect(wanted(state(more))).toEqual([]);
  });

  test("include IDEMPOTENT_WRITE only for producers and only when the operator says so", () => {
    expect(
      wanted({ ...state({ operations: "produce" }), idempotentWrite: true }).map(({ operation }) => operation),
    ).toEqual(["WRITE", "IDEMPOTENT_WRITE"]);
    expect(
      wanted({ ...state({ operations: "consume" }), idempotentWrite: true }).map(({ operation }) => operation),
    ).toEqual(["READ", "READ"]);
  });
});

describe("what takes rights away", () => {
  const provisioned = () =>
    settle(world({ access: [access("ar")], credentials: [credential("c"), credential("d")] })).world;
  const edit = (state: World, name: string, more: object): World => ({
    ...state,
    credentials: state.credentials.map((each) => (each.name === name ? { ...each, ...more } : each)),
  });

  test("suspending one credential takes its ACLs, keeps its key, and touches no other", () => {
    const before = provisioned();
    const { world: suspended, actions } = settle(edit(before, "c", { wanted: "inactive", level: "Pending" }));
    expect(told(actions)).toEqual(["remove-acls c", "write-state c", "report credential c"]);
    expect(suspended.credentials[0]?.keys).toEqual(before.credentials[0]?.keys);
    expect(suspended.credentials[1]).toEqual(before.credentials[1]);
    const { world: enabled, actions: enabling } = settle(edit(suspended, "c", { wanted: "active", level: "Pending" }));
    expect(told(enabling)).toEqual(["add-acls c", "read-acls c", "write-state c", "report credential c"]);
    expect(bindingsOf(enabled, "c")).toEqual(bindingsOf(before, "c"));
  });

  test("deleting a credential takes ACLs, then keys, then the principal, and last the finalizer", () => {
    const { world: left, actions } = settle(edit(provisioned(), "c", { deleting: true }));
    expect(told(actions)).toEqual([
      "remove-acls c",
      "remove-key c",
      "remove-principal c",
      "remove-finalizer credential c",
    ]);
    expect(left.credentials.map(({ name }) => name)).toEqual(["d"]);
  });

  test("an expired credential is taken back and stays as a resource", () => {
    const { world: left, actions } = settle(
      edit(provisioned(), "c", { expired: true, wanted: "inactive", level: "Pending" }),
    );
    expect(told(actions)).toEqual([
      "remove-acls c",
      "remove-key c",
      "remove-principal c",
      "remove-finalizer credential c",
    ]);
    expect(left.credentials[0]).toMatchObject({ principals: [], keys: [], bindings: [] });
  });

  test("deleting an access request takes the ACLs of all principals before its finalizer", () => {
    const before = provisioned();
    const { actions } = settle({ ...before, access: before.access.map((each) => ({ ...each, deleting: true })) });
    expect(told(actions)).toEqual(["remove-acls c", "remove-acls d", "remove-finalizer access ar"]);
  });

  test("deleting the application takes everything in it, its own finalizer last", () => {
    const before = provisioned();
    const { world: left, actions } = settle({
      ...before,
      application: application({ level: "Success", finalizer: "us", deleting: true }),
    });
    expect(told(actions).slice(0, 2)).toEqual(["remove-acls c", "remove-acls d"]);
    expect(told(actions).at(-1)).toBe("remove-finalizer application app");
    expect(left.application).toBeUndefined();
    expect(left.credentials.every(({ principals, keys: held }) => principals.length === 0 && held.length === 0)).toBe(
      true,
    );
  });

  test("at any moment of provisioning leaves nothing outside", () => {
    const start = world({
      access: [access("ar", { operations: "both", transactional: true })],
      credentials: [credential("c")],
    });
    const { actions } = settle(start);
    for (let step = 0; step <= actions.length; step++) {
      let state = start;
      for (const action of actions.slice(0, step)) state = advance(state, action, 0);
      const deleting: World = {
        ...state,
        application: state.application && { ...state.application, deleting: true },
        access: state.access.map((each) => ({ ...each, deleting: true })),
        credentials: state.credentials.map((each) => ({ ...each, deleting: true })),
      };
      const { world: left } = settle(deleting);
      expect(
        left.credentials.every(
          ({ principals, keys: held, bindings }) =>
            principals.length === 0 && held.length === 0 && bindings.length === 0,
        ),
      ).toBe(true);
      expect([left.application, ...left.access, ...left.credentials].every((item) => item?.finalizer !== "us")).toBe(
        true,
      );
    }
  });
});

describe("rotation", () => {
  const provisioned = settle(world({ access: [access("ar")], credentials: [credential("c")] })).world;
  const wished: World = {
    ...provisioned,
    credentials: provisioned.credentials.map((each) => ({ ...each, rotate: true, level: "Pending" })),
  };

  test("makes a second key, shows it when it works, and lets the old one live for the overlap", () => {
    const { world: rotated, actions } = settle(wished, 10);
    expect(told(actions)).toEqual([
      "make-key c",
      "probe-key c",
      "write-credential-data c",
      "end-rotation c",
      "retire-key c",
      "report credential c",
    ]);
    const [old, fresh] = rotated.credentials[0]?.keys ?? [];
    expect([old?.state, fresh?.state]).toEqual(["old", "ready"]);
    expect(rotated.credentials[0]?.dataOf).toBe(fresh?.id);
    expect(nextAction(rotated, 10)).toEqual({ do: "wait", until: 10 + OVERLAP_MS });
    expect(told(settle(rotated, 10 + OVERLAP_MS).actions)).toEqual(["remove-key c"]);
  });

  test("cut off anywhere makes no third key", () => {
    const { actions } = settle(wished, 10);
    for (let step = 0; step <= actions.length; step++) {
      let state = wished;
      for (const action of actions.slice(0, step)) state = advance(state, action, 10);
      expect(settle(state, 10).world.credentials[0]?.keys).toHaveLength(2);
    }
  });
});

describe("rotation where a user has one password", () => {
  const provisioned = settle(
    world({ principalPerKey: true, access: [access("ar")], credentials: [credential("c")] }),
  ).world;
  const wished: World = {
    ...provisioned,
    credentials: provisioned.credentials.map((each) => ({ ...each, rotate: true, level: "Pending" })),
  };

  test("makes another user with the same ACLs, and takes the ACLs of the old one before it goes", () => {
    const { world: rotated, actions } = settle(wished, 10);
    expect(told(actions)).toEqual([
      "make-principal c",
      "make-key c",
      "add-acls c",
      "read-acls c",
      "probe-key c",
      "write-credential-data c",
      "end-rotation c",
      "retire-key c",
      "report credential c",
    ]);
    expect(rotated.credentials[0]?.principals).toEqual(["User:c", "User:c10"]);
    expect(rotated.credentials[0]?.bindings).toHaveLength(4);
    const { world: later, actions: ending } = settle(rotated, 10 + OVERLAP_MS);
    expect(told(ending)).toEqual(["remove-acls c", "remove-key c"]);
    expect(later.credentials[0]).toMatchObject({ principals: ["User:c10"], keys: [{ principal: "User:c10" }] });
    expect(later.credentials[0]?.bindings.map(({ principal }) => principal)).toEqual(["User:c10", "User:c10"]);
  });

  test("cut off anywhere makes no third user", () => {
    const { actions } = settle(wished, 10);
    for (let step = 0; step <= actions.length; step++) {
      let state = wished;
      for (const action of actions.slice(0, step)) state = advance(state, action, 10);
      expect(settle(state, 10).world.credentials[0]?.principals).toHaveLength(2);
    }
  });

  test("is deleted half-way without a trace", () => {
    const { actions } = settle(wished, 10);
    for (let step = 0; step <= actions.length; step++) {
      let state = wished;
      for (const action of actions.slice(0, step)) state = advance(state, action, 10);
      const gone = settle(
        { ...state, credentials: state.credentials.map((each) => ({ ...each, deleting: true })) },
        10,
      ).world;
      expect(gone.credentials).toEqual([]);
    }
  });
});

describe("a key that does not work yet", () => {
  test("keeps its credential waiting, and no other part of the application", () => {
    const made = { id: "k", principal: "User:c", state: "made", at: 5_000 } as const;
    const state = world({
      application: application({ level: "Success", finalizer: "us" }),
      access: [access("ar")],
      credentials: [credential("c", { finalizer: "us", principals: ["User:c"], keys: [made] })],
    });
    const { actions, world: rest } = settle(state, 0);
    expect(told(actions)).toEqual([
      "write-finalizer access ar",
      "add-acls c",
      "read-acls c",
      "write-access-data ar",
      "report access ar",
    ]);
    expect(nextAction(rest, 0)).toEqual({ do: "wait", until: 5_000 });
    expect(nextAction(rest, 5_000)).toEqual({ do: "probe-key", name: "c", key: "k" });
  });
});

describe("what is not ours", () => {
  test("is never answered, and its finalizer never removed", () => {
    const foreign = { finalizer: "foreign", deleting: true } as const;
    const state = world({
      application: application({ finalizer: "foreign" }),
      access: [access("ar", foreign)],
      credentials: [credential("c", foreign)],
    });
    expect(nextAction(state, 0)).toBeUndefined();
  });

  test("an access request for a topic that we do not know is refused", () => {
    const state = world({
      application: application({ level: "Success", finalizer: "us" }),
      access: [access("ar", { topic: undefined })],
    });
    expect(nextAction(state, 0)).toEqual({ do: "refuse-access", name: "ar" });
  });

  test("a credential that failed is not tried again by itself", () => {
    const failed = credential("c", { finalizer: "us", level: "Error", principals: ["User:c"] });
    expect(
      nextAction(world({ application: application({ level: "Success", finalizer: "us" }), credentials: [failed] }), 0),
    ).toBeUndefined();
  });

  test("a request that was answered with Error is waited for until it is tried again", () => {
    const failed = access("ar", { level: "Error", retryAt: 500 });
    expect(
      nextAction(world({ application: application({ level: "Success", finalizer: "us" }), access: [failed] }), 0),
    ).toEqual({ do: "wait", until: 500 });
  });
});

describe("ACLs that were written and not seen yet", () => {
  const given = settle(world({ access: [access("ar")], credentials: [credential("c")] })).world;
  const [c] = given.credentials;
  const bindings = c?.bindings ?? [];
  const asking = (at: number, more: Partial<World> = {}): World => ({
    ...given,
    access: [...given.access, access("second", { finalizer: "us", dataWritten: true })],
    credentials: given.credentials.map((each) => ({ ...each, unseen: { bindings, at } })),
    ...more,
  });

  test("are looked for when it is time, and make the access request wait till then", () => {
    expect(nextAction(asking(10), 10)).toEqual({ do: "read-acls", name: "c" });
    expect(nextAction(asking(10), 9)).toEqual({ do: "wait", until: 10 });
  });

  test("keep a credential from being told Success, and not from getting its key", () => {
    const pending = credential("c", { ...c, level: "Pending", keys: [], dataOf: undefined, reported: undefined });
    const state = { ...given, credentials: [{ ...pending, unseen: { bindings, at: 10 } }] };
    expect(told(settle(state, 0).actions)).toEqual(["make-key c", "probe-key c", "write-credential-data c"]);
  });

  test("are not waited for when their credential was answered with Error, or is suspended", () => {
    for (const more of [{ level: "Error" }, { wanted: "inactive" }] as const) {
      const state = asking(10);
      const credentials = state.credentials.map((each) => ({ ...each, ...more }));
      const { world: rest } = settle({ ...state, credentials }, 0);
      expect(rest.access.map(({ level }) => level)).toEqual(["Success", "Success"]);
    }
  });

  test("are removed like the others when they are not wanted any more", () => {
    const state = asking(10, { access: [] });
    expect(nextAction(state, 0)).toMatchObject({ do: "remove-acls", name: "c" });
  });
});

describe("a request whose answer was lost", () => {
  const given = settle(world({ access: [access("ar")], credentials: [credential("c")] })).world;
  const doubtful = (more: object): World => ({
    ...given,
    credentials: given.credentials.map((each) => ({ ...each, doubtUntil: 90, ...more })),
  });

  test("lets ACLs be taken back at once, and key, account and finalizer only when it can act no more", () => {
    const { world: bare, actions } = settle(doubtful({ deleting: true }), 0);
    expect(told(actions)).toEqual(["remove-acls c"]);
    expect(nextAction(bare, 0)).toEqual({ do: "wait", until: 90 });
    expect(told(settle(bare, 90).actions)).toEqual([
      "find-principals c",
      "remove-key c",
      "remove-principal c",
      "remove-finalizer credential c",
    ]);
  });

  test("may have made ACLs after they were removed: they are removed once more, and only then a suspension is told", () => {
    const bindings = given.credentials[0]?.bindings ?? [];
    const removed = { bindings, at: 90 };
    const state = doubtful({ wanted: "inactive", level: "Pending", bindings: [], removed });
    expect(nextAction(state, 0)).toEqual({ do: "wait", until: 90 });
    expect(nextAction(state, 90)).toEqual({ do: "remove-acls", name: "c", bindings });
    const gone = doubtful({ wanted: "inactive", level: "Pending", bindings: [] });
    expect(told(settle(gone, 90).actions)).toEqual(["write-state c", "report credential c"]);
  });

  test("is nothing to a credential that stays", () => {
    expect(told(settle(doubtful({}), 0).actions)).toEqual([]);
  });
});

describe("what has expired", () => {
  const given = settle(world({ access: [access("ar")], credentials: [credential("c")] })).world;
  const expired = {
    ...given,
    credentials: given.credentials.map((each) => {
      return { ...each, expired: true, wanted: "inactive" as const, level: "Pending" as const, wasOurs: true };
    }),
  };

  test("is taken back whole before it is told", () => {
    expect(told(settle(expired).actions)).toEqual([
      "remove-acls c",
      "remove-key c",
      "remove-principal c",
      "remove-finalizer credential c",
      "write-state c",
      "report credential c",
    ]);
  });

  test("is not answered where it was never ours", () => {
    const foreign = credential("c", { expired: true, wanted: "inactive", wasOurs: false });
    expect(settle({ ...given, credentials: [foreign] }).actions).toEqual([]);
  });
});

describe("what failed in this pass", () => {
  const given = settle(world({ access: [access("ar")], credentials: [credential("c")] })).world;

  test("is not tried again in it, and what it gave stays given", () => {
    const state = { ...given, stopped: new Map([["access/ar", 0]]) };
    expect(nextAction(state, 0)).toBeUndefined();
  });

  test("does not let an access request be told Success while a credential has not got its ACLs", () => {
    const access2 = access("second", { finalizer: "us", topic: "payments", dataWritten: true });
    const state = { ...given, access: [...given.access, access2], stopped: new Map([["credential/c", 0]]) };
    expect(nextAction(state, 0)).toBeUndefined();
  });

  test("does not let an access request go before the ACLs that it gave are gone", () => {
    const leaving = given.access.map((each) => ({ ...each, deleting: true }));
    const untakable = new Set(["credential/c"]);
    const state = { ...given, access: leaving, stopped: new Map([["credential/c", 5_000]]), untakable };
    expect(nextAction(state, 0)).toEqual({ do: "wait", until: 5_000 });
    expect(told(settle({ ...state, stopped: new Map(), untakable: new Set() }).actions)).toEqual([
      "remove-acls c",
      "remove-finalizer access ar",
    ]);
  });
});

test("what could not be given to a credential does not keep what it has too much", () => {
  const before = settle(world({ access: [access("ar")], credentials: [credential("c")] })).world;
  const refused = before.access.map((each) => ({ ...each, level: "Error" as const }));
  const state = { ...before, access: refused, stopped: new Map([["credential/c", 0]]) };
  expect(nextAction(state, 0)).toMatchObject({ do: "remove-acls", name: "c" });
});

describe("plan migration", () => {
  test("provisions the new access request before the old one goes, without a moment between", () => {
    const before = settle(world({ access: [access("old")], credentials: [credential("c")] })).world;
    const { actions, world: migrated } = settle({
      ...before,
      access: [...before.access, access("new", { replaces: "old" })],
    });
    expect(told(actions)).toEqual([
      "write-finalizer access new",
      "write-access-data new",
      "report access new",
      "remove-finalizer access old",
      "delete-access old",
    ]);
    expect(bindingsOf(migrated, "c")).toEqual(bindingsOf(before, "c"));
  });

  test("takes back what only the old one gave before it goes, once the new one was told Success", () => {
    const before = settle(world({ access: [access("old")], credentials: [credential("c")] })).world;
    const { actions } = settle({
      ...before,
      access: [...before.access, access("new", { replaces: "old", topic: "payments" })],
    });
    expect(told(actions)).toEqual([
      "write-finalizer access new",
      "add-acls c",
      "read-acls c",
      "write-access-data new",
      "report access new",
      "remove-acls c",
      "remove-finalizer access old",
      "delete-access old",
    ]);
  });

  test("leaves the old one alone when the new one failed", () => {
    const before = settle(world({ access: [access("old")], credentials: [credential("c")] })).world;
    const failed = access("new", { replaces: "old", level: "Error", finalizer: "us" });
    expect(settle({ ...before, access: [...before.access, failed] }).actions).toEqual([]);
  });
});
