import { describe, expect, it } from "vitest";
import { outlookOf } from "../../../src/amplify/provisioning/outlook.ts";
import { type Setback, setbackWords } from "../../../src/amplify/provisioning/setbacks.ts";
import type { Failure } from "../../../src/http/errors.ts";

const HOST = "broker-7.internal.bank.example";

describe("a setback in words", () => {
  const rows: readonly (readonly [Setback, string, string])[] = [
    [
      { kind: "application-not-ready", application: "my-app-x1" },
      "Pending again",
      "Waits until the application my-app-x1 is provisioned.",
    ],
    [
      { kind: "definition-missing", definition: "kafka-worker-api-key" },
      "Pending person",
      "Waits for the provider: the definition of this request is missing.",
    ],
    [{ kind: "topic-missing", topic: "orders" }, "Error person", "The topic orders is no longer there."],
    [
      { kind: "invalid-answer", property: "operations", allowed: ["consume", "produce"] },
      "Error never",
      "operations has a value that is not possible. Possible: consume, produce.",
    ],
    [
      { kind: "quota", what: "service accounts", limit: 1000 },
      "Error person",
      "The provider's limit of 1000 for service accounts is reached. Ask the provider of the API.",
    ],
    [
      { kind: "name-taken", principal: "amp-1-app" },
      "Error person",
      "The credential could not be made. Ask the provider of the API.",
    ],
    [
      { kind: "key-not-ready", minutes: 20 },
      "Error person",
      "The new key did not work within 20 minutes and was removed. Please try again.",
    ],
    [
      { kind: "acls-not-visible", principal: "sa-123" },
      "Error person",
      "The rights of sa-123 did not appear on the cluster. Please try again.",
    ],
    [
      { kind: "mechanism-refused", mechanism: "PLAIN" },
      "Error person",
      "The provider's cluster is not set up to give credentials. Ask the provider of the API.",
    ],
    [{ kind: "secret-lost" }, "Error person", "The credential could not be handed over. Please try again."],
    [
      { kind: "removal-failed", upstream: "cloud", failure: { kind: "server" } },
      "Error again",
      "What was given could not be removed yet. It is tried again.",
    ],
    [
      { kind: "removal-failed", upstream: "kafka", failure: { kind: "invalid" } },
      "Error person",
      "What was given could not be removed yet. It is tried again.",
    ],
    [
      { kind: "upstream", upstream: "kafka", failure: { kind: "timeout" } },
      "Pending again",
      "Waits for a system that is not available at the moment. It is tried again.",
    ],
    [
      { kind: "upstream", upstream: "kafka", failure: { kind: "forbidden" } },
      "Pending person",
      "Waits for the provider, who has to look into it.",
    ],
    [
      { kind: "upstream", upstream: "users", failure: { kind: "invalid" } },
      "Error never",
      "The request could not be carried out. Ask the provider of the API.",
    ],
  ];
  it.each(rows)("of %j is %s: %s", (setback, sorted, detail) => {
    const words = setbackWords(setback);
    expect([`${words.level} ${words.outlook}`, words.detail]).toEqual([sorted, detail]);
    expect(words.operator).toMatch(/^.{20,}\.$/);
    // By this word Axway's agent knows a removal that it has given up.
    expect(words.detail).not.toMatch(/^Agent:/);
  });

  it("tells the operator what to do", () => {
    expect(setbackWords({ kind: "quota", what: "API keys", limit: 10 }).operator).toBe(
      "The limit of 10 for API keys is reached. Free some or have the limit raised, then retry the request.",
    );
    expect(setbackWords({ kind: "quota", what: "role bindings", limit: 1000, used: 998 }).operator).toBe(
      "The limit of 1000 for role bindings is reached (998 in use). Free some or have the limit raised, then retry the request.",
    );
    expect(setbackWords({ kind: "quota", what: "API keys", limit: undefined }).operator).toMatch(
      /^The limit for API keys/,
    );
    expect(setbackWords({ kind: "acls-not-visible", principal: "sa-123" }).operator).toBe(
      "ACLs of sa-123 were accepted but are not listed. Check that the cluster has an authorizer and that our account may describe ACLs, then retry the request.",
    );
    expect(setbackWords({ kind: "upstream", upstream: "kafka", failure: { kind: "forbidden" } }).operator).toBe(
      "Kafka REST does not give us the right. The request waits until that is put right.",
    );
    const removal: Setback = { kind: "removal-failed", upstream: "cloud", failure: { kind: "server" } };
    expect(setbackWords(removal).operator).toBe(
      "Confluent Cloud's control plane had trouble of its own in a removal; the finalizer stays and it is tried again.",
    );
  });

  it("gives both the words for a secret that could not be encrypted", () => {
    const words = setbackWords({ kind: "encryption", failure: { kind: "key-missing" } });
    expect([words.level, words.outlook]).toEqual(["Error", "person"]);
    expect(words.detail).toMatch(/^The application has no public key/);
    expect(words.operator).toMatch(/spec\.security\.encryptionKey is empty/);
  });

  it("names no host, whatever failed", () => {
    const failure: Failure = { kind: "refused-host", host: HOST };
    for (const kind of ["upstream", "removal-failed"] as const) {
      expect(JSON.stringify(setbackWords({ kind, upstream: "registry", failure }))).not.toContain(HOST);
    }
  });

  it("is one line of bounded length, whatever name somebody chose", () => {
    const { detail } = setbackWords({ kind: "topic-missing", topic: `a\n\u202eb${"x".repeat(500)}` });
    expect(detail).toBe(`The topic a  b${"x".repeat(76)} is no longer there.`);
  });
});

describe("a failure", () => {
  it.each([
    ["again", ["unreachable", "timeout", "throttled", "server", "stale", "missing", "gone", "conflict"]],
    ["person", ["unauthorised", "forbidden", "quota", "unsupported", "malformed"]],
    ["never", ["invalid"]],
  ] as const)("is for %s: %j", (outlook, kinds) => {
    for (const kind of kinds) expect(outlookOf({ kind })).toBe(outlook);
  });
});
