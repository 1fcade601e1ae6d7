import { describe, expect, it } from "vitest";
import type { EventResource } from "../../../src/amplify/event.ts";
import { afterRead, isNews, nextHint, readAt, waitingWith } from "../../../src/provisioning/hinted.ts";
import type { GrantRow } from "../../../src/store/grants.ts";

const row = (name: string, version?: string, more: Partial<GrantRow> = {}): GrantRow => ({
  kind: "access",
  name,
  application: "app",
  dirty: false,
  seen:
    version === undefined ? undefined : JSON.stringify({ name, metadata: { id: "id-1", resourceVersion: version } }),
  record: "{}",
  changedAt: 0,
  ...more,
});
const told = (resourceVersion: string | undefined, id: string | undefined = "id-1"): EventResource => ({
  kind: "AccessRequest",
  name: "a",
  id,
  selfLink: undefined,
  scope: undefined,
  resourceVersion,
  references: [],
});

describe("what a webhook tells", () => {
  it.each([
    ["a higher version", "8", true],
    ["a version higher by digits, not by letters", "10", true],
    ["the version that was read", "7", false],
    ["a lower version", "6", false],
    ["no version", undefined, true],
    ["something that is no version", "latest", true],
  ])("is news or not with %s", (_what, version, expected) => {
    expect(isNews(row("a", "7"), told(version), "updated")).toBe(expected);
  });

  it("is news of a deletion, of another resource of the same name, and of what was never read", () => {
    expect(isNews(row("a", "7"), told("7"), "deleted")).toBe(true);
    expect(isNews(row("a", "7"), told("0", "id-2"), "created")).toBe(true);
    expect(isNews(row("a"), told("0"), "created")).toBe(true);
  });

  it("is no news of what is going to be read anyway", () => {
    expect(isNews(row("a", "7", { dirty: true }), told("9"), "updated")).toBe(false);
    expect(isNews(row("a", undefined, { dirty: true }), told(undefined), "deleted")).toBe(false);
  });

  it("is kept at its highest version, in whichever order it comes", () => {
    const none = { readAt: undefined, waiting: {} };
    const keptAfter = (...versions: (string | undefined)[]) =>
      versions.reduce(
        (hinted, version) => waitingWith(hinted, row("a", "1"), version),
        none as ReturnType<typeof waitingWith>,
      ).waiting;
    expect(keptAfter("3", "5", "4")).toEqual({ "access/a": "5" });
    expect(keptAfter("3", undefined, "9")).toEqual({ "access/a": "" });
    expect(keptAfter("much")).toEqual({ "access/a": "" });
  });
});

describe("a row whose resource was read because of a hint", () => {
  it("goes on where it failed before, takes its ids anew and keeps what was made", () => {
    const record = JSON.stringify({ dataWritten: true, failures: 3, restsUntil: 9_000, ids: { application: "x" } });
    const after = afterRead(row("a", "7", { record }));
    expect(after).toEqual({ ...row("a", "7"), record: '{"dataWritten":true}' });
  });
});

describe("the hints of an application", () => {
  it("are read after a moment, and once a minute", () => {
    expect(readAt({ readAt: undefined }, 1_000)).toBe(3_000);
    expect(readAt({ readAt: 1_000 }, 5_000)).toBe(61_000);
    expect(readAt({ readAt: 1_000 }, 60_500)).toBe(62_500);
  });

  it("wait for the end of the minute, then are read one by one", () => {
    const rows = [row("a", "7"), row("b", "3")];
    const hinted = { readAt: 1_000, waiting: { "access/a": "8", "access/b": "4" } };
    expect(nextHint(hinted, rows, 60_999)).toEqual({ kind: "wait", until: 61_000 });
    expect(nextHint(hinted, rows, 61_000)).toMatchObject({ kind: "read", row: { name: "a" } });
    expect(nextHint({ ...hinted, waiting: { "access/b": "4" } }, rows, 61_000)).toMatchObject({ row: { name: "b" } });
  });

  it("are forgotten when what they tell was read meanwhile, is about to be, or is gone", () => {
    const rows = [row("a", "8"), row("b", "3", { dirty: true })];
    const waiting = { "access/a": "8", "access/b": "4", "access/c": "" };
    expect(nextHint({ readAt: undefined, waiting }, rows, 0)).toEqual({ kind: "nothing" });
  });

  it("are read where no version was told", () => {
    expect(nextHint({ readAt: undefined, waiting: { "access/a": "" } }, [row("a", "8")], 0)).toMatchObject({
      kind: "read",
    });
  });
});
