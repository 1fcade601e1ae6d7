import { describe, expect, it } from "vitest";
import { decideAgent, ensureAgent, findAgent, writeAgentStatus } from "../../../src/amplify/agents.ts";
import { createApiServer } from "../../../src/amplify/apiserver.ts";
import { readEnvironment } from "../../../src/amplify/environment.ts";
import type { Resource } from "../../../src/amplify/resource.ts";
import { agentStatus } from "../../../src/amplify/resources/agent.ts";
import { ownerAmong, readTeams } from "../../../src/amplify/teams.ts";
import { UpstreamError } from "../../../src/http/errors.ts";
import { reply, StubOutlet } from "./support.ts";

const BASE = "https://apicentral.axway.com";
const ENVIRONMENT = `${BASE}/apis/management/v1/environments/kafka-env`;
const NOW = Date.UTC(2026, 10, 23, 15, 0, 0);

function options(outlet: StubOutlet) {
  return {
    outlet,
    tokens: {
      token: async () => ({ value: "t0ken", orgGuid: undefined, expiresAt: 0 }),
      invalidate: async () => undefined,
    },
    baseUrl: BASE,
    tenantId: "123456789",
    userAgent: "A/1.0.0",
    timeoutMs: 60_000,
    pageSize: 100,
  };
}

const api = (outlet: StubOutlet) => createApiServer(options(outlet));

async function failureOf(promise: Promise<unknown>): Promise<UpstreamError> {
  const error: unknown = await promise.catch((thrown: unknown) => thrown);
  if (!(error instanceof UpstreamError)) throw new Error(`not an UpstreamError: ${String(error)}`);
  return error;
}

describe("the environment", () => {
  const body = {
    kind: "Environment",
    name: "kafka-env",
    title: "Kafka",
    metadata: { id: "8a2e8f3a" },
    spec: { axwayManaged: true, production: false },
    policies: { credentials: { expiry: { period: 90, action: "deprovision" } } },
    references: { managedEnvironments: [{ name: "x" }] },
  };

  it("is read in one request", async () => {
    const outlet = new StubOutlet(reply(200, body));
    expect(await readEnvironment(api(outlet), "kafka-env", "123456789")).toEqual({
      id: "8a2e8f3a",
      name: "kafka-env",
      title: "Kafka",
      credentialExpiryDays: 90,
      deprovisionExpired: true,
      axwayManaged: true,
      managesOthers: true,
    });
    expect(outlet.lines).toEqual([`GET ${ENVIRONMENT}`]);
  });

  it("may say nothing but who it is", async () => {
    for (const more of [
      {},
      { spec: {}, policies: null, references: null },
      { policies: { credentials: { expiry: {} } } },
    ]) {
      const bare = { name: "kafka-env", metadata: { id: "1" }, ...more };
      expect(await readEnvironment(api(new StubOutlet(reply(200, bare))), "kafka-env", "1")).toMatchObject({
        credentialExpiryDays: 0,
        deprovisionExpired: false,
        axwayManaged: false,
        managesOthers: false,
      });
    }
  });

  it("that is missing is named with what to do", async () => {
    const error = await failureOf(readEnvironment(api(new StubOutlet(reply(404, "{}"))), "kafka-env", "123456789"));
    expect(error.failure).toEqual({ kind: "missing" });
    expect(error.message).toBe(
      "There is no environment named kafka-env in organisation 123456789, or the service account may not see it. Create it in Amplify, or correct CENTRAL_ENVIRONMENT (its logical name, not its title), CENTRAL_ORGANIZATIONID or CENTRAL_REGION.",
    );
  });

  it("of another organisation is refused with the organisation named", async () => {
    const error = await failureOf(readEnvironment(api(new StubOutlet(reply(403, "{}"))), "kafka-env", "123456789"));
    expect(error.message).toBe(
      "The service account may not read the environment kafka-env. Give it the role Engage Admin in organisation 123456789, or check CENTRAL_ORGANIZATIONID.",
    );
  });

  it("without an id is not believed", async () => {
    const outlet = new StubOutlet(reply(200, { name: "kafka-env" }));
    expect((await failureOf(readEnvironment(api(outlet), "kafka-env", "1"))).failure.kind).toBe("malformed");
  });
});

