import { describe, expect, test } from "vitest";
import type { Credential, World } from "../../../src/provisioning/model.ts";
import { nextAction } from "../../../src/provisioning/next.ts";
import { roleBindingDifference, wantedRoleBindings } from "../../../src/provisioning/role-bindings.ts";
import { access, advance, application, credential, OVERLAP_MS, settle, told, world } from "./simulator.ts";

const CRN = "crn://confluent.cloud/organization=o/environment=env-1/schema-registry=lsrc-1";
const registry = { id: "lsrc-1", crn: CRN };
const ready = { finalizer: "us", level: "Success" } as const;

/** An application whose parts are all provisioned; `subjects` of each of its access requests. */
function granted(...subjects: readonly (readonly string[])[]): World {
  return world({
    registry,
    application: application(ready),
    access: subjects.map((each, index) => access(`ar${index}`, { ...ready, dataWritten: true, subjects: each })),
    credentials: [credential("c", { ...ready, asksForRegistry: true, principals: ["User:sa-1"] })],
  });
}

function first(state: World): Credential {
  const [one] = state.credentials;
  if (!one) throw new Error("there is no credential");
  return one;
}

const wanted = (state: World): string[] =>
  wantedRoleBindings(first(state), state, 0).map(({ crnPattern }) => crnPattern.slice(CRN.length));
const change = (state: World, more: Partial<Credential>): World => ({
  ...state,
  credentials: state.credentials.map((each) => (each.name === "c" ? { ...each, ...more } : each)),
});

describe("the role bindings of a principal", () => {
  test("are DeveloperRead on each subject of the granted topics by its full name, and on nothing else", () => {
    expect(wantedRoleBindings(first(granted(["orders-value"])), granted(["orders-value"]), 0)).toEqual([
      { principal: "User:sa-1", roleName: "DeveloperRead", crnPattern: `${CRN}/subject=orders-value` },
    ]);
    expect(wanted(granted([":.eu:orders", "a/b c", "naïve"]))).toEqual([
      "/subject=%3A.eu%3Aorders",
      "/subject=a%2Fb%20c",
      "/subject=na%C3%AFve",
    ]);
  });

  test("leave a subject out that no pattern can stand for alone, for it would open others", () => {
    expect(wanted(granted(["orders*", "*", "", "payments"]))).toEqual(["/subject=payments"]);
  });

  test("of two requests for one topic are given once, and kept until the last goes", () => {
    const both = granted(["address", "orders"], ["address", "orders"]);
    expect(wanted(both)).toEqual(["/subject=address", "/subject=orders"]);
    const leaving = (count: number): World => ({
      ...both,
      access: both.access.map((each, index) => ({ ...each, deleting: index < count })),
    });
    expect(wanted(leaving(1))).toEqual(["/subject=address", "/subject=orders"]);
    expect(wanted(leaving(2))).toEqual([]);
  });

  test("of a reference that two topics share stay until the last topic goes", () => {
    const both = granted(["address", "orders"], ["address", "payments"]);
    const left = { ...both, access: both.access.slice(1) };
    expect(wanted(both)).toEqual(["/subject=address", "/subject=orders", "/subject=payments"]);
    expect(wanted(left)).toEqual(["/subject=address", "/subject=payments"]);
  });

  test.each([
    ["was not asked for a registry", { asksForRegistry: false }],
    ["is suspended", { wanted: "inactive" }],
    ["has expired", { expired: true }],
    ["is being deleted", { deleting: true }],
    ["is somebody else's", { finalizer: "foreign" }],
    ["has no principal yet", { principals: [] }],
  ] as const)("are none where the credential %s", (_, more) => {
    expect(wanted(change(granted(["orders"]), more))).toEqual([]);
  });

  test.each([
    ["the application is leaving", { application: application({ ...ready, deleting: true }) }],
    ["there is no registry", { registry: undefined }],
    ["the registry is not known yet", { registry: "unknown" }],
  ] as const)("are none where %s", (_, more) => {
    expect(wanted({ ...granted(["orders"]), ...more })).toEqual([]);
  });

  test.each([
    ["nobody has claimed", { finalizer: "nobody" }],
    ["is somebody else's", { finalizer: "foreign" }],
    ["failed", { level: "Error" }],
    ["is for no topic of ours", { topic: undefined }],
  ] as const)("hold nothing for an access request that %s", (_, more) => {
    const state = granted(["orders"]);
    expect(wanted({ ...state, access: state.access.map((each) => ({ ...each, ...more })) })).toEqual([]);
  });
});

