import { describe, expect, it } from "vitest";
import { ConnectionReset } from "../core/wrap.ts";
import { cloudIds } from "../world/organization.ts";
import { CloudWorld, keyRequest } from "./fixture.ts";

const path = "/iam/v2/api-keys";
const never = { cloud: { kafkaKeyMs: 0, registryKeyMs: 0, cloudKeyMs: 0, flaps: 0 } };

interface Key {
  readonly id: string;
  readonly spec: { readonly secret?: string; readonly description: string };
}
const listed = async (world: CloudWorld, owner: string, resource: string): Promise<Key[]> =>
  ((await world.call("GET", `${path}?spec.owner=${owner}&spec.resource=${resource}`)).body as { data: Key[] }).data;

describe("an API key", () => {
  it("is accepted with its secret, which is never shown again", async () => {
    const world = new CloudWorld();
    const owner = await world.account("amp-1");
    const made = await world.call("POST", path, keyRequest(owner, cloudIds.cluster, "amplify:v1"));
    expect(made.status).toBe(202);
    expect(made.headers.has("x-ratelimit-limit")).toBe(false);
    const { id, spec } = made.body as Key;
    expect(id).toMatch(/^[A-Z2-7]{16}$/);
    expect(spec.secret).toHaveLength(64);
    expect(made.body).toMatchObject({
      kind: "ApiKey",
      spec: {
        description: "amplify:v1",
        owner: { id: owner, kind: "ServiceAccount" },
        resource: { id: cloudIds.cluster, kind: "Cluster", api_version: "cmk/v2" },
      },
    });
    const changed = await world.call("PATCH", `${path}/${id}`, { spec: { description: "other" } });
    expect(changed).toMatchObject({ status: 200, body: { spec: { description: "other", display_name: "a key" } } });
    for (const shown of [
      changed.body,
      (await world.call("GET", `${path}/${id}`)).body,
      await listed(world, owner, cloudIds.cluster),
    ]) {
      expect(JSON.stringify(shown)).not.toContain(spec.secret);
    }
    expect(await listed(world, owner, cloudIds.cluster)).toMatchObject([{ id }]);
    expect(await listed(world, owner, cloudIds.registry)).toEqual([]);
  });

  it("is forbidden, not missing, once it is deleted", async () => {
    const world = new CloudWorld(never);
    const key = await world.key(await world.account("amp-1"), cloudIds.cluster);
    expect(await world.atKafka(key)).toBe(200);
    expect((await world.call("DELETE", `${path}/${key.id}`)).status).toBe(204);
    expect(await world.atKafka(key)).toBe(401);
    for (const method of ["DELETE", "GET", "PATCH"]) {
      const body = method === "PATCH" ? { spec: {} } : undefined;
      expect(await world.call(method, `${path}/${key.id}`, body)).toMatchObject({
        status: 403,
        body: { errors: [{ code: "forbidden_access" }] },
      });
    }
  });

  it("may be made twice, and is then two keys of one account", async () => {
    const world = new CloudWorld();
    const owner = await world.account("amp-1");
    const [first, second] = [await world.key(owner, cloudIds.cluster), await world.key(owner, cloudIds.cluster)];
    expect(first.id).not.toBe(second.id);
    expect(await listed(world, owner, cloudIds.cluster)).toHaveLength(2);
  });

  it("is answered 201 by servers that do so", async () => {
    const world = new CloudWorld({ cloud: { keyCreated: 201 } });
    const owner = await world.account("amp-1");
    expect((await world.call("POST", path, keyRequest(owner))).status).toBe(201);
  });

  it("is refused for an account, a cluster or a change that cannot be", async () => {
    const world = new CloudWorld();
    const owner = await world.account("amp-1");
    const status = async (body: unknown) => (await world.call("POST", path, body)).status;
    expect(await status(keyRequest("sa-unknown", cloudIds.cluster))).toBe(403);
    expect(await status(keyRequest(owner, "lkc-foreign"))).toBe(403);
    expect(await status(keyRequest("pool-1"))).toBe(422);
    expect(await status({})).toBe(422);
    expect(await status("{")).toBe(400);
    const { id } = await world.key(owner);
    const moved = { spec: { owner: { id: "u-1" } } };
    expect((await world.call("PATCH", `${path}/${id}`, moved)).status).toBe(422);
  });

  it("is refused when the organisation's or the account's quota is used up", async () => {
    const world = new CloudWorld({ cloud: { limits: { "iam.max_kafka_api_keys.per_service_account": 2 } } });
    const owner = await world.account("amp-1");
    await world.key(owner, cloudIds.cluster);
    await world.key(owner, cloudIds.registry);
    expect(await world.call("POST", path, keyRequest(owner, cloudIds.cluster))).toMatchObject({
      status: 402,
      body: { errors: [{ code: "quota_exceeded", detail: expect.stringContaining("per_service_account") }] },
    });
    const none = new CloudWorld({ cloud: { limits: { "iam.max_kafka_api_keys.per_org": 0 } } });
    const other = await none.account("amp-1");
    expect((await none.call("POST", path, keyRequest(other, cloudIds.cluster))).status).toBe(402);
    expect((await none.call("POST", path, keyRequest(other))).status).toBe(202);
  });
});

