import { describe, expect, it } from "vitest";
import { Refusal } from "../../../tools/user-admin/refusal.ts";
import { parseCredential, parseTarget } from "../../../tools/user-admin/requests.ts";
import { PASSWORD } from "./rig.ts";

function refusal(work: () => unknown): string {
  try {
    return `no refusal: ${JSON.stringify(work())}`;
  } catch (error) {
    return error instanceof Refusal ? `${error.status} ${error.reason}` : String(error);
  }
}

describe("what a request asks for", () => {
  it.each([
    ["GET", "/health", { kind: "health" }],
    ["GET", "/users", { kind: "list", prefix: "" }],
    ["GET", "/users?prefix=amp-0a1b", { kind: "list", prefix: "amp-0a1b" }],
    ["PUT", "/users/amp-12345678", { kind: "put", name: "amp-12345678" }],
    ["GET", "/users/amp-0a1b2c3d-0123456789ab-1?x=1", { kind: "get", name: "amp-0a1b2c3d-0123456789ab-1" }],
    ["DELETE", `/users/amp-${"x".repeat(60)}`, { kind: "delete", name: `amp-${"x".repeat(60)}` }],
  ])("%s %s is understood", (method, url, target) => {
    expect(parseTarget(method, url)).toEqual(target);
  });

  it.each([
    "admin",
    "ANONYMOUS",
    "",
    "amp-1234567",
    `amp-${"x".repeat(61)}`,
    "AMP-12345678",
    "amp_12345678",
    "amp-12345678\n",
    "amp-12345678%0a",
    "amp-1234%35678",
    "amp-12345678/x",
    "../users/amp-12345678",
    "amp-$(id)-12345678",
    "amp-12345678;id",
    "amp-12345678'",
    "--help",
    "<default>",
    "amp-äöüäöüäöü",
  ])("the name %j is refused", (name) => {
    for (const method of ["GET", "PUT", "DELETE"]) {
      expect(refusal(() => parseTarget(method, `/users/${name}`))).toBe("400 invalid-name");
    }
  });

  it.each([
    ["POST", "/users/amp-12345678", "405 method-not-allowed"],
    ["PUT", "/users", "405 method-not-allowed"],
    ["DELETE", "/users?prefix=amp-", "405 method-not-allowed"],
    ["POST", "/health", "405 method-not-allowed"],
    ["GET", "/", "404 not-found"],
    ["GET", "/Users/amp-12345678", "404 not-found"],
    ["GET", "/users?prefix=../", "400 invalid-prefix"],
    ["GET", "/users?prefix=%27", "400 invalid-prefix"],
  ])("%s %s is refused", (method, url, expected) => {
    expect(refusal(() => parseTarget(method, url))).toBe(expected);
  });
});

describe("the body of a PUT", () => {
  const body = (members: Record<string, unknown>) =>
    JSON.stringify({ mechanism: "SCRAM-SHA-512", password: PASSWORD, iterations: 8192, ...members });

  it("is a mechanism, a password and iterations; other members are ignored", () => {
    expect(parseCredential(body({ mechanism: "SCRAM-SHA-256", iterations: 4096, owner: "x" }))).toEqual({
      mechanism: "SCRAM-SHA-256",
      password: PASSWORD,
      iterations: 4096,
    });
  });

  it("has 8192 iterations when it names none", () => {
    expect(parseCredential(body({ iterations: undefined })).iterations).toBe(8192);
  });

  it("is refused for PLAIN with the reason", () => {
    expect(() => parseCredential(body({ mechanism: "PLAIN" }))).toThrow(
      "PLAIN users stand in each broker's own configuration",
    );
  });

  it.each([
    [{ mechanism: "PLAIN" }, "400 unsupported-mechanism"],
    [{ mechanism: "scram-sha-512" }, "400 unsupported-mechanism"],
    [{ mechanism: ["SCRAM-SHA-512"] }, "400 unsupported-mechanism"],
    [{ mechanism: undefined }, "400 unsupported-mechanism"],
    [{ mechanism: "SCRAM-SHA-512,SCRAM-SHA-256" }, "400 unsupported-mechanism"],
    [{ password: undefined }, "400 invalid-password"],
    [{ password: "fifteen-letters" }, "400 invalid-password"],
    [{ password: "x".repeat(129) }, "400 invalid-password"],
    [{ password: `${PASSWORD}]` }, "400 invalid-password"],
    [{ password: `${PASSWORD}\n` }, "400 invalid-password"],
    [{ password: `${PASSWORD}\\u0041` }, "400 invalid-password"],
    [{ password: `${PASSWORD},SCRAM-SHA-256=x` }, "400 invalid-password"],
    [{ password: "ääääääääääääääää" }, "400 invalid-password"],
    [{ password: 1234567890123456 }, "400 invalid-password"],
    [{ iterations: 4095 }, "400 invalid-iterations"],
    [{ iterations: 16385 }, "400 invalid-iterations"],
    [{ iterations: 8192.5 }, "400 invalid-iterations"],
    [{ iterations: "8192" }, "400 invalid-iterations"],
    [{ iterations: null }, "400 invalid-iterations"],
  ])("is refused with %j", (members, expected) => {
    expect(refusal(() => parseCredential(body(members)))).toBe(expected);
  });

  it.each(["", "{", "[]", "null", '"text"', "\0"])("is refused as %j", (text) => {
    expect(refusal(() => parseCredential(text))).toBe("400 invalid-body");
  });
});
