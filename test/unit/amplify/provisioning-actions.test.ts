import { describe, expect, it } from "vitest";
import { accessRequest } from "../../../src/amplify/provisioning/access-request.ts";
import {
  accessRequestAction,
  applicationAction,
  credentialAction,
  isReady,
} from "../../../src/amplify/provisioning/actions.ts";
import { managedApplication } from "../../../src/amplify/provisioning/application.ts";
import { credential } from "../../../src/amplify/provisioning/credential.ts";
import { FINALIZER_OF, resourceOf } from "./provisioning-fixture.ts";

const DELETING = { metadata: { state: "DELETING" } };
const level = (word: string) => ({ status: { level: word, reasons: [] } });
/** With our mark, without one, and with a finalizer that is not of an agent. */
const held = (kind: keyof typeof FINALIZER_OF, description = "kafka-worker:v1") => ({
  finalizers: [{ name: "theirs" }, { name: FINALIZER_OF[kind], description }],
});
const nothing = (why: string) => ({ kind: "nothing", why });
const provision = (stage: string) => ({ kind: "provision", stage });
const deprovision = { kind: "deprovision" };

type Changes = Parameters<typeof resourceOf>[1];
type Row = readonly [reason: string, changes: Changes, action: object];

describe.each([
  ["ManagedApplication", "confirm"],
  ["AccessRequest", "go-on"],
] as const)("what a %s needs", (kind, whenHeld) => {
  const ours = held(kind);
  const decide = (changes: Changes, known = false) =>
    kind === "ManagedApplication"
      ? applicationAction(managedApplication(resourceOf(kind, changes)), known)
      : accessRequestAction(accessRequest(resourceOf(kind, changes)), known);

  const rows: readonly Row[] = [
    ["pending and untouched", {}, provision("begin")],
    ["pending, with somebody else's finalizer alone", { finalizers: [{ name: "theirs" }] }, provision("begin")],
    ["pending and held by us, so it was stopped half-way", ours, provision(whenHeld)],
    ["pending without finalizers at all", { finalizers: null }, provision("begin")],
    ["answered with success", { ...ours, ...level("Success") }, nothing("settled")],
    ["answered with an error", level("Error"), nothing("settled")],
    ["without a status", { status: undefined }, nothing("no-status")],
    ["with a status that is null", { status: null }, nothing("no-status")],
    ["with a status without a level", { status: { reasons: [] } }, nothing("no-status")],
    ["with an empty level", level(""), nothing("no-status")],
    ["with a status that is a text", { status: "Pending" }, nothing("no-status")],
    ["with a level in another case", level("pending"), nothing("settled")],
    ["deleted after success", { ...ours, ...DELETING, ...level("Success") }, deprovision],
    ["deleted while it was provisioned", { ...ours, ...DELETING }, deprovision],
    ["deleted, and an earlier removal failed", { ...ours, ...DELETING, ...level("Error") }, deprovision],
    ["deleted, and its status gone", { ...ours, ...DELETING, status: null }, deprovision],
    ["deleted before we held it", { ...DELETING }, nothing("not-held")],
    [
      "deleted, with somebody else's finalizer alone",
      { ...DELETING, finalizers: [{ name: "theirs" }] },
      nothing("not-held"),
    ],
    ["in a state that is not deleting", { metadata: { state: "ACTIVE" } }, provision("begin")],
    ["held by another agent", held(kind, ""), nothing("foreign")],
    ["deleted and held by another agent", { ...held(kind, "kafka-worker:v10 x"), ...DELETING }, nothing("foreign")],
  ];
  it.each(rows)("when it is %s", (_reason, changes, action) => {
    expect(decide(changes)).toEqual(action);
  });

  it("is ours without a mark when a row of ours knows it, or its details say so", () => {
    expect(decide(held(kind, ""), true)).toEqual(provision(whenHeld));
    expect(decide({ ...held(kind, ""), ...DELETING }, true)).toEqual(deprovision);
    const details = { "x-agent-details": { kafkaWorkerMark: "kafka-worker:v1 amp-1" } };
    expect(decide({ ...held(kind, ""), ...details })).toEqual(provision(whenHeld));
  });

  it("is not the finalizer of another kind", () => {
    expect(decide({ ...held("Credential"), ...DELETING })).toEqual(nothing("not-held"));
  });
});

describe("an access request that was given its data", () => {
  it("only lacks its status", () => {
    const given = { ...held("AccessRequest"), data: { topic: "orders" } };
    expect(accessRequestAction(accessRequest(resourceOf("AccessRequest", given)))).toEqual(provision("confirm"));
    const notYet = accessRequest(resourceOf("AccessRequest", { data: { topic: "orders" } }));
    expect(accessRequestAction(notYet)).toEqual(provision("begin"));
  });
});

