import { afterEach, describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../sandbox/amplify/json.ts";
import { consumerKeys } from "../sandbox/amplify/marketplace-secrets.ts";
import { provisioningPermissionsOf } from "../sandbox/lacking.ts";
import { createSandbox } from "../sandbox/sandbox.ts";
import { linkOf as linkOfResource } from "../support/amplify-view.ts";
import { Consumer } from "../support/consumer.ts";
import { worldOf } from "../support/imported.ts";
import { HOUR_MS, MINUTE_MS, Rig, unwrap } from "../support/rig.ts";
import { dumpRows, textOfRows } from "../support/rows.ts";

const TOKEN = "webhook-token-of-the-first-day";
const URL = "https://worker.example";
const set = { PUBLIC_URL: URL, WEBHOOK_TOKEN: TOKEN };
const quiet = { KAFKA_DISCOVERY_INTERVAL: "24h", CENTRAL_REQUESTSPERMINUTE: "6000" };

let rig: Rig;
afterEach(() => {
  expect(rig.sandbox.defects).toEqual([]);
  rig.close();
});

async function start(variables: Readonly<Record<string, string>> = set): Promise<Rig> {
  rig = new Rig({
    side: "platform",
    world: worldOf("orders"),
    amplifyRequestsPerMinute: "unlimited",
    variables: { ...quiet, ...variables },
  });
  await rig.settle();
  return rig;
}

const KINDS = ["Integration", "Secret", "Webhook", "ResourceHook", "WatchTopic"] as const;
type Kind = (typeof KINDS)[number];
const NAME = "meridian-platform-kafka-worker";
const there = (kind: Kind): JsonObject | undefined =>
  rig.sandbox.parts.amplify.resources(kind).find(({ name }) => name === NAME);
const all = () => KINDS.filter((kind) => there(kind) !== undefined);
const specOf = (kind: Kind) => there(kind)?.spec as JsonObject;
const linkOf = (kind: Kind) => linkOfResource(there(kind) ?? {});
/** Requests about the four, as method and kind. */
const asked = (after: number) =>
  rig.sandbox.log
    .after(after)
    .filter(({ path }) => path.includes("/integrations"))
    .map(({ method, path }) => `${method} ${path.split("?")[0]?.split("/")[6] ?? "integrations"}`);
const states = async () => {
  const { resources } = unwrap(await rig.actor.installation());
  return Object.fromEntries(resources.map(({ kind, state }) => [kind, state]));
};
const everything = (state: string) => Object.fromEntries(KINDS.map((kind) => [kind, state]));

/** As a person in Amplify. */
function change(kind: Kind, spec: JsonObject): void {
  rig.sandbox.parts.amplify.edit(linkOf(kind), { spec: { ...specOf(kind), ...spec } });
}

describe("the installation", () => {
  test("makes itself at first start, in five requests, and asks nothing more within the day", async () => {
    await start();
    expect(all()).toEqual([...KINDS]);
    expect(asked(0)).toEqual([
      "GET integrations",
      "POST integrations",
      "POST secrets",
      "POST webhooks",
      "POST resourcehooks",
    ]);
    expect(specOf("Webhook")).toMatchObject({ enabled: true, url: `${URL}/amplify/webhook` });
    expect(specOf("Secret")).toEqual({ data: { token: TOKEN } });
    const mark = rig.mark();
    for (let hour = 0; hour < 23; hour++) {
      rig.sandbox.clock.advance(HOUR_MS);
      await rig.settle();
    }
    rig.evict();
    await rig.settle();
    expect(asked(mark)).toEqual([]);
    rig.sandbox.clock.advance(2 * HOUR_MS);
    await rig.settle();
    expect(asked(mark)).toEqual(["GET integrations", "GET secrets", "GET webhooks", "GET resourcehooks"]);
    expect(await states()).toEqual(everything("right"));
  });

  test("repairs within a day, or when asked, what a person changed, and says before what that is", async () => {
    await start();
    const { amplify } = rig.sandbox.parts;
    const wrong = async () => {
      change("Webhook", { enabled: false });
      change("Secret", { data: { token: "another" } });
      amplify.remove(linkOf("ResourceHook"));
      change("WatchTopic", { filters: (specOf("WatchTopic").filters as Json[]).slice(1) });
      expect(await states()).toEqual({
        Integration: "right",
        Secret: "changed",
        Webhook: "changed",
        ResourceHook: "missing",
        WatchTopic: "changed",
      });
    };
    await wrong();
    rig.sandbox.clock.advance(25 * HOUR_MS);
    await rig.settle();
    expect(await states()).toEqual(everything("right"));
    await wrong();
    unwrap(await rig.actor.install("installed"));
    await rig.settle();
    expect(await states()).toEqual(everything("right"));
    expect(specOf("Secret")).toEqual({ data: { token: TOKEN } });
    const audit = unwrap(await rig.actor.audit({ limit: 20 })).items.map(({ detail }) => detail);
    expect(audit).toContain("repair the Webhook meridian-platform-kafka-worker");
  });

  test("is taken away when asked, stays away, and comes back when asked", async () => {
    await start();
    unwrap(await rig.actor.install("removed"));
    await rig.settle();
    expect(all()).toEqual([]);
    expect(unwrap(await rig.actor.overview()).problems).toMatchObject([{ what: "events" }]);
    const mark = rig.mark();
    rig.evict();
    for (let hour = 0; hour < 26; hour++) {
      rig.sandbox.clock.advance(HOUR_MS);
      await rig.settle();
    }
    expect(all()).toEqual([]);
    expect(asked(mark)).toEqual([]);
    expect(await states()).toEqual(everything("absent"));
    unwrap(await rig.actor.install("removed"));
    await rig.settle();
    unwrap(await rig.actor.install("installed"));
    await rig.settle();
    expect(all()).toEqual([...KINDS]);
    const polls = rig.mark();
    await rig.live(2 * MINUTE_MS);
    expect(rig.sandbox.log.after(polls).some(({ path }) => path.startsWith("/events/"))).toBe(true);
  });

  test("once taken away leaves the daily lists, which find what consumers ask for", async () => {
    await start();
    unwrap(await rig.actor.install("removed"));
    await rig.live(5 * MINUTE_MS);
    const consumer = new Consumer(rig, "platform", consumerKeys(2048));
    const access = await consumer.access("orders");
    await rig.live(2 * HOUR_MS);
    expect(consumer.market.level(access)).toBe("Pending");
    rig.sandbox.clock.advance(23 * HOUR_MS);
    await rig.live(5 * MINUTE_MS);
    expect(consumer.market.level(access)).toBe("Success");
    expect(there("WatchTopic")).toBeUndefined();
  });

  test("leaves what others put into the integration", async () => {
    await start();
    rig.sandbox.parts.amplify.create({
      kind: "Webhook",
      scope: { kind: "Integration", name: "meridian-platform-kafka-worker" },
      body: { name: "theirs", spec: { url: "https://theirs.example" } },
    });
    unwrap(await rig.actor.install("removed"));
    await rig.settle();
    expect(all()).toEqual(["Integration"]);
    expect(rig.sandbox.parts.amplify.resources("Webhook").map(({ name }) => name)).toEqual(["theirs"]);
  });

  test("gives Amplify a new token and a new address at once, and nothing else", async () => {
    await start();
    const mark = rig.mark();
    const NEXT = "webhook-token-of-the-second-day";
    rig.redeploy({ ...quiet, PUBLIC_URL: "https://moved.example", WEBHOOK_TOKEN: `${NEXT} ${TOKEN}` });
    await rig.settle();
    expect(specOf("Secret")).toEqual({ data: { token: NEXT } });
    expect(specOf("Webhook")).toMatchObject({ url: "https://moved.example/amplify/webhook" });
    expect(asked(mark).filter((each) => !each.startsWith("GET"))).toEqual(["PUT secrets", "PUT webhooks"]);
    const before = rig.mark();
    rig.redeploy({ ...quiet, PUBLIC_URL: "https://moved.example", WEBHOOK_TOKEN: NEXT });
    await rig.settle();
    expect(asked(before)).toEqual([]);
  });

  test.each([
    ["PUBLIC_URL", { WEBHOOK_TOKEN: TOKEN }],
    ["WEBHOOK_TOKEN", { PUBLIC_URL: URL }],
  ])("is the watch topic alone without %s, and says why", async (_which, variables) => {
    await start(variables);
    expect(all()).toEqual(["WatchTopic"]);
    expect(asked(0)).toEqual([]);
    expect(unwrap(await rig.actor.installation())).toMatchObject({
      wanted: "installed",
      url: undefined,
      noWebhookBecause: expect.stringContaining("PUBLIC_URL or WEBHOOK_TOKEN is not set"),
    });
  });

  test("takes its webhook away when PUBLIC_URL is no longer set", async () => {
    await start();
    rig.redeploy(quiet);
    await rig.settle();
    expect(all()).toEqual(["WatchTopic"]);
  });

  test("writes nothing in plan mode, and refuses to when asked, but counts its requests", async () => {
    await start({ ...set, KAFKA_DISCOVERY_MODE: "plan" });
    expect(await rig.actor.install("installed")).toMatchObject({ ok: false, reason: "conflict" });
    expect(await rig.actor.install("removed")).toMatchObject({ ok: false, reason: "conflict" });
    await rig.settle();
    expect(rig.writes()).toEqual([]);
    expect(await states()).toEqual(everything("missing"));
    const planned = unwrap(await rig.actor.plan()).requests.events;
    rig.redeploy({ ...quiet, KAFKA_DISCOVERY_MODE: "plan" });
    expect(planned - unwrap(await rig.actor.plan()).requests.events).toBe(5);
  });

  test("goes on where it was cut off, and makes nothing twice", async () => {
    rig = new Rig({
      side: "platform",
      world: worldOf("orders"),
      amplifyRequestsPerMinute: "unlimited",
      variables: { ...quiet, ...set },
    });
    // The server acts and the answer is lost, once for each of the four.
    for (const name of ["integrations", "secrets", "webhooks", "resourcehooks"]) {
      const when = { method: "POST", path: `/apis/**/${name}`, calls: { nth: 1 } };
      rig.sandbox.faults.add({ name, when, fault: { do: "lose-reply" } });
    }
    await rig.settle();
    expect(rig.sandbox.faults.list().map(({ fired }) => fired)).toEqual([1, 1, 1, 1]);
    expect(asked(0).filter((each) => each.startsWith("POST"))).toHaveLength(4);
    expect(await states()).toEqual(everything("right"));
  });

  test("leaves everything else at work where a permission is missing, and says which", async () => {
    const webhooks = provisioningPermissionsOf("platform").find(({ name }) => name === "amplify-webhooks-write");
    if (!webhooks) throw new Error("the sandbox knows no such permission");
    const sandbox = createSandbox({ inProcess: true, amplifyRequestsPerMinute: "unlimited", world: worldOf("orders") });
    const lacking = sandbox.environmentVariables("platform", { lacking: webhooks });
    rig = new Rig({ side: "platform", sandbox, variables: { ...lacking, ...quiet, ...set } });
    await rig.live(5 * MINUTE_MS);
    expect(all()).toEqual(["Integration", "Secret", "WatchTopic"]);
    const { problems, topics } = unwrap(await rig.actor.overview());
    expect(problems).toMatchObject([{ what: "webhook", message: expect.stringContaining("webhooks") }]);
    expect(topics.published).toBe(1);
    expect(rig.work().filter(({ dead }) => dead)).toEqual([]);
  });

  test("keeps the token out of rows, logs and answers", async () => {
    await start();
    const answers = JSON.stringify([
      await rig.actor.installation(),
      await rig.actor.overview(),
      await rig.actor.work({ limit: 100 }),
      await rig.actor.audit({ limit: 100 }),
    ]);
    for (const text of [textOfRows(dumpRows(rig.runtime.ports.sql)), rig.logged.join("\n"), answers])
      expect(text).not.toContain(TOKEN);
  });
});
