import { describe, expect, it } from "vitest";
import { CLOUD, problems, sound, type Variables, warnings } from "./environments.ts";

describe("discovery", () => {
  it("publishes every five minutes and verifies once a day, when nothing is said", () => {
    const { discovery, asyncapi, provisioning } = sound(CLOUD);
    expect(discovery).toMatchObject({
      mode: "publish",
      intervalMs: 300_000,
      filter: "",
      additionalTags: [],
      appendEnvironmentToTitle: true,
      revisionTitlePattern: "",
      verification: { text: "@daily" },
    });
    expect(asyncapi.version).toBe("3.0.0");
    expect(provisioning).toEqual({ idempotentWrite: false, rotationOverlapMs: 3_600_000 });
  });

  it("takes what is said", () => {
    const { discovery, asyncapi } = sound({
      ...CLOUD,
      KAFKA_DISCOVERY_MODE: "plan",
      KAFKA_DISCOVERY_INTERVAL: "1m",
      KAFKA_FILTER: 'tag.MatchRegEx("^orders-")',
      CENTRAL_ADDITIONALTAGS: "kafka, team_x ,,",
      CENTRAL_INSTANCEVALIDATORENABLED: "false",
      KAFKA_ASYNCAPI_VERSION: "2.6.0",
    });
    expect(discovery).toMatchObject({
      mode: "plan",
      intervalMs: 60_000,
      filter: 'tag.MatchRegEx("^orders-")',
      additionalTags: ["kafka", "team_x"],
      verification: undefined,
    });
    expect(asyncapi.version).toBe("2.6.0");
  });

  it("refuses a filter with the agents' own words and tells what is doubtful", () => {
    expect(problems({ ...CLOUD, KAFKA_FILTER: "tag.orders" })).toEqual([
      "KAFKA_FILTER: [Error Code 1148] - error parsing filter in configuration. Unrecognized expression",
    ]);
    expect(
      warnings({ ...CLOUD, KAFKA_FILTER: "tag.Any()", CENTRAL_APISERVICEREVISIONPATTERN: "{{.APIServiceName}}" }),
    ).toEqual([
      "KAFKA_FILTER: tag.Any(): Any() without == or != is never true",
      "CENTRAL_APISERVICEREVISIONPATTERN: has no {{.Date:…}}, so the default pattern is used; formats are YYYY/MM/DD, YYYY-MM-DD, MM/DD/YYYY, MM-DD-YYYY",
    ]);
  });

  it.each([
    ["*/30 * * * *", "expected times at least 1h apart, found 30m"],
    ["0 0 1 1 * 2030", "expected a schedule that comes again and again"],
    [
      "hourly",
      "expected a schedule such as @daily or 0 */2 * * *: expected five to seven fields, or @hourly and the like, found hourly",
    ],
  ])("does not verify by %s", (schedule, message) => {
    expect(problems({ ...CLOUD, CENTRAL_APIVALIDATIONCRONSCHEDULE: schedule })).toEqual([
      `CENTRAL_APIVALIDATIONCRONSCHEDULE: ${message}`,
    ]);
  });
});

