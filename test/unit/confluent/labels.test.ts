import { describe, expect, it } from "vitest";
import {
  credentialUserPrefix,
  formatLabel,
  groupPrefix,
  isOurs,
  parseLabel,
  saslUserName,
  saslUserNumber,
  saslUserPrefix,
  serviceAccountName,
} from "../../../src/confluent/labels.ts";

const owner = { organization: "100", environment: "8ac9a1", credential: "c0ffee" };

describe("the names of what is made in Confluent", () => {
  // printf '100/8ac9a1/c0ffee' | sha256sum, and so on.
  it("are the same on every machine and day", async () => {
    expect(await serviceAccountName(owner, "bank-app")).toBe("amp-66f8fa4269a4-bank-app");
    expect(await saslUserPrefix(owner)).toBe("amp-44ad2c43-");
    expect(await saslUserName(owner, 3)).toBe("amp-44ad2c43-fb0288872031-3");
    expect(await groupPrefix("app-1")).toBe("amp.5eb7e725e6ba.");
  });

  it.each([
    ["a title's letters", "Bank.App_One", "-bank-app-one"],
    ["a long one, without a dash at its end", `${"a".repeat(39)}-${"b".repeat(40)}`, `-${"a".repeat(39)}`],
    ["nothing to keep", "...", ""],
    ["nothing", "", ""],
    ["a prefix of dots", "..bank", "-bank"],
  ])("keep to letters, digits and dashes: %s", async (_case, application, slug) => {
    const name = await serviceAccountName(owner, application);
    expect(name).toBe(`amp-66f8fa4269a4${slug}`);
    expect(name.length).toBeLessThanOrEqual(57);
  });

  it("differ where organization, environment or credential does", async () => {
    const names = await Promise.all(
      [
        owner,
        { ...owner, organization: "101" },
        { ...owner, environment: "8ac9a2" },
        { ...owner, credential: "c0ffed" },
      ].map((each) => serviceAccountName(each, "app")),
    );
    expect(new Set(names).size).toBe(4);
  });

  it("are such as a user-admin endpoint admits", async () => {
    expect(await saslUserName(owner, 999_999_999)).toMatch(/^amp-[a-z0-9-]{8,60}$/);
    expect((await saslUserName(owner, 1)).startsWith(await credentialUserPrefix(owner))).toBe(true);
    expect((await credentialUserPrefix(owner)).startsWith(await saslUserPrefix(owner))).toBe(true);
  });

  it("tell their number", () => {
    expect(saslUserNumber("amp-0a1b2c3d-0a1b2c3d4e5f-12")).toBe(12);
    for (const other of ["amp-0a1b2c3d-0a1b2c3d4e5f-0", "amp-0a1b2c3d-0a1b2c3d4e5f-01", "amp-x-1", "alice", ""]) {
      expect(saslUserNumber(other)).toBeUndefined();
    }
  });

  it("give every application a prefix of the same length", async () => {
    const prefixes = await Promise.all(["a", "b", "a very long id indeed"].map(groupPrefix));
    expect(prefixes.every((prefix) => /^amp\.[0-9a-f]{12}\.$/.test(prefix))).toBe(true);
    expect(new Set(prefixes).size).toBe(3);
  });
});

describe("the ownership label", () => {
  it("is written and read back", () => {
    expect(formatLabel(owner)).toBe("amplify:v1 org=100 env=8ac9a1 cred=c0ffee");
    expect(parseLabel(formatLabel(owner))).toEqual({ ...owner, operation: undefined });
    expect(formatLabel({ ...owner, operation: "op-1" })).toBe("amplify:v1 org=100 env=8ac9a1 cred=c0ffee op=op-1");
    expect(parseLabel("amplify:v1 org=100 env=8ac9a1 cred=c0ffee op=op-1")).toEqual({ ...owner, operation: "op-1" });
  });

  it.each(["a b", "a=b", "a\nb", "ä/€", "%", "x cred=other"])("holds any id without being read as more: %j", (id) => {
    const label = { organization: id, environment: id, credential: id, operation: id };
    expect(parseLabel(formatLabel(label))).toEqual(label);
  });

  it("is read though somebody wrote behind it", () => {
    expect(parseLabel("  amplify:v1 org=100 env=8ac9a1 cred=c0ffee  -- do not delete! owner=me")).toEqual({
      ...owner,
      operation: undefined,
    });
  });

  it.each([
    "",
    "for orders",
    "amplify:v2 org=100 env=8ac9a1 cred=c0ffee",
    "my amplify:v1 org=100 env=8ac9a1 cred=c0ffee",
    "amplify:v1 org=100 env=8ac9a1",
    "amplify:v1 org=100 env=8ac9a1 cred=",
    "amplify:v1 org=100 env=8ac9a1 cred=c0ffee cred=other",
    "amplify:v1 org=100 env=8ac9a1 cred=%zz",
    "amplify:v1org=100 env=8ac9a1 cred=c0ffee",
  ])("is not seen in %j", (description) => {
    expect(parseLabel(description)).toBeUndefined();
  });

  it("makes ours only what bears exactly this organization and environment", () => {
    const label = parseLabel(formatLabel(owner));
    expect(isOurs(label, owner)).toBe(true);
    expect(isOurs(label, { ...owner, environment: "8ac9a" })).toBe(false);
    expect(isOurs(label, { ...owner, organization: "1001" })).toBe(false);
    expect(isOurs(undefined, owner)).toBe(false);
  });
});
