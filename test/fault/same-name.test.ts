import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Json, JsonObject } from "../sandbox/amplify/json.ts";
import type { Item } from "../sandbox/amplify/marketplace-server.ts";
import { MINUTE_MS } from "../support/rig.ts";
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
}

async function served(side: "cloud" | "platform"): Promise<Served> {
  const given = await subscribing(side);
  opened.push(given);
  const access = await given.consumer.access("orders");
  const credential = await given.consumer.credential("orders");
  await given.rig.live(4 * MINUTE_MS);
  expect(given.levels(access, credential)).toEqual(["Success", "Success"]);
  return { given, access, credential };
}

/** Removes a resource as an administrator who waits for nobody's finalizer; gives what it said. */
function removeForGood(given: Subscribing, { selfLink }: Item): Json {
  const { amplify } = given.rig.sandbox.parts;
  const { spec } = amplify.edit(selfLink, { finalizers: [] });
  amplify.remove(selfLink);
  return spec ?? {};
}

/** Makes a resource of the name of one that has gone. */
function makeAgain(given: Subscribing, kind: string, { name, environment }: Item, spec: Json): void {
  given.rig.sandbox.parts.amplify.create({
    kind,
    scope: { kind: "Environment", name: environment },
    body: { name, title: "again", spec },
    subs: { status: { level: "Pending", reasons: [] } },
  });
}

function change(given: Subscribing, { selfLink }: Item, changes: JsonObject): void {
  const { amplify } = given.rig.sandbox.parts;
  const spec = amplify.get(selfLink)?.spec as JsonObject;
  amplify.edit(selfLink, { spec: { ...spec, ...changes } });
}

const secrets = (given: Subscribing) => (given.side === "cloud" ? given.keys().length : given.users().length);

/** What becomes of a client that logs in with what a credential showed before. */
function attempt({ given, access }: Served, before: Readonly<Record<string, string>>, topic: string): unknown {
  const { market } = given.consumer;
  const group = `${market.accessData(access).groupPrefix}x`;
  const [id = "", secret = ""] = [before.apiKey ?? before.username, before.apiSecret ?? before.password];
  return outcomeOf(() => given.consumer.loginAs(id, secret).consume(group, topic, 1));
}

