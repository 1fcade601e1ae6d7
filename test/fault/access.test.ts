import { afterEach, describe, expect, it } from "vitest";
import type { AccessAction, Answer } from "../../src/connection/api.ts";
import type { CredentialStanding } from "../../src/provisioning/access-view.ts";
import { MINUTE_MS, unwrap } from "../support/rig.ts";
import { outcomeOf, type Subscribing, subscribing } from "../support/subscribing.ts";

const open: Subscribing[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

async function start(side: "cloud" | "platform"): Promise<Subscribing> {
  const world = await subscribing(side);
  open.push(world);
  return world;
}

const act = async ({ rig }: Subscribing, name: string, action: AccessAction) => rig.actor.actOnAccess(name, action);
const refusal = (answer: Answer<unknown>) => (answer.ok ? "done" : `${answer.reason}: ${answer.message}`);

async function credentialOf({ rig }: Subscribing, name: string): Promise<CredentialStanding> {
  const { credentials } = unwrap(await rig.actor.access(name));
  const found = credentials.find((each) => each.name === name);
  if (!found) throw new Error(`no ${name}`);
  return found;
}

/** The steps of everything, in the order of names; told apart by kind. */
async function steps({ rig, consumer }: Subscribing) {
  const { step, access, credentials } = unwrap(await rig.actor.access(consumer.application.name));
  return {
    application: step,
    access: access.map((each) => each.step),
    credentials: credentials.map((each) => each.step),
  };
}

describe.each(["cloud", "platform"] as const)("who has access on %s", (side) => {
  it("is shown from the request to the end, with principal, key and ACLs, and without a secret", async () => {
    const world = await start(side);
    const { rig, consumer } = world;
    expect(unwrap(await rig.actor.applications({ limit: 10 }))).toEqual({ items: [], next: undefined });
    const access = await consumer.access("orders");
    const credential = await consumer.credential("orders");
    await consumer.served();
    expect(await steps(world)).toEqual({ application: "told", access: ["told"], credentials: ["told"] });
    const shown = unwrap(await rig.actor.access(access.name));
    expect(shown.access[0]).toMatchObject({ name: access.name, topic: "orders", level: "Success", error: undefined });
    const one = await credentialOf(world, credential.name);
    expect(one.acls.map((acl) => acl.split(" ").slice(0, 2).join(" "))).toEqual(["READ TOPIC", "READ GROUP"]);
    expect(one.keys).toMatchObject([{ state: "ready", shown: true, principal: one.principals[0] }]);
    expect(one.unseen).toEqual([]);
    const { apiSecret, password } = consumer.market.revealed(credential);
    const secrets = [apiSecret, password].filter((secret) => secret !== undefined);
    expect(secrets).toHaveLength(1);
    const text = JSON.stringify([shown, unwrap(await rig.actor.applications({ limit: 10 }))]);
    const cipher = JSON.stringify(rig.sandbox.parts.amplify.get(credential.selfLink)?.data);
    for (const secret of [...secrets, ...secretsIn(cipher)]) expect(text).not.toContain(secret);
    consumer.market.suspend(credential);
    await consumer.served();
    expect((await steps(world)).credentials).toEqual(["suspended"]);
    consumer.market.remove(consumer.application);
    await consumer.served();
    expect(refusal(await rig.actor.access(credential.name))).toContain("not-found");
  });

  it("has an audit row for each change outside, from the first request to the last removal", async () => {
    const world = await start(side);
    const { rig, consumer } = world;
    const access = await consumer.access("orders");
    const credential = await consumer.credential("orders");
    await consumer.served();
    for (const change of ["suspend", "enable", "rotate"] as const) {
      consumer.market[change](credential);
      await consumer.served();
    }
    await rig.live(15 * MINUTE_MS);
    for (const item of [credential, access, consumer.application]) consumer.market.remove(item);
    await consumer.served();
    world.expectNothingLeft();
    const { items } = unwrap(await rig.actor.audit({ limit: 200 }));
    const names = [access, credential, consumer.application].map(({ name }) => name);
    // Counting changes nothing outside.
    const isChange = ({ action, subject }: (typeof items)[number]) =>
      names.includes(subject) && !action.startsWith("counted");
    const actions = items.filter(isChange).map(({ action }) => action);
    const counts = Object.fromEntries(
      [...new Set(actions)].sort().map((each) => [each, actions.filter((other) => other === each).length]),
    );
    const second = side === "cloud" ? 0 : 1;
    expect(counts).toEqual({
      ...{ held: 3, "made principal": 1 + second, "added ACLs": 2 + second, "made key": 2, "told data": 3 },
      ...{ "told active": 2, "told inactive": 1, "told Success": 6, "ended rotation": 1, "removed ACLs": 2 + second },
      ...{ "removed key": 2, "removed principal": 1, released: 3 },
    });
  });

  it("is paged by the application's name", async () => {
    const world = await start(side);
    const others = [world.consumer, world.another(), world.another()];
    for (const each of others) await each.access("orders");
    await world.consumer.served();
    const names = others.map(({ application }) => application.name).sort();
    const first = unwrap(await world.rig.actor.applications({ limit: 2 }));
    const second = unwrap(await world.rig.actor.applications({ limit: 2, after: first.next ?? "" }));
    expect([...first.items, ...second.items].map(({ name }) => name)).toEqual(names);
    expect(second.next).toBeUndefined();
  });

  it("loses its rights at once when revoked, whatever the consumer then asks for, and gets them back when enabled", async () => {
    const world = await start(side);
    const { consumer } = world;
    const access = await consumer.access("orders");
    const [credential, other] = [await consumer.credential("orders"), await consumer.credential("orders")];
    await consumer.served();
    const group = `${consumer.market.accessData(access).groupPrefix}x`;
    const [client, unharmed] = [consumer.login(credential), consumer.login(other)];
    const both = () => [client, unharmed].map((each) => outcomeOf(() => each.consume(group, "orders", 1)));
    unwrap(await act(world, credential.name, "revoke"));
    await world.rig.actor.wake();
    expect(both()).toEqual(["GROUP_AUTHORIZATION_FAILED", "allowed"]);
    expect(world.told(credential)).toEqual([
      "Error",
      "The provider has withdrawn this credential. Ask the provider of the API.",
    ]);
    expect(world.rig.sandbox.parts.amplify.get(credential.selfLink)).toMatchObject({ state: { name: "inactive" } });
    expect((await credentialOf(world, credential.name)).step).toBe("revoked");
    for (const ask of ["suspend", "enable", "rotate", "retry"] as const) {
      consumer.market[ask](credential);
      await consumer.served();
      expect([ask, ...both(), ...world.levels(credential)]).toEqual([
        ask,
        "GROUP_AUTHORIZATION_FAILED",
        "allowed",
        "Error",
      ]);
    }
    expect(refusal(await act(world, credential.name, "revoke"))).toContain("revoked already");
    expect(refusal(await act(world, credential.name, "retry"))).toContain("enable it");
    unwrap(await act(world, credential.name, "enable"));
    await consumer.served();
    expect(both()).toEqual(["allowed", "allowed"]);
    expect(world.levels(credential)).toEqual(["Success"]);
    expect(consumer.login(credential).consume(group, "orders", 1)).toBeGreaterThanOrEqual(0);
  });

  it("ends for all credentials of a revoked application, those asked for later included", async () => {
    const world = await start(side);
    const { consumer } = world;
    const access = await consumer.access("orders");
    const first = await consumer.credential("orders");
    await consumer.served();
    const group = `${consumer.market.accessData(access).groupPrefix}x`;
    const client = consumer.login(first);
    unwrap(await act(world, consumer.application.name, "revoke"));
    await consumer.served();
    const second = await consumer.credential("orders");
    await consumer.served();
    expect(outcomeOf(() => client.consume(group, "orders", 1))).toBe("GROUP_AUTHORIZATION_FAILED");
    expect(world.levels(first, second)).toEqual(["Error", "Error"]);
    expect(world.acls()).toEqual([]);
    expect(refusal(await act(world, first.name, "enable"))).toContain("which is revoked");
    unwrap(await act(world, consumer.application.name, "enable"));
    await consumer.served();
    expect(world.levels(first, second)).toEqual(["Success", "Success"]);
    for (const each of [first, second])
      expect(consumer.login(each).consume(group, "orders", 1)).toBeGreaterThanOrEqual(0);
  });

  it("is left alone where another agent provisioned it, until an operator takes it over", async () => {
    const world = await start(side);
    const { rig, consumer } = world;
    const { amplify } = rig.sandbox.parts;
    const access = await consumer.access("orders");
    const credential = await consumer.credential("orders");
    const items = [
      [consumer.application, "agent.managedapplication.provisioned"],
      [access, "agent.accessrequest.provisioned"],
      [credential, "agent.credential.provisioned"],
    ] as const;
    for (const [item, name] of items) {
      amplify.edit(item.selfLink, { finalizers: [{ name }] });
      amplify.editSub(item.selfLink, "status", { level: "Success", reasons: [] });
    }
    const before = rig.mark();
    await consumer.served();
    expect(await steps(world)).toEqual({ application: "foreign", access: ["foreign"], credentials: ["foreign"] });
    expect(rig.writes(before)).toEqual([]);
    world.expectNothingLeft();
    for (const action of ["retry", "revoke"] as const)
      expect(refusal(await act(world, credential.name, action))).toContain("take it over first");
    unwrap(await act(world, consumer.application.name, "takeover"));
    await consumer.served();
    expect(await steps(world)).toEqual({ application: "told", access: ["told"], credentials: ["told"] });
    expect(world.levels(...items.map(([item]) => item))).toEqual(["Success", "Success", "Success"]);
    const group = `${consumer.market.accessData(access).groupPrefix}x`;
    expect(consumer.login(credential).consume(group, "orders", 1)).toBeGreaterThanOrEqual(0);
    expect(refusal(await act(world, consumer.application.name, "takeover"))).toContain("nothing to take over");
    consumer.market.remove(consumer.application);
    for (const item of [access, credential]) consumer.market.remove(item);
    await consumer.served();
    world.expectNothingLeft();
    expect(items.filter(([item]) => consumer.market.isThere(item))).toEqual([]);
  });
});

describe("a decision about access", () => {
  it("tries an Error again at once, after a person has made room", async () => {
    const world = await start("cloud");
    const { consumer, rig } = world;
    const { behaviour } = rig.sandbox.parts.organization;
    behaviour.limits = { "iam.max_kafka_api_keys.per_org": 0 };
    await consumer.access("orders");
    const credential = await consumer.credential("orders");
    await consumer.served();
    expect(world.levels(credential)).toEqual(["Error"]);
    expect(await credentialOf(world, credential.name)).toMatchObject({
      step: "failed",
      error: expect.stringContaining("API keys"),
    });
    behaviour.limits = {};
    unwrap(await act(world, credential.name, "retry"));
    await consumer.served();
    expect(world.levels(credential)).toEqual(["Success"]);
    expect((await credentialOf(world, credential.name)).error).toBeUndefined();
    expect(refusal(await act(world, credential.name, "retry"))).toContain("nothing to retry");
  });

  it("is refused for what is not there, and for an access request where rights are meant", async () => {
    const world = await start("platform");
    const { consumer } = world;
    const access = await consumer.access("orders");
    await consumer.served();
    for (const action of ["retry", "revoke", "enable", "takeover"] as const)
      expect(refusal(await act(world, "nobody", action))).toContain("not-found");
    for (const action of ["revoke", "enable"] as const)
      expect(refusal(await act(world, access.name, action))).toContain("logs in to nothing");
    expect(refusal(await act(world, consumer.application.name, "enable"))).toContain("is not revoked");
  });
});

/** Long base64 texts in the resource as it is stored. */
function secretsIn(text: string): readonly string[] {
  return text.match(/[A-Za-z0-9+/=]{100,}/g) ?? [];
}
