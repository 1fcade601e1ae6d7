import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MovableClock } from "./clock.ts";
import { controlService } from "./control.ts";
import { Faults } from "./faults.ts";
import { RequestLog } from "./log.ts";
import { readState, stateVersion, writeState } from "./state.ts";

function controlled() {
  const clock = new MovableClock(0, () => 1_000_000);
  const log = new RequestLog();
  const faults = new Faults();
  const acted: unknown[] = [];
  const app = controlService({
    ...{ clock, log, faults },
    endpoints: () => ({ organization: "1" }),
    state: () => ({ a: 1 }),
    truth: () => ({ consumed: [] }),
    act: (action, at) => {
      if (action === "nonsense") throw new RangeError("nonsense");
      acted.push([action, at]);
    },
  });
  const send = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const response = await app.request(`http://localhost${path}`, { method, headers, ...(body ? { body: text } : {}) });
    return { status: response.status, json: response.status === 204 ? undefined : await response.json() };
  };
  return { clock, log, faults, acted, send };
}

describe("the control service", () => {
  it("tells and moves the clock", async () => {
    const { send } = controlled();
    expect((await send("GET", "/clock")).json).toEqual({ now: 1_000_000, offset: 0 });
    expect((await send("POST", "/clock/advance", { ms: 60_000 })).json).toEqual({ now: 1_060_000, offset: 60_000 });
    expect((await send("POST", "/clock/advance", { ms: -1 })).status).toBe(400);
    expect((await send("POST", "/clock/advance", "no json")).status).toBe(400);
  });

  it("tells the truth and lets things happen, now or later", async () => {
    const { send, acted } = controlled();
    expect((await send("GET", "/truth")).json).toEqual({ consumed: [] });
    const action = { do: "stop", name: "app" };
    expect((await send("POST", "/traffic", { action })).status).toBe(204);
    expect((await send("POST", "/traffic", { action, at: 2_000_000 })).status).toBe(204);
    expect((await send("POST", "/traffic", { action: "nonsense" })).status).toBe(400);
    expect((await send("POST", "/traffic", { action, when: 1 })).status).toBe(400);
    expect(acted).toEqual([
      [action, undefined],
      [action, 2_000_000],
    ]);
  });

  it("marks the log and gives what lies between two marks", async () => {
    const { send, log } = controlled();
    const arrival = { at: 1, service: "cloud", method: "GET", path: "/" };
    log.open(arrival);
    expect((await send("POST", "/log/marks", { name: "begin" })).json).toEqual({ name: "begin", sequence: 1 });
    log.open({ ...arrival, service: "amplify" });
    log.open(arrival);
    expect((await send("GET", "/log/between?from=begin")).json.requests).toHaveLength(2);
    expect((await send("GET", "/log?service=amplify")).json.requests).toMatchObject([{ sequence: 2 }]);
    expect((await send("GET", "/log?after=2&limit=5")).json.requests).toMatchObject([{ sequence: 3 }]);
    expect((await send("GET", "/log/between?from=never")).status).toBe(404);
    expect((await send("GET", "/log/between")).status).toBe(400);
    expect((await send("GET", "/log/marks")).json).toEqual({ begin: 1 });
  });

  it("adds, lists and clears steps, and refuses one it does not understand", async () => {
    const { send, faults } = controlled();
    const step = {
      name: "busy",
      when: { service: "cloud", calls: { first: 1 } },
      fault: { do: "answer", status: 429 },
    };
    expect((await send("POST", "/faults", step)).status).toBe(201);
    expect((await send("POST", "/faults", step)).status).toBe(400);
    expect((await send("POST", "/faults", { ...step, name: "x", fault: { do: "explode" } })).status).toBe(400);
    expect((await send("POST", "/faults", { ...step, name: "y", when: { servce: "cloud" } })).status).toBe(400);
    expect((await send("GET", "/faults")).json.steps).toEqual([{ ...step, calls: 0, fired: 0 }]);
    expect((await send("DELETE", "/faults/none")).status).toBe(404);
    expect((await send("DELETE", "/faults/busy")).status).toBe(204);
    await send("POST", "/faults", step);
    expect((await send("DELETE", "/faults")).status).toBe(204);
    expect(faults.list()).toEqual([]);
  });

  it("shows state and endpoints to programs on this machine, and refuses browser pages and foreign hosts", async () => {
    const { send } = controlled();
    expect((await send("GET", "/endpoints")).json).toEqual({ organization: "1" });
    expect((await send("GET", "/state")).json).toEqual({ a: 1 });
    expect((await send("GET", "/endpoints", undefined, { origin: "https://evil.example" })).status).toBe(403);
    expect((await send("GET", "/endpoints", undefined, { host: "evil.example" })).status).toBe(403);
    expect((await send("GET", "/endpoints", undefined, { host: "localhost:8810" })).status).toBe(200);
  });
});

describe("the saved state", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "sandbox-"));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });
  const state = {
    version: stateVersion,
    savedAt: "2026-01-01T00:00:00Z",
    clockOffset: 5,
    random: 6,
    secrets: { key: "k" },
    services: { cloud: [1] },
  };

  it("comes back as it was written, is readable by its owner alone, and leaves no other file", async () => {
    const file = join(folder, "state.json");
    await writeState(file, { ...state, clockOffset: 1 });
    await writeState(file, state);
    expect(await readState(file)).toEqual(state);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(["state.json"]);
  });

  it("is undefined when there is none, and refused when it is broken or of another version", async () => {
    const file = join(folder, "state.json");
    expect(await readState(file)).toBeUndefined();
    await writeState(file, { ...state, version: stateVersion + 1 });
    await expect(readState(file)).rejects.toThrow(`was saved by version ${stateVersion + 1}`);
    await writeFile(file, '{"version":');
    await expect(readState(file)).rejects.toThrow("is no saved state");
    await writeFile(file, "[]");
    await expect(readState(file)).rejects.toThrow("is no saved state");
  });

  it("leaves nothing half written where it cannot write", async () => {
    await expect(writeState(join(folder, "missing", "state.json"), state)).rejects.toThrow();
    expect(await readdir(folder)).toEqual([]);
  });
});