describe.each(["cloud", "platform"] as const)("on %s, what bears the name of something that has gone", (side) => {
  test("a credential of another application gets a secret of its own, and the old one opens nothing", async () => {
    const { given, credential } = await served(side);
    const { rig, consumer } = given;
    const before = consumer.market.revealed(credential);
    const other = given.another();
    const access = await other.access("payments");
    await rig.live(4 * MINUTE_MS);
    const spec = removeForGood(given, credential);
    makeAgain(given, "Credential", credential, { ...(spec as JsonObject), managedApplication: other.application.name });
    await rig.live(10 * MINUTE_MS);
    expect(given.levels(access, credential)).toEqual(["Success", "Success"]);
    expect(attempt({ given, access, credential }, before, "payments")).not.toBe("allowed");
    expect(rig.sandbox.parts.amplify.get(credential.selfLink)?.data).not.toEqual({});
    expect([secrets(given), given.acls().filter((acl) => acl.includes("TOPIC"))]).toEqual([1, ["READ TOPIC payments"]]);
  });

  test("a credential made again before anybody looked is served as a new one, also when the removal failed at first", async () => {
    const serving = await served(side);
    const { given, access, credential } = serving;
    const { rig, consumer } = given;
    const before = consumer.market.revealed(credential);
    const path = side === "cloud" ? "/iam/v2/api-keys/*" : "/users/*";
    rig.sandbox.faults.add({
      name: "down",
      when: { method: "DELETE", path, calls: { first: 2 } },
      fault: { do: "reset" },
    });
    makeAgain(given, "Credential", credential, removeForGood(given, credential));
    await rig.live(30 * MINUTE_MS);
    expect(given.levels(access, credential)).toEqual(["Success", "Success"]);
    expect(attempt(serving, before, "orders")).not.toBe("allowed");
    expect([secrets(given), given.acls().length]).toEqual([1, 2]);
    for (const item of [access, credential]) consumer.market.remove(item);
    await rig.live(10 * MINUTE_MS);
    given.expectNothingLeft();
    expect(rig.grants().map(({ kind }) => kind)).toEqual(["application"]);
  });

  test("a credential made again while what was made for the one before is still being removed is served too", async () => {
    const { given, access, credential } = await served(side);
    const { rig } = given;
    const path = side === "cloud" ? "/iam/v2/api-keys/*" : "/users/*";
    rig.sandbox.faults.add({ name: "down", when: { method: "DELETE", path }, fault: { do: "reset" } });
    const spec = removeForGood(given, credential);
    await rig.live(4 * MINUTE_MS);
    expect([secrets(given), given.acls()]).toEqual([1, []]);
    makeAgain(given, "Credential", credential, spec);
    await rig.live(10 * MINUTE_MS);
    expect(given.levels(access, credential)).toEqual(["Success", "Success"]);
    rig.sandbox.faults.clear();
    await rig.live(70 * MINUTE_MS);
    expect([secrets(given), given.acls().length]).toEqual([1, 2]);
  });

  test("an access request is told its topic before Success, as any other", async () => {
    const { given, access } = await served(side);
    makeAgain(given, "AccessRequest", access, removeForGood(given, access));
    await given.rig.live(10 * MINUTE_MS);
    expect(given.levels(access)).toEqual(["Success"]);
    expect(given.rig.sandbox.parts.amplify.get(access.selfLink)?.data).toMatchObject({ topic: "orders" });
  });

  test("an application with everything in it is served from its beginning, with groups of its own", async () => {
    const serving = await served(side);
    const { given, access, credential } = serving;
    const { application, market } = given.consumer;
    const before = market.revealed(credential);
    const prefix = market.accessData(access).groupPrefix;
    const made = [
      ["Credential", credential],
      ["AccessRequest", access],
      ["ManagedApplication", application],
    ] as const;
    const specs = made.map(([kind, item]) => [kind, item, removeForGood(given, item)] as const);
    for (const [kind, item, spec] of specs.reverse()) makeAgain(given, kind, item, spec);
    await given.rig.live(10 * MINUTE_MS);
    expect(given.levels(application, access, credential)).toEqual(["Success", "Success", "Success"]);
    expect(market.accessData(access).groupPrefix).not.toBe(prefix);
    expect(given.acls().some((acl) => acl.includes(prefix ?? ""))).toBe(false);
    expect([attempt(serving, before, "orders") === "allowed", secrets(given)]).toEqual([false, 1]);
  });
});

describe.each(["cloud", "platform"] as const)("on %s, what its owner changes", (side) => {
  test("an access request that moves to another application is taken from the first at once", async () => {
    const { given, access } = await served(side);
    const other = given.another();
    const credential = await other.credential("orders");
    await given.rig.live(4 * MINUTE_MS);
    change(given, access, { managedApplication: other.application.name });
    await given.rig.live(4 * MINUTE_MS);
    const principals = new Set(given.entries().map(({ principal }) => principal));
    expect([principals.size, given.acls().length]).toEqual([1, 2]);
    const group = `${other.market.accessData(access).groupPrefix}x`;
    expect(outcomeOf(() => other.login(credential).consume(group, "orders", 1))).not.toBe("allowed");
  });

  test("an access request that says it takes the place of itself is served and stays", async () => {
    const given = await subscribing(side);
    opened.push(given);
    const access = await given.consumer.access("orders");
    change(given, access, { accessRequest: access.name });
    await given.consumer.credential("orders");
    await given.rig.live(6 * MINUTE_MS);
    expect([given.levels(access), given.acls().length]).toEqual([["Success"], 2]);
  });

  test("a credential whose finalizer a person took off loses its rights, and leaves nothing when it is deleted", async () => {
    const { given, access, credential } = await served(side);
    const { rig } = given;
    const { amplify } = rig.sandbox.parts;
    amplify.edit(credential.selfLink, { finalizers: [] });
    await rig.live(4 * MINUTE_MS);
    expect(given.acls()).toEqual([]);
    amplify.remove(credential.selfLink);
    given.consumer.market.remove(access);
    await rig.live(10 * MINUTE_MS);
    given.expectNothingLeft();
    expect(rig.grants().map(({ kind }) => kind)).toEqual(["application"]);
  });
});
