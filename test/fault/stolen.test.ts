import { afterEach, describe, expect, test } from "vitest";
import { createSeal } from "../../src/amplify/sealing.ts";
import { patient } from "../support/killed.ts";
import { MINUTE_MS, Rig } from "../support/rig.ts";
import { dumpRows, loadRows, type Rows } from "../support/rows.ts";
import { Secrets, tablesAsText } from "../support/secret-search.ts";
import { Wire } from "../support/secret-wire.ts";
import { outcomeOf, type Subscribing, subscribing, variables } from "../support/subscribing.ts";
import { Surface } from "../support/surface.ts";

const PASSWORD = "@Secret.kafka.rest.password";
const SIDES = ["cloud", "platform"] as const;
type Side = (typeof SIDES)[number];

let world: Subscribing;
afterEach(() => world.close());

interface Sealed {
  readonly kind: string;
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly expires_at: number;
}

function sealedIn(rows: Rows): readonly Sealed[] {
  return (rows.get("sealed") ?? []) as unknown as readonly Sealed[];
}

/** Ids of recorded keys that were not seen to work yet: only these have a secret to keep. */
function waitingIn(rows: Rows): ReadonlySet<string> {
  interface Key {
    readonly id: string;
    readonly state: string;
    readonly registry?: Key;
  }
  const records = (rows.get("grants") ?? []).map(
    ({ record_json }) => JSON.parse(String(record_json)) as { keys?: Key[] },
  );
  const all = records.flatMap(({ keys = [] }) => keys.flatMap((key) => [key, ...(key.registry ? [key.registry] : [])]));
  return new Set(all.filter(({ state }) => state === "made").map(({ id }) => id));
}

/** A subscription, and the rows of the moment in which a new key waits to be seen to work. */
async function inFlight(side: Side) {
  const secrets = new Secrets();
  const wire = new Wire(secrets);
  const options = side === "platform" ? { KAFKA_CLUSTER_REST_AUTH_PASSWORD: PASSWORD } : {};
  let waiting: Rows | undefined;
  const steps: Rows[] = [];
  world = await subscribing(side, {
    variables: options,
    adapt: (ports) => ({
      ...wire.adapt(ports),
      sql: {
        exec: (statement, ...parameters) => ports.sql.exec(statement, ...parameters),
        transaction: (work) => {
          const result = ports.sql.transaction(work);
          const rows = dumpRows(ports.sql);
          steps.push(rows);
          if (waitingIn(rows).size > 0) waiting ??= rows;
          return result;
        },
      },
    }),
  });
  const { rig, consumer } = world;
  const access = await consumer.access("orders");
  const credential = await consumer.credential("orders", "yes");
  await rig.live(8 * MINUTE_MS);
  expect(world.levels(access, credential)).toEqual(["Success", "Success"]);
  if (!waiting) throw new Error("no key was ever waited for");
  return { access, credential, steps, waiting, secrets };
}

