import { describe, expect, it } from "vitest";
import { type AclBinding, difference } from "../../../src/confluent/acl-binding.ts";
import { createAcls } from "../../../src/confluent/acls.ts";
import { createApiKeys } from "../../../src/confluent/api-keys.ts";
import { samePattern, subjectPattern } from "../../../src/confluent/crn.ts";
import {
  formatLabel,
  groupPrefix,
  parseLabel,
  saslUserName,
  serviceAccountName,
} from "../../../src/confluent/labels.ts";
import type { Cluster } from "../../../src/confluent/model.ts";
import { type KeyLogin, probeKafka, probeSubject } from "../../../src/confluent/probe.ts";
import { readQuotas } from "../../../src/confluent/quotas.ts";
import { readRegistryName } from "../../../src/confluent/registries.ts";
import { createRest } from "../../../src/confluent/rest.ts";
import { createRoleBindings } from "../../../src/confluent/role-bindings.ts";
import { createServiceAccounts } from "../../../src/confluent/service-accounts.ts";
import { createUserAdmin } from "../../../src/confluent/users.ts";
import type { Upstream } from "../../../src/http/outlet.ts";
import { createSandbox, type SandboxOptions } from "../../sandbox/sandbox.ts";
import { avro } from "../../sandbox/world/catalogue/types.ts";
import { failureFrom } from "../http/support.ts";
import { worldOf } from "./support.ts";

const owner = { organization: "100", environment: "8ac9a1", credential: "c0ffee" };
const SUBJECT = ":.eu:orders-value";
const PASSWORD = "a-password-of-twenty-letters";

/** Every client, towards one sandbox by its own clock. */
function everything(options: SandboxOptions = {}) {
  const subjects = [SUBJECT, "orders-value"].map((subject) => ({ subject, versions: [avro("string")] }));
  const topics = [{ name: "orders", expected: "published" as const }];
  const sandbox = createSandbox({ inProcess: true, world: { topics, subjects }, ...options });
  const { confluentCloud: cloud, confluentPlatform: platform } = sandbox.endpoints();
  const { outlet } = worldOf((request) => sandbox.fetch(request));
  const clock = { now: () => sandbox.clock.now() };
  const rest = (upstream: Upstream, id: string, secret: string) => {
    const credentials = { kind: "basic", username: id, password: secret } as const;
    const access = { credentials, timeoutMs: 5000, variable: "KEY" };
    return createRest({ outlet, clock, upstream, access, headers: { Accept: "application/json" } });
  };
  const { apiKeys } = cloud;
  const control = rest("cloud", apiKeys.cloud.id, apiKeys.cloud.secret);
  const { username, password } = platform.kafkaRest;
  const probes = { outlet, clock, headers: {}, timeoutMs: 5000 };
  const cloudCluster: Cluster = {
    clusterId: cloud.clusterId,
    type: "Standard",
    restUrl: cloud.kafkaRestUrl,
    bootstrapServers: [],
    registryUrl: cloud.schemaRegistryUrl,
    registryId: cloud.schemaRegistryId,
  };
  const platformCluster: Cluster = {
    ...cloudCluster,
    clusterId: platform.clusterId,
    type: "Platform",
    restUrl: `${platform.kafkaRestUrl}/v3`,
  };
  return {
    sandbox,
    cloudCluster,
    platformCluster,
    control,
    controlUrl: cloud.controlPlaneUrl,
    accounts: createServiceAccounts(control, cloud.controlPlaneUrl),
    keys: createApiKeys(control, cloud.controlPlaneUrl),
    bindings: createRoleBindings(control, cloud.controlPlaneUrl),
    acls: createAcls(rest("kafka", apiKeys.kafka.id, apiKeys.kafka.secret)),
    platformAcls: createAcls(rest("kafka", username, password)),
    users: createUserAdmin({ ...probes, clock, url: platform.usersUrl, token: platform.usersToken }),
    kafka: async (key: KeyLogin) => (await probeKafka(probes, cloudCluster, key)).kind,
    registry: async (key: KeyLogin) => (await probeSubject(probes, cloudCluster, key, SUBJECT)).kind,
    async account(): Promise<string> {
      const displayName = await serviceAccountName(owner, "app");
      const made = await this.accounts.create({ displayName, description: formatLabel(owner) });
      return made.kind === "created" ? made.account.id : made.kind;
    },
  };
}

