import { describe, expect, it } from "vitest";
import { topicNames } from "../../../src/amplify/names.ts";
import type { Resource } from "../../../src/amplify/resource.ts";
import { additionalTagsOf, agentDraft, agentStatus } from "../../../src/amplify/resources/agent.ts";
import {
  instanceDetails,
  mergedDetails,
  SYNC_WARNING_DETAIL,
  serviceDetails,
} from "../../../src/amplify/resources/details.ts";
import { endpointsOf, instanceDraft } from "../../../src/amplify/resources/instance.ts";
import { revisionDraft } from "../../../src/amplify/resources/revision.ts";
import { KAFKA_SOURCE, serviceDraft } from "../../../src/amplify/resources/service.ts";
import { tagList } from "../../../src/amplify/resources/tags.ts";
import { definitionVersion } from "../../../src/amplify/resources/version.ts";

const names = await topicNames("lkc-1", "orders");
const owner = { type: "team", id: "t-1" } as const;

describe("the resources of a topic", () => {
  it("begin with a service that bears the topic's name and an icon", () => {
    const draft = serviceDraft({ names, topic: "orders", description: "Kafka topic orders", tags: ["kafka"], owner });
    expect(draft).toEqual({
      group: "management",
      apiVersion: "v1",
      kind: "APIService",
      name: names.service,
      title: "orders",
      attributes: {},
      finalizers: [],
      tags: ["kafka"],
      owner,
      spec: {
        description: "Kafka topic orders",
        icon: { contentType: "image/png", data: expect.stringMatching(/^iVBORw0KGgo/) },
      },
    });
    expect(KAFKA_SOURCE).toEqual({ dataplaneType: { managed: "Kafka" } });
  });

  it("cut a description at 350 characters, never inside one", () => {
    const draft = serviceDraft({
      names,
      topic: "x".repeat(249),
      description: "🚀".repeat(351),
      tags: [],
      owner: undefined,
    });
    expect(draft.spec.description).toBe(`${"🚀".repeat(347)}...`);
    expect(draft.title).toHaveLength(249);
    expect(draft).not.toHaveProperty("owner");
  });

  it("go on with a revision that holds the document's bytes in base64", () => {
    const draft = revisionDraft({
      names,
      title: "orders - 2026/11/23 - r 1",
      document: { text: '{"asyncapi":"3.0.0","x":"é"}', sha256: "89abcdef0123456789" },
      version: "1.0.0",
      tags: ["kafka"],
      owner: undefined,
    });
    expect(draft).toEqual({
      group: "management",
      apiVersion: "v1",
      kind: "APIServiceRevision",
      name: `${names.service}-89abcdef`,
      title: "orders - 2026/11/23 - r 1",
      attributes: {},
      finalizers: [],
      tags: ["kafka"],
      spec: {
        apiService: names.service,
        definition: {
          type: "asyncapi",
          value: Buffer.from('{"asyncapi":"3.0.0","x":"é"}').toString("base64"),
          contentType: "application/json",
          version: "1.0.0",
        },
      },
    });
  });

  it("encode a document of megabytes", () => {
    const text = "é".repeat(2_000_000);
    const document = { text, sha256: "0".repeat(64) };
    const draft = revisionDraft({ names, title: "t", document, version: "1", tags: [], owner: undefined });
    const { value } = draft.spec.definition as { value: string };
    expect(Buffer.from(value, "base64").toString()).toBe(text);
  });

  it("end with an instance that points to the revision and names endpoints and definitions", () => {
    const draft = instanceDraft({
      names,
      topic: "orders",
      revision: "orders-1-89abcdef",
      endpoints: endpointsOf(["pkc-1.example:9092"], true),
      accessRequestDefinition: "kafka-worker-access",
      credentialRequestDefinitions: ["kafka-worker-api-key"],
      environmentInTitle: "kafka-env",
      tags: ["kafka"],
      owner,
    });
    expect(draft.name).toBe(names.service);
    expect(draft.title).toBe("orders (kafka-env)");
    expect(draft.spec).toEqual({
      apiServiceRevision: "orders-1-89abcdef",
      endpoint: [{ host: "pkc-1.example", port: 9092, protocol: "kafka-secure", routing: {} }],
      accessRequestDefinition: "kafka-worker-access",
      credentialRequestDefinitions: ["kafka-worker-api-key"],
    });
  });

  it("list endpoints in one order, without repeats, however the servers are configured", () => {
    const shown = (servers: string[]) => endpointsOf(servers, false).map((e) => `${e.protocol} ${e.host} ${e.port}`);
    const expected = ["kafka a.example 9092", "kafka a.example 19092", "kafka b.example 9092"];
    expect(shown(["b.example:9092", "a.example:19092", "a.example:9092"])).toEqual(expected);
    expect(shown(["a.example:9092", "a.example:19092", "b.example:9092", "a.example:9092"])).toEqual(expected);
    expect(shown(["[2001:db8::1]:9092"])).toEqual(["kafka [2001:db8::1] 9092"]);
    for (const wrong of ["a.example", "a:b:9092", ":9092", "SASL_SSL://a.example:9092", ""]) {
      expect(() => endpointsOf([wrong], true)).toThrow(RangeError);
    }
  });
});