describe.each(SIDES)("the database of a connection on %s", (side) => {
  test("has sealed rows for the token, values of @Secret and keys that wait, for no longer than each is needed", async () => {
    const { access, credential, steps } = await inFlight(side);
    const { rig, consumer } = world;
    consumer.market.rotate(credential);
    await rig.live(15 * MINUTE_MS);
    for (const item of [access, credential, consumer.application]) consumer.market.remove(item);
    await rig.live(5 * MINUTE_MS);
    world.expectNothingLeft();
    expect(steps.length).toBeGreaterThan(50);
    const kept = steps.flatMap((rows) => sealedIn(rows).map((row) => ({ ...row, waits: waitingIn(rows) })));
    const kinds = new Set(kept.map(({ kind, key }) => (kind === "key" ? kind : `${kind} ${key}`)));
    expect([...kinds].sort()).toEqual(["key", ...(side === "platform" ? ["secret values"] : []), "token amplify"]);
    // A password of ours is kept before the user is made, and so before there is a key to record.
    const ofKeys = kept.filter(({ kind }) => side === "cloud" && kind === "key");
    expect(ofKeys.filter(({ key, waits }) => !waits.has(key))).toEqual([]);
    const left = sealedIn(dumpRows(rig.runtime.ports.sql));
    expect(left.map(({ kind }) => kind)).not.toContain("key");
    // A token of the sandbox lives for half an hour.
    const longest = { secret: 60 * MINUTE_MS, token: 24 * MINUTE_MS };
    const tooLong = left.filter(({ kind, expires_at }) => expires_at - rig.now > longest[kind as keyof typeof longest]);
    expect(tooLong).toEqual([]);
    rig.sandbox.clock.advance(61 * MINUTE_MS);
    await rig.actor.tick();
    expect(sealedIn(dumpRows(rig.runtime.ports.sql))).toEqual([]);
  });

  test("gives nothing that opens, alone or in a Worker with other secrets, in another place, or to us what is the consumer's", async () => {
    const { credential, waiting, secrets } = await inFlight(side);
    const { rig, consumer } = world;
    const text = [...tablesAsText(waiting).values()].join("\n");
    expect(text).toContain("consumer-application");
    expect(secrets.in(text)).toEqual([]);

    const { name, auth } = rig.config;
    if (auth.kind !== "key-pair") throw new Error("this connection logs in with a key");
    const material = Buffer.from(auth.privateKeyPem.replace(/-----[^-]+-----|\s/g, ""), "base64");
    const own = await createSeal({ secretMaterial: new Uint8Array(material), connection: name });
    const { privateKey } = rig.sandbox.endpoints().amplify.clients[side === "cloud" ? "platform" : "cloud"];
    const others = Buffer.from(privateKey.replace(/-----[^-]+-----|\s/g, ""), "base64");
    const thieves = [
      await createSeal({ secretMaterial: new Uint8Array(others), connection: name }),
      await createSeal({ secretMaterial: new Uint8Array(material), connection: `${name}-2` }),
    ];
    const sealed = sealedIn(waiting);
    expect(sealed.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["key", "token"]));
    for (const { kind, key, bytes } of sealed) {
      expect(await own.open("sealed", `${kind}/${key}`, bytes)).toBeDefined();
      for (const thief of thieves) expect(await thief.open("sealed", `${kind}/${key}`, bytes)).toBeUndefined();
      for (const other of sealed.filter((each) => each !== sealed.find((one) => one.bytes === bytes)))
        expect(await own.open("sealed", `${other.kind}/${other.key}`, bytes)).toBeUndefined();
      expect(await own.open("known", `${kind}/${key}`, bytes)).toBeUndefined();
    }
    // What the consumer gets stands in its row, for a key that only the marketplace has.
    const shown = consumer.market.revealed(credential);
    const row = (waiting.get("grants") ?? []).find((each) => each.kind === "credential");
    const { keys } = JSON.parse(String(row?.record_json)) as { keys: { data: Record<string, string> }[] };
    const encrypted = keys[0]?.data.apiSecret ?? keys[0]?.data.password ?? "";
    expect(encrypted.length).toBeGreaterThan(300);
    expect(await own.open("grants", "credential", Buffer.from(encrypted, "base64"))).toBeUndefined();
    expect(JSON.stringify(keys)).not.toContain(shown.apiSecret ?? shown.password);
  });

  test("put under a Worker with another login is as if its secrets were lost: what cannot be tried any more is made anew, and the consumer gets one that works", async () => {
    const { access, credential, waiting } = await inFlight(side);
    const { rig, consumer } = world;
    const shown = JSON.stringify(consumer.market.revealed(credential));
    const moved = new Map(waiting);
    const swapped = sealedIn(waiting).map((row) => ({ ...row, bytes: Uint8Array.from(row.bytes, (byte) => byte ^ 1) }));
    moved.set("sealed", swapped as never);
    const next = new Rig({
      side,
      sandbox: rig.sandbox,
      variables: { ...variables },
      randomSeed: 7,
      configure: patient,
    });
    await next.actor.tick();
    loadRows(next.runtime.ports.sql, moved);
    next.evict();
    await next.live(15 * MINUTE_MS);
    expect(world.levels(access, credential)).toEqual(["Success", "Success"]);
    // That a user of the brokers is there can be seen without its password, which the consumer's row holds encrypted.
    const isSame = JSON.stringify(consumer.market.revealed(credential)) === shown;
    expect(isSame).toBe(side === "platform");
    const group = `${consumer.market.accessData(access).groupPrefix}x`;
    expect(outcomeOf(() => consumer.login(credential).consume(group, "orders", 1))).toBe("allowed");
    expect(side === "cloud" ? world.accounts() : world.users()).toHaveLength(1);
    next.close();
  });
});

