import { parse } from "valibot";
import { describe, expect, it } from "vitest";
import type { ApiServer } from "../../../src/amplify/apiserver.ts";
import { createEvents } from "../../../src/amplify/events.ts";
import { Resource } from "../../../src/amplify/resource.ts";
import {
  decideWatchTopic,
  makeWatchTopic,
  readWatchTopic,
  watchTopicDraft,
  watchTopicLink,
} from "../../../src/amplify/watch-topic.ts";
import { ENV, World } from "../../sandbox/amplify/fixture.ts";
import { apiOver, CENTRAL, clientOf } from "./api-over.ts";
import { reply, StubOutlet } from "./support.ts";

const LINK = "/management/v1/watchtopics/kafka-env-kafka-worker";
const scope = { kind: "Environment", name: "kafka-env" };
const all = ["created", "updated", "deleted"];
const filters = [
  { group: "management", kind: "ManagedApplication", name: "*", type: all, scope },
  { group: "management", kind: "AccessRequest", name: "*", type: all, scope },
  { group: "management", kind: "Credential", name: "*", type: all, scope },
  { group: "management", kind: "APIService", name: "*", type: ["deleted"], scope },
  { group: "management", kind: "APIServiceInstance", name: "*", type: ["deleted"], scope },
];
const body = {
  group: "management",
  apiVersion: "v1",
  kind: "WatchTopic",
  name: "kafka-env-kafka-worker",
  title: "kafka-env-kafka-worker",
  attributes: {},
  finalizers: [],
  tags: [],
  spec: {
    description: "What the Kafka worker of the environment kafka-env is told. It is made anew when changed.",
    filters,
  },
};
const stored = (spec: unknown) =>
  parse(Resource, { ...body, metadata: { selfLink: LINK, resourceVersion: "0" }, spec });

/** Looks, and makes it as it should be. */
async function ensure(api: ApiServer, environment: string): Promise<"kept" | "created"> {
  const decision = await readWatchTopic(api, environment);
  if (decision === "keep") return "kept";
  await makeWatchTopic(api, environment, decision);
  return "created";
}

describe("our watch topic", () => {
  it("subscribes what consumers ask for, and deletions of what is published", () => {
    expect(watchTopicDraft("kafka-env")).toEqual(body);
    expect(watchTopicLink("kafka-env")).toBe(LINK);
  });

  const extra = filters.map((filter) => ({ ...filter, added: null }));
  it.each([
    ["is as it was made", { filters }, "keep"],
    ["comes back in another order, with members of the server's", { filters: extra.toReversed() }, "keep"],
    ["has its types in another order", { filters: filters.map((f) => ({ ...f, type: f.type.toReversed() })) }, "keep"],
    ["has another description", { description: "mine", filters }, "keep"],
    ["names a filter twice", { filters: [...filters, filters[0]] }, "keep"],
    ["lacks one", { filters: filters.slice(1) }, "recreate"],
    ["has one more", { filters: [...filters, { ...filters[0], kind: "Environment" }] }, "recreate"],
    ["lacks a type", { filters: [{ ...filters[0], type: ["created"] }, ...filters.slice(1)] }, "recreate"],
    [
      "watches another environment",
      { filters: filters.map((f) => ({ ...f, scope: { ...scope, name: "x" } })) },
      "recreate",
    ],
    ["watches every environment", { filters: filters.map(({ scope: _scope, ...f }) => f) }, "recreate"],
    ["watches one name", { filters: filters.map((f) => ({ ...f, name: "acc-1" })) }, "recreate"],
    ["has none", {}, "recreate"],
    ["has nonsense", { filters: [null] }, "recreate"],
  ])("that %s: %j leads to %s", (_what, spec, kind) => {
    expect(decideWatchTopic("kafka-env", stored(spec))).toBe(kind);
  });

  it("is left alone when it is right, in one request", async () => {
    const outlet = new StubOutlet(reply(200, stored({ filters })));
    expect(await ensure(apiOver(outlet), "kafka-env")).toBe("kept");
    expect(outlet.lines).toEqual([`GET ${CENTRAL}/apis${LINK}`]);
  });

  it("is made when it is missing", async () => {
    const outlet = new StubOutlet(reply(404), reply(201, stored({ filters })));
    expect(await ensure(apiOver(outlet), "kafka-env")).toBe("created");
    expect(outlet.lines).toEqual([`GET ${CENTRAL}/apis${LINK}`, `POST ${CENTRAL}/apis/management/v1/watchtopics`]);
    expect(outlet.bodyOf(1)).toEqual(body);
  });

  it("is made anew when its filters were changed, and only then deleted", async () => {
    const outlet = new StubOutlet(reply(200, stored({ filters: [] })), reply(204), reply(201, stored({ filters })));
    expect(await ensure(apiOver(outlet), "kafka-env")).toBe("created");
    expect(outlet.lines).toEqual([
      `GET ${CENTRAL}/apis${LINK}`,
      `DELETE ${CENTRAL}/apis${LINK}`,
      `POST ${CENTRAL}/apis/management/v1/watchtopics`,
    ]);
  });

  it("that somebody else makes at the same time has to be read again", async () => {
    const outlet = new StubOutlet(reply(404), reply(409));
    await expect(ensure(apiOver(outlet), "kafka-env")).rejects.toMatchObject({ failure: { kind: "stale" } });
  });

  it("is not touched when it cannot be read", async () => {
    const outlet = new StubOutlet(reply(500));
    await expect(ensure(apiOver(outlet), "kafka-env")).rejects.toMatchObject({ failure: { kind: "server" } });
    expect(outlet.calls).toHaveLength(1);
  });
});

