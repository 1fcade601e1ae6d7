import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type NodeRuntime, openNodeRuntime } from "../../../src/runtime/node.ts";
import { portsContract } from "../../contract/ports.ts";

const silent = { write: () => undefined };

describe("node:sqlite", () => {
  portsContract(async (use) => {
    const runtime = openNodeRuntime(":memory:", { log: silent });
    try {
      await use(runtime.ports);
    } finally {
      runtime.close();
    }
  });
});

describe("the alarm of node:sqlite", () => {
  const folders: string[] = [];
  const open: NodeRuntime[] = [];
  const file = () => {
    const folder = mkdtempSync(join(tmpdir(), "connection-"));
    folders.push(folder);
    return join(folder, "state.sqlite");
  };
  const runtime = (path: string, now = () => Date.now()) => {
    const opened = openNodeRuntime(path, { log: silent, clock: { now } });
    open.push(opened);
    return opened;
  };
  afterEach(() => {
    vi.useRealTimers();
    for (const each of open.splice(0)) each.close();
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });

  test("rings once at its time", async () => {
    vi.useFakeTimers();
    let rung = 0;
    const { ports, start } = runtime(file());
    start(async () => {
      rung++;
    });
    await ports.alarm.set(ports.clock.now() + 500);
    await vi.advanceTimersByTimeAsync(499);
    expect(rung).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(rung).toBe(1);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(rung).toBe(1);
    expect(await ports.alarm.get()).toBeUndefined();
  });

  test("whose time passed while nothing ran rings at the next start", async () => {
    vi.useFakeTimers();
    const path = file();
    const first = openNodeRuntime(path, { log: silent });
    await first.ports.alarm.set(Date.now() + 1_000);
    first.close();
    vi.setSystemTime(Date.now() + 60_000);
    let rung = 0;
    runtime(path).start(async () => {
      rung++;
    });
    await vi.advanceTimersByTimeAsync(1);
    expect(rung).toBe(1);
  });

  test("that is set again during a wake makes one more wake afterwards, never two at once", async () => {
    vi.useFakeTimers();
    const { ports, start } = runtime(file());
    let running = 0;
    let most = 0;
    let rung = 0;
    start(async () => {
      rung++;
      running++;
      most = Math.max(most, running);
      if (rung === 1) {
        await ports.alarm.set(ports.clock.now());
        await ports.alarm.set(ports.clock.now());
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
      running--;
    });
    await ports.alarm.set(ports.clock.now());
    await vi.advanceTimersByTimeAsync(1_000);
    expect({ rung, most }).toEqual({ rung: 2, most: 1 });
  });

  test("tries a wake that threw again after 2, 4, … s, six times", async () => {
    vi.useFakeTimers();
    const { ports, start } = runtime(file());
    const at: number[] = [];
    const begun = Date.now();
    start(async () => {
      at.push(Math.round((Date.now() - begun) / 1000));
      throw new Error("always");
    });
    await ports.alarm.set(begun);
    await vi.advanceTimersByTimeAsync(1_000_000);
    expect(at).toEqual([0, 2, 6, 14, 30, 62, 126]);
  });

  test("days away is not rung early", async () => {
    vi.useFakeTimers();
    const { ports, start } = runtime(file());
    let rung = 0;
    start(async () => {
      rung++;
    });
    await ports.alarm.set(ports.clock.now() + 30 * 24 * 3_600_000);
    await vi.advanceTimersByTimeAsync(29 * 24 * 3_600_000);
    expect(rung).toBe(0);
    await vi.advanceTimersByTimeAsync(25 * 3_600_000);
    expect(rung).toBe(1);
  });

  test("of a file that another connection has open cannot be had: the message names the file", () => {
    const path = file();
    runtime(path).ports.sql.exec("CREATE TABLE a (b INTEGER)");
    expect(() => openNodeRuntime(path, { log: silent })).toThrow(/state\.sqlite is in use by another process/);
  });
});
