import { describe, expect, it } from "vitest";
import { accessRequest } from "../../../src/amplify/provisioning/access-request.ts";
import { managedApplication } from "../../../src/amplify/provisioning/application.ts";
import { credential } from "../../../src/amplify/provisioning/credential.ts";
import { markDetail, markOf } from "../../../src/amplify/provisioning/request.ts";
import { resourceOf } from "./provisioning-fixture.ts";

const untouched = {
  deleting: false,
  level: "Pending",
  reasons: [],
  hold: { kind: "none" },
  marked: false,
  details: {},
};

describe("a managed application", () => {
  it("shows what a request of it needs", () => {
    const resource = resourceOf("ManagedApplication", {
      title: "My App",
      spec: { security: { encryptionKey: "PEM", encryptionAlgorithm: "RSA-OAEP", encryptionHash: "SHA256" } },
    });
    expect(managedApplication(resource)).toEqual({
      ...untouched,
      resource,
      name: "my-app-x1",
      id: "id-of-my-app-x1",
      title: "My App",
      security: { encryptionKey: "PEM", encryptionAlgorithm: "RSA-OAEP", encryptionHash: "SHA256" },
    });
  });

  it.each([
    [null],
    [{}],
    [{ security: null }],
    [{ security: "PEM" }],
    [{ security: { encryptionKey: null, encryptionHash: 256 } }],
  ])("with the spec %j has no key", (spec) => {
    expect(managedApplication(resourceOf("ManagedApplication", { spec, title: null }))).toMatchObject({
      title: "",
      security: { encryptionKey: "", encryptionAlgorithm: "", encryptionHash: "" },
    });
  });
});

describe("an access request", () => {
  it("shows what is asked, of whom, and what it takes the place of", () => {
    const resource = resourceOf("AccessRequest", {
      spec: {
        apiServiceInstance: "orders-1",
        managedApplication: "my-app-x1",
        accessRequest: "acc-0",
        data: { operations: "both" },
      },
      data: { topic: "orders" },
      metadata: {
        references: [
          { group: "catalog", kind: "Application", id: "catalog-app" },
          { kind: "APIServiceInstance", id: "instance-id", name: "orders-1" },
          { kind: "ManagedApplication", id: "app-id", name: "my-app-x1" },
        ],
      },
    });
    expect(accessRequest(resource)).toEqual({
      ...untouched,
      resource,
      name: "acc-1",
      id: "id-of-acc-1",
      instance: "orders-1",
      instanceId: "instance-id",
      application: "my-app-x1",
      applicationId: "app-id",
      replaces: "acc-0",
      asked: { operations: "both" },
      given: { topic: "orders" },
    });
  });

  it("without any of it is still one", () => {
    const bare = { spec: null, data: null, status: null, metadata: { id: undefined, references: null } };
    expect(accessRequest(resourceOf("AccessRequest", bare))).toMatchObject({
      id: "",
      level: undefined,
      instance: "",
      instanceId: undefined,
      application: "",
      applicationId: undefined,
      replaces: undefined,
      asked: {},
      given: {},
    });
    const odd = { spec: { data: "x", apiServiceInstance: 1, accessRequest: "" }, data: "x", "x-agent-details": [] };
    expect(accessRequest(resourceOf("AccessRequest", odd))).toMatchObject({
      instance: "",
      replaces: undefined,
      given: {},
      details: {},
    });
  });
});

describe("a credential", () => {
  it("shows what is wanted, what it is, and when it expires", () => {
    const resource = resourceOf("Credential", {
      spec: {
        credentialRequestDefinition: "kafka-worker-api-key",
        managedApplication: "my-app-x1",
        data: { schemaRegistry: "yes" },
        state: { name: "inactive", reason: "Agent: CredentialExpired", rotate: true },
      },
      state: { name: "active", reason: "" },
      policies: { expiry: { timestamp: "2026-11-20T00:00:00.000+0000" } },
      data: { apiKey: "K" },
      metadata: { references: [{ kind: "ManagedApplication", id: "app-id" }], state: "DELETING" },
    });
    expect(credential(resource)).toEqual({
      ...untouched,
      deleting: true,
      resource,
      name: "cred-1",
      id: "id-of-cred-1",
      definition: "kafka-worker-api-key",
      application: "my-app-x1",
      applicationId: "app-id",
      wanted: { state: "inactive", rotate: true, expired: true },
      state: "active",
      external: false,
      asked: { schemaRegistry: "yes" },
      given: { apiKey: "K" },
      expiresAt: Date.UTC(2026, 10, 20),
    });
  });

  it.each([
    ["nothing", {}],
    ["nulls", { spec: { state: null, provision: null, data: null }, state: null, policies: null, data: null }],
    [
      "nonsense",
      { spec: { state: "active", provision: 1 }, state: [], policies: { expiry: { timestamp: "soon" } }, data: 1 },
    ],
    ["policies without an expiry", { policies: {} }],
  ])("with %s is still one", (_what, changes) => {
    expect(credential(resourceOf("Credential", changes))).toMatchObject({
      wanted: { state: "", rotate: false, expired: false },
      state: "",
      external: false,
      given: {},
      expiresAt: undefined,
    });
  });
});

describe("a request's reasons and details", () => {
  it("are kept as far as they can be read", () => {
    const reasons = [
      { type: "Pending", detail: "d", timestamp: "2026-08-01T09:15:02.608+0000", meta: { action: "x" } },
      null,
      { detail: null },
      "text",
    ];
    const details = { a: "text", "x-subresource-hashes": { data: "1" }, count: 1 };
    const view = credential(
      resourceOf("Credential", { status: { level: "Error", reasons }, "x-agent-details": details }),
    );
    expect(view.reasons).toEqual([reasons[0], { type: "", detail: "" }]);
    expect(view.details).toEqual({ a: "text" });
  });
});

describe("our mark", () => {
  const finalizer = (description?: string | null) => [{ name: "agent.credential.provisioned", description }];

  it.each([
    ["names a principal", "kafka-worker:v1 amp-1", { kind: "ours", principal: "amp-1" }],
    ["names none", "kafka-worker:v1", { kind: "ours", principal: undefined }],
    ["is of another version", "kafka-worker:v2 amp-1", { kind: "unmarked" }],
    ["is missing", undefined, { kind: "unmarked" }],
    ["is null", null, { kind: "unmarked" }],
  ])("on a finalizer that %s: %j", (_what, description, hold) => {
    const view = credential(resourceOf("Credential", { finalizers: finalizer(description) }));
    expect(view.hold).toEqual(hold);
    expect(view.marked).toBe(hold.kind === "ours");
  });

  it("is read from the details where a server dropped it, and outlives the finalizer there", () => {
    const details = { "x-agent-details": markDetail("amp-1") };
    expect(details).toEqual({ "x-agent-details": { kafkaWorkerMark: "kafka-worker:v1 amp-1" } });
    const held = credential(resourceOf("Credential", { finalizers: finalizer(null), ...details }));
    expect([held.hold, held.marked]).toEqual([{ kind: "ours", principal: "amp-1" }, true]);
    const released = credential(resourceOf("Credential", details));
    expect([released.hold, released.marked]).toEqual([{ kind: "none" }, true]);
    expect([markOf(undefined), markOf("amp-1")]).toEqual(["kafka-worker:v1", "kafka-worker:v1 amp-1"]);
  });
});
