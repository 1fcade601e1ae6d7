import { describe, expect, it } from "vitest";
import { problemOf, readProblem } from "../../../src/confluent/problem.ts";

const purpose = {
  what: "list the topics",
  permission: "DESCRIBE on TOPIC *",
  variable: "KAFKA_CLUSTER_AUTH_APIKEY_ID",
};

describe("an error body", () => {
  it.each<[string, string, string | undefined, string | undefined]>([
    [
      "of Kafka REST",
      '{"error_code":40301,"message":"Topic authorization failed."}',
      "40301",
      "Topic authorization failed.",
    ],
    ["of Kafka REST without a text", '{"error_code":404,"message":null}', "404", undefined],
    [
      "of Schema Registry",
      '{"error_code":40401,"message":"Subject \'x\' not found."}',
      "40401",
      "Subject 'x' not found.",
    ],
    [
      "of the control plane",
      '{"errors":[{"id":"a","status":"403","code":"forbidden_access","title":"Forbidden","detail":"Forbidden Access","source":{}}]}',
      "forbidden_access",
      "Forbidden Access",
    ],
    [
      "of the control plane, without detail",
      '{"errors":[{"status":"401","title":"Authentication Required"}]}',
      undefined,
      "Authentication Required",
    ],
    ["of the control plane, without entries", '{"errors":[]}', undefined, undefined],
    [
      "of the user-admin endpoint",
      '{"error":{"reason":"foreign-user","message":"a user of this name exists"}}',
      "foreign-user",
      "a user of this name exists",
    ],
    ["with an error that is text", '{"error":"no"}', undefined, undefined],
    ["of the control plane, odd", '{"errors":"no"}', undefined, undefined],
    [
      "of Jetty",
      '{"message":"Unauthorized","url":"http://rest-proxy.example:8082/v3/clusters","status":"401"}',
      undefined,
      "Unauthorized",
    ],
    ["that is empty JSON", "{}", undefined, undefined],
    ["that is nothing", "", undefined, undefined],
    [
      "that is a page",
      "<html>\n<head><title>Error 401 Unauthorized</title></head></html>",
      undefined,
      "Error 401 Unauthorized",
    ],
    ["that is text", "upstream connect error", undefined, "upstream connect error"],
    ["that is a JSON text", '"no"', undefined, undefined],
    ["that is null", "null", undefined, undefined],
    ["that is a list", "[1]", undefined, undefined],
    ["with members of other types", '{"error_code":{"a":1},"message":["x"]}', undefined, undefined],
    ["with a code as text", '{"error_code":"40301","message":"x"}', "40301", "x"],
  ])("%s is read", (_case, text, code, said) => {
    expect(readProblem(text)).toEqual({ code, text: said });
  });
});

describe("the error made of it", () => {
  const error = (status: number, text: string, headers = {}) =>
    problemOf("kafka", status, new Headers(headers), text, purpose);

  it("names the credential's variable and the permission that is missing", () => {
    const failure = error(403, '{"error_code":40301,"message":"Topic authorization failed."}');
    expect(failure.message).toBe(
      "Kafka REST does not let the credential of KAFKA_CLUSTER_AUTH_APIKEY_ID list the topics (403, code 40301): it needs DESCRIBE on TOPIC *.",
    );
    expect([failure.failure, failure.status, failure.code, failure.detail]).toEqual([
      { kind: "forbidden" },
      403,
      "40301",
      "Topic authorization failed.",
    ]);
  });

  it("names the credential that is not accepted", () => {
    expect(error(401, "<html><title>Unauthorized</title></html>").message).toBe(
      "Kafka REST did not accept the credential of KAFKA_CLUSTER_AUTH_APIKEY_ID (401), so it could not list the topics.",
    );
  });

  it("knows a control plane's 403 that is about the key that asks, by its text", () => {
    const text = '{"errors":[{"status":"403","detail":"Forbidden"},{"detail":"Invalid API key: make sure it exists"}]}';
    expect(error(403, text).failure).toEqual({ kind: "unauthorised" });
    expect(error(403, text).message).toContain("did not accept the credential of KAFKA_CLUSTER_AUTH_APIKEY_ID (403)");
    expect(error(404, text).failure).toEqual({ kind: "missing" });
  });

  it("asks for a credential where none is configured", () => {
    const none = (status: number) =>
      problemOf("kafka", status, new Headers(), "", { ...purpose, isAnonymous: true }).message;
    expect(none(401)).toBe(
      "Kafka REST could not list the topics: it wants a credential (401). Set KAFKA_CLUSTER_AUTH_APIKEY_ID.",
    );
    expect(none(403)).toBe(
      "Kafka REST does not let a request without a credential list the topics (403): it needs DESCRIBE on TOPIC *.",
    );
  });

  it("does not ask for a Kafka permission where a role of the HTTP layer is missing", () => {
    const failure = error(403, '{"message":"!authorized","url":"http://10.0.0.5:8082/v3/clusters","status":"403"}');
    expect(failure.message).toContain("none of the roles that the server admits (its authentication.roles)");
    expect(failure.message).not.toContain("DESCRIBE");
  });

  it("does not blame our credential for REST Proxy's own", () => {
    const failure = error(401, '{"error_code":40101,"message":"Authentication failed: Invalid username or password"}');
    expect(failure.message).toContain("its own login at the Kafka brokers was refused (401, code 40101)");
    expect(failure.message).not.toContain("KAFKA_CLUSTER_AUTH");
  });

  it("shows nothing of the addresses that a broker's refusal carries", () => {
    const dump =
      "Request Request(processor=2, connectionId=broker-1.example:19092-10.0.0.5:35010-2-50, session=org.apache.kafka.network.Session@5decaaa4) needs DESCRIBE permission.";
    const failure = error(403, JSON.stringify({ error_code: 40301, message: dump }));
    expect(failure.detail).toBe("The request needs DESCRIBE permission.");
    expect(failure.message).not.toContain("10.0.0.5");
  });

  it("says so when the brokers have no authorizer", () => {
    expect(error(400, '{"error_code":40002,"message":"No Authorizer is configured on the broker"}').message).toContain(
      "have no authorizer",
    );
  });

  it("keeps the wait that was asked for", () => {
    expect(error(429, "", { "retry-after": "5" }).failure).toEqual({ kind: "throttled", retryAfterMs: 5000 });
    expect(error(503, "<html>", { "retry-after": "5" }).failure).toEqual({ kind: "server", retryAfterMs: 5000 });
  });

  it.each([400, 402, 404, 405, 409, 413, 422, 429, 500, 501, 502])("has a sentence for %i", (status) => {
    expect(error(status, "").message).toMatch(new RegExp(`^Kafka REST .*list the topics.*\\(${status}\\)`));
  });
});
