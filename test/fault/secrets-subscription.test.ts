import { afterEach, describe, expect, test } from "vitest";
import { groupStore } from "../../src/store/groups.ts";
import type { Item } from "../sandbox/amplify/marketplace-server.ts";
import { outcomeOf } from "../support/subscribing.ts";
import type { Route } from "../support/surface.ts";
import { isRead, TOKENS, Watched } from "../support/watched.ts";

let watched: Watched;
afterEach(() => watched.world.close());

/** So that there is one to be shown from the beginning. */
function plantGroup(): void {
  const row = {
    name: "amp.0123456789ab.planted",
    application: "app",
    state: "STABLE",
    type: "CLASSIC",
    firstSeenAt: 1,
  };
  const rest = { samples: 1, absent: 0, hasCommits: true, staleSince: undefined, problem: undefined };
  groupStore(watched.world.rig.runtime.ports.sql).put({ ...row, ...rest });
}

/** The whole story; gives the secrets that consumers were shown, and the statuses of all routes. */
async function play() {
  const { world, wire, channels } = watched;
  const { consumer } = world;
  const { market } = consumer;
  const shown = new Set<string>();
  const statuses = new Map<string, readonly number[]>();
  const look = async (fits: (route: Route) => boolean = isRead) => {
    for (const [route, found] of await channels.ask(fits))
      statuses.set(route, [...(statuses.get(route) ?? []), ...found]);
  };
  const isServed = (item: Item) => market.level(item) === "Success";
  const note = (item: Item) => {
    const { apiSecret, password, srSecret } = market.revealed(item);
    for (const secret of [apiSecret, password, srSecret]) if (secret !== undefined) shown.add(secret);
  };

  plantGroup();
  await look();
  wire.fails = true;
  const access = await consumer.access("orders", { operations: "both" });
  const one = await consumer.credential("orders", "yes");
  const other = await consumer.credential("orders", "yes");
  const all = [access, one, other];
  await watched.until("what was asked for", () => all.every(isServed), all);
  await look();
  for (const item of [one, other]) note(item);
  const before = JSON.stringify(market.revealed(one));
  market.rotate(one);
  await watched.until("a new key", () => isServed(one) && JSON.stringify(market.revealed(one)) !== before, [one]);
  note(one);
  const group = `${market.accessData(access).groupPrefix}x`;
  const outcome = () => outcomeOf(() => consumer.login(other).consume(group, "orders", 1));
  market.suspend(other);
  await watched.until("a suspension", () => isServed(other) && outcome() === "GROUP_AUTHORIZATION_FAILED", [other]);
  await look();
  market.enable(other);
  await watched.until("an end of it", () => isServed(other) && outcome() === "allowed", [other]);
  market.remove(other);
  await watched.until("the removal of a credential", () => !market.isThere(other));
  await look();
  await look((route) => !isRead(route));
  await look();
  const items = [consumer.application, access, one];
  for (const item of items) market.remove(item);
  await watched.until("the removal of everything", () => !items.some((item) => market.isThere(item)));
  await look();
  return { shown, statuses };
}

describe.each(["cloud", "platform"] as const)("row 61: a whole story of provisioning on %s", (side) => {
  test("tells no secret anywhere, although upstreams fail in every step and repeat what they were sent", async () => {
    watched = await Watched.start(side);
    const { secrets, wire, channels } = watched;
    const { shown, statuses } = await play();

    expect(channels.leaks(secrets)).toEqual({});
    // Each secret that the consumers were shown was among those looked for, and so was every kind of secret.
    expect(shown.size).toBe(side === "cloud" ? 6 : 3);
    expect([...shown].filter((secret) => !secrets.has(secret))).toEqual([]);
    const made =
      side === "cloud"
        ? ["API key secret", "CENTRAL_AUTH_CLIENTSECRET", "KAFKA_CLOUD_AUTH_APIKEY_SECRET", "Basic credentials"]
        : ["SASL password", "CENTRAL_AUTH_PRIVATEKEY_DATA", "client assertion", "KAFKA_USERS_TOKEN"];
    const kinds = [...made, ...Object.keys(TOKENS), "@Secret", "a header's value", "access token"];
    expect([...secrets.names]).toEqual(expect.arrayContaining(kinds));
    // Whatever makes or takes something away has failed, and the story had failures of every sort.
    const writes = [...wire.failed].filter(([shape]) => /^(?:POST|PUT|DELETE)/.test(shape));
    expect(writes.length).toBeGreaterThan(10);
    expect([...wire.failed.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThan(100);
    // Every route was answered, none was refused, and what reads had something to tell.
    for (const [route, found] of statuses) {
      expect(found, route).not.toContain(401);
      expect(found, route).not.toContain(500);
      if (route.startsWith("GET")) expect(found, route).toContain(200);
    }
  }, 120_000);
});
