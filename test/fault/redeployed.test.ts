import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { knownStore } from "../../src/store/known.ts";
import { workStore } from "../../src/store/work.ts";
import { linkOf } from "../support/amplify-view.ts";
import { counted, documentOf, imported, verifyNow, worldOf } from "../support/imported.ts";
import { HOUR_MS, MINUTE_MS, Rig, unwrap } from "../support/rig.ts";

// How far an import came must not depend on how fast the machine is.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const DAY_MS = 24 * HOUR_MS;
/** For tests of days: requests to one host are paced in real time. */
const SELDOM = { KAFKA_DISCOVERY_INTERVAL: "6h" };
const NAMES = ["a", "b", "c", "d", "e", "f", "g", "h"];

async function problemsOf(rig: Rig): Promise<string> {
  return unwrap(await rig.actor.overview())
    .problems.map(({ message }) => message)
    .join("\n");
}

describe("a new filter", () => {
  test("stops an import at the topics that it leaves out, and lets it go on when it admits them again", async () => {
    const rig = new Rig({ side: "cloud", world: worldOf(...NAMES) });
    await rig.live(MINUTE_MS);
    const [begun] = counted(rig);
    expect(begun).toBeGreaterThan(0);
    expect(begun).toBeLessThan(NAMES.length);
    rig.redeploy({ KAFKA_FILTER: `tag.nothing.Exists()` });
    unwrap(await rig.actor.discover({}));
    const mark = rig.mark();
    await rig.live(5 * MINUTE_MS);
    expect(rig.writes(mark).filter(({ method }) => method === "POST")).toEqual([]);
    const states = unwrap(await rig.actor.topics({ limit: 100 })).items.map(({ state }) => state);
    expect(states).not.toContain("waiting");

    rig.redeploy({});
    // Until the next discovery by itself.
    await rig.live(6 * MINUTE_MS);
    await rig.settle();
    expect(counted(rig)).toEqual([8, 8, 8]);
  });
});

describe("a long import", () => {
  test("does not keep the next discovery waiting", async () => {
    const variables = { CENTRAL_REQUESTSPERMINUTE: "3" };
    const many = Array.from({ length: 30 }, (_, index) => `topic-${index}`);
    const rig = new Rig({ side: "cloud", world: worldOf(...many), variables });
    await rig.live(30 * MINUTE_MS);
    expect(counted(rig)[2]).toBeLessThan(many.length);
    expect(unwrap(await rig.actor.health())).toMatchObject({ healthy: true });
    expect(unwrap(await rig.actor.runs({ limit: 100 })).items.length).toBeGreaterThanOrEqual(6);
  });
});

describe("what a person asks for while discovery is under way", () => {
  test("is done by the next run: all documents are made anew", async () => {
    const rig = await imported({ side: "cloud", world: worldOf(...NAMES) });
    const { sql } = rig.runtime.ports;
    const seen = () => sql.exec<{ json: string }>("SELECT value_json AS json FROM known WHERE name = 'run'")[0]?.json;
    const { common } = JSON.parse(seen() ?? "") as { common: string };
    let asked = false;
    rig.evict((ports) => ({
      ...ports,
      http: async (request) => {
        if (!asked && request.url.includes("/schemas?")) {
          asked = true;
          unwrap(await rig.actor.discover({ rebuild: true }));
          expect(JSON.parse(seen() ?? "")).toMatchObject({ common: "" });
        }
        return ports.http(request);
      },
    }));
    workStore(sql).hint("discovery", "events", rig.now, "of a test");
    let runs = 0;
    rig.runtime.ports.sql.exec("DELETE FROM run");
    while (runs < 2) {
      await rig.turn();
      runs = unwrap(await rig.actor.runs({ limit: 10 })).items.filter(({ kind }) => kind === "discovery").length;
      await rig.jump();
    }
    const [second, first] = unwrap(await rig.actor.runs({ limit: 10 })).items;
    expect(first?.result).toMatchObject({ changed: 0 });
    expect(second?.result).toMatchObject({ changed: NAMES.length });
    expect(JSON.parse(seen() ?? "")).toMatchObject({ common });
  });

  test("accepts the loss that was shown then, not the one that this run finds", async () => {
    const rig = await imported({ side: "cloud", world: worldOf(...NAMES) });
    const { cloud } = rig.sandbox.parts.clusters;
    for (const name of NAMES.slice(0, 4)) cloud.deleteTopic(name);
    await rig.live(20 * MINUTE_MS);
    expect(unwrap(await rig.actor.overview()).loss?.topics).toEqual(NAMES.slice(0, 4));
    for (const name of NAMES.slice(4)) cloud.deleteTopic(name);
    await rig.live(10 * MINUTE_MS);
    const shown = rig.runtime.ports.sql.exec<{ json: string }>(
      "SELECT value_json AS json FROM known WHERE name = 'run'",
    );
    expect(JSON.parse(shown[0]?.json ?? "").loss.topics).toHaveLength(8);
    // As the page of half an hour ago showed it.
    const run = { ...JSON.parse(shown[0]?.json ?? ""), loss: { topics: NAMES.slice(0, 4), allowed: 3 } };
    knownStore(rig.runtime.ports.sql).put("run", run, rig.now);
    let asked = false;
    rig.evict((ports) => ({
      ...ports,
      http: async (request) => {
        if (!asked && request.url.includes("/schemas?")) {
          asked = true;
          unwrap(await rig.actor.discover({ acceptLoss: true }));
        }
        return ports.http(request);
      },
    }));
    await rig.live(20 * MINUTE_MS);
    expect(asked).toBe(true);
    expect(unwrap(await rig.actor.overview()).topics).toMatchObject({ flagged: 4 });
    expect(unwrap(await rig.actor.overview()).loss?.topics).toEqual(NAMES.slice(4));
  });
});

