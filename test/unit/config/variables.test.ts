import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseDuration } from "../../../src/config/duration.ts";
import { parseSchedule } from "../../../src/config/schedule.ts";
import { known, VARIABLES } from "../../../src/config/variables/table.ts";

const example = readFileSync(new URL("../../../.dev.vars.example", import.meta.url), "utf8");
const counting = VARIABLES.filter(({ ignored }) => ignored === undefined);

describe("the table of variables", () => {
  it("holds each name once", () => {
    const names = VARIABLES.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
  });

  it("holds our own variables, a closed list, and no other", () => {
    const own = counting
      .map(({ name }) => name)
      .filter((name) =>
        /^(ADMIN|METRICS|WEBHOOK|PUBLIC)_|_REST_|_HEADERS$|_USERS_|CLOUD_(URL|METRICSURL)|DISCOVERY_|_METRICS_|ASYNCAPI|_ACL_|_ROTATION_|REQUESTSPERMINUTE|CLIENTSECRET$/.test(
          name,
        ),
      );
    expect(own.filter((name) => !name.includes("OAUTH")).sort()).toEqual(
      [
        "ADMIN_TOKEN",
        "METRICS_TOKEN",
        "WEBHOOK_TOKEN",
        "PUBLIC_URL",
        "CENTRAL_AUTH_CLIENTSECRET",
        "CENTRAL_REQUESTSPERMINUTE",
        "KAFKA_CLUSTER_REST_URL",
        "KAFKA_CLUSTER_REST_AUTH_USERNAME",
        "KAFKA_CLUSTER_REST_AUTH_PASSWORD",
        "KAFKA_CLUSTER_REST_AUTH_TOKEN",
        "KAFKA_CLUSTER_REST_HEADERS",
        "KAFKA_SCHEMAREGISTRY_HEADERS",
        "KAFKA_USERS_HEADERS",
        "KAFKA_CLOUD_URL",
        "KAFKA_CLOUD_METRICSURL",
        "KAFKA_DISCOVERY_MODE",
        "KAFKA_DISCOVERY_INTERVAL",
        "KAFKA_METRICS_INTERVAL",
        "KAFKA_ASYNCAPI_VERSION",
        "KAFKA_USERS_URL",
        "KAFKA_USERS_TOKEN",
        "KAFKA_ACL_IDEMPOTENTWRITE",
        "KAFKA_ROTATION_OVERLAP",
        "KAFKA_METRICS_COUNTREREAD",
      ].sort(),
    );
  });

  it("classes whatever is a login as secret", () => {
    const open = counting.filter(
      ({ name, visibility }) => /SECRET|PASSWORD|TOKEN$|PRIVATEKEY|HEADERS/.test(name) && visibility !== "secret",
    );
    expect(open).toEqual([]);
  });

  it("has defaults that can be read", () => {
    for (const { name, fallback } of counting) {
      if (/INTERVAL$|TIMEOUT$|OVERLAP$/.test(name) && fallback !== "")
        expect(parseDuration(fallback), name).toBeGreaterThan(0);
      if (/SCHEDULE$/.test(name) && fallback !== "") expect(parseSchedule(fallback).text).toBe(fallback);
    }
  });

  it("tells connections' suffixes from the official agents' own numbers", () => {
    expect(known("KAFKA_CLUSTER_ID_3")).toMatchObject({ connection: 3, variable: { name: "KAFKA_CLUSTER_ID" } });
    expect(known("AGENTFEATURES_METRICSERVICES_URL_1")).toMatchObject({
      connection: 1,
      variable: { ignored: expect.any(String) },
    });
    expect(known("AGENTFEATURES_METRICSERVICES_URL_2")).toMatchObject({ connection: 1 });
    expect(known("KAFKA_CLUSTER_ID_1")).toBeUndefined();
    expect(known("ADMIN_TOKEN_2")).toBeUndefined();
  });
});

describe(".dev.vars.example", () => {
  const lines = example.split("\n").flatMap((line) => {
    const [, mark = "", name = "", value = ""] = /^(#?)([A-Z][A-Z0-9_]+)=(.*)$/.exec(line) ?? [];
    return name === "" ? [] : [{ name, value, open: mark === "" }];
  });

  it("holds every variable that counts and is not deprecated, once, and no other", () => {
    const wanted = counting.filter(({ about }) => !about.startsWith("deprecated")).map(({ name }) => name);
    expect(lines.map(({ name }) => name).sort()).toEqual(wanted.sort());
  });

  it("shows the defaults of the table, and no secret", () => {
    for (const { name, value } of lines) {
      const variable = known(name)?.variable;
      if (value !== "") expect(value, name).toBe(variable?.fallback);
      if (variable?.visibility === "secret") expect(value, name).toBe("");
    }
  });

  it("asks for what every connection needs", () => {
    expect(lines.filter(({ open }) => open).map(({ name }) => name)).toEqual([
      "CENTRAL_ORGANIZATIONID",
      "CENTRAL_ENVIRONMENT",
      "CENTRAL_AUTH_CLIENTID",
      "CENTRAL_AUTH_PRIVATEKEY_DATA",
    ]);
  });
});
