import { describe, expect, it } from "vitest";
import { decideAgent, ensureAgent, findAgent, writeAgentStatus } from "../../../src/amplify/agents.ts";
import { createApiServer } from "../../../src/amplify/apiserver.ts";
import { keyPairCredentials } from "../../../src/amplify/credentials.ts";
import { readEnvironment } from "../../../src/amplify/environment.ts";
import { kindLink, resourceLink } from "../../../src/amplify/links.ts";
import { mergedForPut } from "../../../src/amplify/merge.ts";
import { topicNames } from "../../../src/amplify/names.ts";
import { subResource } from "../../../src/amplify/resource.ts";
import { accessRequestDefinition, credentialRequestDefinition } from "../../../src/amplify/resources/definitions.ts";
import { AGENT_DETAILS, instanceDetails, serviceDetails } from "../../../src/amplify/resources/details.ts";
import { endpointsOf, instanceDraft } from "../../../src/amplify/resources/instance.ts";
import { revisionDraft } from "../../../src/amplify/resources/revision.ts";
import { KAFKA_SOURCE, serviceDraft } from "../../../src/amplify/resources/service.ts";
import { ownerAmong, readTeams } from "../../../src/amplify/teams.ts";
import { createTokenSource } from "../../../src/amplify/token.ts";
import { userAgent } from "../../../src/amplify/user-agent.ts";
import type { Outlet } from "../../../src/http/outlet.ts";
import { CLIENT, newKeyPair, ORGANIZATION, ORIGIN, World } from "../../sandbox/amplify/fixture.ts";
import { countingRandom, TestClock } from "./support.ts";

const pair = newKeyPair();
const pem = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();

async function client(world: World, clock = new TestClock(world.context.clock.now()), clientId = CLIENT) {
  const lines: string[] = [];
  const outlet: Outlet = {
    async send({ method, url, headers, body }) {
      lines.push(`${method} ${url.slice(ORIGIN.length)}`);
      const init = { method, headers: { ...headers }, ...(body === undefined ? {} : { body }) };
      const response = await world.amplify.fetch(new Request(url, init));
      return { status: response.status, headers: response.headers, text: await response.text() };
    },
    stream: () => Promise.reject(new Error("not used")),
  };
  const identity = {
    agentType: "KafkaDiscoveryAgent",
    version: "1.0.0",
    environment: "kafka-env",
    agentName: "kafka-env-da",
  };
  const tokens = createTokenSource({
    outlet,
    credentials: await keyPairCredentials(clientId, pem),
    authUrl: `${ORIGIN}/auth`,
    realm: "Broker",
    timeoutMs: 10_000,
    clock,
    random: { ...countingRandom(), uuid: () => crypto.randomUUID() },
    keep: { load: async () => undefined, store: async () => undefined },
  });
  const central = {
    outlet,
    tokens,
    baseUrl: ORIGIN,
    tenantId: ORGANIZATION,
    userAgent: userAgent(identity),
    timeoutMs: 60_000,
  };
  return { lines, tokens, central, api: createApiServer({ ...central, pageSize: 10 }) };
}

const world = () => new World({ publicKey: pair.publicPem });