describe("the difference to what is recorded", () => {
  const pattern = (subject: string) => ({
    principal: "User:sa-1",
    roleName: "DeveloperRead",
    crnPattern: `${CRN}/subject=${subject}`,
  });
  const has = (...roleBindings: Credential["roleBindings"]) => {
    const state = change(granted(["orders"]), { roleBindings });
    return roleBindingDifference(first(state), state, 1_000);
  };
  const nothing = { missing: [], extra: [], doubtful: [] };

  test("is none when all is there", () => {
    expect(has({ ...pattern("orders"), id: "rb-1" })).toEqual(nothing);
  });

  test("makes anew what was asked for and never answered, for that does no harm", () => {
    expect(has({ ...pattern("orders"), unsureUntil: 90_000 })).toEqual({ ...nothing, missing: [pattern("orders")] });
  });

  test("removes what nobody is granted any more, with its id or without", () => {
    const extra = [
      { ...pattern("old"), id: "rb-2" },
      { ...pattern("lost"), unsureUntil: 90_000 },
    ];
    expect(has({ ...pattern("orders"), id: "rb-1" }, ...extra)).toEqual({ ...nothing, extra });
  });

  test("looks again for what a lost request may still make, and not before it must have arrived", () => {
    const looked = (lookAt: number) => ({ ...pattern("lost"), unsureUntil: lookAt, lookAt });
    const there = { ...pattern("orders"), id: "rb-1" };
    expect(has(there, looked(1_001))).toEqual({ ...nothing, doubtful: [looked(1_001)] });
    expect(has(there, looked(1_000))).toEqual({ ...nothing, extra: [looked(1_000)] });
  });

  test("takes nothing from an active credential while the registry is not known, and all from one that leaves", () => {
    const roleBindings = [{ ...pattern("orders"), id: "rb-1" }];
    const state = { ...change(granted(["orders"]), { roleBindings }), registry: "unknown" as const };
    expect(roleBindingDifference(first(state), state, 0)).toEqual(nothing);
    const leaving = change(state, { deleting: true });
    expect(roleBindingDifference(first(leaving), leaving, 0)).toEqual({ ...nothing, extra: roleBindings });
  });
});

