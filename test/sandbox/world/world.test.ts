import { describe, expect, it } from "vitest";
import { createSandbox } from "../sandbox.ts";
import { longestName } from "./catalogue/edges.ts";
import { demoSubjects, demoTopics } from "./demo.ts";
import { generateWorld } from "./generator.ts";

const sides = ["cloud", "platform"] as const;

describe("the demo world", () => {
  const sandbox = createSandbox({ inProcess: true });
  const { clusters, registries } = sandbox.parts;

  it.each(sides)("has some forty topics on %s, at least thirty of them to be published", (side) => {
    const topics = demoTopics(side);
    const count = (expected: string) => topics.filter((topic) => topic.expected === expected).length;
    expect(count("published")).toBe(37);
    expect([count("filtered"), count("unreadable"), count("hidden")]).toEqual([2, 3, 2]);
    expect(clusters[side].listTopics()).toHaveLength(side === "cloud" ? 48 : 56);
    expect(new Set(topics.map(({ name }) => name)).size).toBe(topics.length);
  });

  it("keeps Kafka's own topics out of the list, and gives them by name", () => {
    expect(clusters.cloud.listTopics().map(({ name }) => name)).not.toContain("__consumer_offsets");
    expect(clusters.cloud.topic("__consumer_offsets")).toBeDefined();
  });

  it("has the longest name, and names that become one when they are made into a resource name", () => {
    expect(longestName).toHaveLength(249);
    expect(clusters.platform.topic(longestName)).toBeDefined();
    const slug = (name: string) => name.toLowerCase().replace(/[._]/g, "-");
    const same = demoTopics("cloud").filter(({ name }) => slug(name) === "price-changes");
    expect(same.map(({ name }) => name)).toEqual(["price.changes", "Price.Changes", "price-changes"]);
  });

  it.each(sides)("has every format, reference depth and oddity in the registry of %s", (side) => {
    const registry = registries[side];
    const version = (subject: string, number = -1) => registry.version(subject, number, true);
    const types = new Set(demoSubjects().map(({ subject }) => version(subject).schemaType));
    expect(types).toEqual(new Set(["AVRO", "JSON", "PROTOBUF"]));
    let [subject, depth] = ["orders-value", 0];
    for (
      let next = version(subject).references[0];
      next !== undefined;
      next = version(subject, next.version).references[0]
    ) {
      subject = next.subject;
      depth += 1;
    }
    expect([subject, depth]).toEqual(["geo-point", 3]);
    expect(version("currency", 1).deleted).toBe(true);
    expect(version("payments-value").references[0]).toMatchObject({ subject: "currency", version: 1 });
    expect(version("orders-returns-value").references[0]).toMatchObject({ subject: "address", version: 1 });
    expect(version("address").version).toBe(2);
    expect(version("lock").references[0]?.subject).toBe("lock-holder");
    expect(version("lock-holder").references[0]?.subject).toBe("lock");
    expect(version("department.json").references[0]?.subject).toBe("employee.json");
    expect(version("employee.json").references[0]?.subject).toBe("department.json");
    expect(() => version("risk-rule")).toThrow("Subject 'risk-rule' not found.");
    expect(() => JSON.parse(version("legacy.mainframe-value").schema)).toThrow();
    expect(registry.store.contexts()).toEqual([".prod", ".staging"]);
    expect(version(":.staging:orders-value").schema).not.toBe(version("orders-value").schema);
    expect(version("regulatory-reports-value").schema.split("\n").length).toBeGreaterThan(3000);
  });

  it("has subjects without topic and topics without subject", () => {
    const subjects = demoSubjects().map(({ subject }) => subject);
    expect(subjects).toContain("discontinued-value");
    expect(clusters.cloud.topic("discontinued")).toBeUndefined();
    for (const topic of ["heartbeats", "price-changes", "exports-csv"]) {
      expect(subjects.some((subject) => subject.startsWith(`${topic}-`))).toBe(false);
    }
    expect(subjects).not.toContain("sessions-value");
  });
});

describe("a generated world", () => {
  it("has exactly as many topics and subjects as asked, the same ones for the same seed", () => {
    const world = generateWorld({ topics: 50, subjects: 130, seed: 3 });
    expect([world.topics.length, world.subjects.length]).toEqual([50, 130]);
    expect(new Set(world.topics.map(({ name }) => name)).size).toBe(50);
    expect(new Set(world.subjects.map(({ subject }) => subject)).size).toBe(130);
    expect(generateWorld({ topics: 50, subjects: 130, seed: 3 })).toEqual(world);
    expect(generateWorld({ topics: 50, subjects: 130, seed: 4 })).not.toEqual(world);
    expect(generateWorld({ topics: 60, subjects: 0, seed: 3 }).topics.slice(0, 50)).toEqual(world.topics);
    expect(generateWorld({ topics: 0, subjects: 2 }).subjects).toHaveLength(2);
    expect(generateWorld({ topics: 0, subjects: 0 })).toEqual({ topics: [], subjects: [] });
  });

  it("is taken whole by both sides", () => {
    const world = generateWorld({ topics: 200, subjects: 450 });
    const { clusters, registries } = createSandbox({ inProcess: true, world }).parts;
    expect(clusters.cloud.listTopics()).toHaveLength(200);
    expect(registries.platform.store.subjects()).toHaveLength(450);
  });
});
