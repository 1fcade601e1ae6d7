import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { LoggedRequest } from "../../sandbox/core/types.ts";
import { createSandbox } from "../../sandbox/sandbox.ts";
import { clientIds } from "../../sandbox/world/amplify.ts";
import { differences, tally } from "../../story/checks/tally.ts";
import { amplifyRequests, isMetered, mostInAMinute, overhead } from "../../story/counts.ts";
import { parseFlags } from "../../story/flags.ts";
import { freePorts } from "../../story/free-ports.ts";
import { checkAlone, Folder, resume, writeSession } from "../../story/live/folder.ts";
import { portsOf } from "../../story/live/ports.ts";

function request(method: string, path: string, more: Partial<LoggedRequest> = {}): LoggedRequest {
  const rest = { sequence: 1, at: 0, service: "amplify", status: 200, caller: clientIds.cloud, milliseconds: 1 };
  return { ...rest, method, path, ...more };
}

describe("the flags", () => {
  it("stand for staying up when there are none, and for the story with --once", () => {
    expect(parseFlags([])).toEqual({ once: false, json: false, host: "workerd" });
    expect(parseFlags(["--once", "--json"])).toEqual({ once: true, json: true, host: "workerd" });
    expect(parseFlags(["--host=deno", "--once"])).toEqual({ once: true, json: false, host: "deno" });
  });

  it.each([["--json"], ["--twice"], ["--once", "--host=bun"], ["--host=deno"], ["once"]])(
    "are refused when they make no sense: %s %s",
    (...given) => {
      expect(parseFlags(given)).toBeUndefined();
    },
  );
});

describe("the ports", () => {
  it("are 8787 and 8800, or what PORT and SANDBOX_PORT say", () => {
    expect(portsOf({})).toEqual({ worker: 8787, sandbox: 8800 });
    expect(portsOf({ PORT: "9000", SANDBOX_PORT: "9100" })).toEqual({ worker: 9000, sandbox: 9100 });
  });

  it.each([{ PORT: "0" }, { PORT: "http" }, { PORT: "70000" }, { SANDBOX_PORT: "65535" }, { PORT: "8801" }])(
    "are refused by name when they are none, or overlap: %o",
    (environment) => {
      expect(() => portsOf(environment)).toThrow(/PORT/);
    },
  );
});

describe("what is counted", () => {
  const status = request("PUT", "/apis/management/v1/environments/e/discoveryagents/a/status");
  const list = request("GET", "/apis/management/v1/environments/e/apiservices?page=1");
  const teams = request("GET", "/api/v1/platformTeams?query=x");
  const token = request("POST", "/auth/realms/Broker/protocol/openid-connect/token", { caller: undefined });
  const other = request("GET", "/apis/management/v1/environments/e", { caller: clientIds.platform });

  it("is the API server and the teams, of one client, without the agents' status", () => {
    expect(amplifyRequests([status, list, teams, token, other], "cloud")).toEqual([list, teams]);
  });

  it("as overhead is the rest, and only what the rate limit sees is metered", () => {
    expect(
      overhead([status, list, token, request("GET", "/events/x"), request("POST", "/", { service: "ingestion" })]),
    ).toEqual({ token: 1, events: 1, status: 1, ingestion: 1, sweep: 0 });
    expect([status, list, teams, token].map(isMetered)).toEqual([true, true, true, false]);
  });

  it("by the minute slides: what is exactly 60 s old no longer counts", () => {
    expect(mostInAMinute([])).toBe(0);
    expect(mostInAMinute([0, 1, 59_999, 60_000, 60_001].map((at) => request("GET", "/apis/x", { at })))).toBe(3);
    expect(mostInAMinute([0, 1, 2, 100_000].map((at) => request("GET", "/apis/x", { at })))).toBe(3);
  });

  it("against a table tells each difference", () => {
    const counted = tally([list, list, request("PUT", "/apis/e/apiservices/a-1/source")]);
    expect(differences({ "GET /apis/management/v1/environments/e/apiservices": 1, "GET /gone": 1 }, counted)).toEqual([
      "GET /apis/management/v1/environments/e/apiservices: 2, expected 1",
      "GET /gone: 0, expected 1",
      "PUT /apis/e/apiservices/*/source: 1, expected 0",
    ]);
  });
});

describe("the folder that a second start goes on with", () => {
  const folders: string[] = [];
  afterEach(async () => {
    for (const path of folders.splice(0)) await rm(path, { recursive: true, force: true });
  });
  async function folderAfter(stopped: boolean | undefined, lacking?: "state" | "worker"): Promise<Folder> {
    const folder = new Folder(await mkdtemp(join(tmpdir(), "story-")));
    folders.push(folder.path);
    await folder.make();
    if (lacking !== "state") await createSandbox({ inProcess: true, world: "empty" }).save(folder.state);
    if (lacking !== "worker") await folder.write("worker", "rows");
    if (stopped !== undefined) await writeSession(folder, { sandboxPort: 8800, stopped });
    return folder;
  }
  const resumed = (folder: Folder, port = 8800) =>
    resume(folder, createSandbox({ inProcess: true, world: "empty" }), port);
  const worker = (folder: Folder) => readFile(folder.worker, "utf8").catch(() => undefined);

  it("is taken as it is after a stop", async () => {
    const folder = await folderAfter(true);
    expect(await resumed(folder)).toContain("go on where the last start stopped");
    expect(await worker(folder)).toBe("rows");
  });

  it("keeps the sandbox's state alone after a kill, also a second time", async () => {
    const folder = await folderAfter(false);
    for (let start = 0; start < 2; start++) {
      expect(await resumed(folder)).toContain("The last start was killed");
      expect(await worker(folder)).toBeUndefined();
    }
    expect((await stat(folder.state)).mode & 0o777).toBe(0o600);
  });

  it.each([
    ["the sandbox's is missing", true, "state", 8800, "sandbox's saved state is missing"],
    ["the Worker's is missing", true, "worker", 8800, "Worker's state is missing"],
    ["it is not known how the last start ended", undefined, undefined, 8800, "not known"],
    ["the ports are others", true, undefined, 9800, "SANDBOX_PORT 8800"],
  ] as const)("is cleared whole when %s", async (_reason, stopped, lacking, port, said) => {
    const folder = await folderAfter(stopped, lacking);
    const answer = await resumed(folder, port);
    expect(answer).toContain(said);
    expect(answer).toContain("both start afresh");
    expect(await worker(folder)).toBeUndefined();
    expect(await resumed(folder, port)).toContain("first start");
  });

  it("is left to a start that runs in it on other ports, for as long as it runs", async () => {
    const folder = await folderAfter(false);
    const basePort = await freePorts();
    const sandbox = createSandbox({ basePort, world: "empty" });
    await writeSession(folder, { sandboxPort: basePort, stopped: false });
    await sandbox.listen();
    await expect(checkAlone(folder, 8800)).rejects.toThrow(`SANDBOX_PORT ${basePort}`);
    await sandbox.close();
    await expect(checkAlone(folder, 8800)).resolves.toBeUndefined();
  });

  it("is cleared when the sandbox's state cannot be read", async () => {
    const folder = await folderAfter(true);
    await folder.write("state.json", "{");
    expect(await resumed(folder)).toContain("cannot be read");
    expect(await worker(folder)).toBeUndefined();
  });
});
