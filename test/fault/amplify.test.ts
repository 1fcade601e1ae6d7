import { describe, expect, test } from "vitest";
import { answers } from "../sandbox/core/faults.ts";
import { publishedWorld } from "../support/amplify-view.ts";
import { changeSchema, counted, imported, resourceOf, worldOf } from "../support/imported.ts";
import { HOUR_MS, MINUTE_MS, Rig, unwrap } from "../support/rig.ts";
import { smallWorld } from "./small-world.ts";

const SERVICES = "/apis/**/apiservices";
const REVISIONS = "/apis/**/apiservicerevisions";
const INSTANCES = "/apis/**/apiserviceinstances";

describe("row 34: an answer that is lost after the server acted", () => {
  test.each([
    ["service", "POST", SERVICES],
    ["revision", "POST", REVISIONS],
    ["instance", "POST", INSTANCES],
    ["details", "PUT", "/apis/**/x-agent-details"],
    ["badge", "PUT", "/apis/**/source"],
    ["agent", "POST", "/apis/**/discoveryagents"],
    ["definition", "POST", "/apis/**/accessrequestdefinitions"],
  ])("makes no second %s: what is there is taken for ours and completed", async (_, method, path) => {
    const undisturbed = await imported({ side: "cloud", world: smallWorld });
    const rig = new Rig({ side: "cloud", world: smallWorld });
    rig.sandbox.faults.add({
      name: "lost",
      when: { service: "amplify", method, path, calls: { nth: 1 } },
      fault: { do: "lose-reply" },
    });
    await rig.settle();
    expect(rig.sandbox.faults.list()).toMatchObject([{ fired: 1 }]);
    expect(publishedWorld(rig.sandbox.parts.amplify)).toEqual(publishedWorld(undisturbed.sandbox.parts.amplify));
  });

  test.each([
    ["service", SERVICES],
    ["instance", INSTANCES],
  ])("and a POST of a %s that arrives only after we asked again makes no second one either", async (_, path) => {
    const undisturbed = await imported({ side: "cloud", world: smallWorld });
    const rig = new Rig({ side: "cloud", world: smallWorld });
    rig.sandbox.faults.add({
      name: "late",
      when: { service: "amplify", method: "POST", path, calls: { nth: 1 } },
      fault: { do: "act-later", ms: 20_000 },
    });
    await rig.live(5 * MINUTE_MS);
    expect(rig.open()).toEqual([]);
    expect(publishedWorld(rig.sandbox.parts.amplify)).toEqual(publishedWorld(undisturbed.sandbox.parts.amplify));
  });
});

test("row 36: an instance that cannot be made leaves one service and one revision, and the next run completes them", async () => {
  const rig = new Rig({ side: "cloud", world: worldOf("orders") });
  rig.sandbox.faults.add({
    name: "down",
    when: { service: "amplify", method: "POST", path: INSTANCES, calls: { first: 4 } },
    fault: answers.serverError(),
  });
  await rig.live(10 * MINUTE_MS);
  expect(counted(rig)).toEqual([1, 1, 1]);
  expect(rig.writes().filter(({ path }) => path.endsWith("/apiservices"))).toHaveLength(1);
  expect(rig.writes().filter(({ path }) => path.endsWith("/apiservicerevisions"))).toHaveLength(1);
});

test("row 38: a run that is started twice while it publishes makes one service, and one revision for each document", async () => {
  const rig: Rig = new Rig({
    side: "cloud",
    world: worldOf("orders"),
    adapt: (ports) => ({
      ...ports,
      http: async (request) => {
        if (request.method === "POST" && request.url.includes("/apiservice")) unwrap(await rig.actor.discover({}));
        return ports.http(request);
      },
    }),
  });
  await rig.settle();
  changeSchema(rig, "cloud", "orders");
  unwrap(await rig.actor.discover({}));
  unwrap(await rig.actor.discover({}));
  await rig.settle();
  await rig.live(20 * MINUTE_MS);
  expect(counted(rig)).toEqual([1, 2, 1]);
  const newest = rig.sandbox.parts.amplify.resources("APIServiceRevision").at(-1);
  const instance = resourceOf(rig, "APIServiceInstance", "orders");
  expect(instance).toMatchObject({ spec: { apiServiceRevision: newest?.name } });
  const service = resourceOf(rig, "APIService", "orders");
  expect(service).toMatchObject({ "x-agent-details": { externalAPIID: "lkc-7mr1dn/orders" } });
});