describe("a subscription with Schema Registry", () => {
  const asked = world({
    registry,
    access: [access("ar")],
    credentials: [credential("c", { asksForRegistry: true }), credential("d")],
  });

  test("makes both keys, waits for both, shows both, and tells last", () => {
    const { actions } = settle({ ...asked, credentials: asked.credentials.slice(0, 1) });
    expect(told(actions)).toEqual([
      "write-finalizer application app",
      "report application app",
      "write-finalizer access ar",
      "write-finalizer credential c",
      "make-principal c",
      "add-acls c",
      "read-acls c",
      "add-role-bindings c",
      "write-access-data ar",
      "report access ar",
      "make-key c",
      "make-registry-key c",
      "probe-key c",
      "probe-registry-key c",
      "write-credential-data c",
      "write-state c",
      "report credential c",
    ]);
  });

  test("looks the registry up only for a credential that asks for it", () => {
    const unknown = { ...asked, registry: "unknown" as const };
    const steps = told(settle({ ...unknown, credentials: asked.credentials.slice(1) }).actions);
    expect(steps).not.toContain("find-registry d");
    let state: World = { ...unknown, credentials: asked.credentials.slice(0, 1) };
    for (let action = nextAction(state, 0); action && action.do !== "find-registry"; action = nextAction(state, 0))
      state = advance(state, action, 0);
    expect(nextAction(state, 0)).toEqual({ do: "find-registry", name: "c" });
  });

  test("shows nothing while one of the two keys does not work", () => {
    const { world: done } = settle(asked);
    const made = { id: "sr", registry: "lsrc-1", state: "made", at: 5_000 } as const;
    const waiting = change(done, {
      level: "Pending",
      dataOf: undefined,
      keys: first(done).keys.map((key) => ({ ...key, registry: made })),
    });
    expect(nextAction(waiting, 0)).toEqual({ do: "wait", until: 5_000 });
    expect(nextAction(waiting, 5_000)).toMatchObject({ do: "probe-registry-key", name: "c", subject: "orders-value" });
  });

  test("is suspended by taking both kinds of rights, and enabled by giving them back; the other credential keeps its own", () => {
    const { world: before } = settle(asked);
    const { world: suspended, actions } = settle(change(before, { wanted: "inactive", level: "Pending" }));
    expect(told(actions)).toEqual(["remove-acls c", "remove-role-bindings c", "write-state c", "report credential c"]);
    expect(first(suspended).keys).toEqual(first(before).keys);
    expect(suspended.credentials[1]).toEqual(before.credentials[1]);
    const { world: enabled } = settle(change(suspended, { wanted: "active", level: "Pending" }));
    expect(first(enabled).roleBindings).toEqual(first(before).roleBindings);
  });

  test("is taken back in order: rights, keys, principal, finalizer", () => {
    const { actions } = settle(change(settle(asked).world, { deleting: true }));
    expect(told(actions)).toEqual([
      "remove-acls c",
      "remove-role-bindings c",
      "remove-key c",
      "remove-principal c",
      "remove-finalizer credential c",
    ]);
  });

  test("keeps its keys and account as long as a role binding may still appear", () => {
    const doubt = {
      principal: "User:c",
      roleName: "DeveloperRead",
      crnPattern: "x",
      unsureUntil: 9_000,
      lookAt: 9_000,
    };
    const leaving = change(settle(asked).world, { deleting: true, bindings: [], roleBindings: [doubt] });
    expect(nextAction(leaving, 0)).toEqual({ do: "wait", until: 9_000 });
    expect(nextAction(leaving, 9_000)).toEqual({ do: "remove-role-bindings", name: "c", bindings: [doubt] });
  });

  test("follows a document that gains and loses subjects, and touches nobody who did not ask", () => {
    const { world: before } = settle(asked);
    const changed = { ...before, access: before.access.map((each) => ({ ...each, subjects: ["orders-value-2"] })) };
    const { actions, world: after } = settle(changed);
    expect(told(actions)).toEqual(["remove-role-bindings c", "add-role-bindings c"]);
    expect(first(after).roleBindings.map(({ crnPattern }) => crnPattern)).toEqual([`${CRN}/subject=orders-value-2`]);
  });

  test("rotates both keys, and the old ones go together", () => {
    const wished = change(settle(asked).world, { rotate: true, level: "Pending" });
    const { world: rotated, actions } = settle(wished, 10);
    expect(told(actions)).toEqual([
      "make-key c",
      "make-registry-key c",
      "probe-key c",
      "probe-registry-key c",
      "write-credential-data c",
      "end-rotation c",
      "retire-key c",
      "report credential c",
    ]);
    expect(told(settle(rotated, 10 + OVERLAP_MS).actions)).toEqual(["remove-key c"]);
  });

  test("gets another key when the environment's registry is another one, and loses it where there is none any more", () => {
    const { world: before } = settle(asked);
    const other = { id: "lsrc-2", crn: CRN.replace("lsrc-1", "lsrc-2") };
    const moved = told(settle({ ...before, registry: other }).actions);
    expect(moved).toEqual([
      "remove-role-bindings c",
      "add-role-bindings c",
      "remove-registry-key c",
      "make-registry-key c",
      "probe-registry-key c",
      "write-credential-data c",
    ]);
    const gone = told(settle({ ...before, registry: undefined }).actions);
    expect(gone).toEqual(["remove-role-bindings c", "remove-registry-key c", "write-credential-data c"]);
  });

  test("deleted at any moment leaves nothing outside", () => {
    const { actions } = settle(asked);
    for (let step = 0; step <= actions.length; step++) {
      let state = asked;
      for (const action of actions.slice(0, step)) state = advance(state, action, 0);
      const { world: left } = settle({
        ...state,
        application: state.application && { ...state.application, deleting: true },
        access: state.access.map((each) => ({ ...each, deleting: true })),
        credentials: state.credentials.map((each) => ({ ...each, deleting: true })),
      });
      const held = left.credentials.flatMap(({ principals, keys, bindings, roleBindings }) => [
        ...principals,
        ...keys,
        ...bindings,
        ...roleBindings,
      ]);
      expect(held).toEqual([]);
    }
  });
});
