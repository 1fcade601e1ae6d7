import { describe, expect, it } from "vitest";
import { cleanDetail } from "../../../src/http/clean.ts";

describe("what a server said", () => {
  it("is left as it is when it is harmless", () => {
    for (const text of [
      "Subject 'orders-value' not found.",
      "Topic 'acme.payments.v1-datagen.example.purchase' already exists.",
      "User is denied operation Read on Subject: orders-value",
      "Cluster MkU3OEVBNTcwNTJENDM2Qk cannot be found.",
      "Unauthorized at 2026-11-23T10:00:00Z",
      "The specified version '0' is not a valid version id. Allowed values are between [1, 2^31-1]",
    ]) {
      expect(cleanDetail(text)).toBe(text);
    }
  });

  it("of a real broker loses the dump of its request, addresses and sessions with it", () => {
    const dump =
      "Request Request(processor=2, connectionId=10.0.0.5:19093-10.0.0.5:58066-2-0, session=org.apache.kafka.network.Session@448b1e22, " +
      "listenerName=ListenerName(CONTROLLER), securityProtocol=PLAINTEXT, buffer=java.nio.HeapByteBuffer[pos=47 lim=47 cap=71], " +
      "envelope=Some(Request(processor=2, connectionId=broker-1.acme.example:19092-10.0.0.5:35010-2-50, session=x))) needs ALTER permission.";
    expect(cleanDetail(dump)).toBe("The request needs ALTER permission.");
    expect(cleanDetail(dump.slice(0, 200))).toBe("The request");
    expect(cleanDetail(`${"Request(".repeat(900)}`)).toBe("The request");
  });

  it.each([
    ["connect to 10.0.0.5:9092 failed", "connect to [address] failed"],
    ["connect to 10.0.0.5 failed", "connect to [address] failed"],
    ["at broker-1.internal:19092 (id: 3)", "at [address] (id: 3)"],
    ["broker-1/10.1.2.3:9092 is down", "[address] is down"],
    ["to [fe80::1%eth0]:9092 now", "to [address] now"],
    ["to fd12:3456:789a:1::1 now", "to [address] now"],
    ["see http://user:pw@internal/x?token=abc for more", "see [address] for more"],
    ["session=abc123, connectionId=4", "[…], […]"],
    ["Authorization: Basic dXNlcjpwYXNz", "Authorization: […]"],
    ["bad token Bearer abcdef.ghijkl", "bad token […]"],
    ["jwt eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln is expired", "jwt […] is expired"],
    ['{"password":"hunter2","user":"x"}', '{"password":[…],"user":"x"}'],
    ["client_secret=abc&x=1", "client_secret=[…]&x=1"],
    ["sasl.jaas.config=org.apache.Plain", "sasl.jaas.config=[…]"],
    ["api_key: 'abc def'", "api_key: […]"],
    ["key gtH2gI50Zx81kLmN0pQrStUvWxYz23456789abCD+/xy is unknown", "key […] is unknown"],
    ["-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY----- tail", "[…] tail"],
  ])("hides what an outsider should not read: %s", (text, expected) => {
    expect(cleanDetail(text)).toBe(expected);
  });

  it("as a page of HTML is its title", () => {
    const page =
      '<html>\n<head>\n<meta charset="x"/>\n<title>Error 401 Unauthorized</title>\n</head><body>http://rest-proxy.example:8082</body></html>';
    expect(cleanDetail(page)).toBe("Error 401 Unauthorized");
    expect(cleanDetail("<!DOCTYPE html><p>broker-1:9092</p>")).toBe("an HTML page without a title");
  });

  it("is one line of at most 300 characters, without control characters", () => {
    const text = cleanDetail(`a\r\nb\u0000\u202Ec\t${"x y ".repeat(500)}`) ?? "";
    expect(text.startsWith("a b c x y")).toBe(true);
    expect(text).toHaveLength(300);
    expect(text.endsWith("…")).toBe(true);
  });

  it("is nothing when nothing was said", () => {
    for (const text of ["", "  \n"]) expect(cleanDetail(text)).toBeUndefined();
  });

  it("takes no time however it was made", () => {
    const begun = performance.now();
    for (const text of [
      "a.".repeat(1e6),
      "1.".repeat(1e6),
      ":".repeat(1e6),
      "a:".repeat(1e6),
      "(".repeat(1e6),
      "A1".repeat(1e6),
      "password ".repeat(1e5),
      '"'.repeat(1e6),
    ]) {
      cleanDetail(text);
    }
    expect(performance.now() - begun).toBeLessThan(2000);
  });
});