describe.concurrent("requests of a discovery later on", () => {
  test("are none when nothing changed, 2 for a changed topic, 5 and 2 badges for a new one", async () => {
    const rig = await imported({ side: "cloud" });
    await rig.live(30 * MINUTE_MS);
    let mark = rig.mark();
    await rig.live(2 * HOUR_MS);
    expect(rig.amplify(mark)).toEqual([]);

    changeSchema(rig, "cloud", "orders");
    await rig.live(10 * MINUTE_MS);
    expect(rig.amplify(mark).map(({ method, status }) => `${method} ${status}`)).toEqual(["POST 201", "PUT 200"]);

    mark = rig.mark();
    rig.sandbox.parts.clusters.cloud.createTopic({ name: "invoices", partitions: 1, replicationFactor: 3 });
    await rig.live(10 * MINUTE_MS);
    const sent = rig.amplify(mark).map(({ method, path }) => `${method} ${path.split("/").at(-1)}`);
    expect(sent).toEqual([
      "POST apiservices",
      "PUT x-agent-details",
      "POST apiservicerevisions",
      "POST apiserviceinstances",
      "PUT x-agent-details",
      "PUT source",
      "PUT source",
    ]);
  });
});

test("an empty database after an import takes everything for ours, and writes nothing", async () => {
  const rig = await imported({ side: "platform", world: "demo" });
  const before = publishedWorld(rig.sandbox.parts.amplify);
  // The rate of the lost database's requests is lost with it.
  rig.sandbox.clock.advance(MINUTE_MS);
  const mark = rig.mark();
  const anew = new Rig({ side: "platform", sandbox: rig.sandbox });
  await anew.settle();
  expect(anew.writes(mark).filter(({ path }) => path.includes("/apiservice"))).toEqual([]);
  // Of a definition that is there already the POST is refused: nothing was written, of nothing a new version made.
  expect(anew.writes(mark).filter(({ status }) => status !== 409)).toEqual([]);
  expect(publishedWorld(rig.sandbox.parts.amplify)).toEqual(before);
  const { topics } = unwrap(await anew.actor.overview());
  expect(topics.published).toBe(topics.eligible);

  // And it goes on as the one before would have.
  const later = anew.mark();
  await anew.live(HOUR_MS);
  expect(anew.amplify(later)).toEqual([]);
  rig.close();
  anew.close();
});

describe.concurrent("settings that change what is published", () => {
  test.each([
    ["tags", { CENTRAL_ADDITIONALTAGS: "kafka, meridian" }, ["replace service", "replace instance"]],
    ["the team", { CENTRAL_TEAM: "Payments" }, ["replace service", "replace instance"]],
    ["the title", { CENTRAL_APPENDENVIRONMENTTOTITLE: "true" }, ["replace instance"]],
  ] as const)("%s: are written to every topic, once", async (_, variables, steps) => {
    const rig = await imported({
      side: "cloud",
      world: worldOf("orders"),
      variables: { CENTRAL_APPENDENVIRONMENTTOTITLE: "false" },
    });
    const mark = rig.mark();
    rig.redeploy({ CENTRAL_APPENDENVIRONMENTTOTITLE: "false", ...variables });
    await rig.live(2 * HOUR_MS);
    const writes = rig.writes(mark).filter(({ path }) => path.includes("/apiservice"));
    expect(writes.map(({ method, path }) => `${method} ${path.split("/").at(-2)}`)).toEqual(
      steps.map((step) => `PUT ${step === "replace service" ? "apiservices" : "apiserviceinstances"}`),
    );
    const [instance] = rig.sandbox.parts.amplify.resources("APIServiceInstance");
    const [service] = rig.sandbox.parts.amplify.resources("APIService");
    if ("CENTRAL_ADDITIONALTAGS" in variables) {
      expect(instance?.tags).toEqual(expect.arrayContaining(["kafka", "meridian"]));
      expect(service?.tags).toEqual(expect.arrayContaining(["kafka", "meridian"]));
    }
    if ("CENTRAL_TEAM" in variables) {
      expect(service?.owner).toMatchObject({ id: "3c5e7a9b-2d4f-4a6c-8e0b-1d3f5a7c9e82" });
    }
    if ("CENTRAL_APPENDENVIRONMENTTOTITLE" in variables) expect(instance?.title).toBe("orders (meridian-cloud)");
  });
});