async function wanted(principal: string): Promise<AclBinding[]> {
  const all = { principal, host: "*", operation: "READ", permission: "ALLOW" } as const;
  return [
    { ...all, resourceType: "TOPIC", resourceName: "orders", patternType: "LITERAL" },
    { ...all, resourceType: "GROUP", resourceName: await groupPrefix("app-1"), patternType: "PREFIXED" },
  ];
}

describe("access on Confluent Cloud, as the sandbox plays it", () => {
  it("is given, found again by its name and label, and taken back to nothing", async () => {
    const world = everything();
    const { accounts, keys, acls, cloudCluster: cluster } = world;
    const id = await world.account();
    expect(await world.account()).toBe("exists");
    const found = await accounts.findByName(await serviceAccountName(owner, "app"));
    expect([found?.id, parseLabel(found?.description ?? "")]).toEqual([id, { ...owner, operation: undefined }]);
    expect((await accounts.list()).map((account) => account.id)).toContain(id);
    expect((await accounts.get(id))?.createdAt).toBeGreaterThan(0);

    const entries = await wanted(`User:${id}`);
    expect(await acls.ensure(cluster, entries)).toEqual({ kind: "done" });
    expect(await acls.ensure(cluster, entries)).toEqual({ kind: "done" });
    expect(difference(entries, await acls.list(cluster, `User:${id}`))).toEqual({ missing: [], extra: [] });

    const description = formatLabel({ ...owner, operation: "op-1" });
    const made = await keys.create({ owner: id, resource: cluster.clusterId, displayName: "app", description });
    expect(made.kind).toBe("created");
    const [listed] = await keys.list({ owner: id, resource: cluster.clusterId });
    expect(parseLabel(listed?.description ?? "")?.operation).toBe("op-1");
    expect(await keys.list({ owner: id, resource: "lsrc-9k2vpm" })).toEqual([]);

    expect(await acls.removeAll(cluster, `User:${id}`)).toHaveLength(2);
    expect(await acls.removeAll(cluster, `User:${id}`)).toEqual([]);
    expect([await keys.remove(listed?.id ?? ""), await keys.remove(listed?.id ?? "")]).toEqual(["removed", "hidden"]);
    expect([await accounts.remove(id), await accounts.remove(id)]).toEqual(["removed", "absent"]);
    expect(await accounts.get(id)).toBeUndefined();
  });

  it("is ready when the key has been heard of everywhere", async () => {
    const world = everything();
    const id = await world.account();
    const made = await world.keys.create({ owner: id, resource: "lkc-7mr1dn", displayName: "app", description: "" });
    if (made.kind !== "created") throw made.error;
    const seen = [await world.kafka(made)];
    world.sandbox.clock.advance(120_000);
    for (let i = 0; i < 4; i++) seen.push(await world.kafka(made));
    expect(seen).toEqual(["not-yet", "ready", "not-yet", "ready", "ready"]);
    await world.keys.remove(made.id);
    expect(await world.kafka(made)).toBe("not-yet");
  });

  it("to a schema comes and goes with a role binding on exactly that subject", async () => {
    const world = everything({ cloud: { registryKeyMs: 0, flaps: 0 } });
    const id = await world.account();
    const key = await world.keys.create({ owner: id, resource: "lsrc-9k2vpm", displayName: "app", description: "" });
    if (key.kind !== "created") throw key.error;
    const registry = await readRegistryName(world.control, world.controlUrl, "env-m3r1d1", {});
    const base = registry?.crn ?? "";
    const crnPattern = subjectPattern(base, SUBJECT) ?? "";
    const binding = { principal: `User:${id}`, roleName: "DeveloperRead", crnPattern };
    const made = await world.bindings.create(binding);
    expect(made.kind).toBe("created");
    expect((await world.bindings.create(binding)).kind).toBe("exists");
    expect(await world.registry(key)).toBe("not-yet");
    world.sandbox.clock.advance(90_000);
    expect(await world.registry(key)).toBe("ready");

    const all = await world.bindings.list({ ...binding, crnPattern: base });
    expect(all.map((each) => samePattern(each.crnPattern, crnPattern))).toEqual([true]);
    expect(await world.bindings.list(binding)).toEqual(all);
    const bindingId = all[0]?.id ?? "";
    expect([await world.bindings.remove(bindingId), await world.bindings.remove(bindingId)]).toEqual([
      "removed",
      "hidden",
    ]);
    expect(await world.registry(key)).toBe("not-yet");
  });

  it.each([{ do: "lose-reply" }, { do: "act-later", ms: 30_000 }, { do: "truncate" }] as const)(
    "leaves a key that is found by its label when its answer is lost: %j",
    async (fault) => {
      const world = everything();
      const id = await world.account();
      world.sandbox.faults.add({ name: "lost", when: { method: "POST", path: "/iam/v2/api-keys" }, fault });
      const description = formatLabel({ ...owner, operation: "op-7" });
      const made = await world.keys.create({ owner: id, resource: "lkc-7mr1dn", displayName: "app", description });
      expect(made.kind).toBe("lost");
      world.sandbox.clock.advance(30_000);
      await expect
        .poll(async () => (await world.keys.list({ owner: id })).map((key) => parseLabel(key.description)?.operation))
        .toEqual(["op-7"]);
    },
  );

  it("is counted by the quotas, and ends where they do", async () => {
    const world = everything({ cloud: { limits: { "iam.max_service_accounts.per_org": 1 } } });
    const quotas = await readQuotas(world.control, world.controlUrl, { scope: "ORGANIZATION" });
    const accounts = quotas.find(({ id }) => id === "iam.max_service_accounts.per_org");
    expect(accounts).toMatchObject({ limit: 1, usage: expect.any(Number) });
    expect(await world.account()).toBe("quota");
  });
});