describe("a new key on the data plane", () => {
  it("works after two minutes at a cluster, is refused once more, and then works for good", async () => {
    const world = new CloudWorld();
    const key = await world.key(await world.account("amp-1"), cloudIds.cluster);
    expect(await world.atKafka(key)).toBe(401);
    world.sandbox.clock.advance(110_000);
    expect(await world.atKafka(key)).toBe(401);
    world.sandbox.clock.advance(10_000);
    const answers: number[] = [];
    for (let login = 0; login < 5; login++) answers.push(await world.atKafka(key));
    expect(answers).toEqual([200, 401, 200, 200, 200]);
  });

  it("works after one minute at the registry, and after ten seconds at the control plane", async () => {
    const world = new CloudWorld({ cloud: { flaps: 0 } });
    const owner = await world.account("amp-1");
    const [registry, cloud] = [await world.key(owner, cloudIds.registry), await world.key(owner)];
    const atControlPlane = async () => (await world.call("GET", "/org/v2/environments", undefined, cloud)).status;
    expect([await world.atRegistry(registry, "orders-value"), await atControlPlane()]).toEqual([401, 401]);
    world.sandbox.clock.advance(10_000);
    expect([await world.atRegistry(registry, "orders-value"), await atControlPlane()]).toEqual([401, 200]);
    world.sandbox.clock.advance(50_000);
    // It is let in, and may read nothing.
    expect(await world.atRegistry(registry, "orders-value")).toBe(403);
  });

  it("works for what it was made for alone, and never with a wrong secret", async () => {
    const world = new CloudWorld(never);
    const owner = await world.account("amp-1");
    const [kafka, registry] = [await world.key(owner, cloudIds.cluster), await world.key(owner, cloudIds.registry)];
    expect([await world.atKafka(kafka), await world.atKafka(registry)]).toEqual([200, 401]);
    expect([await world.atRegistry(kafka, "orders-value"), await world.atRegistry(registry, "orders-value")]).toEqual([
      401, 403,
    ]);
    expect(await world.atKafka({ ...kafka, secret: "wrong" })).toBe(401);
    expect((await world.call("GET", "/org/v2/environments", undefined, kafka)).status).toBe(401);
  });

  it("is still on its way after a restart", async () => {
    const before = new CloudWorld();
    const key = await before.key(await before.account("amp-1"), cloudIds.cluster);
    before.sandbox.clock.advance(121_000);
    expect(await before.atKafka(key)).toBe(200);
    const after = new CloudWorld({ clockOffset: before.sandbox.clock.offset() });
    after.sandbox.parts.organization.restore(JSON.parse(JSON.stringify(before.sandbox.parts.organization.snapshot())));
    expect([await after.atKafka(key), await after.atKafka(key)]).toEqual([401, 200]);
  });
});

describe("a key whose request was cut", () => {
  it("is made nevertheless, up to 30 s after the connection broke", async () => {
    const world = new CloudWorld();
    const owner = await world.account("amp-1");
    world.sandbox.faults.add({
      name: "late",
      when: { service: "cloud", method: "POST", path, calls: { nth: 1 } },
      fault: { do: "act-later", ms: 30_000 },
    });
    const request = keyRequest(owner, cloudIds.cluster, "operation 1");
    await expect(world.call("POST", path, request)).rejects.toThrow(ConnectionReset);
    expect(await listed(world, owner, cloudIds.cluster)).toEqual([]);
    const second = await world.key(owner, cloudIds.cluster);
    world.sandbox.clock.advance(30_000);
    await expect.poll(async () => (await listed(world, owner, cloudIds.cluster)).length).toBe(2);
    const orphan = (await listed(world, owner, cloudIds.cluster)).find(({ id }) => id !== second.id);
    expect(orphan?.spec.description).toBe("operation 1");
    expect((await world.call("DELETE", `${path}/${orphan?.id}`)).status).toBe(204);
    expect(await listed(world, owner, cloudIds.cluster)).toMatchObject([{ id: second.id }]);
  });

  it("is there at once when only the answer was lost", async () => {
    const world = new CloudWorld();
    const owner = await world.account("amp-1");
    world.sandbox.faults.add({ name: "lost", when: { method: "POST", path }, fault: { do: "lose-reply" } });
    await expect(world.call("POST", path, keyRequest(owner, cloudIds.cluster))).rejects.toThrow(ConnectionReset);
    expect(await listed(world, owner, cloudIds.cluster)).toHaveLength(1);
  });
});