describe("the clients, against the sandbox's Amplify", () => {
  it("log in with the key pair, also with a clock that is two hours off", async () => {
    const there = world();
    const now = there.context.clock.now();
    const right = await client(there);
    expect((await right.tokens.token()).orgGuid).toBe("c0ffee00-1111-4222-8333-444455556666");
    const late = await client(there, new TestClock(now - 7_200_000));
    expect((await late.tokens.token()).expiresAt).toBe(now - 7_200_000 + 1_800_000);
    expect([right.lines.length, late.lines.length]).toEqual([1, 2]);
  });

  it("tell an unknown client", async () => {
    const stranger = await client(world(), undefined, "nobody_00000000");
    await expect(stranger.tokens.token()).rejects.toThrow(/does not know the service account nobody_00000000/);
  });

  it("read environment and owner, and make an agent that reports", async () => {
    const there = world();
    const { api, central } = await client(there);
    const now = there.context.clock.now();
    expect(await readEnvironment(api, "kafka-env", ORGANIZATION)).toMatchObject({
      name: "kafka-env",
      credentialExpiryDays: 0,
    });
    await expect(readEnvironment(api, "nowhere", ORGANIZATION)).rejects.toThrow(
      /There is no environment named nowhere/,
    );
    expect(ownerAmong(await readTeams(central, "Streaming"), "Streaming").id).toBe(
      "aaaaaaaa-0000-4000-8000-000000000002",
    );
    expect(ownerAmong(await readTeams(central, ""), "").id).toBe("aaaaaaaa-0000-4000-8000-000000000001");

    expect(await findAgent(api, "kafka-env", "DiscoveryAgent", "kafka-env-da", now)).toBeUndefined();
    await ensureAgent(api, "kafka-env", "DiscoveryAgent", "kafka-env-da", now);
    const status = { version: "1.0.0", state: "running", previousState: undefined, reason: undefined, now } as const;
    expect(await writeAgentStatus(api, "kafka-env", "DiscoveryAgent", "kafka-env-da", status)).toBe(true);
    const found = await findAgent(api, "kafka-env", "DiscoveryAgent", "kafka-env-da", now);
    expect(found && subResource(found, "status")).toMatchObject({ state: "running", message: "kafka-worker: running" });
    expect(decideAgent("DiscoveryAgent", "kafka-env-da", found ? [found] : [], now).kind).toBe("use");
  });

  it("publish a topic in five requests and two badges, twice without a second of anything, and keep what a person adds", async () => {
    const { api, lines } = await client(world());
    const names = await topicNames("lkc-1", "orders");
    const identity = { names, topic: "orders", clusterId: "lkc-1" };
    const access = accessRequestDefinition({ owner: undefined });
    const credential = credentialRequestDefinition("api-key", { owner: undefined, expiryDays: 30 });
    for (const draft of [access, credential]) {
      expect((await api.create(kindLink("kafka-env", draft.kind), draft)).kind).toBe("created");
      const stored = await api.get(resourceLink("kafka-env", draft.kind, draft.name));
      expect(stored && mergedForPut(stored, draft).changed).toBe(false);
    }

    const common = { names, tags: ["kafka"], owner: undefined };
    const document = { text: '{"asyncapi":"3.0.0","info":{"title":"orders","version":"1.0.0"}}', sha256: "89abcdef" };
    const service = serviceDraft({ ...common, topic: "orders", description: "d" });
    const revision = revisionDraft({ ...common, title: "orders - r 1", document, version: "1.0.0" });
    const instance = instanceDraft({
      ...common,
      topic: "orders",
      revision: revision.name,
      endpoints: endpointsOf(["broker.test:9092"], true),
      accessRequestDefinition: access.name,
      credentialRequestDefinitions: [credential.name],
      environmentInTitle: "kafka-env",
    });
    const serviceLink = resourceLink("kafka-env", "APIService", names.service);
    const instanceLink = resourceLink("kafka-env", "APIServiceInstance", names.instance);
    const before = lines.length;
    expect((await api.create(kindLink("kafka-env", "APIService"), service)).kind).toBe("created");
    expect((await api.putSub(serviceLink, AGENT_DETAILS, serviceDetails(identity))).kind).toBe("saved");
    expect((await api.create(kindLink("kafka-env", "APIServiceRevision"), revision)).kind).toBe("created");
    expect((await api.create(kindLink("kafka-env", "APIServiceInstance"), instance)).kind).toBe("created");
    expect((await api.putSub(instanceLink, AGENT_DETAILS, instanceDetails(identity))).kind).toBe("saved");
    expect(lines.length - before).toBe(5);
    expect((await api.putSub(serviceLink, "source", KAFKA_SOURCE)).kind).toBe("saved");
    expect((await api.putSub(instanceLink, "source", KAFKA_SOURCE)).kind).toBe("saved");
    for (const draft of [service, revision, instance]) {
      expect(await api.create(kindLink("kafka-env", draft.kind), draft)).toEqual({ kind: "exists" });
    }

    const ours = await api.get(serviceLink);
    const person = await api.get(serviceLink);
    if (ours === undefined || person === undefined) throw new Error("not read");
    expect(mergedForPut(ours, service).changed).toBe(false);
    expect((await api.replace({ ...person, tags: [...person.tags, "theirs"] })).kind).toBe("saved");
    const renamed = { ...service, spec: { ...service.spec, description: "new" } };
    expect((await api.replace(mergedForPut(ours, renamed).resource)).kind).toBe("stale");
    const again = await api.get(serviceLink);
    if (again === undefined) throw new Error("not read");
    const saved = await api.replace(mergedForPut(again, renamed).resource);
    expect(saved).toMatchObject({
      kind: "saved",
      resource: { tags: ["kafka", "theirs"], spec: { description: "new" } },
    });
  });

  it("list hundreds of services page by page, each once", async () => {
    const there = world();
    for (let i = 0; i < 35; i++) there.publish(`topic-${i}`);
    const { api, lines } = await client(there);
    const names: string[] = [];
    for await (const page of api.list(kindLink("kafka-env", "APIService"), { fields: "name,metadata" })) {
      names.push(...page.map((resource) => resource.name));
    }
    expect(new Set(names).size).toBe(35);
    expect(lines.filter((line) => line.includes("/apiservices?"))).toHaveLength(4);
    expect(await api.remove(resourceLink("kafka-env", "APIService", "topic-7"))).toEqual({ kind: "removed" });
    expect(await api.get(resourceLink("kafka-env", "APIService", "topic-7"))).toBeUndefined();
  });
});