describe("what a credential needs", () => {
  const ours = held("Credential", "kafka-worker:v1 amp-1");
  const wanted = (name: string | null, more: object = {}) => ({ spec: { state: { name, reason: "", ...more } } });
  const expired = wanted("inactive", { reason: "Agent: CredentialExpired" });
  const is = (name: string) => ({ state: { name, reason: "" } });
  const data = { data: { apiKey: "K" } };
  const update = (...updates: string[]) => ({ kind: "update", updates });

  const rows: readonly Row[] = [
    // Provision
    ["wanted active", wanted("active"), provision("begin")],
    ["wanted active, and not to be rotated", wanted("active", { rotate: false }), provision("begin")],
    [
      "wanted active and to be rotated, though there is nothing",
      wanted("active", { rotate: true }),
      nothing("nothing-to-rotate"),
    ],
    ["wanted inactive before it was provisioned", wanted("inactive"), nothing("inactive")],
    ["wanted in no state", { spec: {} }, nothing("inactive")],
    ["wanted in a state that is null", wanted(null), nothing("inactive")],
    ["without a spec", { spec: null }, nothing("inactive")],
    [
      "wanted active, its secret from outside",
      { spec: { state: { name: "active" }, provision: { mode: "external" } } },
      nothing("external"),
    ],
    ["held and given nothing", { ...ours, ...wanted("active") }, provision("go-on")],
    ["held and given nothing but an empty object", { ...ours, ...wanted("active"), data: {} }, provision("go-on")],
    ["held and told active, but given nothing", { ...ours, ...wanted("active"), ...is("active") }, provision("go-on")],
    [
      "held, given all, its status lost",
      { ...ours, ...wanted("active"), ...is("active"), ...data },
      provision("confirm"),
    ],
    ["answered", { ...ours, ...wanted("inactive"), ...is("active"), ...level("Success") }, nothing("settled")],
    ["without a status", { ...wanted("active"), status: null }, nothing("no-status")],
    // Update
    ["to be suspended", { ...ours, ...wanted("inactive"), ...is("active") }, update("suspend")],
    ["to be suspended, its own state never told", { ...ours, ...wanted("inactive"), ...data }, update("suspend")],
    ["suspended, its status lost", { ...ours, ...wanted("inactive"), ...is("inactive") }, update("suspend")],
    ["to be rotated", { ...ours, ...wanted("active", { rotate: true }), ...is("active"), ...data }, update("rotate")],
    [
      "to be rotated while suspended",
      { ...ours, ...wanted("inactive", { rotate: true }), ...is("inactive") },
      update("rotate"),
    ],
    [
      "to be suspended and rotated",
      { ...ours, ...wanted("inactive", { rotate: true }), ...is("active") },
      update("suspend", "rotate"),
    ],
    [
      "to be suspended and rotated, its own state never told",
      { ...ours, ...wanted("inactive", { rotate: true }), ...data },
      update("suspend", "rotate"),
    ],
    ["to be enabled", { ...ours, ...wanted("active"), ...is("inactive"), ...data }, update("enable")],
    [
      "to be rotated and enabled",
      { ...ours, ...wanted("active", { rotate: true }), ...is("inactive") },
      update("rotate", "enable"),
    ],
    [
      "to be rotated by a text that is no boolean",
      { ...ours, ...wanted("active", { rotate: "true" }), ...data },
      provision("confirm"),
    ],
    // Expire
    ["expired", { ...ours, ...expired, ...is("active") }, { kind: "expire", stage: "begin" }],
    [
      "expired, and told inactive already",
      { ...ours, ...expired, ...is("inactive") },
      { kind: "expire", stage: "begin" },
    ],
    ["expired, and answered", { ...ours, ...expired, ...level("Success") }, nothing("settled")],
    [
      "expired, but wanted active again",
      { ...ours, ...wanted("active", { reason: "Agent: CredentialExpired" }), ...is("inactive") },
      update("enable"),
    ],
    [
      "inactive for a reason that only looks like it",
      { ...ours, ...wanted("inactive", { reason: "Agent: CredentialExpired " }), ...is("active") },
      update("suspend"),
    ],
    [
      "expired and no longer held, though it was ours",
      { ...expired, "x-agent-details": { kafkaWorkerMark: "kafka-worker:v1 amp-1" } },
      { kind: "expire", stage: "confirm" },
    ],
    ["expired and never ours", expired, nothing("inactive")],
    // Deprovision
    ["deleted", { ...ours, ...DELETING, ...level("Success") }, deprovision],
    ["deleted while pending", { ...ours, ...DELETING, ...wanted("active") }, deprovision],
    ["deleted when it has expired", { ...ours, ...DELETING, ...expired }, deprovision],
    [
      "deleted, its secret from outside",
      { ...ours, ...DELETING, spec: { provision: { mode: "external" } } },
      deprovision,
    ],
    [
      "deleted, and an agent of Axway's failed at it",
      { ...ours, ...DELETING, status: { level: "Error", reasons: [{ type: "Error", detail: "Agent: failed" }] } },
      deprovision,
    ],
    ["deleted and not held", { ...DELETING, ...wanted("active") }, nothing("not-held")],
    // Another agent's
    [
      "held by another agent",
      { ...held("Credential", ""), ...wanted("inactive"), ...is("active") },
      nothing("foreign"),
    ],
    ["deleted and held by another agent", { ...held("Credential", ""), ...DELETING }, nothing("foreign")],
    [
      "held by another agent, with details of its own",
      { ...held("Credential", ""), ...wanted("active"), "x-agent-details": { kafkaWorkerMark: "v2" } },
      nothing("foreign"),
    ],
  ];
  it.each(rows)("when it is %s", (_reason, changes, action) => {
    expect(credentialAction(credential(resourceOf("Credential", changes)))).toEqual(action);
  });

  it("is ours without a mark when a row of ours knows it", () => {
    const unmarked = { ...held("Credential", ""), ...wanted("inactive"), ...is("active") };
    expect(credentialAction(credential(resourceOf("Credential", unmarked)), true)).toEqual(update("suspend"));
    expect(credentialAction(credential(resourceOf("Credential", expired)), true)).toEqual({
      kind: "expire",
      stage: "confirm",
    });
  });
});

describe("an application's requests", () => {
  it.each([
    ["Success", {}, true],
    ["Pending", {}, false],
    ["Error", {}, false],
    ["Success", DELETING, false],
  ])("when it is %s %j may be answered: %s", (word, changes, ready) => {
    expect(isReady(managedApplication(resourceOf("ManagedApplication", { ...level(word), ...changes })))).toBe(ready);
  });
});
