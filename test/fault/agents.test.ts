import { describe, expect, test } from "vitest";
import type { JsonObject } from "../sandbox/amplify/json.ts";
import { answers } from "../sandbox/core/faults.ts";
import { linkOf } from "../support/amplify-view.ts";
import { counted, imported, worldOf } from "../support/imported.ts";
import { HOUR_MS, MINUTE_MS, Rig, unwrap } from "../support/rig.ts";

/** For tests of days. */
const SELDOM = { KAFKA_DISCOVERY_INTERVAL: "2h" };
const ENVIRONMENT = { kind: "Environment", name: "meridian-cloud" } as const;

describe("what cannot work is named with what to do", () => {
  test.each([
    ["a team that does not exist", { CENTRAL_TEAM: "Nobody" }, /no team named Nobody.*CENTRAL_TEAM/s],
    ["an environment that does not exist", { CENTRAL_ENVIRONMENT: "nowhere" }, /nowhere.*CENTRAL_ENVIRONMENT/s],
    ["another organisation", { CENTRAL_ORGANIZATIONID: "1234567" }, /1234567.*CENTRAL_ORGANIZATIONID/s],
  ])("%s", async (_, variables, message) => {
    const rig = new Rig({ side: "cloud", world: worldOf("orders"), variables });
    await rig.live(HOUR_MS);
    expect(counted(rig)).toEqual([0, 0, 0]);
    const told = unwrap(await rig.actor.overview()).problems.filter((problem) => message.test(problem.message));
    expect(told).toHaveLength(1);
    expect(rig.amplify().length).toBeLessThanOrEqual(30);
    rig.redeploy({});
    await rig.live(20 * MINUTE_MS);
    expect(counted(rig)).toEqual([1, 1, 1]);
  });
});

describe("agents", () => {
  test.each(["DiscoveryAgent", "TraceabilityAgent"])(
    "an %s of Axway's that runs on the same environment is refused, and nothing is published until it stops",
    async (kind) => {
      const rig = new Rig({ side: "cloud", world: worldOf("orders") });
      const { amplify } = rig.sandbox.parts;
      const sdkTime = (at: number) => new Date(at).toISOString().replace("Z", "+0000");
      const running = () => ({
        version: "1.2.3",
        sdkVersion: "1.1.152",
        state: "running",
        message: "",
        lastActivityTime: sdkTime(rig.now),
      });
      const agent = amplify.create({
        kind,
        scope: ENVIRONMENT,
        body: { name: "kafka-agent", title: "kafka-agent", spec: { dataplaneType: "Kafka" } },
        subs: { status: running() },
      });
      const link = String((agent.metadata as JsonObject).selfLink);
      await rig.live(HOUR_MS);
      expect(counted(rig)).toEqual([0, 0, 0]);
      expect(rig.writes().filter(({ path }) => !path.includes("agents"))).toEqual([]);
      const { problems } = unwrap(await rig.actor.overview());
      expect(problems.map(({ message }) => message).join("\n")).toMatch(/kafka-agent.*hand over/s);
      expect(amplify.get(link)).toMatchObject({ status: { state: "running", sdkVersion: "1.1.152" } });

      amplify.editSub(link, "status", { ...running(), state: "stopped" });
      await rig.live(30 * MINUTE_MS);
      expect(counted(rig)).toEqual([1, 1, 1]);
    },
  );

  test("have their status written when it changes, and every few hours as a sign of life", async () => {
    const rig = await imported({ side: "cloud", world: worldOf("orders"), variables: SELDOM });
    const statusWrites = (after: number) =>
      rig.sandbox.log.after(after).filter(({ method, path }) => method === "PUT" && path.endsWith("/status"));
    const status = () => (rig.sandbox.parts.amplify.resources("DiscoveryAgent")[0]?.status ?? {}) as JsonObject;
    const state = () => status().state;
    expect(state()).toBe("running");
    const mark = rig.mark();
    await rig.live(3 * HOUR_MS);
    expect(statusWrites(mark)).toEqual([]);
    await rig.live(22 * HOUR_MS);
    expect(statusWrites(mark).length).toBeGreaterThanOrEqual(2 * 5);
    expect(statusWrites(mark).length).toBeLessThanOrEqual(2 * 7);
    const seen = Date.parse(String(status().lastActivityTime).replace("+0000", "Z"));
    expect(rig.now - seen).toBeLessThan(5 * HOUR_MS);

    rig.sandbox.faults.add({ name: "down", when: { service: "cloud-kafka" }, fault: answers.badGateway() });
    unwrap(await rig.actor.discover({}));
    await rig.live(5 * MINUTE_MS);
    expect(state()).toBe("unhealthy");
    rig.sandbox.faults.clear();
    await rig.live(20 * MINUTE_MS);
    expect(state()).toBe("running");
  });

  test("whose resource a person deleted are made again", async () => {
    const rig = await imported({ side: "cloud", world: worldOf("orders"), variables: SELDOM });
    const { amplify } = rig.sandbox.parts;
    for (const agent of amplify.resources("DiscoveryAgent")) amplify.remove(linkOf(agent));
    await rig.live(26 * HOUR_MS);
    expect(rig.sandbox.parts.amplify.resources("DiscoveryAgent")).toMatchObject([{ status: { state: "running" } }]);
  });
});
