import { expect, test } from "vitest";
import { adoptedKeys } from "../../../src/provisioning/adopt.ts";
import type { FoundKey, FoundPrincipal } from "../../../src/provisioning/inventory.ts";

const NOW = 1_000_000;
const OVERLAP_MS = 3_600_000;
type Context = Parameters<typeof adoptedKeys>[2];

const context = (principalPerKey: boolean): Context => ({
  told: { login: { id: "apiKey" } } as Context["told"],
  principals: { principalPerKey } as Context["principals"],
  overlapMs: OVERLAP_MS,
  now: () => NOW,
});
const principal = (name: string): FoundPrincipal => ({ principal: name, name, mark: "c", createdAt: undefined });
const key = (id: string, createdAt: number | undefined, more: Partial<FoundKey> = {}): FoundKey => ({
  ...{ id, principal: "User:sa-1", mark: "c", registry: undefined, createdAt },
  ...more,
});
const view = (given: Record<string, unknown>, rotate = false) => ({
  given,
  wanted: { state: "active", rotate, expired: false },
});
const cloud = (keys: readonly FoundKey[], given: Record<string, unknown>, rotate = false) =>
  adoptedKeys({ principals: [principal("User:sa-1")], keys }, view(given, rotate), context(false));
const platform = (users: readonly string[], given: Record<string, unknown>, rotate = false) =>
  adoptedKeys(
    { principals: users.map(principal), keys: users.map((user) => key(user, undefined, { principal: user })) },
    view(given, rotate),
    context(true),
  );
const states = ({ keys }: ReturnType<typeof adoptedKeys>) => keys.map(({ id, state, at }) => [id, state, at]);

test("the key that the consumer is shown is good, with what the consumer was given of it", () => {
  const adopted = cloud([key("A", 5)], { apiKey: "A", apiSecret: "cipher" });
  expect(adopted).toMatchObject({
    principals: ["User:sa-1"],
    keys: [{ id: "A", state: "ready", madeAt: 5, data: { apiKey: "A", apiSecret: "cipher" } }],
    dataOf: "A",
  });
});

test("an older key lives until the overlap since the newer one was made is over, and at least until now", () => {
  expect(states(cloud([key("A", 5), key("B", NOW - 1)], { apiKey: "B" }))).toEqual([
    ["A", "old", NOW - 1 + OVERLAP_MS],
    ["B", "ready", undefined],
  ]);
  expect(states(cloud([key("A", 5), key("B", 6)], { apiKey: "B" }))[0]).toEqual([
    "A",
    "old",
    Math.max(NOW, 6 + OVERLAP_MS),
  ]);
});

test("a newer key than the one that is shown has a lost secret and goes at once", () => {
  expect(states(cloud([key("A", 5), key("B", 6)], { apiKey: "A" }, true))).toEqual([
    ["A", "ready", undefined],
    ["B", "old", NOW],
  ]);
});

test("where nothing was shown yet, every key goes", () => {
  expect(states(cloud([key("A", 5)], {}))).toEqual([["A", "old", NOW]]);
  expect(states(cloud([key("A", 5)], { apiKey: "Z" }))).toEqual([["A", "old", NOW]]);
});

test("nothing is recorded of what is not there", () => {
  expect(adoptedKeys({ principals: [], keys: [] }, view({ apiKey: "A" }), context(false))).toEqual({
    principals: [],
    keys: [],
    dataOf: undefined,
  });
});

test("keys of Schema Registry stay with the key that they were made with", () => {
  const half = (id: string, createdAt: number) => key(id, createdAt, { registry: "lsrc-1" });
  const given = { apiKey: "B", apiSecret: "x", schemaRegistryUrl: "u", srKey: "SB", srSecret: "y" };
  const { keys } = cloud([key("A", 1), half("SA", 2), key("B", 3), half("SB", 4)], given);
  expect(keys).toMatchObject([
    { id: "A", registry: { id: "SA", registry: "lsrc-1", state: "ready" } },
    {
      id: "B",
      data: { apiKey: "B", apiSecret: "x" },
      registry: { id: "SB", data: { schemaRegistryUrl: "u", srKey: "SB", srSecret: "y" } },
    },
  ]);
});

test("a user who is shown is the last principal, the one before lives through its overlap", () => {
  const adopted = platform(["u1", "u2"], { apiKey: "u2" });
  expect([adopted.principals, states(adopted)]).toEqual([
    ["u1", "u2"],
    [
      ["u1", "old", NOW + OVERLAP_MS],
      ["u2", "ready", undefined],
    ],
  ]);
});

test("a user whose password was lost is made once more under its name", () => {
  const first = platform(["u1"], {});
  expect([first.principals, states(first)]).toEqual([["u1"], []]);
  const rotating = platform(["u1", "u2"], { apiKey: "u1" }, true);
  expect([rotating.principals, states(rotating)]).toEqual([["u1", "u2"], [["u1", "ready", undefined]]]);
});

test("a newer user that nobody waits for goes, and the one that is shown stays the last", () => {
  const adopted = platform(["u1", "u2"], { apiKey: "u1" });
  expect([adopted.principals, states(adopted)]).toEqual([
    ["u2", "u1"],
    [
      ["u1", "ready", undefined],
      ["u2", "old", NOW],
    ],
  ]);
});