describe("teams", () => {
  const teams = [
    { guid: "t-1", name: "Sales", default: false },
    { guid: "t-2", name: "Everybody", default: true },
    { guid: "t-3", name: "sales", default: null },
  ];

  it("are read on Central's own path, by name when there is one", async () => {
    const outlet = new StubOutlet(reply(200, teams), reply(200, []), reply(200, []), reply(200, []));
    expect(await readTeams(options(outlet), "")).toEqual([teams[0], teams[1], { ...teams[2], default: false }]);
    await readTeams(options(outlet), "Sales & Co");
    await readTeams(options(outlet), 'The "A" team');
    await readTeams(options(outlet), `"A" and 'B'`);
    expect(outlet.lines).toEqual([
      `GET ${BASE}/api/v1/platformTeams`,
      `GET ${BASE}/api/v1/platformTeams?query=name%3D%3D%22Sales+%26+Co%22`,
      `GET ${BASE}/api/v1/platformTeams?query=name%3D%3D%27The+%22A%22+team%27`,
      `GET ${BASE}/api/v1/platformTeams`,
    ]);
    expect(outlet.calls[0]?.upstream).toBe("amplify");
  });

  it("give the one that is named exactly, else the default one, else the first", () => {
    const read = teams.map((team) => ({ ...team, default: team.default ?? false }));
    expect(ownerAmong(read, "sales")).toEqual({ type: "team", id: "t-3" });
    expect(ownerAmong(read, "")).toEqual({ type: "team", id: "t-2" });
    expect(ownerAmong(read.slice(0, 1), "")).toEqual({ type: "team", id: "t-1" });
  });

  it("that are missing are named with what to do", async () => {
    const named = await failureOf((async () => ownerAmong([], "Sales"))());
    expect(named.failure).toEqual({ kind: "missing" });
    expect(named.message).toBe(
      "There is no team named Sales on Amplify, or the service account may not see it. Correct CENTRAL_TEAM (its case counts), or leave it empty for the default team.",
    );
    expect((await failureOf((async () => ownerAmong([], ""))())).message).toContain("The organisation has no team");
    const outlet = new StubOutlet(reply(200, { teams: [] }));
    expect((await failureOf(readTeams(options(outlet), ""))).failure.kind).toBe("malformed");
  });
});

function agent(name: string, status: Record<string, unknown> | undefined, dataplaneType = "Kafka"): Resource {
  return {
    group: "management",
    apiVersion: "v1",
    kind: "DiscoveryAgent",
    name,
    title: name,
    metadata: {
      id: name,
      selfLink: `/management/v1/environments/kafka-env/discoveryagents/${name}`,
      resourceVersion: "2",
    },
    tags: [],
    attributes: {},
    finalizers: [],
    owner: undefined,
    spec: { dataplaneType, config: { additionalTags: ["x"] } },
    ...(status === undefined ? {} : { status }),
  };
}

/** As Axway's agents write it. */
const axways = (state: string, lastActivityTime = "2026-11-23T09:13:18.400+0000") => ({
  version: "1.1.37",
  state,
  lastActivityTime,
  sdkVersion: "1.1.152",
});
const status = { version: "1.0.0", state: "running", previousState: undefined, reason: undefined, now: NOW } as const;
const decide = (...agents: Resource[]) => decideAgent("DiscoveryAgent", "kafka-env-da", agents, NOW);

