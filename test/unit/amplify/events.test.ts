import { describe, expect, it } from "vitest";
import { readEvent } from "../../../src/amplify/event.ts";
import { createEvents } from "../../../src/amplify/events.ts";
import { NotYet } from "../../../src/http/errors.ts";
import { reply, StubOutlet } from "./support.ts";

const TOPIC = "/management/v1/watchtopics/kafka-env-kafka-worker";
const BASE = `https://central.test/events${TOPIC}`;

function eventsOver(outlet: StubOutlet, pageSize = 2) {
  const dropped: string[] = [];
  const tokens = {
    token: async () => ({ value: "t0ken", orgGuid: undefined, expiresAt: 0 }),
    invalidate: async (value: string) => void dropped.push(value),
  };
  const central = { outlet, tokens, baseUrl: "https://central.test/", tenantId: "123", userAgent: "ours" };
  return { events: createEvents({ ...central, timeoutMs: 60_000, topicLink: TOPIC, pageSize }), dropped };
}

/** An event as the events API gives it, as text: the sequence may be longer than a double. */
function eventText(sequence: string, type = "SubResourceUpdated", subresource = '"status"'): string {
  return `{"id":"e","time":"2026-08-01 09:15:02.689148","version":"v1","product":"AmplifyCentral","correlationId":"c",
    "organization":{"id":"123456789"},"type":"${type}","payload":{"group":"management","kind":"AccessRequest","name":"acc-1",
    "finalizers":null,"attributes":{},"tags":[],"metadata":{"id":"8a2e","selfLink":"/management/v1/environments/kafka-env/accessrequests/acc-1",
    "references":[{"id":"77","group":"management","kind":"ManagedApplication","name":"app-x","title":null,"scopeKind":null,"scopeName":null,"selfLink":"/x","type":"HARD"}],
    "scope":{"id":"1","kind":"Environment","name":"kafka-env","selfLink":"/management/v1/environments/kafka-env"}}},
    "metadata":{"watchTopicID":"w","watchTopicSelfLink":"${TOPIC}","sequenceID":${sequence},"subresource":${subresource}}}`;
}

const ACCESS = {
  kind: "AccessRequest",
  name: "acc-1",
  id: "8a2e",
  selfLink: "/management/v1/environments/kafka-env/accessrequests/acc-1",
  scope: { kind: "Environment", name: "kafka-env" },
  resourceVersion: undefined,
  references: [{ kind: "ManagedApplication", name: "app-x", id: "77" }],
};

describe("the newest event", () => {
  it("is asked for in the form that needs no sequence, with the headers of Central", async () => {
    const outlet = new StubOutlet(reply(200, `[${eventText("10412")}]`));
    expect(await eventsOver(outlet).events.newest()).toEqual({ kind: "newest", sequence: "10412" });
    expect(outlet.calls).toEqual([
      {
        upstream: "amplify",
        method: "GET",
        url: `${BASE}?pageSize=1&sort=sequenceID%2CDESC`,
        headers: {
          Authorization: "Bearer t0ken",
          "X-Axway-Tenant-Id": "123",
          "User-Agent": "ours",
          "Content-Type": "application/json",
        },
        timeoutMs: 60_000,
      },
    ]);
  });

  it("is none while nothing has happened, and missing where there is no topic", async () => {
    const outlet = new StubOutlet(reply(200, "[]"), reply(404, "{}"));
    const { events } = eventsOver(outlet);
    expect(await events.newest()).toEqual({ kind: "newest", sequence: undefined });
    expect(await events.newest()).toEqual({ kind: "missing" });
  });
});

