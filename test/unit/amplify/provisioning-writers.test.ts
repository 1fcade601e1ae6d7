import { describe, expect, it } from "vitest";
import type { ApiServer } from "../../../src/amplify/apiserver.ts";
import { credential } from "../../../src/amplify/provisioning/credential.ts";
import { expiryAfter, statusOf } from "../../../src/amplify/provisioning/status.ts";
import {
  EXPIRY_DETAIL,
  endRotation,
  hold,
  release,
  writeData,
  writeDetails,
  writeExpiry,
  writeState,
  writeStatus,
} from "../../../src/amplify/provisioning/writers.ts";
import { apiOver, CENTRAL } from "./api-over.ts";
import { resourceOf } from "./provisioning-fixture.ts";
import { reply, StubOutlet } from "./support.ts";

const LINK = `${CENTRAL}/apis/management/v1/environments/kafka-env/credentials/cred-1`;
const NOW = Date.UTC(2026, 10, 23, 9, 0, 0, 5);
const NAME = "agent.credential.provisioned";

/** The one request of a writer: method, address and body. */
async function requestOf(write: (api: ApiServer) => Promise<unknown>): Promise<[string | undefined, unknown]> {
  const outlet = new StubOutlet(reply(200, resourceOf("Credential")));
  expect(await write(apiOver(outlet))).toMatchObject({ kind: "saved", resource: { name: "cred-1" } });
  expect(outlet.calls).toHaveLength(1);
  return [outlet.lines[0], outlet.bodyOf(0)];
}

/** The body of a full PUT: everything that was read but sub-resources, with its version. */
const fullPut = {
  group: "management",
  apiVersion: "v1",
  kind: "Credential",
  name: "cred-1",
  title: "Theirs",
  metadata: {
    id: "id-of-cred-1",
    resourceVersion: "7",
    selfLink: "/management/v1/environments/kafka-env/credentials/cred-1",
  },
  attributes: { theirs: "kept" },
  tags: ["theirs"],
  owner: null,
  spec: { data: { a: 1 } },
};
const spec = { data: { a: 1 } };

describe("a finalizer", () => {
  it("is put on with our mark beside those of others, all else kept", async () => {
    const resource = resourceOf("Credential", { spec, finalizers: [{ name: "theirs", description: "d", more: 1 }] });
    expect(await requestOf((api) => hold(api, "Credential", resource, "amp-1"))).toEqual([
      `PUT ${LINK}`,
      {
        ...fullPut,
        finalizers: [
          { name: "theirs", description: "d", more: 1 },
          { name: NAME, description: "kafka-worker:v1 amp-1" },
        ],
      },
    ]);
  });

  it("of another agent gets our mark, and is there once", async () => {
    const resource = resourceOf("Credential", { spec, finalizers: [{ name: NAME, description: "" }] });
    const [, body] = await requestOf((api) => hold(api, "Credential", resource, undefined));
    expect(body).toEqual({ ...fullPut, finalizers: [{ name: NAME, description: "kafka-worker:v1" }] });
  });

  it("is taken off and those of others stay, those of other kinds too", async () => {
    const others = [{ name: "theirs" }, { name: "agent.accessrequest.provisioned" }];
    const resource = resourceOf("Credential", { spec, finalizers: [{ name: NAME }, ...others] });
    expect(await requestOf((api) => release(api, "Credential", resource))).toEqual([
      `PUT ${LINK}`,
      { ...fullPut, finalizers: others },
    ]);
  });

  it.each([
    [428, { kind: "stale" }],
    [404, { kind: "missing" }],
  ])("when the server answers %s is not written: %j", async (status, outcome) => {
    const outlet = new StubOutlet(reply(status), reply(status), reply(status));
    const api = apiOver(outlet);
    expect(await hold(api, "Credential", resourceOf("Credential"), "amp-1")).toEqual(outcome);
    expect(await release(api, "Credential", resourceOf("Credential"))).toEqual(outcome);
    expect(await endRotation(api, resourceOf("Credential"))).toEqual(outcome);
  });

  it("is never written to a resource of unknown version", async () => {
    const resource = resourceOf("Credential", { metadata: { resourceVersion: undefined } });
    await expect(hold(apiOver(new StubOutlet()), "Credential", resource, "amp-1")).rejects.toThrow(TypeError);
  });
});

describe("the end of a rotation", () => {
  it("takes the flag and leaves the rest of the spec", async () => {
    const state = { name: "active", reason: "r", rotate: true };
    const resource = resourceOf("Credential", { spec: { ...spec, state } });
    expect(await requestOf((api) => endRotation(api, resource))).toEqual([
      `PUT ${LINK}`,
      { ...fullPut, finalizers: [], spec: { ...spec, state: { name: "active", reason: "r", rotate: false } } },
    ]);
  });
});

