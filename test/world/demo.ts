import { Parser } from "@asyncapi/parser";
import { afterAll, beforeAll, expect, test } from "vitest";
import { demoTopics, type Side } from "../sandbox/world/demo.ts";
import { assertPayloadEquals, payloadOfSubject } from "../support/payload.ts";
import { type Imported, importDemoWorld, registered } from "./imported.ts";

const ERROR = 0;

/** What must be true of every topic of the demo world, on either side and in either version of AsyncAPI. */
export function demoWorldIsPublished(side: Side, asyncapiVersion: "3.0.0" | "2.6.0"): void {
  let imported: Imported;
  beforeAll(async () => {
    imported = await importDemoWorld({
      side,
      variables: { KAFKA_ASYNCAPI_VERSION: asyncapiVersion },
      amplifyRequestsPerMinute: "unlimited",
    });
  }, 60_000);
  afterAll(() => imported.rig.close());

  test("every topic is published or shown with the rule or the error that kept it out", () => {
    const told = Object.fromEntries(
      imported.topics.map(({ name, decision, state }) => [name, decision === "eligible" ? state : decision]),
    );
    const words = { published: "published", internal: "internal", filtered: "filtered", unreadable: "error" } as const;
    const expected = demoTopics(side).flatMap(({ name, expected: outcome }) =>
      outcome === "hidden" ? [] : [[name, words[outcome]]],
    );
    // A registry keeps its own topic in the cluster beside it.
    expect(told).toEqual({ ...(side === "platform" ? { _schemas: "internal" } : {}), ...Object.fromEntries(expected) });
    for (const { decision, rule, error } of imported.topics) {
      expect(rule).not.toBe("");
      expect(error !== undefined).toBe(decision === "error");
    }
    expect(imported.published.length).toBeGreaterThanOrEqual(30);
  });

  test("every payload, read by a library that is not ours, is the registry's schema with its references resolved", () => {
    let compared = 0;
    for (const { topic, document } of imported.published) {
      for (const { subject, version, role, schemaType } of topic.subjects) {
        if (role === "key") continue;
        const { schema, references } = registered(imported.rig, side, subject, version);
        assertPayloadEquals(schemaType, payloadOfSubject(document, subject), schema, references, JSON.parse(document));
        compared++;
      }
    }
    expect(compared).toBeGreaterThanOrEqual(25);
  });

  test("every document is accepted by AsyncAPI's own parser", { timeout: 90_000 }, async () => {
    const parser = new Parser();
    for (const { topic, document } of imported.published) {
      const { diagnostics, document: parsed } = await parser.parse(document);
      expect({ topic: topic.name, errors: diagnostics.filter(({ severity }) => severity === ERROR) }).toEqual({
        topic: topic.name,
        errors: [],
      });
      expect(parsed?.version()).toBe(asyncapiVersion);
    }
  });
}