describe("tags", () => {
  it("are trimmed, not empty, not repeated, and cut at 80 characters as Axway's agents cut them", () => {
    expect(tagList("kafka", " team ", "", "kafka", "x".repeat(80), "y".repeat(81))).toEqual([
      "kafka",
      "team",
      "x".repeat(80),
      `${"y".repeat(77)}...`,
    ]);
  });
});

describe("a version", () => {
  it("of more than 30 characters is replaced by its hash", () => {
    expect(definitionVersion("1.0.0")).toBe("1.0.0");
    expect(definitionVersion("x".repeat(30))).toBe("x".repeat(30));
    expect(definitionVersion("1.0.0-SNAPSHOT-2026-08-20T10:11:12Z")).toBe("15089637892136612832");
  });
});

describe("x-agent-details", () => {
  const input = { names, topic: "orders", clusterId: "lkc-1" };

  it("of service and instance are texts that name the topic", () => {
    expect(instanceDetails(input)).toEqual({
      createdBy: "AmplifyKafkaWorker",
      externalAPIID: "lkc-1/orders",
      externalAPIName: "orders",
      kafkaClusterId: "lkc-1",
      kafkaTopic: "orders",
    });
    expect(serviceDetails(input)).toEqual({ ...instanceDetails(input), "marketplace-migration": "completed" });
  });

  it("keep what others wrote, and drop the stale hashes of Axway's agents", () => {
    const existing = { theirs: "1", externalAPIID: "old", "x-subresource-hashes": { source: "8070497168118343312" } };
    expect(mergedDetails(existing, { externalAPIID: "lkc-1/orders" })).toEqual({
      theirs: "1",
      externalAPIID: "lkc-1/orders",
    });
    expect(mergedDetails(undefined, serviceDetails(input))).toEqual(serviceDetails(input));
  });

  it("get the warning of a vanished topic, and lose it when the topic is published again", () => {
    const warned = mergedDetails({ theirs: "1" }, { ...serviceDetails(input), ...SYNC_WARNING_DETAIL });
    expect(warned).toEqual({ theirs: "1", ...serviceDetails(input), externalAPISyncWarning: "warning" });
    expect(mergedDetails(warned, serviceDetails(input))).toEqual({ theirs: "1", ...serviceDetails(input) });
  });
});

describe("an agent's resource", () => {
  it("is for Kafka and bears its name", () => {
    expect(agentDraft("TraceabilityAgent", "kafka-env-ta")).toEqual({
      group: "management",
      apiVersion: "v1",
      kind: "TraceabilityAgent",
      name: "kafka-env-ta",
      title: "kafka-env-ta",
      attributes: {},
      finalizers: [],
      tags: [],
      spec: { dataplaneType: "Kafka", config: {}, logging: {} },
    });
  });

  it("has a status with a version of three numbers, a time that Axway's agents can read, and our mark", () => {
    const now = Date.UTC(2026, 10, 23, 9, 0, 0, 5);
    expect(
      agentStatus({ version: "v1.2.3-beta.4", state: "failed", previousState: "running", reason: "401", now }),
    ).toEqual({
      version: "1.2.3",
      state: "failed",
      previousState: "running",
      message: "kafka-worker: 401",
      lastActivityTime: "2026-11-23T09:00:00.005+0000",
    });
    expect(agentStatus({ version: "dev", state: "running", previousState: undefined, reason: undefined, now })).toEqual(
      {
        version: "0.0.0",
        state: "running",
        message: "kafka-worker: running",
        lastActivityTime: "2026-11-23T09:00:00.005+0000",
      },
    );
  });

  it("may bring tags of its own", () => {
    const agent = (config: unknown) => ({ name: "a", spec: { config } }) as unknown as Resource;
    expect(additionalTagsOf(agent({ additionalTags: ["a", "b"] }))).toEqual(["a", "b"]);
    expect(additionalTagsOf(agent({ additionalTags: [] }))).toBeUndefined();
    expect(additionalTagsOf(agent({}))).toBeUndefined();
    expect(additionalTagsOf(agent(null))).toBeUndefined();
  });
});