describe("the events after a sequence", () => {
  it("are always asked for as page 1, and tell where to go on and whether there is more", async () => {
    const outlet = new StubOutlet(
      reply(200, `[${eventText("11")},${eventText("17", "ResourceCreated", "null")}]`),
      reply(200, `[${eventText("9223372036854775807", "ResourceDeleted", "null")}]`),
      reply(200, "[]"),
    );
    const { events } = eventsOver(outlet);
    const told = { organization: "123456789", resource: ACCESS };
    expect(await events.after("10")).toEqual({
      kind: "page",
      events: [
        { ...told, sequence: "11", type: "changed-sub", subresource: "status" },
        { ...told, sequence: "17", type: "created", subresource: undefined },
      ],
      next: "17",
      more: true,
    });
    expect(await events.after("17")).toMatchObject({
      events: [{ sequence: "9223372036854775807", type: "deleted" }],
      next: "9223372036854775807",
      more: false,
    });
    expect(await events.after("9223372036854775807")).toEqual({
      kind: "page",
      events: [],
      next: "9223372036854775807",
      more: false,
    });
    expect(outlet.lines).toEqual(
      ["10", "17", "9223372036854775807"].map(
        (n) => `GET ${BASE}?page=1&pageSize=2&query=sequenceID%3E${n}&sort=sequenceID%2CASC`,
      ),
    );
  });

  it("that a double could not tell apart keep their order", async () => {
    const outlet = new StubOutlet(reply(200, `[${eventText("9007199254740992")},${eventText("9007199254740993")}]`));
    const page = await eventsOver(outlet).events.after("9007199254740991");
    expect(page).toMatchObject({ next: "9007199254740993" });
  });

  it("do not take a text that looks like a sequence for one", async () => {
    const sly = eventText("12").replace('"acc-1"', '"\\"sequenceID\\":99,"');
    const page = await eventsOver(new StubOutlet(reply(200, `[${sly}]`))).events.after("10");
    expect(page).toMatchObject({ next: "12", events: [{ resource: { name: '"sequenceID":99,' } }] });
  });

  it("that are no longer kept are gone, with the place to resume at if it is told", async () => {
    const outlet = new StubOutlet(
      reply(410, "", { "X-Axway-Max-Sequence-Id": "9007199254740993" }),
      reply(410, ""),
      reply(410, "", { "X-Axway-Max-Sequence-Id": "soon" }),
    );
    const { events } = eventsOver(outlet);
    expect(await events.after("10")).toEqual({ kind: "gone", resumeAt: "9007199254740993" });
    expect(await events.after("10")).toEqual({ kind: "gone", resumeAt: undefined });
    expect(await events.after("10")).toEqual({ kind: "gone", resumeAt: undefined });
  });

  it("of a topic that is missing say so", async () => {
    expect(await eventsOver(new StubOutlet(reply(404))).events.after("1")).toEqual({ kind: "missing" });
  });

  it("with an odd one among them all come through", async () => {
    const odd = '{"type":"TRIGGERACTION","payload":null,"metadata":null}';
    const page = await eventsOver(new StubOutlet(reply(200, `[${eventText("11")},${odd}]`))).events.after("10");
    expect(page).toMatchObject({ next: "11", more: true, events: [{ sequence: "11" }, { type: "unknown" }] });
  });

  it.each([
    ["no list", "{}"],
    ["no JSON", "<html>"],
    ["a list of something else", "[1]"],
    ["events without a sequence", '[{"type":"ResourceCreated","payload":{},"metadata":{}}]'],
    ["events that do not come after it", `[${eventText("10")}]`],
    ["a sequence that is no whole number", `[${eventText("1e3")}]`],
    ["a sequence beyond 64 bits", `[${eventText("12345678901234567890")}]`],
  ])("refuse an answer with %s", async (_what, body) => {
    const { events } = eventsOver(new StubOutlet(reply(200, body)));
    await expect(events.after(body.includes("1e3") ? "2000" : "10")).rejects.toMatchObject({
      failure: { kind: "malformed" },
    });
  });

  it("pass on what Central refuses, give up a refused token, and wait where they have to", async () => {
    const until = new NotYet(5, "budget");
    const { events, dropped } = eventsOver(new StubOutlet(reply(401), reply(403), reply(500), until));
    await expect(events.after("1")).rejects.toMatchObject({ failure: { kind: "unauthorised" } });
    expect(dropped).toEqual(["t0ken"]);
    await expect(events.after("1")).rejects.toThrow(
      /may not read the events of the watch topic kafka-env-kafka-worker/,
    );
    await expect(events.newest()).rejects.toMatchObject({ failure: { kind: "server" } });
    await expect(events.newest()).rejects.toBe(until);
  });

  it("are never asked for with what is no sequence", async () => {
    const outlet = new StubOutlet();
    for (const sequence of ["", "-1", "1;x", "1.5", "99999999999999999999"]) {
      await expect(eventsOver(outlet).events.after(sequence)).rejects.toThrow(TypeError);
    }
    expect(outlet.calls).toEqual([]);
  });
});

describe("one event", () => {
  const payload = { kind: "Credential", name: "cred-1", metadata: { resourceVersion: "4", references: null } };
  const resource = {
    kind: "Credential",
    name: "cred-1",
    id: undefined,
    selfLink: undefined,
    scope: undefined,
    resourceVersion: "4",
    references: [],
  };

  it("may be the body of a webhook, without metadata", () => {
    const body = { organization: { id: 123456789 }, type: "ResourceCreated", payload: { ...payload, spec: { a: 1 } } };
    expect(readEvent(body)).toEqual({
      sequence: undefined,
      type: "created",
      subresource: undefined,
      organization: "123456789",
      resource,
    });
  });

  it.each([
    ["ResourceCreated", "created"],
    ["CREATED", "created"],
    ["ResourceUpdated", "updated"],
    ["updated", "updated"],
    ["RESOURCEDELETED", "deleted"],
    ["SubResourceUpdated", "changed-sub"],
    ["SUBRESOURCEUPDATED", "changed-sub"],
    ["PING", "unknown"],
    [undefined, "unknown"],
    [7, "unknown"],
  ])("of type %s is %s", (type, expected) => {
    expect(readEvent({ type, payload })?.type).toBe(expected);
  });

  it.each([
    ["a payload without a name", { payload: { kind: "Credential" } }],
    ["a payload that is a list", { payload: [] }],
    ["no payload", {}],
  ])("with %s names no resource", (_what, body) => {
    expect(readEvent({ type: "ResourceUpdated", ...body })).toEqual({
      sequence: undefined,
      type: "updated",
      subresource: undefined,
      organization: undefined,
      resource: undefined,
    });
  });

  it("keeps the good references when one of them is odd, and drops a scope that has no name", () => {
    const metadata = {
      scope: { kind: "Environment" },
      references: [null, { kind: "A", name: "a", id: null }, { kind: "B" }],
    };
    expect(readEvent({ type: "x", payload: { ...payload, metadata } })?.resource).toMatchObject({
      scope: undefined,
      references: [{ kind: "A", name: "a", id: undefined }],
    });
  });

  it.each([[null], ["text"], [[]], [42], [undefined]])("is not %j", (value) => {
    expect(readEvent(value)).toBeUndefined();
  });
});
