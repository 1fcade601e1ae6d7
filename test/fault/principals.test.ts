import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { formatLabel, saslUserName, serviceAccountName } from "../../src/confluent/labels.ts";
import type { Item } from "../sandbox/amplify/marketplace-server.ts";
import type { Fault } from "../sandbox/core/faults.ts";
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

async function start(side: "cloud" | "platform"): Promise<Subscribing> {
  const given = await subscribing(side);
  opened.push(given);
  return given;
}

/** Whom the credential's principal will be labelled with. */
function ownerOf({ rig }: Subscribing, { selfLink }: Item) {
  const { amplify } = rig.sandbox.parts;
  const idOf = (link: string) => String((amplify.get(link)?.metadata as { id?: string } | undefined)?.id);
  const environment = idOf(`/management/v1/environments/${rig.config.central.environment}`);
  return { organization: rig.config.central.organizationId, environment, credential: idOf(selfLink) };
}

describe("a service account of the name that we would give", () => {
  test("is adopted when it bears our label for this credential", async () => {
    const given = await start("cloud");
    const { rig, consumer } = given;
    const { organization } = rig.sandbox.parts;
    const access = await consumer.access("orders");
    const credential = await consumer.credential("orders");
    const owner = ownerOf(given, credential);
    const name = await serviceAccountName(owner, consumer.application.name);
    const account = organization.addServiceAccount(name, formatLabel(owner));
    await consumer.served();
    expect(given.levels(access, credential)).toEqual(["Success", "Success"]);
    expect(given.accounts()).toEqual([account]);
    expect(given.keys().map((key) => key.owner)).toEqual([account.id]);
  });

  test.each([
    ["without a label", () => "made by hand"],
    [
      "with the label of another credential",
      (owner: ReturnType<typeof ownerOf>) => formatLabel({ ...owner, credential: "another" }),
    ],
    [
      "with the label of another environment",
      (owner: ReturnType<typeof ownerOf>) => formatLabel({ ...owner, environment: "another" }),
    ],
  ])("%s is never taken over: the credential ends in Error and names it to the operator", async (_, describe_) => {
    const given = await start("cloud");
    const { rig, consumer } = given;
    const { organization } = rig.sandbox.parts;
    const credential = await consumer.credential("orders");
    const owner = ownerOf(given, credential);
    const name = await serviceAccountName(owner, consumer.application.name);
    const account = organization.addServiceAccount(name, describe_(owner));
    await consumer.served();
    expect(given.told(credential)).toEqual(["Error", "The credential could not be made. Ask the provider of the API."]);
    expect([organization.owners.get(account.id), given.keys(), given.acls()]).toEqual([account, [], []]);
    const [row] = rig.grants().filter(({ kind }) => kind === "credential");
    expect(row?.error).toBe(
      `${name} exists and is not ours, so it was not touched. Rename or remove it, then retry the request.`,
    );
    organization.removeOwner(account.id);
    await rig.live(HOUR_MS + MINUTE_MS);
    expect(given.levels(credential)).toEqual(["Success"]);
  });
});

describe("a SASL user of the name that we would give", () => {
  test("that somebody else made is left alone without any ACL, and the next number is taken", async () => {
    const given = await start("platform");
    const { rig, consumer } = given;
    const { users } = rig.sandbox.parts;
    const access = await consumer.access("orders");
    const credential = await consumer.credential("orders");
    const owner = ownerOf(given, credential);
    const [first, second] = [await saslUserName(owner, 1), await saslUserName(owner, 2)];
    users.put(first, "SCRAM-SHA-512", "of-somebody-else", false);
    await consumer.served();
    expect(given.levels(access, credential)).toEqual(["Success", "Success"]);
    expect(consumer.market.revealed(credential).username).toBe(second);
    expect(users.login(first, "of-somebody-else")).toBe(`User:${first}`);
    const { acls } = rig.sandbox.parts.clusters.platform;
    expect(acls.snapshot().filter(({ acl }) => acl.principal === `User:${first}`)).toEqual([]);
    const group = `${consumer.market.accessData(access).groupPrefix}x`;
    expect(outcomeOf(() => consumer.login(credential).consume(group, "orders", 1))).toBe("allowed");
    for (const item of [access, credential]) consumer.market.remove(item);
    await rig.live(3 * MINUTE_MS);
    expect([given.users(), given.acls()]).toEqual([[first], []]);
  });

  test("rotates past a number that somebody else took", async () => {
    const given = await start("platform");
    const { rig, consumer } = given;
    const credential = await consumer.credential("orders");
    await consumer.served();
    const owner = ownerOf(given, credential);
    rig.sandbox.parts.users.put(await saslUserName(owner, 2), "SCRAM-SHA-512", "of-somebody-else", false);
    consumer.market.rotate(credential);
    await consumer.served();
    expect(given.levels(credential)).toEqual(["Success"]);
    expect(consumer.market.revealed(credential).username).toBe(await saslUserName(owner, 3));
  });
});

const json = (status: number, body: unknown): Fault => ({
  do: "answer",
  status,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

describe("a limit of Confluent Cloud that is reached", () => {
  const QUOTAS: readonly (readonly [what: string, path: string, fault: Fault])[] = [
    [
      "service accounts",
      "/iam/v2/service-accounts",
      json(402, { errors: [{ status: "402", code: "quota_exceeded" }] }),
    ],
    [
      "service accounts",
      "/iam/v2/service-accounts",
      json(409, { errors: [{ status: "409", detail: "You have reached the maximum number of service accounts" }] }),
    ],
    ["API keys", "/iam/v2/api-keys", json(402, { errors: [{ status: "402", code: "quota_exceeded" }] })],
    [
      "API keys",
      "/iam/v2/api-keys",
      json(400, { errors: [{ status: "400", detail: "The quota of API keys was exceeded" }] }),
    ],
  ];

  const LIMITS: Readonly<Record<string, number>> = { "service accounts": 1000, "API keys": 500 };

  test.each(QUOTAS)(
    "for %s (POST %s) is told in words, not asked again at once, and mended without a new request",
    async (what, path, fault) => {
      const given = await start("cloud");
      const { rig, consumer } = given;
      const access = await consumer.access("orders");
      const credential = await consumer.credential("orders");
      rig.sandbox.faults.add({ name: "full", when: { method: "POST", path }, fault });
      const mark = rig.mark();
      await rig.live(30 * MINUTE_MS);
      const posted = () => rig.confluent(mark).filter((each) => each.method === "POST" && each.path === path);
      expect(posted()).toHaveLength(1);
      expect(given.levels(access)).toEqual(["Success"]);
      expect(given.told(credential)).toEqual([
        "Error",
        `The provider's limit of ${LIMITS[what]} for ${what} is reached. Ask the provider of the API.`,
      ]);
      const [row] = rig.grants().filter(({ kind }) => kind === "credential");
      // With the figures of service-quota v1.
      expect(row?.error).toMatch(
        new RegExp(`^The limit of ${LIMITS[what]} for ${what} is reached [(][0-9]+ in use[)][.]`),
      );
      await rig.live(4 * HOUR_MS);
      // After one hour, and after two more.
      expect(posted()).toHaveLength(3);
      rig.sandbox.faults.clear();
      await rig.live(4 * HOUR_MS);
      expect(given.levels(credential)).toEqual(["Success"]);
      expect([given.accounts().length, given.keys().length]).toEqual([1, 1]);
      expect(rig.grants().find(({ kind }) => kind === "credential")?.error).toBeUndefined();
    },
  );
});
