import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { anyone } from "../../sandbox/kafka/authenticators.ts";
import { stillContext } from "../../sandbox/kafka/fixtures.ts";
import { type RunningServer, serveOnLoopback } from "../../sandbox/kafka/node-server.ts";
import { kafkaRest } from "../../sandbox/kafka/rest.ts";
import { recordedCluster } from "./recorded-platform.ts";

const REPLAY = fileURLToPath(new URL("../../../../shared/peers/replay/replay.mjs", import.meta.url));
const MAP = fileURLToPath(new URL("./rest-proxy.map.json", import.meta.url));

let server: RunningServer;

beforeEach(async () => {
  const rest = kafkaRest(recordedCluster(stillContext()), { flavour: "rest-proxy", authenticate: anyone() });
  server = await serveOnLoopback(rest.fetch);
});

afterEach(() => server.close());

describe("the recorded timeline of a REST Proxy", () => {
  it("is answered by the sandbox as the real server answered it, exchange by exchange", async () => {
    if (!existsSync(REPLAY))
      throw new Error(`${REPLAY} is missing: this judge needs the replay program beside the project`);
    const { code, output } = await run([
      "--rest",
      `http://127.0.0.1:${server.port}`,
      "--map",
      MAP,
      "--max-accepted",
      "1",
    ]);
    expect(output).toMatch(/^260 passed, 0 failed$/m);
    expect(code).toBe(0);
  });

  it("sets aside nothing but version 2 of the API, which is not ours", () => {
    const map = JSON.parse(readFileSync(MAP, "utf8")) as Record<string, string>;
    const named = (verdict: string): string[] => Object.keys(map).filter((name) => map[name] === verdict);
    expect(named("later")).toEqual([]);
    expect(named("not ours")).toEqual([
      "clusters/root",
      "clusters/v2-topics",
      "clusters/v2-topic",
      "clusters/v2-brokers",
      "clusters/v2-offsets",
    ]);
  });

  it("holds the same topic in gzip as without, which the replay cannot compare by its bytes", async () => {
    const base = `http://127.0.0.1:${server.port}/v3/clusters/MkU3OEVBNTcwNTJENDM2Qk/topics/_schemas`;
    const plain = await kafkaFetch(base, {});
    const zipped = await kafkaFetch(base, { "accept-encoding": "gzip" });
    expect(zipped.headers).toMatchObject({ "content-encoding": "gzip", vary: "Accept-Encoding" });
    expect(plain.headers).not.toHaveProperty("content-encoding");
    expect(gunzipSync(zipped.body).toString()).toBe(plain.body.toString());
  });
});

function run(args: readonly string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [REPLAY, ...args], { maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : error === null ? 0 : 1, output: stdout + stderr });
    });
  });
}

/** `fetch` would inflate by itself. */
function kafkaFetch(
  address: string,
  headers: Record<string, string>,
): Promise<{ headers: Record<string, string | string[] | undefined>; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(address, { headers }, (incoming) => {
      const parts: Buffer[] = [];
      incoming.on("data", (part: Buffer) => parts.push(part));
      incoming.on("end", () => resolve({ headers: incoming.headers, body: Buffer.concat(parts) }));
    });
    outgoing.on("error", reject).end();
  });
}
