import { describe, expect, it } from "vitest";
import { checkedLink, kindLink, requestInWords, resourceLink } from "../../../src/amplify/links.ts";
import { revisionName, slug, topicNames } from "../../../src/amplify/names.ts";
import { apiTime, parseApiTime } from "../../../src/amplify/time.ts";
import { userAgent } from "../../../src/amplify/user-agent.ts";

/** agent-sdk pkg/apic/service.go */
const RESOURCE_NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
/** agent-sdk pkg/util/useragent.go */
const USER_AGENT =
  /^([a-zA-Z0-9]*)\/(\d*.\d*.\d*)[-]?([-a-z0-9A-Z]*?) \(sdkVer:(\d*.\d*.\d.*); env:([a-zA-Z0-9-]*); agent:([a-zA-Z0-9-.]*); reactive:(true|false); hostname:([a-zA-Z0-9-_.]*)\)$/;

describe("the names of a topic", () => {
  it("are its slug, the hash of cluster and topic, and for a revision the hash of the document", async () => {
    const names = await topicNames("lkc-1", "Orders_v1.events");
    // printf 'lkc-1/Orders_v1.events' | sha256sum
    expect(names).toEqual({
      service: "orders-v1-events-eeed1d0f0a",
      instance: "orders-v1-events-eeed1d0f0a",
      externalApiId: "lkc-1/Orders_v1.events",
    });
    expect(revisionName(names, "0123456789abcdef")).toBe("orders-v1-events-eeed1d0f0a-01234567");
  });

  it.each([
    ["", ""],
    ["...", ""],
    ["日本", ""],
    ["_", ""],
    ["orders", "orders"],
    ["__consumer_offsets", "consumer-offsets"],
    ["orders (EU)", "orders-eu"],
    ["a/../b%2Fc\"d'e", "a-b-2fc-d-e"],
    ["Ünïcode topic", "unicode-topic"],
    ["-a.-b-", "a-b"],
    ["x".repeat(249), "x".repeat(40)],
    [`${"x".repeat(39)}.y`, "x".repeat(39)],
    ["🚀launch", "launch"],
  ])("satisfy the rule for resource names whatever the topic is called: %j", async (topic, expected) => {
    expect(slug(topic, 40)).toBe(expected);
    const names = await topicNames("lkc-1", topic);
    for (const name of [names.service, revisionName(names, "0123456789abcdef")]) {
      expect(name).toMatch(RESOURCE_NAME);
      expect(name.length).toBeLessThanOrEqual(60);
    }
  });

  it("differ where slugs are the same: case, dots and underscores, other scripts, another cluster", async () => {
    const topics = ["orders.a", "orders_a", "Orders.a", "orders-a", "日本", "中国", ""];
    const names = await Promise.all(topics.map((topic) => topicNames("lkc-1", topic)));
    names.push(await topicNames("lkc-2", "orders.a"));
    expect(new Set(names.map(({ service }) => service)).size).toBe(8);
  });
});

describe("links", () => {
  it("are made for the kinds of an environment", () => {
    expect(kindLink("kafka-env", "APIServiceRevision")).toBe(
      "/management/v1/environments/kafka-env/apiservicerevisions",
    );
    expect(resourceLink("kafka-env", "DiscoveryAgent", "kafka-env-da")).toBe(
      "/management/v1/environments/kafka-env/discoveryagents/kafka-env-da",
    );
    expect(checkedLink("/management/v1/watchtopics/my.topic")).toBe("/management/v1/watchtopics/my.topic");
  });

  it("tell in words what a request is for", () => {
    expect(requestInWords("GET", "/management/v1/environments/kafka-env")).toBe("read the environment kafka-env");
    expect(requestInWords("POST", kindLink("kafka-env", "Credential"))).toBe(
      "create credentials in the environment kafka-env",
    );
    expect(requestInWords("DELETE", resourceLink("kafka-env", "APIService", "a"))).toBe(
      "delete API services (a) in the environment kafka-env",
    );
    expect(requestInWords("POST", "/management/v1/watchtopics")).toBe("create watchtopics");
  });
});

describe("times", () => {
  it("are written as Axway's agents can read them, and read in every form", () => {
    const at = Date.UTC(2026, 0, 2, 3, 4, 5, 6);
    expect(apiTime(at)).toBe("2026-01-02T03:04:05.006+0000");
    for (const text of ["2026-01-02T03:04:05.006+0000", "2026-01-02T04:04:05.006+01:00", "2026-01-02T03:04:05.006Z"]) {
      expect(parseApiTime(text)).toBe(at);
    }
    expect(parseApiTime("yesterday")).toBeUndefined();
    expect(parseApiTime(undefined)).toBeUndefined();
  });
});

describe("the user agent", () => {
  it("is one that the platform can read", () => {
    const text = userAgent({
      agentType: "KafkaDiscoveryAgent",
      version: "1.2.3",
      environment: "kafka-env",
      agentName: "kafka-env-da",
    });
    expect(text).toBe(
      "KafkaDiscoveryAgent/1.2.3 (sdkVer:1.2.3; env:kafka-env; agent:kafka-env-da; reactive:false; hostname:worker)",
    );
    expect(text).toMatch(USER_AGENT);
  });

  it("stays readable whatever the names are", () => {
    const odd = userAgent({
      agentType: "Käfka (x)",
      version: "v1.2.3-beta_4",
      environment: "a.b;c",
      agentName: "é\r\nX: y",
    });
    expect(odd).toBe("Kfkax/1.2.3-beta (sdkVer:1.2.3-beta; env:a-b-c; agent:---X--y; reactive:false; hostname:worker)");
    expect(odd).toMatch(USER_AGENT);
    expect(userAgent({ agentType: "A", version: "dev", environment: "e", agentName: "n" })).toMatch(/^A\/0\.0\.0 /);
  });
});