describe("a sub-resource", () => {
  const resource = resourceOf("Credential", {
    "x-agent-details": { theirs: "kept", ours: "old", "x-subresource-hashes": { data: "1" } },
    policies: { theirs: "kept", expiry: { timestamp: "2026-01-01T00:00:00.000+0000" } },
    state: { name: "active", reason: "" },
    data: { apiKey: "old" },
  });
  const rows: readonly (readonly [string, (api: ApiServer) => Promise<unknown>, string, unknown])[] = [
    [
      "x-agent-details keeps what others wrote, but not the hashes",
      (api) => writeDetails(api, resource, { ours: "new", ...EXPIRY_DETAIL }),
      "x-agent-details",
      { theirs: "kept", ours: "new", handleExpiry: "true" },
    ],
    [
      "data is replaced whole",
      (api) => writeData(api, resource, { apiSecret: "c1pher" }),
      "data",
      { apiSecret: "c1pher" },
    ],
    ["state is what it is now", (api) => writeState(api, resource, "inactive"), "state", { name: "inactive" }],
    [
      "policies get the time of expiry in the platform's form",
      (api) => writeExpiry(api, resource, Date.UTC(2026, 11, 23, 15, 15, 29, 750)),
      "policies",
      { theirs: "kept", expiry: { timestamp: "2026-12-23T15:15:29.750+0000" } },
    ],
    [
      "policies lose an expiry that is no more",
      (api) => writeExpiry(api, resource, undefined),
      "policies",
      { theirs: "kept" },
    ],
    [
      "status gets one reason",
      (api) => writeStatus(api, "Credential", resource, "Success", "Provisioned.", NOW),
      "status",
      {
        level: "Success",
        reasons: [{ type: "Success", detail: "Provisioned.", timestamp: "2026-11-23T09:00:00.005+0000" }],
      },
    ],
  ];
  it.each(rows)("%s", async (_what, write, sub, value) => {
    expect(await requestOf(write)).toEqual([`PUT ${LINK}/${sub}`, { [sub]: value }]);
  });

  it("of a request that has gone is not written", async () => {
    const api = apiOver(new StubOutlet(reply(404)));
    expect(await writeState(api, resource, "active")).toEqual({ kind: "missing" });
  });

  it("of a resource without a link is never written", async () => {
    const nowhere = resourceOf("Credential", { metadata: { selfLink: undefined } });
    await expect(writeState(apiOver(new StubOutlet()), nowhere, "active")).rejects.toThrow(TypeError);
  });
});

describe("the status", () => {
  const reason = (detail: string, type = "Error") => ({ type, detail, timestamp: "2026-08-01T09:15:02.608+0000" });
  const added = { type: "Error", detail: "new", timestamp: "2026-11-23T09:00:00.005+0000" };

  it("keeps earlier reasons, with all that they hold", () => {
    const before = credential(
      resourceOf("Credential", {
        status: { level: "Error", reasons: [{ ...reason("old"), meta: { a: 1 }, theirs: 1 }] },
      }),
    );
    expect(statusOf(before, "Error", "new", NOW)).toEqual({
      level: "Error",
      reasons: [{ ...reason("old"), meta: { a: 1 }, theirs: 1 }, added],
    });
  });

  it("does not say the same twice in a row, but again after something else", () => {
    expect(statusOf({ reasons: [reason("old"), reason("new")] }, "Error", "new", NOW).reasons).toEqual([
      reason("old"),
      added,
    ]);
    expect(statusOf({ reasons: [reason("new"), reason("old")] }, "Error", "new", NOW).reasons).toHaveLength(3);
    expect(statusOf({ reasons: [reason("new", "Pending")] }, "Error", "new", NOW).reasons).toHaveLength(2);
  });

  it("never grows beyond twenty reasons, the newest last", () => {
    const many = Array.from({ length: 50 }, (_, i) => reason(`reason ${i}`));
    const { reasons } = statusOf({ reasons: many }, "Error", "new", NOW);
    expect([reasons.length, reasons[0]?.detail, reasons.at(-1)]).toEqual([20, "reason 31", added]);
  });

  it("is cut where it is too long", () => {
    expect(statusOf({ reasons: [] }, "Error", "x".repeat(400), NOW).reasons[0]?.detail).toBe(`${"x".repeat(347)}...`);
  });
});

describe("the time of expiry", () => {
  it("is so many days from now, and none where the period is none", () => {
    expect(expiryAfter(Date.UTC(2026, 1, 27), 90)).toBe(Date.UTC(2026, 4, 28));
    expect([expiryAfter(NOW, 0), expiryAfter(NOW, -1)]).toEqual([undefined, undefined]);
  });
});