describe("traceability", () => {
  const host = (variables: Variables) => ({
    url: sound({ ...CLOUD, ...variables }).traceability.url,
    warnings: warnings({ ...CLOUD, ...variables }),
  });
  const tcp = "events are sent over https to port 443 of the same host, as a Worker does not speak the tcp protocol";

  it.each<[Variables, string, string[]]>([
    [{}, "https://ingestion.datasearch.axway.com", []],
    [{ TRACEABILITY_HOST: "ingestion.example:443" }, "https://ingestion.example", []],
    [{ TRACEABILITY_HOST: "ingestion.example:8443" }, "https://ingestion.example:8443", []],
    [{ TRACEABILITY_HOST: "ingestion.example:5044" }, "https://ingestion.example", [`TRACEABILITY_HOST: ${tcp}`]],
    [{ TRACEABILITY_PROTOCOL: "tcp" }, "https://ingestion.datasearch.axway.com", [`TRACEABILITY_PROTOCOL: ${tcp}`]],
    [
      { TRACEABILITY_PROTOCOL: "tcp", TRACEABILITY_HOST: "ingestion.example:5044" },
      "https://ingestion.example",
      [`TRACEABILITY_PROTOCOL: ${tcp}`],
    ],
    [
      { TRACEABILITY_PROTOCOL: "https", TRACEABILITY_HOST: "ingestion.example:5044" },
      "https://ingestion.example",
      [`TRACEABILITY_HOST: ${tcp}`],
    ],
    [{ TRACEABILITY_PROTOCOL: "http", TRACEABILITY_HOST: "127.0.0.1:8081" }, "http://127.0.0.1:8081", []],
    [
      { TRACEABILITY_HOST: "a.example,b.example" },
      "https://a.example",
      ["TRACEABILITY_HOST: only the first host is used"],
    ],
  ])("sends events over https, whatever the agents' transport was: %j", (variables, url, expected) => {
    expect(host(variables)).toEqual({ url, warnings: expected });
  });

  it("does not send events in clear over a network", () => {
    expect(problems({ ...CLOUD, TRACEABILITY_PROTOCOL: "http" })).toEqual([
      "TRACEABILITY_PROTOCOL: expected https; http is for this machine only",
    ]);
  });

  it("sends metric events every hour, and usage only when asked, since it is billed", () => {
    expect(sound(CLOUD).traceability).toMatchObject({
      metrics: { text: "@hourly" },
      usage: undefined,
      sampleIntervalMs: 300_000,
      countReread: true,
      timeoutMs: 60_000,
      bulkMaxSize: 100,
    });
    expect(sound({ ...CLOUD, CENTRAL_USAGEREPORTING_PUBLISH: "true" }).traceability.usage).toMatchObject({
      text: "@daily",
    });
    expect(sound({ ...CLOUD, CENTRAL_METRICREPORTING_PUBLISH: "false" }).traceability.metrics).toBeUndefined();
  });

  it("allows metric events every quarter of an hour and no oftener", () => {
    expect(problems({ ...CLOUD, CENTRAL_METRICREPORTING_SCHEDULE: "*/15 * * * *" })).toEqual([]);
    expect(
      problems({
        ...CLOUD,
        CENTRAL_METRICREPORTING_SCHEDULE: "*/10 * * * *",
        CENTRAL_USAGEREPORTING_SCHEDULE: "*/30 * * * *",
      }),
    ).toEqual([
      "CENTRAL_METRICREPORTING_SCHEDULE: expected times at least 15m apart, found 10m",
      "CENTRAL_USAGEREPORTING_SCHEDULE: expected times at least 1h apart, found 30m",
    ]);
  });
});

describe("deprecated names", () => {
  it("count while the new name is not set, with a warning", () => {
    const old = {
      ...CLOUD,
      CENTRAL_PUBLISHUSAGE: "true",
      CENTRAL_USAGEREPORTING_PUBLISHMETRIC: "true",
      CENTRAL_USAGEREPORTING_INTERVAL: "30m",
      CENTRAL_USAGEREPORTING_USAGESCHEDULE: "@weekly",
    };
    expect(sound(old).traceability).toMatchObject({ metrics: { text: "*/30 * * * *" }, usage: { text: "@weekly" } });
    expect(warnings(old)).toEqual([
      "CENTRAL_USAGEREPORTING_PUBLISHMETRIC: is deprecated, use CENTRAL_METRICREPORTING_PUBLISH",
      "CENTRAL_PUBLISHUSAGE: is deprecated, use CENTRAL_USAGEREPORTING_PUBLISH",
      "CENTRAL_USAGEREPORTING_INTERVAL: is deprecated, use CENTRAL_METRICREPORTING_SCHEDULE",
      "CENTRAL_USAGEREPORTING_USAGESCHEDULE: is deprecated, use CENTRAL_USAGEREPORTING_SCHEDULE",
    ]);
  });

  it("do not count beside the new name", () => {
    const both = { ...CLOUD, CENTRAL_PUBLISHUSAGE: "true", CENTRAL_USAGEREPORTING_PUBLISH: "false" };
    expect(sound(both).traceability.usage).toBeUndefined();
    expect(warnings(both)).toEqual([
      "CENTRAL_PUBLISHUSAGE: is deprecated, use CENTRAL_USAGEREPORTING_PUBLISH, which wins",
    ]);
  });

  it.each([
    ["4h", "0 */4 * * *"],
    ["5h", "0 */6 * * *"],
    ["24h", "@daily"],
    ["25m", "*/30 * * * *"],
    ["40m", "0 */1 * * *"],
    ["15m", "*/15 * * * *"],
  ])("turn an interval into a schedule: %s", (interval, schedule) => {
    expect(sound({ ...CLOUD, CENTRAL_USAGEREPORTING_INTERVAL: interval }).traceability.metrics?.text).toBe(schedule);
  });

  it.each(["5m", "15", "48h"])("refuse an interval that makes no schedule: %s", (interval) => {
    expect(problems({ ...CLOUD, CENTRAL_USAGEREPORTING_INTERVAL: interval })).toEqual([
      `CENTRAL_USAGEREPORTING_INTERVAL: expected a duration from 15m to 24h, found ${interval}`,
    ]);
  });
});