describe("watch topic and events, against the sandbox's Amplify", () => {
  it("tell what a consumer asks for, page by page, and tell of events that are gone", async () => {
    const world = new World();
    const { api, central } = clientOf(world);
    expect(await ensure(api, "kafka-env")).toBe("created");
    expect(await ensure(api, "kafka-env")).toBe("kept");
    const events = createEvents({ ...central, topicLink: watchTopicLink("kafka-env"), pageSize: 2 });
    expect(await events.newest()).toEqual({ kind: "newest", sequence: undefined });

    const spec = { security: {} };
    world.amplify.create({
      kind: "ManagedApplication",
      scope,
      body: { name: "app", spec },
      subs: { status: { level: "Pending" } },
    });
    world.amplify.create({
      kind: "ManagedApplication",
      scope: { ...scope, name: "other-env" },
      body: { name: "app", spec },
    });
    world.publish("orders");
    world.amplify.remove(`${ENV}/apiservices/orders`);
    world.amplify.remove(`${ENV}/managedapplications/app`);

    const told: string[] = [];
    let sequence = "0";
    for (;;) {
      const page = await events.after(sequence);
      if (page.kind !== "page") throw new Error(page.kind);
      told.push(
        ...page.events.map(({ type, subresource, resource }) => `${resource?.kind} ${type} ${subresource ?? "-"}`),
      );
      sequence = page.next;
      if (!page.more) break;
    }
    expect(told).toEqual([
      "ManagedApplication created -",
      "ManagedApplication changed-sub status",
      "APIService deleted -",
      "APIServiceInstance deleted -",
      "ManagedApplication deleted -",
    ]);
    expect(await events.newest()).toEqual({ kind: "newest", sequence });
    expect(await events.after(sequence)).toEqual({ kind: "page", events: [], next: sequence, more: false });

    world.context.clock.advance(8 * 24 * 3_600_000);
    expect(await events.after("1")).toEqual({ kind: "gone", resumeAt: sequence });
    const elsewhere = createEvents({ ...central, topicLink: watchTopicLink("other-env"), pageSize: 2 });
    expect([await elsewhere.newest(), await elsewhere.after("1")]).toEqual([{ kind: "missing" }, { kind: "missing" }]);
  });

  it("begin anew when a person changed the filters", async () => {
    const world = new World();
    const { api, lines } = clientOf(world);
    await ensure(api, "kafka-env");
    world.amplify.edit(LINK, { spec: { filters: [{ ...filters[0], type: ["created"] } as never] } });
    lines.length = 0;
    expect(await ensure(api, "kafka-env")).toBe("created");
    expect(lines.map((line) => line.split(" ")[0])).toEqual(["GET", "DELETE", "POST"]);
    expect(await ensure(api, "kafka-env")).toBe("kept");
  });
});
