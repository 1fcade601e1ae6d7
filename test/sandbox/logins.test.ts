import { describe, expect, it } from "vitest";
import { CloudWorld } from "./cloud/fixture.ts";
import { connect } from "./kafka/client.ts";
import { brokerLogin } from "./logins.ts";
import { createSandbox } from "./sandbox.ts";
import { cloudIds } from "./world/organization.ts";

describe("a login to Cloud's brokers", () => {
  it("is let in as the key's service account once the key works, and not after the account is gone", async () => {
    const world = new CloudWorld({ cloud: { flaps: 0 } });
    const { parts } = world.sandbox;
    const login = brokerLogin(parts, "cloud");
    const account = await world.account("amp-1");
    const key = await world.key(account, cloudIds.cluster);
    expect(login(key.id, key.secret)).toBeUndefined();
    world.sandbox.clock.advance(120_000);
    const client = connect(parts.clusters.cloud, login, { user: key.id, secret: key.secret });
    expect(client.principal).toBe(`User:${account}`);
    expect(login(key.id, "wrong")).toBeUndefined();
    const registryKey = await world.key(account, cloudIds.registry);
    world.sandbox.clock.advance(120_000);
    expect(login(registryKey.id, registryKey.secret)).toBeUndefined();
    await world.call("DELETE", `/iam/v2/service-accounts/${account}`);
    expect(() => connect(parts.clusters.cloud, login, { user: key.id, secret: key.secret })).toThrow("refused");
  });

  it("is refused once more after it worked, as at the cluster's REST", async () => {
    const world = new CloudWorld();
    const login = brokerLogin(world.sandbox.parts, "cloud");
    const key = await world.key(await world.account("amp-1"), cloudIds.cluster);
    world.sandbox.clock.advance(120_000);
    const tries = [1, 2, 3, 4].map(() => login(key.id, key.secret) !== undefined);
    expect(tries).toEqual([true, false, true, true]);
  });
});

describe("a login to Platform's brokers", () => {
  it("is let in with the mechanism that it was made for alone", () => {
    const { parts } = createSandbox({ inProcess: true, world: "empty" });
    parts.users.put("amp-00000000-1", "SCRAM-SHA-512", "a_password_of_some_length", true);
    const user = ["amp-00000000-1", "a_password_of_some_length"] as const;
    expect(brokerLogin(parts, "platform")(...user)).toBe("User:amp-00000000-1");
    expect(brokerLogin(parts, "platform", "SCRAM-SHA-256")(...user)).toBeUndefined();
    expect(brokerLogin(parts, "platform")("amp-00000000-2", user[1])).toBeUndefined();
  });
});

describe("the quota of ACLs", () => {
  it("counts those of the cluster", async () => {
    const world = new CloudWorld();
    const usage = async () => {
      const query = `scope=KAFKA_CLUSTER&environment=${cloudIds.environment}&kafka_cluster=${cloudIds.cluster}`;
      const { body } = await world.call("GET", `/service-quota/v1/applied-quotas?${query}`);
      return (body as { data: { usage: number }[] }).data[0]?.usage;
    };
    const before = (await usage()) ?? 0;
    world.sandbox.parts.clusters.cloud.acls.create([
      {
        ...{ resourceType: "TOPIC", resourceName: "orders", patternType: "LITERAL" },
        ...{ principal: "User:sa-m00001", host: "*", operation: "READ", permission: "ALLOW" },
      },
    ]);
    expect(await usage()).toBe(before + 1);
  });
});
