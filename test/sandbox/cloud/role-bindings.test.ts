import { describe, expect, it } from "vitest";
import { cloudIds } from "../world/organization.ts";
import { crnText, parseCrn } from "./crn.ts";
import { CloudWorld, crns } from "./fixture.ts";

const path = "/iam/v2/role-bindings";
const keysAtOnce = { kafkaKeyMs: 0, registryKeyMs: 0, flaps: 0 };
const binding = (account: string, crn: string, role = "DeveloperRead") => ({
  principal: `User:${account}`,
  role_name: role,
  crn_pattern: crn,
});

async function reader(world: CloudWorld) {
  const account = await world.account("amp-1");
  const key = await world.key(account, cloudIds.registry);
  const bind = async (subject: string, role?: string) =>
    await world.call("POST", path, binding(account, `${crns.registry}/subject=${subject}`, role));
  return { account, key, bind };
}

describe("a role binding", () => {
  it("is made with an address, listed by a part of its CRN, and deleted with its body", async () => {
    const world = new CloudWorld();
    const { account, bind } = await reader(world);
    const made = await bind("orders-value");
    expect(made.status).toBe(201);
    const { id } = made.body as { id: string };
    expect(made.headers.get("location")).toBe(`https://api.confluent.cloud${path}/${id}`);
    expect(made.body).toMatchObject({
      kind: "RoleBinding",
      metadata: { resource_name: `crn://confluent.cloud/organization=${cloudIds.organization}/role-binding=${id}` },
      ...binding(account, `${crns.registry}/subject=orders-value`),
    });
    const found = async (query: string) =>
      ((await world.call("GET", `${path}?${query}`)).body as { data: { id: string }[] }).data.map((each) => each.id);
    const part = encodeURIComponent(`schema-registry=${cloudIds.registry}`);
    expect(await found(`crn_pattern=${part}`)).toEqual([id]);
    expect(await found(`crn_pattern=${part}&principal=User%3A${account}&role_name=DeveloperRead`)).toEqual([id]);
    expect(await found(`crn_pattern=${part}&principal=User%3Asa-other`)).toEqual([]);
    expect(await found(`crn_pattern=${part}&role_name=DeveloperWrite`)).toEqual([]);
    expect(await found(`crn_pattern=${encodeURIComponent(crns.kafka)}`)).toEqual([]);
    expect((await world.call("GET", `${path}?principal=User%3A${account}`)).status).toBe(400);
    expect(await world.call("GET", `${path}/${id}`)).toMatchObject({ status: 200, body: { id } });
    expect(await world.call("DELETE", `${path}/${id}`)).toMatchObject({ status: 200, body: { id } });
    for (const method of ["GET", "DELETE"]) {
      expect(await world.call(method, `${path}/${id}`)).toMatchObject({ status: 403, body: { error_code: 40301 } });
    }
  });

  it("is deleted without a body by servers that do so", async () => {
    const world = new CloudWorld({ cloud: { roleBindingDeleted: 204 } });
    const made = await (await reader(world)).bind("orders-value");
    const deleted = await world.call("DELETE", `${path}/${(made.body as { id: string }).id}`);
    expect([deleted.status, deleted.body]).toEqual([204, undefined]);
  });

  it("is refused a second time, with the address of the first, however its CRN is written", async () => {
    const world = new CloudWorld();
    const { bind } = await reader(world);
    const first = await bind(":.eu:orders-value");
    expect(first.body).toMatchObject({ crn_pattern: `${crns.registry}/subject=%3A.eu%3Aorders-value` });
    const second = await bind("%3A.eu%3Aorders-value");
    expect(second.status).toBe(409);
    expect(second.headers.get("location")).toBe(first.headers.get("location"));
    expect(second.body).toMatchObject({ errors: [{ code: "resource_already_exists" }] });
  });

  it("is refused for what cannot be bound", async () => {
    // The founder of the organisation has one of them.
    const world = new CloudWorld({ cloud: { limits: { "iam.max_rbac_role_bindings.per_org_plus_envs": 2 } } });
    const { account, bind } = await reader(world);
    const status = async (body: unknown) => (await world.call("POST", path, body)).status;
    const subject = `${crns.registry}/subject=orders-value`;
    expect(await status(binding(account, subject, "Reader"))).toBe(400);
    expect(await status(binding(account, "no crn"))).toBe(400);
    expect(await status(binding("sa-unknown", subject))).toBe(400);
    expect(await status({ ...binding(account, subject), principal: account })).toBe(400);
    expect(await status(binding(account, subject.replace(cloudIds.organization, "other")))).toBe(403);
    expect(await status(binding(account, subject.replace(cloudIds.registry, "lsrc-other")))).toBe(403);
    const basic = `crn://confluent.cloud/organization=${cloudIds.organization}/environment=${cloudIds.emptyEnvironment}`;
    const topic = `${basic}/cloud-cluster=lkc-mapped/kafka=lkc-mapped/topic=orders`;
    expect(await status(binding(account, topic))).toBe(400);
    expect((await bind("orders-value")).status).toBe(201);
    expect((await bind("orders-key")).status).toBe(402);
  });
});

