import type { DemoTopic } from "../../sandbox/world/catalogue/types.ts";
import { isComplete } from "../published.ts";
import { type Check, sideCheck } from "./check.ts";
import { documentFaults } from "./documents.ts";

const FEWEST = 30;

const DECISIONS: Readonly<Record<Exclude<DemoTopic["expected"], "hidden">, string>> = {
  published: "eligible",
  internal: "internal",
  filtered: "filtered",
  unreadable: "error",
};

/** What became of the topics: by the sandbox's Amplify, and by what the worker shows of them. */
export const topicChecks: readonly Check[] = [
  sideCheck("at least 30 topics are eligible", ({ world }) => {
    const eligible = world.filter(({ expected }) => expected === "published").length;
    return eligible >= FEWEST ? [] : [`${eligible} are`];
  }),

  sideCheck("every topic is decided as expected", ({ world, shown, listed }) => {
    const decisions = new Map(shown.map(({ name, decision }) => [name, decision]));
    const visible = world.flatMap(({ name, expected }) => (expected === "hidden" ? [] : [{ name, expected }]));
    const wrong = visible
      .map(({ name, expected }) => ({ name, wanted: DECISIONS[expected], decision: decisions.get(name) }))
      .filter(({ wanted, decision }) => wanted !== decision)
      .map(({ name, wanted, decision = "not shown" }) => `${name} is ${decision}, expected ${wanted}`);
    const unlisted = shown
      .filter(({ name }) => !listed.includes(name))
      .map(({ name }) => `${name} is not in the cluster`);
    return [...wrong, ...unlisted];
  }),

  sideCheck("every eligible topic is published", ({ world, published }) => {
    const byTopic = new Map(published.map((each) => [each.service["x-agent-details"]?.kafkaTopic, each]));
    return world.flatMap(({ name, expected }) => {
      if (expected !== "published") return [];
      const found = byTopic.get(name);
      if (!found) return [`${name} has no API service with details`];
      return isComplete(found) ? [] : [`${name} lacks a revision, an instance, details or a badge`];
    });
  }),

  sideCheck("nothing else is published", ({ world, published }) => {
    const wanted = new Set(world.filter(({ expected }) => expected === "published").map(({ name }) => name));
    const seen = new Set<string>();
    return published.flatMap(({ service, revisions, instances }) => {
      const topic = service["x-agent-details"]?.kafkaTopic ?? service.title;
      const isSecond = seen.has(topic);
      seen.add(topic);
      if (!wanted.has(topic)) return [`${topic} has an API service`];
      if (isSecond) return [`${topic} has a second API service`];
      return revisions.length > 1 || instances.length > 1
        ? [`${topic} has ${revisions.length} revisions and ${instances.length} instances`]
        : [];
    });
  }),

  sideCheck("every published document is valid AsyncAPI", ({ published }) =>
    published.flatMap(({ service, revisions }) =>
      revisions.flatMap((revision) => documentFaults(revision).map((fault) => `${service.title}: ${fault}`)),
    ),
  ),

  sideCheck("every topic is shown as published or with the rule or error", ({ shown, listed }) => {
    const known = new Set(shown.map(({ name }) => name));
    const missing = listed.filter((name) => !known.has(name)).map((name) => `${name} is not shown`);
    const unexplained = shown
      .filter(({ decision, state, rule, error }) =>
        decision === "eligible" ? state !== "published" : rule === "" && (error ?? "") === "",
      )
      .map(({ name, decision, state }) => `${name} is ${decision} and ${state ?? "nothing else"}`);
    return [...missing, ...unexplained];
  }),
];
