import { describe, expect, test } from "vitest";
import { linkOf } from "../../support/amplify-view.ts";
import { counted, documentOf, imported, verifyNow, worldOf } from "../../support/imported.ts";
import { HOUR_MS, MINUTE_MS, Rig, unwrap } from "../../support/rig.ts";

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

  test("is made again when it is a definition, within a day and by one request", async () => {
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