describe("our agent's resource", () => {
  it("is created when there is none, used when there is, corrected when it is for another data plane", () => {
    expect(decide()).toMatchObject({
      kind: "create",
      body: { name: "kafka-env-da", spec: { dataplaneType: "Kafka" } },
    });
    const ours = agent("kafka-env-da", undefined);
    expect(decide(ours)).toEqual({ kind: "use", agent: ours });
    expect(decide(agent("kafka-env-da", undefined, "Unidentified"))).toMatchObject({
      kind: "replace",
      agent: {
        spec: { dataplaneType: "Kafka", config: { additionalTags: ["x"] } },
        metadata: { resourceVersion: "2" },
      },
    });
  });

  it("is ours while its status bears our mark, and still when the server drops the message", () => {
    const written = agentStatus(status);
    expect(decide(agent("kafka-env-da", written)).kind).toBe("use");
    expect(decide(agent("kafka-env-da", { ...written, sdkVersion: "" })).kind).toBe("use");
    const { message: _message, ...dropped } = written;
    expect(decide(agent("kafka-env-da", dropped)).kind).toBe("use");
  });

  it("is refused while an agent of Axway's for Kafka is at work, under our name or another", () => {
    for (const name of ["kafka-env-da", "confluent-cloud-da"]) {
      const decision = decide(agent("a", undefined), agent(name, axways("running")));
      expect(decision).toMatchObject({ kind: "refused", agent: name });
      expect(decision.kind === "refused" ? decision.message : "").toBe(
        `Axway's own Kafka discovery agent ${name} is at work on this environment, last seen 2026-11-23T09:13:18.400Z. Two agents would publish every topic twice and answer every request twice. To hand over, stop that agent: it then reports that it is stopped and this one starts by itself. If it no longer exists and could not report that, delete its resource in Amplify, or wait until 24 hours have passed since it was last seen.`,
      );
    }
    expect(decide(agent("a", axways("unhealthy"))).kind).toBe("refused");
  });

  it.each([
    ["stopped", axways("stopped")],
    ["failed", axways("failed")],
    ["silent for 24 h", axways("running", "2026-11-22T15:00:00.000+0000")],
    ["never seen", axways("running", "0001-01-01T00:00:00.000+0000")],
    ["without a time", { ...axways("running"), lastActivityTime: null }],
    ["only made, never started", {}],
  ])("is taken over from an agent that is %s", (_name, left) => {
    expect(decide(agent("kafka-env-da", left)).kind).toBe("use");
    expect(decide(agent("confluent-cloud-da", left)).kind).toBe("create");
  });

  it("does not mind an agent of another gateway, but does not take its name", () => {
    expect(decide(agent("v7-da", axways("running"), "Edge")).kind).toBe("create");
    expect(decide(agent("kafka-env-da", axways("running"), "Edge"))).toEqual({
      kind: "refused",
      agent: "kafka-env-da",
      message:
        "The name kafka-env-da is that of an agent for another data plane, which is at work. Set CENTRAL_AGENTNAME to a name of its own.",
    });
  });

  it("costs one request when it is there and two when it is not", async () => {
    const ours = agent("kafka-env-da", agentStatus(status));
    const there = new StubOutlet(reply(200, [ours]));
    expect((await ensureAgent(api(there), "kafka-env", "DiscoveryAgent", "kafka-env-da", NOW)).name).toBe(
      "kafka-env-da",
    );
    expect(there.lines).toEqual([`GET ${ENVIRONMENT}/discoveryagents?page=1&pageSize=100`]);

    const absent = new StubOutlet(reply(200, []), reply(201, ours));
    await ensureAgent(api(absent), "kafka-env", "DiscoveryAgent", "kafka-env-da", NOW);
    expect(absent.lines[1]).toBe(`POST ${ENVIRONMENT}/discoveryagents`);

    const other = new StubOutlet(reply(200, [agent("kafka-env-da", undefined, "Edge")]), reply(200, ours));
    await ensureAgent(api(other), "kafka-env", "DiscoveryAgent", "kafka-env-da", NOW);
    expect(other.lines[1]).toBe(`PUT ${ENVIRONMENT}/discoveryagents/kafka-env-da`);
  });

  it("is read again when somebody else was quicker, and nothing is written when it is refused", async () => {
    const ensure = (...answers: ReturnType<typeof reply>[]) =>
      failureOf(ensureAgent(api(new StubOutlet(...answers)), "kafka-env", "DiscoveryAgent", "kafka-env-da", NOW));
    expect((await ensure(reply(200, []), reply(409, "{}"))).failure.kind).toBe("stale");
    expect((await ensure(reply(200, [agent("kafka-env-da", undefined, "Edge")]), reply(428, "{}"))).failure.kind).toBe(
      "stale",
    );
    expect((await ensure(reply(200, [agent("a", axways("running"))]))).failure.kind).toBe("conflict");
  });

  it("is only looked for where nothing may be written, and refused there too", async () => {
    const find = (...agents: Resource[]) =>
      findAgent(api(new StubOutlet(reply(200, agents))), "kafka-env", "DiscoveryAgent", "kafka-env-da", NOW);
    expect((await find(agent("kafka-env-da", undefined)))?.name).toBe("kafka-env-da");
    expect(await find()).toBeUndefined();
    expect(await find(agent("kafka-env-da", undefined, "Edge"))).toBeUndefined();
    expect((await failureOf(find(agent("a", axways("running"))))).failure.kind).toBe("conflict");
  });

  it("has its status written in one request, and tells when the resource is gone", async () => {
    const outlet = new StubOutlet(reply(200, agent("kafka-env-ta", undefined)), reply(404, "{}"));
    const write = () => writeAgentStatus(api(outlet), "kafka-env", "TraceabilityAgent", "kafka-env-ta", status);
    expect(await write()).toBe(true);
    expect(outlet.lines).toEqual([`PUT ${ENVIRONMENT}/traceabilityagents/kafka-env-ta/status`]);
    expect(outlet.bodyOf(0)).toEqual({ status: agentStatus(status) });
    expect(await write()).toBe(false);
  });
});
