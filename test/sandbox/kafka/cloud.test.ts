import { describe, expect, it } from "vitest";
import { everything, everythingBut, permits, type Rights } from "../core/permissions.ts";
import { cloudApiKeys } from "./authenticators.ts";
import { rig } from "./fixtures.ts";

const key = (secret: string, rights: Rights) => ({
  secret,
  may: (operation: string, resource: string) => permits(rights, operation, resource),
});

const KEYS = new Map([
  ["ADMIN", key("right", everything)],
  ["BLIND", key("right", everythingBut("TOPIC:DESCRIBE"))],
]);

const cloud = (options = {}) =>
  rig({ flavour: "cloud", authenticate: cloudApiKeys(KEYS), ...options }, { clusterId: "lkc-abc12" });

const as = (name: string, secret: string): RequestInit => ({
  headers: { authorization: `Basic ${btoa(`${name}:${secret}`)}`, accept: "application/json" },
});

describe("Kafka REST of Confluent Cloud", () => {
  it("serves one cluster under /kafka/v3 and has neither a list of clusters nor brokers", async () => {
    const { ask } = cloud();
    expect((await ask("", as("ADMIN", "right"))).body).toMatchObject({
      cluster_id: "lkc-abc12",
      metadata: {
        self: "http://kafka.example:8082/kafka/v3/clusters/lkc-abc12",
        resource_name: "crn:///kafka=lkc-abc12",
      },
    });
    for (const path of ["/kafka/v3/clusters", "/v3/clusters", "brokers", "brokers/1"]) {
      expect((await ask(path, as("ADMIN", "right"))).status).toBe(404);
    }
  });

  it("has Confluent's configs and tells what a new topic would have", async () => {
    const { ask, cluster } = cloud();
    cluster.createTopic({ name: "t", configs: { "confluent.value.schema.validation": "true", "retention.ms": "1" } });
    const value = async (path: string, name: string) =>
      (await ask(path, as("ADMIN", "right"))).body.data.find((entry) => entry.name === name)?.value;
    expect(await value("topics/t/configs", "confluent.value.schema.validation")).toBe("true");
    expect(await value("topics/t/default-configs", "confluent.value.schema.validation")).toBe("false");
    expect(await value("topics/t/default-configs", "retention.ms")).toBe("604800000");
    expect((await ask("topics/no-such/default-configs", as("ADMIN", "right"))).body.error_code).toBe(40403);
  });

  it.each([
    ["no key", {}],
    ["an unknown key", as("NOBODY", "right")],
    ["a wrong secret", as("ADMIN", "wrong")],
    ["a key that is not encoded", { headers: { authorization: "Basic %%%" } }],
  ])("answers %s with a page, even to a client that asks for JSON", async (_, init) => {
    const answer = await cloud().ask("topics", init);
    expect(answer.status).toBe(401);
    expect(answer.headers.get("content-type")).toBe("text/html;charset=utf-8");
    expect(answer.text).toContain("<tr><th>URI:</th><td>/kafka/v3/clusters/lkc-abc12/topics</td></tr>");
  });

  it("answers 403 with a code, or with nothing but braces where a test wants that", async () => {
    expect((await cloud().ask("topics/t", as("BLIND", "right"))).body).toEqual({
      error_code: 40301,
      message: "Topic authorization failed.",
    });
    const { status, text } = await cloud({ emptyForbidden: true }).ask("topics/t", as("BLIND", "right"));
    expect([status, text]).toEqual([403, "{}"]);
  });

  it("links a partition to its leader", async () => {
    const { ask, cluster } = cloud();
    cluster.createTopic({ name: "t", partitions: 2 });
    expect((await ask("topics/t/partitions/1", as("ADMIN", "right"))).body.leader).toEqual({
      related: "http://kafka.example:8082/kafka/v3/clusters/lkc-abc12/topics/t/partitions/1/replicas/2",
    });
  });
});

describe("Kafka REST of Confluent Server", () => {
  it("serves what REST Proxy serves under /kafka/v3, and default configs", async () => {
    const { ask } = rig({ flavour: "confluent-server" }, { software: "confluent-server" });
    expect((await ask("/kafka/v3/clusters")).body.data[0]?.topics).toEqual({
      related: "http://kafka.example:8082/kafka/v3/clusters/c1/topics",
    });
    expect((await ask("topics/_schemas/default-configs")).body.data).toHaveLength(37);
    expect((await ask("/v3/clusters")).status).toBe(404);
  });
});