describe("ACLs that go wrong, as the sandbox plays it", () => {
  it("are made in part, read back, and completed one by one", async () => {
    const { sandbox, acls, cloudCluster: cluster } = everything();
    const entries = await wanted("User:sa-1");
    sandbox.parts.clusters.cloud.acls.behaviour.nextCreateFailsAfter = 1;
    expect((await acls.ensure(cluster, entries)).kind).toBe("incomplete");
    const { missing } = difference(entries, await acls.list(cluster, "User:sa-1"));
    expect(missing).toHaveLength(1);
    for (const binding of missing) expect(await acls.ensure(cluster, [binding])).toEqual({ kind: "done" });
    expect(difference(entries, await acls.list(cluster, "User:sa-1")).missing).toEqual([]);
  });

  it("end where the cluster's quota does", async () => {
    const { sandbox, acls, cloudCluster: cluster } = everything();
    sandbox.parts.clusters.cloud.acls.behaviour.quota = 1;
    expect((await acls.ensure(cluster, await wanted("User:sa-1"))).kind).toBe("quota");
  });
});

describe("access on Confluent Platform, as the sandbox plays it", () => {
  it("is a user with entries of its own, and nothing after", async () => {
    const { users, platformAcls: acls, platformCluster: cluster } = everything();
    const [first, second] = [await saslUserName(owner, 1), await saslUserName(owner, 2)];
    const login = { mechanism: "SCRAM-SHA-512", password: PASSWORD, iterations: 8192 };
    for (const name of [first, first, second]) await users.put(name, login);
    expect((await users.list(first.slice(0, -1))).map(({ name }) => name)).toEqual([first, second]);
    expect(await users.get(first)).toEqual({ name: first, mechanisms: ["SCRAM-SHA-512"] });

    const mine = await wanted(`User:${first}`);
    const others = await wanted(`User:${second}`);
    await acls.ensure(cluster, [...mine, ...others]);
    await acls.remove(cluster, mine.slice(0, 1));
    expect(difference(mine, await acls.list(cluster, `User:${first}`))).toEqual({ missing: [mine[0]], extra: [] });
    await acls.removeAll(cluster, `User:${first}`);
    expect(await acls.list(cluster, `User:${first}`)).toEqual([]);
    expect(difference(others, await acls.list(cluster, `User:${second}`))).toEqual({ missing: [], extra: [] });

    await users.remove(first);
    await users.remove(first);
    expect(await users.get(first)).toBeUndefined();
    expect((await failureFrom(users.remove("alice"))).failure.kind).toBe("invalid");
  });
});
