import { expect, test } from "vitest";
import type { Ports } from "../../src/runtime/ports.ts";

/** What a connection relies on, whatever it runs on. `withPorts` gives fresh storage. */
export function portsContract(withPorts: (use: (ports: Ports) => Promise<void> | void) => Promise<void>): void {
  const contract = (name: string, use: (ports: Ports) => Promise<void> | void) => test(name, () => withPorts(use));

  contract("a statement without rows answers with an empty list", ({ sql }) => {
    expect(sql.exec("CREATE TABLE a (b TEXT) STRICT")).toEqual([]);
    expect(sql.exec("SELECT b FROM a")).toEqual([]);
  });

  contract("text, numbers, nulls and bytes come back as they were written", ({ sql }) => {
    sql.exec("CREATE TABLE a (t TEXT, i INTEGER, r REAL, n TEXT, b BLOB)");
    const bytes = new Uint8Array([0, 255, 7]);
    sql.exec("INSERT INTO a VALUES (?, ?, ?, ?, ?)", "9223372036854775807", 9_007_199_254_740_991, 0.5, null, bytes);
    const [row] = sql.exec("SELECT * FROM a");
    expect(row).toMatchObject({ t: "9223372036854775807", i: 9_007_199_254_740_991, r: 0.5, n: null });
    expect(row?.b).toBeInstanceOf(Uint8Array);
    expect(row?.b).toEqual(bytes);
  });

  contract("a statement that is wrong throws", ({ sql }) => {
    expect(() => sql.exec("SELECT * FROM nothing_here")).toThrow(/nothing_here/);
  });

  contract("RETURNING gives the rows that were changed", ({ sql }) => {
    sql.exec("CREATE TABLE a (id INTEGER PRIMARY KEY, b TEXT)");
    expect(sql.exec("INSERT INTO a (b) VALUES (?) RETURNING id, b", "x")).toEqual([{ id: 1, b: "x" }]);
  });

  contract("a transaction that throws leaves nothing behind", ({ sql }) => {
    sql.exec("CREATE TABLE a (b INTEGER)");
    expect(() =>
      sql.transaction(() => {
        sql.exec("INSERT INTO a VALUES (1)");
        throw new Error("half-way");
      }),
    ).toThrow("half-way");
    expect(sql.exec("SELECT count(*) AS n FROM a")).toEqual([{ n: 0 }]);
  });

  contract("a transaction inside another is undone alone", ({ sql }) => {
    sql.exec("CREATE TABLE a (b INTEGER)");
    sql.transaction(() => {
      sql.exec("INSERT INTO a VALUES (1)");
      expect(() =>
        sql.transaction(() => {
          sql.exec("INSERT INTO a VALUES (2)");
          throw new Error("inner");
        }),
      ).toThrow("inner");
    });
    expect(sql.exec("SELECT b FROM a")).toEqual([{ b: 1 }]);
  });

  contract("a transaction refuses to wait for a promise, and writes nothing", ({ sql }) => {
    sql.exec("CREATE TABLE a (b INTEGER)");
    const asynchronous = async () => {
      sql.exec("INSERT INTO a VALUES (1)");
    };
    expect(() => sql.transaction(asynchronous)).toThrow(/asynchronous/);
    expect(sql.exec("SELECT count(*) AS n FROM a")).toEqual([{ n: 0 }]);
  });

  contract("json_each takes a list in one parameter", ({ sql }) => {
    expect(sql.exec("SELECT value FROM json_each(?)", JSON.stringify(["a", "b"]))).toEqual([
      { value: "a" },
      { value: "b" },
    ]);
  });

  contract("the alarm keeps its time, and a later setting replaces it", async ({ alarm, clock }) => {
    expect(await alarm.get()).toBeUndefined();
    const at = clock.now() + 3_600_000;
    await alarm.set(at);
    expect(await alarm.get()).toBe(at);
    await alarm.set(at + 1_000.4);
    expect(await alarm.get()).toBe(at + 1_001);
  });

  contract("random bytes are as many as asked for and not twice the same", ({ random }) => {
    expect(random.bytes(16)).toHaveLength(16);
    expect(random.bytes(16)).not.toEqual(random.bytes(16));
    expect(random.uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
  });
}
