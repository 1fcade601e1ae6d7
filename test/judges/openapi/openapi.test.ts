import { beforeAll, describe, expect, it } from "vitest";
import type { Observed } from "../../sandbox/core/observe.ts";
import { createSandbox, type Sandbox } from "../../sandbox/sandbox.ts";
import { cloudIds } from "../../sandbox/world/organization.ts";
import { checkExchange, type Finding, type JudgedRequest, type JudgedResponse } from "./check.ts";
import { deviations, explained, line } from "./deviations.ts";
import { Document } from "./document.ts";
import { broadSet, type Exchange, playTraffic } from "./exchanges.ts";
import { judged } from "./judge.ts";
import { confluentServices } from "./specs.ts";

/** Confluent's official OpenAPI files judge the sandbox: every answer is what they describe, or a listed deviation of a real server. */

let sandbox: Sandbox;
let exchanges: readonly Exchange[];
let findings: readonly Finding[];

beforeAll(async () => {
  // Lags are offered on Dedicated clusters alone.
  sandbox = createSandbox({ inProcess: true, cloud: { kinds: { [cloudIds.cluster]: "Dedicated" } } });
  playTraffic(sandbox);
  exchanges = await broadSet(sandbox);
  findings = exchanges.flatMap(({ service, request, response, deliberate }) =>
    checkExchange(service, request, response).filter(({ side }) => !(deliberate && side === "request")),
  );
}, 120_000);

describe("the sandbox's Confluent services", () => {
  it("were asked broadly: every service, successes and refusals", () => {
    expect(exchanges.length).toBeGreaterThan(200);
    for (const service of confluentServices) {
      const statuses = exchanges
        .filter((exchange) => exchange.service === service)
        .map(({ response }) => response.status);
      expect(statuses).toContain(200);
      expect(statuses).toContain(401);
    }
    expect(sandbox.defects).toEqual([]);
  });

  it("answer as the files describe, listed deviations apart", () => {
    expect(findings.filter((finding) => explained(finding) === undefined).map(line)).toEqual([]);
  });

  it("show every listed deviation, so that the list holds nothing out of date", () => {
    const seen = new Set(findings.map((finding) => explained(finding)?.id));
    expect(deviations.map(({ id }) => id).filter((id) => !seen.has(id))).toEqual([]);
  });
});