describe("a token of this Worker", () => {
  const LOGIN = {
    admin: "admin-3c9f1f6be2b14d0f8a",
    webhook: "webhook-5a0d9c4e7b21f83d",
    metrics: "metrics-e81b2d7f40c95a36",
  };

  test.each([
    ["nobody's", {}, ["GET /health", "GET /style.css"]],
    [
      "WEBHOOK_TOKEN",
      { "x-kafka-worker-token": LOGIN.webhook },
      ["GET /health", "GET /style.css", "POST /amplify/webhook"],
    ],
    [
      "WEBHOOK_TOKEN as a bearer token",
      { authorization: `Bearer ${LOGIN.webhook}` },
      ["GET /health", "GET /style.css"],
    ],
    ["METRICS_TOKEN", { authorization: `Bearer ${LOGIN.metrics}` }, ["GET /health", "GET /metrics", "GET /style.css"]],
    ["ADMIN_TOKEN as a webhook's", { "x-kafka-worker-token": LOGIN.admin }, ["GET /health", "GET /style.css"]],
  ])("%s opens these routes and no other", async (_whose, headers, expected) => {
    world = await subscribing("platform");
    const surface = new Surface(world.rig, LOGIN);
    const open: string[] = [];
    for (const route of surface.routes) {
      const [address = ""] = surface.addresses(route);
      const { status } = await surface.app.request(address, { method: route.method, headers: { ...headers } });
      if (status !== 401) open.push(`${route.method} ${route.path}`);
    }
    expect(open.sort()).toEqual(expected);
  });

  test("WEBHOOK_TOKEN makes a consumer's request be read again and nothing else, however often and whatever it says", async () => {
    world = await subscribing("platform");
    const { rig, consumer } = world;
    const access = await consumer.access("orders");
    await rig.live(3 * MINUTE_MS);
    const { environment, organizationId } = rig.config.central;
    const surface = new Surface(rig, LOGIN);
    const mark = rig.mark();
    const before = world.acls();
    const body = JSON.stringify({
      type: "SubResourceUpdated",
      organization: { id: organizationId },
      payload: {
        group: "management",
        apiVersion: "v1",
        kind: "AccessRequest",
        name: access.name,
        status: { level: "Pending" },
        spec: { data: { operations: "both" } },
        metadata: {
          scope: { kind: "Environment", name: environment },
          selfLink: access.selfLink,
          resourceVersion: "99999",
        },
      },
    });
    for (let count = 0; count < 200; count++) {
      const headers = { "x-kafka-worker-token": LOGIN.webhook };
      expect((await surface.app.request("/amplify/webhook", { method: "POST", headers, body })).status).toBe(202);
    }
    await rig.live(MINUTE_MS);
    expect(rig.writes(mark)).toEqual([]);
    expect(rig.amplify(mark).filter(({ path }) => path.includes("/accessrequests/")).length).toBeLessThanOrEqual(2);
    expect(rig.confluent(mark).filter(({ method }) => method !== "GET")).toEqual([]);
    expect(world.acls()).toEqual(before);
  });
});
