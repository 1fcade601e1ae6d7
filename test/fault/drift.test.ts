import { afterEach, describe, expect, it } from "vitest";
import { formatLabel, parseLabel } from "../../src/confluent/labels.ts";
import type { DriftReport } from "../../src/connection/api.ts";
import { workStore } from "../../src/store/work.ts";
import type { Item } from "../sandbox/amplify/marketplace-server.ts";
import { answers } from "../sandbox/core/faults.ts";
import type { Acl } from "../sandbox/kafka/acl.ts";
import { cloudIds } from "../sandbox/world/organization.ts";
import { HOUR_MS, MINUTE_MS, unwrap } from "../support/rig.ts";
import { outcomeOf, type Subscribing, subscribing } from "../support/subscribing.ts";

type Side = "cloud" | "platform";
const open: Subscribing[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

interface Subscription {
  readonly world: Subscribing;
  readonly access: Item;
  readonly credential: Item;
}

/** One consumer who reads `orders`, and nothing under way any more. */
async function settled(side: Side): Promise<Subscription> {
  const world = await subscribing(side);
  open.push(world);
  const access = await world.consumer.access("orders");
  const credential = await world.consumer.credential("orders");
  await world.consumer.served();
  expect(world.levels(access, credential)).toEqual(["Success", "Success"]);
  world.rig.sandbox.clock.advance(2 * MINUTE_MS);
  return { world, access, credential };
}

const report = async ({ rig }: Subscribing): Promise<DriftReport> => unwrap(await rig.actor.drift());
const told = ({ differences }: DriftReport) =>
  differences.map(({ kind, what, remedy }) => `${kind} ${what}: ${remedy}`).sort();

/** The next comparison, and what follows from it. */
async function compared({ rig, consumer }: Subscribing): Promise<void> {
  workStore(rig.runtime.ports.sql).hint("drift", "events", rig.now, "of a test");
  await rig.turn();
  await consumer.served();
  rig.sandbox.clock.advance(2 * MINUTE_MS);
}

/** Accounts, keys and users are compared once a day. */
async function nextDay(world: Subscribing): Promise<void> {
  world.rig.sandbox.clock.advance(25 * HOUR_MS);
  await compared(world);
}

function aclsOf({ rig, side }: Subscribing) {
  return rig.sandbox.parts.clusters[side].acls;
}

/** The entries that were made for the consumer. */
function entries(world: Subscribing): readonly Acl[] {
  const principals = [
    ...world.accounts().map(({ id }) => `User:${id}`),
    ...world.users().map((name) => `User:${name}`),
  ];
  return aclsOf(world)
    .all()
    .filter(({ principal }) => principals.includes(principal));
}

function reads({ world, access, credential }: Subscription): unknown {
  const group = `${world.consumer.market.accessData(access).groupPrefix}x`;
  return outcomeOf(() => world.consumer.login(credential).consume(group, "orders", 1));
}

async function audits({ rig }: Subscribing): Promise<readonly string[]> {
  const { items } = unwrap(await rig.actor.audit({ limit: 50 }));
  return items.map(({ action }) => action);
}

describe.each(["cloud", "platform"] as const)("a comparison with %s", (side) => {
  it("says nothing where nothing differs, and then costs one request a cycle", async () => {
    const { world } = await settled(side);
    expect(await report(world)).toMatchObject({ differences: [], unsettled: 0 });
    await nextDay(world);
    const mark = world.rig.mark();
    workStore(world.rig.runtime.ports.sql).hint("drift", "events", world.rig.now, "of a test");
    await world.rig.turn();
    // Consumption is sampled beside it.
    const own = world.rig
      .confluent(mark)
      .filter(({ path }) => /acls|service-accounts|api-keys|users|role-bindings/.test(path));
    expect(own.map(({ method }) => method)).toEqual(["GET"]);
  });

  it("restores an ACL of ours that somebody removed, with an audit row", async () => {
    const subscription = await settled(side);
    const { world } = subscription;
    const [entry] = entries(world);
    if (!entry) throw new Error("no entries");
    const before = world.acls();
    aclsOf(world).remove(entry);
    expect(told(await report(world))).toEqual(["missing ACL: repaired by itself"]);
    expect(reads(subscription)).not.toBe("allowed");
    await compared(world);
    expect(world.acls()).toEqual(before);
    expect(reads(subscription)).toBe("allowed");
    expect(await audits(world)).toEqual(expect.arrayContaining(["found missing ACL", "added ACLs"]));
    expect((await report(world)).differences).toEqual([]);
  });

  it("takes an ACL of ours away that came back to a suspended credential", async () => {
    const subscription = await settled(side);
    const { world, credential } = subscription;
    const before = entries(world);
    world.consumer.market.suspend(credential);
    await world.consumer.served();
    world.rig.sandbox.clock.advance(2 * MINUTE_MS);
    aclsOf(world).create(before);
    expect(told(await report(world))).toEqual(before.map(() => "unneeded ACL: removed by itself"));
    await compared(world);
    expect(world.acls()).toEqual([]);
    expect(await audits(world)).toEqual(expect.arrayContaining(["found unneeded ACL", "removed ACLs"]));
  });

  it("shows an ACL that somebody else gave our principal, and never removes it", async () => {
    const subscription = await settled(side);
    const { world } = subscription;
    const [entry] = entries(world);
    if (!entry) throw new Error("no entries");
    aclsOf(world).create([
      { ...entry, resourceType: "TOPIC", resourceName: "payments", operation: "READ", patternType: "LITERAL" },
    ]);
    const shown = await report(world);
    expect(shown.differences).toMatchObject([
      {
        kind: "foreign",
        what: "ACL",
        remedy: "left alone",
        subject: "READ TOPIC payments",
        credential: subscription.credential.name,
      },
    ]);
    unwrap(await world.rig.actor.applyDrift(shown.plan));
    await compared(world);
    await nextDay(world);
    expect(world.acls()).toContain("READ TOPIC payments");
    expect(told(await report(world))).toEqual(["foreign ACL: left alone"]);
  });

  it("believes no list that lacks what a look by name still finds", async () => {
    const { world } = await settled(side);
    const before = world.acls();
    const when = { method: "GET", path: "**/acls**", calls: { first: 1 } } as const;
    world.rig.sandbox.faults.add({ name: "empty", when, fault: { do: "empty-list" } });
    expect(told(await report(world))).toEqual([]);
    world.rig.sandbox.faults.clear();
    expect(world.acls()).toEqual(before);
  });

  it("gives a consumer whose key somebody deleted another one, when a person approves", async () => {
    const subscription = await settled(side);
    const { world, credential } = subscription;
    const before = world.consumer.market.revealed(credential);
    if (side === "cloud") for (const { id } of world.keys()) world.rig.sandbox.parts.organization.removeKey(id);
    else for (const name of world.users()) world.rig.sandbox.parts.users.remove(name);
    const what = side === "cloud" ? "API key" : "SASL user";
    await nextDay(world);
    const shown = await report(world);
    expect(told(shown)).toEqual([`missing ${what}: repaired by apply`]);
    expect([world.keys(), world.users()]).toEqual([[], []]);
    unwrap(await world.rig.actor.applyDrift(shown.plan));
    await world.rig.turn();
    await world.consumer.served();
    expect(world.consumer.market.revealed(credential)).not.toEqual(before);
    expect(reads(subscription)).toBe("allowed");
    expect(world.keys().length + world.users().length).toBe(1);
  });

  it("removes what bears our label and nothing needs, and only when it has our organization and environment", async () => {
    const { world } = await settled(side);
    const planted = plantOrphans(world);
    const young = await report(world);
    expect(told(young)).toEqual(planted.young);
    await nextDay(world);
    expect(planted.left().ours).toEqual([]);
    expect(planted.left().others).toHaveLength(1);
    expect((await report(world)).differences).toEqual([]);
    expect(world.accounts().length + world.users().length).toBe(2);
    expect(await audits(world)).toContain(`removed orphan ${side === "cloud" ? "service account" : "SASL user"}`);
  });

  it("refuses a plan that is not the same any more, and one that nobody was shown", async () => {
    const { world } = await settled(side);
    const [entry, other] = entries(world);
    if (!entry || !other) throw new Error("no entries");
    aclsOf(world).remove(entry);
    const { plan } = await report(world);
    aclsOf(world).remove(other);
    expect(await world.rig.actor.applyDrift(plan)).toMatchObject({ ok: false, reason: "conflict" });
    expect(await world.rig.actor.applyDrift("0123456789abcdef")).toMatchObject({ ok: false, reason: "conflict" });
    const now = await report(world);
    unwrap(await world.rig.actor.applyDrift(now.plan));
    await world.rig.turn();
    await world.consumer.served();
    expect(entries(world)).toHaveLength(2);
  });

  it("takes nothing for an orphan after a lost database before everything was listed", async () => {
    const subscription = await settled(side);
    const { world } = subscription;
    const made = () => [
      world.accounts(),
      world.keys(),
      world.users(),
      world.consumer.market.revealed(subscription.credential),
    ];
    const before = made();
    world.rig.sandbox.clock.advance(2 * HOUR_MS);
    world.rig.loseDatabase();
    const when = { method: "GET", path: "/apis/management/v1/environments/*/credentials" };
    world.rig.sandbox.faults.add({ name: "down", when, fault: answers.serverError() });
    await world.rig.turn();
    for (let minute = 0; minute < 8; minute++) {
      if (minute === 4) world.rig.sandbox.faults.clear();
      workStore(world.rig.runtime.ports.sql).hint("drift", "events", world.rig.now, "of a test");
      await world.rig.live(MINUTE_MS);
    }
    expect(made()).toEqual(before);
    expect(reads(subscription)).toBe("allowed");
  });
});

/** A principal of ours whose credential is gone, with what belongs to it, and one of another environment. */
function plantOrphans(world: Subscribing) {
  const { organization, users } = world.rig.sandbox.parts;
  const topic: Omit<Acl, "principal"> = {
    ...{ resourceType: "TOPIC", resourceName: "orders", patternType: "LITERAL" },
    ...{ host: "*", operation: "READ", permission: "ALLOW" },
  };
  const denied = { ...topic, permission: "DENY" } as const;
  if (world.side === "platform") {
    const [own = ""] = world.users();
    const name = `${own.slice(0, "amp-01234567-".length)}0123456789ab-1`;
    for (const each of [name, "amp-00000000-0123456789ab-1"])
      users.put(each, "SCRAM-SHA-512", "0123456789abcdef", true);
    aclsOf(world).create([topic, denied].map((acl) => ({ ...acl, principal: `User:${name}` })));
    return {
      young: ["foreign ACL: left alone", "orphan ACL: removed by itself", "orphan SASL user: removed by itself"],
      left: () => ({
        ours: [...users.all().filter((each) => each === name), ...allowed(world, `User:${name}`)],
        others: users.all().filter((each) => each.startsWith("amp-00000000-")),
      }),
    };
  }
  const label = parseLabel(world.accounts()[0]?.description ?? "");
  if (!label) throw new Error("no label");
  const gone = formatLabel({ ...label, credential: "gone" });
  const account = organization.addServiceAccount("amp-gone", gone);
  const foreign = organization.addServiceAccount("amp-other", formatLabel({ ...label, environment: "another" }));
  const resource = { kind: "Kafka", id: cloudIds.cluster } as const;
  organization.addKey({ owner: account.id, resource, displayName: "k", description: gone });
  const principal = `User:${account.id}`;
  aclsOf(world).create([topic, denied].map((acl) => ({ ...acl, principal })));
  const wait = "removed by itself when it is older than an hour";
  return {
    young: [
      "foreign ACL: left alone",
      ...["ACL", "API key", "service account"].map((what) => `orphan ${what}: ${wait}`),
    ],
    left: () => ({
      ours: [
        ...[...organization.owners.keys()].filter((id) => id === account.id),
        ...[...organization.keys.values()].filter(({ owner }) => owner === account.id),
        ...allowed(world, principal),
      ],
      others: [...organization.owners.keys()].filter((id) => id === foreign.id),
    }),
  };
}

function allowed(world: Subscribing, principal: string): readonly Acl[] {
  return aclsOf(world)
    .all()
    .filter((acl) => acl.principal === principal && acl.permission === "ALLOW");
}

describe("a comparison with Confluent Cloud", () => {
  it("shows a key that somebody else made for our account, and leaves an account alone that has one", async () => {
    const { world } = await settled("cloud");
    const { organization } = world.rig.sandbox.parts;
    const resource = { kind: "Kafka", id: cloudIds.cluster } as const;
    const planted = plantOrphans(world);
    const owners = [...organization.owners.values()].filter(({ displayName }) => displayName === "amp-gone");
    for (const { id } of [...owners, ...world.accounts().slice(0, 1)])
      organization.addKey({ owner: id, resource, displayName: "by hand" });
    expect(told(await report(world)).filter((each) => each.includes("API key"))).toEqual([
      "foreign API key: left alone",
      "foreign API key: left alone",
      "orphan API key: removed by itself when it is older than an hour",
    ]);
    await nextDay(world);
    const shown = await report(world);
    expect(told(shown)).toContain("orphan service account: left alone");
    unwrap(await world.rig.actor.applyDrift(shown.plan));
    await compared(world);
    expect([...organization.keys.values()].filter(({ displayName }) => displayName === "by hand")).toHaveLength(2);
    expect(planted.left().others).toHaveLength(1);
  });

  it("gives a credential whose account somebody deleted another one, when a person approves, and forgets the old one's ACLs", async () => {
    const subscription = await settled("cloud");
    const { world } = subscription;
    const [account] = world.accounts();
    world.rig.sandbox.parts.organization.removeOwner(account?.id ?? "");
    const shown = await report(world);
    expect(told(shown)).toEqual(["missing API key: repaired by apply", "missing service account: repaired by apply"]);
    unwrap(await world.rig.actor.applyDrift(shown.plan));
    await world.rig.turn();
    await world.consumer.served();
    expect(reads(subscription)).toBe("allowed");
    expect([world.accounts().length, world.keys().length]).toEqual([1, 1]);
    expect(new Set(entries(world).map(({ principal }) => principal)).size).toBe(1);
    expect(world.acls()).toHaveLength(2);
  });

  it("restores a role binding of ours, and shows one that somebody else made", async () => {
    const world = await subscribing("cloud");
    open.push(world);
    const { roleBindings } = world.rig.sandbox.parts.organization;
    await world.consumer.access("orders");
    const credential = await world.consumer.credential("orders", "yes");
    await world.rig.live(8 * MINUTE_MS);
    expect(world.levels(credential)).toEqual(["Success"]);
    const own = roleBindings.all().find(({ principal }) => principal === `User:${world.accounts()[0]?.id}`);
    if (!own) throw new Error("no role binding");
    roleBindings.remove(own);
    roleBindings.add({ ...own, crn: own.crn.replace(/orders-value$/, "payments-value") });
    const expected = ["foreign role binding: left alone", "missing role binding: repaired by itself"];
    expect(told(await report(world))).toEqual(expected);
    await nextDay(world);
    expect(world.roleBindings()).toEqual(["DeveloperRead orders-value", "DeveloperRead payments-value"]);
    expect(told(await report(world))).toEqual(["foreign role binding: left alone"]);
  });
});
