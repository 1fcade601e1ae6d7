import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Item } from "../sandbox/amplify/marketplace-server.ts";
import { answers, type Fault } from "../sandbox/core/faults.ts";
import { HOUR_MS, MINUTE_MS } from "../support/rig.ts";
import { outcomeOf, type Subscribing, subscribing } from "../support/subscribing.ts";

const opened: Subscribing[] = [];
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterEach(() => {
  for (const each of opened.splice(0)) each.close();
  vi.useRealTimers();
});

interface Served {
  readonly given: Subscribing;
  readonly access: Item;
  readonly credential: Item;
  readonly fail: (method: string, path: string, fault: Fault) => void;
}

/** A subscription that was served. */
async function served(side: "cloud" | "platform"): Promise<Served> {
  const given = await subscribing(side);
  opened.push(given);
  const access = await given.consumer.access("orders");
  const credential = await given.consumer.credential("orders");
  await given.consumer.served();
  expect(given.levels(access, credential)).toEqual(["Success", "Success"]);
  const { faults } = given.rig.sandbox;
  const fail = (method: string, path: string, fault: Fault) =>
    faults.add({ name: `${method} ${path}`, when: { method, path }, fault });
  return { given, access, credential, fail };
}

const REMOVING = ["Error", "What was given could not be removed yet. It is tried again."];
const forbidden: Fault = {
  do: "answer",
  status: 403,
  headers: { "content-type": "application/json" },
  body: '{"errors":[{"status":"403","detail":"Forbidden Access"}]}',
};
const missing: Fault = {
  do: "answer",
  status: 404,
  headers: { "content-type": "application/json" },
  body: '{"errors":[{"status":"404","detail":"not found"}]}',
};

describe("what was removed by somebody else meanwhile", () => {
  test("on Cloud, a key that is answered as forbidden is looked for in a list and then counts as gone", async () => {
    const { given, credential } = await served("cloud");
    const { rig, consumer } = given;
    const { organization } = rig.sandbox.parts;
    const mark = rig.mark();
    for (const { id } of given.accounts()) organization.removeOwner(id);
    consumer.market.remove(credential);
    await rig.live(3 * MINUTE_MS);
    expect(consumer.market.isThere(credential)).toBe(false);
    given.expectNothingLeft();
    const control = rig.confluent(mark).filter(({ path }) => path.startsWith("/iam/"));
    expect(control.map(({ method, status }) => `${method} ${status}`)).toEqual(["DELETE 403", "GET 200", "DELETE 404"]);
  });

  test("on Cloud, answered as missing, counts as gone at once", async () => {
    const { given, credential, fail } = await served("cloud");
    const { rig, consumer } = given;
    fail("DELETE", "/iam/v2/api-keys/*", missing);
    fail("DELETE", "/iam/v2/service-accounts/*", missing);
    consumer.market.remove(credential);
    await rig.live(3 * MINUTE_MS);
    expect(consumer.market.isThere(credential)).toBe(false);
  });

  test("on Platform, a user that is not there counts as gone", async () => {
    const { given, credential } = await served("platform");
    const { rig, consumer } = given;
    for (const name of given.users())
      rig.sandbox.parts.users.restore(without(rig.sandbox.parts.users.snapshot(), name));
    consumer.market.remove(credential);
    await rig.live(3 * MINUTE_MS);
    expect(consumer.market.isThere(credential)).toBe(false);
    given.expectNothingLeft();
  });

  test("on Platform, a user of ours that somebody made anew is left alone, and the request goes", async () => {
    const { given, credential } = await served("platform");
    const { rig, consumer } = given;
    const [name = ""] = given.users();
    const { users } = rig.sandbox.parts;
    users.restore(without(users.snapshot(), name));
    users.restore({
      ...users.snapshot(),
      users: [...users.snapshot().users, { name, isMade: false, credentials: [] }],
    });
    consumer.market.remove(credential);
    await rig.live(3 * MINUTE_MS);
    expect(consumer.market.isThere(credential)).toBe(false);
    expect([given.users(), given.acls()]).toEqual([[name], []]);
  });

  test.each(["cloud", "platform"] as const)("on %s, ACLs that are gone count as removed", async (side) => {
    const { given, access, credential } = await served(side);
    const { rig, consumer } = given;
    const { acls } = rig.sandbox.parts.clusters[side];
    const [entry] = acls.all().filter(({ resourceName }) => resourceName === "orders");
    if (!entry) throw new Error("there is no ACL");
    acls.remove({ ...entry, principal: "" });
    for (const item of [access, credential]) consumer.market.remove(item);
    await rig.live(3 * MINUTE_MS);
    expect([access, credential].filter((item) => consumer.market.isThere(item))).toEqual([]);
    given.expectNothingLeft();
  });
});