describe("the judge", () => {
  function exchangeOf(
    service: Exchange["service"],
    path: string,
  ): { request: JudgedRequest; response: JudgedResponse } {
    const found = exchanges.find(
      ({ service: of, request, response }) =>
        of === service && request.target.split("?")[0] === path && response.status === 200,
    );
    if (found === undefined) throw new Error(`no exchange ${path}`);
    return found;
  }
  const cluster = () => exchangeOf("cloud", `/cmk/v2/clusters/${sandbox.endpoints().confluentCloud.clusterId}`);
  const topics = () =>
    exchangeOf("platform-kafka", `/v3/clusters/${sandbox.endpoints().confluentPlatform.clusterId}/topics`);

  function changed(response: JudgedResponse, change: (body: never) => void): JudgedResponse {
    const body = JSON.parse(response.body);
    change(body as never);
    return { ...response, body: JSON.stringify(body) };
  }
  function verdict(
    service: Exchange["service"],
    { request, response }: { request: JudgedRequest; response: JudgedResponse },
    instead: { request?: Partial<JudgedRequest>; response?: Partial<JudgedResponse> } = {},
  ): string[] {
    const found = checkExchange(service, { ...request, ...instead.request }, { ...response, ...instead.response });
    return found
      .filter((finding) => explained(finding) === undefined)
      .map(({ kind, place }) => `${kind} ${place}`.trim());
  }

  it("has nothing to say against what is right", () => {
    expect(verdict("cloud", cluster())).toEqual([]);
    expect(verdict("platform-kafka", topics())).toEqual([]);
  });

  it("sees members that are missing, of another type, or made up", () => {
    const at = cluster();
    const missing = changed(at.response, (body: { status: { phase?: string } }) => delete body.status.phase);
    expect(verdict("cloud", at, { response: missing })).toEqual(["body /status"]);
    const made = changed(at.response, (body: { spec: { colour?: string } }) => {
      body.spec.colour = "blue";
    });
    expect(verdict("cloud", at, { response: made })).toEqual(["member /spec/colour"]);
    const list = topics();
    const typed = changed(list.response, (body: { data: { partitions_count: unknown }[] }) => {
      for (const topic of body.data) topic.partitions_count = "3";
    });
    expect(verdict("platform-kafka", list, { response: typed })).toEqual(["body /data/*/partitions_count"]);
  });

  it("sees statuses, headers and media types that the file does not have", () => {
    const at = cluster();
    expect(verdict("cloud", at, { response: { status: 418 } })).toEqual(["status 418"]);
    expect(
      verdict("cloud", at, { response: { headers: new Headers({ "content-type": "application/json" }) } }),
    ).toEqual([
      "header X-Request-Id",
      "header X-RateLimit-Limit",
      "header X-RateLimit-Remaining",
      "header X-RateLimit-Reset",
    ]);
    const text = new Headers(at.response.headers);
    text.set("content-type", "text/plain");
    expect(verdict("cloud", at, { response: { headers: text } })).toEqual(["content-type text/plain"]);
  });

  it("sees requests to paths, by methods and with parameters that the file does not have, and parameters left out", () => {
    const at = cluster();
    const path = at.request.target.split("?")[0] ?? "";
    const asked = (request: Partial<JudgedRequest>) => verdict("cloud", at, { request });
    expect(asked({ target: path })).toEqual(["query environment"]);
    expect(asked({ target: `${at.request.target}&colour=blue` })).toEqual(["query colour"]);
    expect(asked({ target: "/cmk/v2/clouds" })).toEqual(["path"]);
    expect(asked({ target: "/unknown/v1" })).toEqual(["path"]);
    expect(asked({ method: "PUT" })).toEqual(["method"]);
    const list = exchangeOf("cloud", "/org/v2/environments");
    expect(verdict("cloud", list, { request: { target: "/org/v2/environments?page_size=many" } })).toEqual([
      "query page_size",
    ]);
    expect(verdict("cloud", list, { request: { target: "/org/v2/environments?page_size=101" } })).toEqual([
      "query page_size",
    ]);
  });

  it("sees bodies of requests that the file does not describe", () => {
    const request: JudgedRequest = {
      method: "POST",
      target: `/v3/clusters/x/topics`,
      headers: new Headers({ "content-type": "application/json" }),
      body: '{"partitions_count":3}',
    };
    const response: JudgedResponse = {
      status: 400,
      headers: new Headers({ "content-type": "application/json" }),
      body: '{"error_code":400,"message":"m"}',
    };
    expect(verdict("platform-kafka", { request, response })).toEqual(["body"]);
    expect(
      verdict(
        "platform-kafka",
        { request, response },
        { request: { headers: new Headers({ "content-type": "text/plain" }) } },
      ),
    ).toEqual(["content-type"]);
    expect(verdict("platform-kafka", topics(), { request: { body: "{}" } })).toEqual(["body"]);
  });

  it("reads a whole traffic, requests included, and leaves Amplify out", async () => {
    const traffic: Observed[] = [];
    sandbox.observe((each) => traffic.push(each));
    const { addresses } = sandbox;
    const { clusterId, environment, apiKeys } = sandbox.endpoints().confluentCloud;
    const authorization = `Basic ${btoa(`${apiKeys.cloud.id}:${apiKeys.cloud.secret}`)}`;
    const get = async (address: string) => await sandbox.fetch(new Request(address, { headers: { authorization } }));
    await get(`${addresses.cloud}/cmk/v2/clusters/${clusterId}?environment=${environment}`);
    await get(`${addresses.amplify}/anything`);
    expect(judged(traffic)).toEqual([]);
    await get(`${addresses.cloud}/cmk/v2/clusters/${clusterId}`);
    await get(`${addresses.cloud}/cmk/v2/clusters/${clusterId}`);
    sandbox.observe(undefined);
    expect(judged(traffic)).toEqual(["cloud: GET /cmk/v2/clusters/{id} (400), request: query environment is required"]);
  });

  it("says which file is missing, and that it is no part of the project", () => {
    expect(() => new Document("no-such-file.yaml").root).toThrow(
      /not part of the project: .*no-such-file\.yaml is missing/,
    );
  });
});
