import { describe, expect, it } from "vitest";
import { type HostRule, mayCall } from "../../../src/http/hosts.ts";

const cloud: HostRule = {
  configured: ["https://api.confluent.cloud", "https://apicentral.axway.com/apis", "https://sr.acme.example:8081/base"],
  returned: [
    "https://pkc-1.eu.gcp.confluent.cloud:443",
    "https://psrc-1.eu.gcp.confluent.cloud",
    "https://10.0.0.5",
    "https://confluent.cloud.evil.test",
    "http://pkc-2.confluent.cloud",
  ],
};
const own: HostRule = {
  configured: ["http://127.0.0.1:8800"],
  returned: ["http://127.0.0.1:8801", "http://127.0.0.2:8801"],
  cloudUrl: "http://127.0.0.1:8800",
};
const gov: HostRule = {
  configured: [],
  returned: ["https://pkc-1.confluentgov.com", "https://pkc-1.confluent.cloud"],
  cloudUrl: "https://api.confluentgov.com",
};

describe("a request may go", () => {
  it.each<[string, string, HostRule, boolean]>([
    ["where the configuration says", "https://apicentral.axway.com/management/v1alpha1", cloud, true],
    ["to another path of a configured address", "https://sr.acme.example:8081/subjects", cloud, true],
    ["not to another port of it", "https://sr.acme.example/subjects", cloud, false],
    ["not to it without TLS", "http://apicentral.axway.com/", cloud, false],
    [
      "to what cmk returned, the default port given or not",
      "https://pkc-1.eu.gcp.confluent.cloud/kafka/v3",
      cloud,
      true,
    ],
    [
      "not to a host under Confluent's domain that nobody returned",
      "https://pkc-9.eu.gcp.confluent.cloud/",
      cloud,
      false,
    ],
    ["not to what was returned outside Confluent's domain", "https://10.0.0.5/", cloud, false],
    ["not to a domain that only begins like Confluent's", "https://confluent.cloud.evil.test/", cloud, false],
    ["not to what was returned without TLS", "http://pkc-2.confluent.cloud/", cloud, false],
    ["not with a name and password in the address", "https://u:p@api.confluent.cloud/", cloud, false],
    ["to another port of a control plane of one's own", "http://127.0.0.1:8801/kafka/v3", own, true],
    ["not to its neighbour", "http://127.0.0.2:8801/", own, false],
    ["under the domain of another control plane", "https://pkc-1.confluentgov.com/", gov, true],
    ["and then no longer under Confluent's usual one", "https://pkc-1.confluent.cloud/", gov, false],
    ["not by another scheme", "ftp://api.confluent.cloud/", cloud, false],
  ])("%s: %s", (_case, url, rule, expected) => {
    expect(mayCall(new URL(url), rule)).toBe(expected);
  });
});
