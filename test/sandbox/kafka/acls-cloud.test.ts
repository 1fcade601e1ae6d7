import { describe, expect, it } from "vitest";
import { everythingBut, nothing, permits, type Rights } from "../core/permissions.ts";
import type { Caller } from "../core/types.ts";
import { type Rig, rig } from "./fixtures.ts";
import { numericId } from "./principals.ts";

const cloud = (): Rig => rig({ flavour: "cloud" }, { clusterId: "lkc-abc12" });

const grant = (principal: string, host = "*") => ({
  resource_type: "TOPIC",
  resource_name: "orders",
  pattern_type: "LITERAL",
  principal,
  host,
  operation: "READ",
  permission: "ALLOW",
});

const principals = async ({ ask }: Rig, query: string): Promise<readonly unknown[]> =>
  (await ask(`acls?${query}`)).body.data.map(({ principal }) => principal);

const NUMBER = `User:${numericId("sa-1jjv26")}`;

describe("ACLs of Confluent Cloud", () => {
  it("are made for principals that nobody knows", async () => {
    expect((await cloud().post("acls", grant("User:sa-nobody"))).status).toBe(201);
  });

  it("show numbers unless the search names the principal, then its own form, or asks for ids of all", async () => {
    const kafka = cloud();
    await kafka.post("acls:batch", { data: [grant("User:sa-1jjv26"), grant("User:*"), grant("User:pool-7")] });
    expect(NUMBER).toMatch(/^User:\d{6,}$/);
    expect(await principals(kafka, "")).toEqual(["User:*", NUMBER, "User:pool-7"].sort());
    expect(await principals(kafka, "principal=User:sa-1jjv26")).toEqual(["User:sa-1jjv26"]);
    expect(await principals(kafka, `principal=${NUMBER}`)).toEqual([NUMBER]);
    expect(await principals(kafka, "principal=UserV2:sa-1jjv26")).toEqual(["UserV2:sa-1jjv26"]);
    expect(await principals(kafka, "principal=UserV2%3A*")).toEqual(["User:*", "User:pool-7", "User:sa-1jjv26"]);
    expect(await principals(kafka, "principal=User:*")).toEqual(["User:*"]);
    expect(await principals(kafka, "principal=User:sa-other")).toEqual([]);
  });

  it("link each entry by the principal that is shown", async () => {
    const kafka = cloud();
    await kafka.post("acls", grant("User:sa-1jjv26"));
    const [entry] = (await kafka.ask("acls")).body.data;
    expect(entry?.metadata).toEqual({
      self:
        "http://kafka.example:8082/kafka/v3/clusters/lkc-abc12/acls?resource_type=TOPIC&resource_name=orders" +
        `&pattern_type=LITERAL&principal=${encodeURIComponent(NUMBER)}&host=*&operation=READ&permission=ALLOW`,
    });
  });

  it("are one entry in whatever form the service account is named, and are removed by either", async () => {
    const kafka = cloud();
    await kafka.post("acls:batch", { data: [grant("User:sa-1jjv26"), grant("UserV2:sa-1jjv26")] });
    const query = "resource_type=ANY&pattern_type=ANY&operation=ANY&permission=ANY";
    expect(await principals(kafka, "")).toEqual([NUMBER]);
    const { body } = await kafka.ask(`acls?${query}&principal=${NUMBER}`, { method: "DELETE" });
    expect(body.data.map(({ principal }) => principal)).toEqual([NUMBER]);
    expect(await principals(kafka, "")).toEqual([]);
  });

  it("know no hosts", async () => {
    const kafka = cloud();
    const { status, body } = await kafka.post("acls", grant("User:sa-1jjv26", "10.0.0.1"));
    expect([status, body.error_code]).toEqual([400, 40002]);
    expect(await principals(kafka, "")).toEqual([]);
  });
});

describe("a key on Confluent Cloud", () => {
  const APPLICATION = { name: "KEY", principal: "User:sa-1jjv26" };
  const ADMINISTRATOR = { name: "ADMIN", principal: "User:sa-admin1" };

  /** One caller after another on the same cluster. */
  function world(): { readonly kafka: Rig; as(who: Omit<Caller, "may">, roles: Rights): void } {
    let caller: Caller = { ...APPLICATION, may: () => false };
    const kafka = rig({ flavour: "cloud", authenticate: () => caller }, { clusterId: "lkc-abc12" });
    for (const name of ["orders", "secret"]) kafka.cluster.createTopic({ name });
    return {
      kafka,
      as: (who, roles) => {
        caller = { ...who, may: (operation, resource) => permits(roles, operation, resource) };
      },
    };
  }

  const topics = async ({ ask }: Rig): Promise<readonly unknown[]> =>
    (await ask("topics")).body.data.map(({ topic_name }) => topic_name);

  it("may what ACLs give the service account, whichever form they name it in, and no more", async () => {
    const { kafka, as } = world();
    as(APPLICATION, nothing);
    expect([await topics(kafka), (await kafka.ask("topics/orders")).status]).toEqual([[], 403]);
    as(ADMINISTRATOR, everythingBut());
    await kafka.post("acls", grant("UserV2:sa-1jjv26"));
    as(APPLICATION, nothing);
    expect([await topics(kafka), (await kafka.ask("topics/orders")).status]).toEqual([["orders"], 200]);
    expect((await kafka.ask("acls")).status).toBe(403);
  });

  it("may not what an entry denies, whatever its roles", async () => {
    const { kafka, as } = world();
    as(ADMINISTRATOR, everythingBut());
    expect(await topics(kafka)).toEqual(["orders", "secret"]);
    await kafka.post("acls", {
      ...grant("User:sa-admin1"),
      resource_name: "secret",
      operation: "ALL",
      permission: "DENY",
    });
    expect(await topics(kafka)).toEqual(["orders"]);
  });
});