describe("what a role binding grants", () => {
  it("is nothing for ninety seconds, then that subject alone, and nothing again when it is deleted", async () => {
    const world = new CloudWorld({ cloud: keysAtOnce });
    const { key, bind } = await reader(world);
    const { body } = await bind("orders-value");
    world.sandbox.clock.advance(89_000);
    expect(await world.atRegistry(key, "orders-value")).toBe(403);
    world.sandbox.clock.advance(1000);
    const seen = async () =>
      await Promise.all(["orders-value", "orders-key", ":.eu:orders-value"].map((each) => world.atRegistry(key, each)));
    expect(await seen()).toEqual([200, 403, 403]);
    await world.call("DELETE", `${path}/${(body as { id: string }).id}`);
    expect(await seen()).toEqual([403, 403, 403]);
  });

  it("goes on for a while after the deletion where it is said to", async () => {
    const world = new CloudWorld({ cloud: { ...keysAtOnce, roleBindingMs: 0, deletedRoleBindingMs: 5000 } });
    const { key, bind } = await reader(world);
    const { body } = await bind("orders-value");
    await world.call("DELETE", `${path}/${(body as { id: string }).id}`);
    expect(await world.atRegistry(key, "orders-value")).toBe(200);
    world.sandbox.clock.advance(5000);
    expect(await world.atRegistry(key, "orders-value")).toBe(403);
  });

  it("covers a prefix, and everything with a star alone", async () => {
    const world = new CloudWorld({ cloud: { ...keysAtOnce, roleBindingMs: 0 } });
    const prefixed = await reader(world);
    await prefixed.bind("orders*");
    const subjects = ["orders-value", "orders-key", "payments-value", ":.eu:orders-value"];
    const seen = async () => await Promise.all(subjects.map((each) => world.atRegistry(prefixed.key, each)));
    expect(await seen()).toEqual([200, 200, 403, 403]);
    await prefixed.bind("*");
    expect(await seen()).toEqual([200, 200, 200, 200]);
  });

  it("is a subject of a context by its whole name, encoded or not", async () => {
    const world = new CloudWorld({ cloud: { ...keysAtOnce, roleBindingMs: 0 } });
    const { key, bind } = await reader(world);
    await bind("%3A.eu%3Aorders-value");
    expect(await world.atRegistry(key, ":.eu:orders-value")).toBe(200);
    expect(await world.atRegistry(key, "orders-value")).toBe(403);
  });

  it("is nothing for the keys of another account, on another plane, or of a role without that right", async () => {
    const world = new CloudWorld({ cloud: { ...keysAtOnce, roleBindingMs: 0 } });
    const { account, bind } = await reader(world);
    await bind("orders-value");
    const stranger = await world.key(await world.account("amp-2"), cloudIds.registry);
    expect(await world.atRegistry(stranger, "orders-value")).toBe(403);
    const { organization } = world.sandbox.parts;
    const may = (cluster: string, operation: string, name: string) =>
      organization.roleBindings.permit(`User:${account}`, cluster, operation, name);
    expect(may(cloudIds.registry, "SUBJECT:READ", "orders-value")).toBe(true);
    expect(may(cloudIds.registry, "SUBJECT:WRITE", "orders-value")).toBe(false);
    expect(may(cloudIds.cluster, "TOPIC:READ", "orders-value")).toBe(false);
    await world.call("POST", path, binding(account, `${crns.kafka}/topic=orders`));
    expect(may(cloudIds.cluster, "TOPIC:READ", "orders")).toBe(true);
    expect(may(cloudIds.cluster, "TOPIC:WRITE", "orders")).toBe(false);
  });

  it("is of one registry and not of another with a subject of the same name", async () => {
    const world = new CloudWorld({ cloud: { ...keysAtOnce, roleBindingMs: 0 } });
    const { account, key } = await reader(world);
    const other = `crn://confluent.cloud/organization=${cloudIds.organization}/environment=${cloudIds.privateEnvironment}`;
    const made = await world.call(
      "POST",
      path,
      binding(account, `${other}/schema-registry=lsrc-priv4t/subject=orders-value`),
    );
    expect(made.status).toBe(201);
    expect(await world.atRegistry(key, "orders-value")).toBe(403);
  });

  it("comes back from a snapshot, and from one of before there were any", async () => {
    const before = new CloudWorld({ cloud: { ...keysAtOnce, roleBindingMs: 0 } });
    const { key, bind } = await reader(before);
    await bind("orders-value");
    const snapshot = JSON.parse(JSON.stringify(before.sandbox.parts.organization.snapshot()));
    const after = new CloudWorld({ cloud: { ...keysAtOnce, roleBindingMs: 0 } });
    after.sandbox.parts.organization.restore(snapshot);
    expect(await after.atRegistry(key, "orders-value")).toBe(200);
    const { roleBindings: _bindings, logins: _logins, ...old } = snapshot;
    after.sandbox.parts.organization.restore(old);
    expect(await after.atRegistry(key, "orders-value")).toBe(403);
  });
});

describe("a CRN", () => {
  it.each([
    ["crn://confluent.cloud/organization=o/subject=a/b", undefined],
    ["crn://other/organization=o", undefined],
    ["crn://confluent.cloud/organization=", undefined],
    ["crn://confluent.cloud/organization=o/subject=*", "crn://confluent.cloud/organization=o/subject=*"],
    ["crn://confluent.cloud/organization=o/subject=a%2Fb*", "crn://confluent.cloud/organization=o/subject=a%2Fb*"],
    ["crn://confluent.cloud/organization=o/subject=a%2a", "crn://confluent.cloud/organization=o/subject=a%2A"],
  ])("%s is stored as %s", (text, stored) => {
    const crn = parseCrn(text);
    expect(crn && crnText(crn)).toBe(stored);
  });
});