describe("what we may not remove", () => {
  test.each([
    ["an API key", "/iam/v2/api-keys/*"],
    ["a service account", "/iam/v2/service-accounts/*"],
  ])("%s that a list still shows keeps the credential, told Error, until we may", async (_, path) => {
    const { given, credential, fail } = await served("cloud");
    const { rig, consumer } = given;
    fail("DELETE", path, forbidden);
    consumer.market.remove(credential);
    await rig.live(10 * MINUTE_MS);
    expect(given.told(credential)).toEqual(REMOVING);
    expect(given.accounts()).toHaveLength(1);
    const [row] = rig.grants().filter(({ kind }) => kind === "credential");
    expect(row?.error).toBe(
      "Confluent Cloud's control plane does not give us the right in a removal; the finalizer stays and it is tried again.",
    );
    rig.sandbox.faults.clear();
    await rig.live(HOUR_MS);
    expect(consumer.market.isThere(credential)).toBe(false);
    given.expectNothingLeft();
  });
});

describe.each([
  ["cloud", "/iam/v2/api-keys/*"],
  ["platform", "/users/*"],
] as const)("a removal on %s whose ACLs went and whose key does not", (side, path) => {
  test("is told Error with its finalizer kept, grants nothing meanwhile, and ends when it can", async () => {
    const { given, credential, fail } = await served(side);
    const { rig, consumer } = given;
    fail("DELETE", path, answers.serverError());
    consumer.market.remove(credential);
    await rig.live(2 * MINUTE_MS);
    expect(given.told(credential)).toEqual(REMOVING);
    expect(given.acls()).toEqual([]);
    const another = await consumer.access("payments");
    await rig.live(3 * MINUTE_MS);
    expect(given.levels(another)).toEqual(["Success"]);
    expect(given.acls()).toEqual([]);
    const told = rig.sandbox.log
      .all()
      .filter(({ method, path: at }) => method === "PUT" && at.includes(`${credential.name}/status`));
    // Success, and the Error once however often it failed.
    expect(told).toHaveLength(2);
    rig.sandbox.faults.clear();
    await rig.live(HOUR_MS);
    expect(consumer.market.isThere(credential)).toBe(false);
    given.expectNothingLeft();
  });

  test("does not stop another credential of the application from being served", async () => {
    const { given, access, credential, fail } = await served(side);
    const { rig, consumer } = given;
    fail("DELETE", path, answers.serverError());
    consumer.market.remove(credential);
    await rig.live(MINUTE_MS);
    const other = await consumer.credential("orders");
    await consumer.served();
    expect(given.levels(other)).toEqual(["Success"]);
    const group = `${consumer.market.accessData(access).groupPrefix}x`;
    expect(outcomeOf(() => consumer.login(other).consume(group, "orders", 1))).toBe("allowed");
  });
});

describe("what cannot be given to a credential", () => {
  /** One with a key of Schema Registry, that has been refused role bindings for hours: it is tried again an hour apart. */
  async function refused() {
    const given = await subscribing("cloud");
    opened.push(given);
    const { rig, consumer } = given;
    const access = await consumer.access("orders");
    const credential = await consumer.credential("orders", "yes");
    await rig.live(4 * MINUTE_MS);
    consumer.market.rotate(credential);
    await rig.live(5 * MINUTE_MS);
    expect(given.levels(access, credential)).toEqual(["Success", "Success"]);
    expect(given.keys()).toHaveLength(4);
    const { faults } = rig.sandbox;
    faults.add({ name: "no", when: { method: "POST", path: "/iam/v2/role-bindings" }, fault: forbidden });
    const second = await consumer.access("payments");
    await rig.live(5 * HOUR_MS);
    expect(given.levels(second)).toEqual(["Pending"]);
    return { given, access };
  }

  test("neither keeps an old key alive, nor the rights of an access request that goes", async () => {
    const { given, access } = await refused();
    expect(given.keys()).toHaveLength(2);
    given.consumer.market.remove(access);
    await given.rig.live(3 * MINUTE_MS);
    expect(given.consumer.market.isThere(access)).toBe(false);
    expect(given.acls()).not.toContain("READ TOPIC orders");
  });

  test("keeps nothing of a whole application that goes", async () => {
    const { given } = await refused();
    given.consumer.market.remove(given.consumer.application);
    await given.rig.live(4 * MINUTE_MS);
    given.expectNothingLeft();
    expect(given.consumer.market.isThere(given.consumer.application)).toBe(false);
  });
});

function without<T extends { readonly users: readonly { readonly name: string }[] }>(snapshot: T, name: string): T {
  return { ...snapshot, users: snapshot.users.filter((user) => user.name !== name) };
}