describe("another address", () => {
  test("of the brokers is in the documents after the next discovery, not only the next day", async () => {
    const rig = await imported({ side: "platform", world: worldOf("orders") });
    expect(documentOf(rig, "orders")).not.toContain("elsewhere.example");
    rig.redeploy({ KAFKA_CLUSTER_SERVERS: "SASL_SSL://elsewhere.example:9094" });
    await rig.live(10 * MINUTE_MS);
    expect(documentOf(rig, "orders")).toContain("elsewhere.example");
  });

  test("that means the same is not looked up again", async () => {
    const rig = await imported({ side: "cloud", world: worldOf("orders") });
    rig.redeploy({ KAFKA_DISCOVERY_INTERVAL: "1m" });
    const mark = rig.mark();
    unwrap(await rig.actor.discover({}));
    await rig.live(MINUTE_MS);
    expect(rig.confluent(mark).filter(({ path }) => /^\/(?:cmk|srcm)\//.test(path))).toEqual([]);
  });
});

describe("another cluster", () => {
  test("on the same environment is refused by name, and what is published stays as it is", async () => {
    const rig = await imported({
      side: "platform",
      world: worldOf("orders"),
      variables: { ...SELDOM, KAFKA_CLUSTER_ID: "" },
    });
    const was = unwrap(await rig.actor.overview()).cluster?.clusterId ?? "";
    rig.evict((ports) => ({
      ...ports,
      http: async (request) => {
        const response = await ports.http(request);
        if (!new URL(request.url).pathname.endsWith("/v3/clusters")) return response;
        return new Response((await response.text()).replaceAll(was, "rebuilt"), response);
      },
    }));
    unwrap(await rig.actor.doctor());
    const mark = rig.mark();
    await rig.live(DAY_MS + HOUR_MS);
    expect(rig.writes(mark)).toEqual([]);
    expect(await problemsOf(rig)).toContain("The cluster is rebuilt, but what is published");
    expect(unwrap(await rig.actor.overview()).cluster?.clusterId).toBe(was);
  });
});

describe("a registry that the control plane no longer shows", () => {
  test("is not believed: documents keep their schemas, and the operator is told", async () => {
    const rig = await imported({ side: "cloud", world: worldOf("orders"), variables: SELDOM });
    const before = documentOf(rig, "orders");
    rig.sandbox.faults.add({
      name: "hidden",
      when: { service: "cloud", method: "GET", path: "/srcm/v3/clusters" },
      fault: { do: "answer", status: 200, body: JSON.stringify({ data: [], metadata: {} }) },
    });
    const mark = rig.mark();
    await rig.live(DAY_MS + HOUR_MS);
    expect(rig.sandbox.faults.list()[0]?.fired).toBeGreaterThan(0);
    expect(rig.writes(mark)).toEqual([]);
    expect(documentOf(rig, "orders")).toBe(before);
    expect(await problemsOf(rig)).toContain("no longer shows the environment's Schema Registry");
    rig.redeploy({ KAFKA_SCHEMAREGISTRY_ENABLED: "false" });
    await rig.live(HOUR_MS);
    expect(documentOf(rig, "orders")).not.toBe(before);
    expect(await problemsOf(rig)).toBe("");
  });
});

describe("what a person deleted in Amplify", () => {
  test("may be more than one minute's budget: the verification goes on where it was", async () => {
    const rig = await imported({ side: "cloud", world: worldOf(...NAMES), variables: SELDOM });
    rig.redeploy({ ...SELDOM, CENTRAL_REQUESTSPERMINUTE: "4" });
    const { amplify } = rig.sandbox.parts;
    for (const kind of ["APIServiceInstance", "APIServiceRevision", "APIService"]) {
      for (const resource of amplify.resources(kind))
        if (amplify.get(linkOf(resource))) amplify.remove(linkOf(resource));
    }
    const mark = rig.mark();
    await verifyNow(rig);
    await rig.live(20 * MINUTE_MS);
    expect(unwrap(await rig.actor.overview()).topics).toMatchObject({ held: NAMES.length });
    const asked = rig.amplify(mark).filter(({ path }) => /\/apiservices\/./.test(path));
    expect(asked).toHaveLength(NAMES.length);
  });

  // A day has 1,440 ticks.
  test("is made again when it is a definition, within a day and by one request", { timeout: 30_000 }, async () => {
    const rig = await imported({ side: "cloud", world: worldOf("orders"), variables: SELDOM });
    const { amplify } = rig.sandbox.parts;
    const [definition] = amplify.resources("CredentialRequestDefinition");
    if (!definition) throw new Error("there is no definition");
    amplify.remove(linkOf(definition));
    const mark = rig.mark();
    await rig.live(DAY_MS + HOUR_MS);
    expect(amplify.resources("CredentialRequestDefinition").map(({ name }) => name)).toEqual([definition.name]);
    const writes = rig.writes(mark).map(({ method, path }) => `${method} ${path.split("/").at(-1)}`);
    expect(writes).toEqual(["POST credentialrequestdefinitions"]);
  });
});
