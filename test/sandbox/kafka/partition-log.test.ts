import { describe, expect, it } from "vitest";
import {
  appendOpen,
  appendRecords,
  appendTransaction,
  compact,
  endTransaction,
  fetch,
  lastStable,
  trim,
} from "./partition-log.ts";
import type { Partition } from "./topic.ts";

const empty = (): Partition => ({
  id: 0,
  replicas: [1],
  earliest: 0n,
  latest: 0n,
  markers: [],
  aborted: [],
  open: [],
});

/** 3 records, 4 aborted ones around 2 of somebody else, 1 record, 2 of an open transaction, 1 record. */
function mixed(): Partition {
  const log = empty();
  appendRecords(log, 3n);
  appendOpen(log, 2n);
  appendRecords(log, 2n);
  appendOpen(log, 2n);
  endTransaction(log, "abort");
  appendRecords(log, 1n);
  appendOpen(log, 2n);
  appendRecords(log, 1n);
  return log;
}

describe("a log with transactions", () => {
  it("is stable up to the first open one", () => {
    const log = mixed();
    expect([log.latest, lastStable(log)]).toEqual([14n, 11n]);
    endTransaction(log, "commit");
    expect([log.latest, lastStable(log), log.markers]).toEqual([15n, 15n, [9n, 14n]]);
  });

  it("gives those who read committed neither aborted records nor what is not stable", () => {
    expect(fetch(mixed(), 0n, 100n, "read_committed")).toEqual({ records: 6n, position: 11n });
    expect(fetch(mixed(), 0n, 100n)).toEqual({ records: 13n, position: 14n });
  });

  it("is read by the piece as at once", () => {
    for (const isolation of ["read_committed", "read_uncommitted"] as const) {
      const log = mixed();
      let [position, records] = [0n, 0n];
      for (let time = 0; time < 20; time++) {
        const fetched = fetch(log, position, 1n, isolation);
        position = fetched.position;
        records += fetched.records;
      }
      expect({ records, position }).toEqual(fetch(log, 0n, 100n, isolation));
    }
  });

  it("ends no transaction that is not open", () => {
    const log = empty();
    appendTransaction(log, 2n);
    endTransaction(log, "commit");
    expect([log.latest, log.markers]).toEqual([3n, [2n]]);
  });

  it("forgets with its records what was aborted of them", () => {
    const log = mixed();
    trim(log, 8n);
    expect(fetch(log, 0n, 100n, "read_committed")).toEqual({ records: 1n, position: 11n });
    expect(log.aborted).toEqual([{ from: 7n, to: 9n }]);
  });
});

describe("a compacted log", () => {
  it("holds one record in so many below the point that the cleaner reached, and all behind it", () => {
    const log = empty();
    appendRecords(log, 100n);
    compact(log, 90n, 10n);
    expect(fetch(log, 0n, 1000n)).toEqual({ records: 19n, position: 100n });
    expect(fetch(log, 1n, 2n)).toEqual({ records: 2n, position: 21n });
    expect(fetch(log, 81n, 1n)).toEqual({ records: 1n, position: 91n });
    compact(log, 20n, 10n);
    expect(fetch(log, 0n, 1000n).records).toBe(19n);
  });
});
