import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { noLogin } from "../../sandbox/registry/authenticators.ts";
import { Registry } from "../../sandbox/registry/registry.ts";
import { registryRest } from "../../sandbox/registry/rest.ts";
import { serveOnLoopback } from "./registry-server.ts";

const root = resolve(import.meta.dirname, "../../..");
const replay = resolve(root, "../shared/peers/replay/replay.mjs");
const map = resolve(import.meta.dirname, "registry.map.json");
/** Of the ten accepted differences that both timelines share, at most this many are the registry's. */
const MOST_ACCEPTED = 0;

test("the sandbox's Schema Registry answers the recorded timeline as the real server did", async () => {
  if (!existsSync(replay)) throw new Error(`The judge is missing: ${replay}. It replays recordings of a real server.`);
  const context = { clock: { now: Date.now, advance: () => undefined, offset: () => 0 }, random: Math.random };
  const rest = registryRest(new Registry(context), { flavour: "platform", authenticate: noLogin() });
  const server = await serveOnLoopback(rest);
  try {
    const { code, output } = await run([
      replay,
      "--registry",
      server.url,
      "--map",
      map,
      "--max-accepted",
      String(MOST_ACCEPTED),
      "-v",
    ]);
    expect(output).toMatch(/^\d+ passed, 0 failed$/m);
    expect(code).toBe(0);
  } finally {
    await server.close();
  }
});

function run(args: readonly string[]): Promise<{ code: number; output: string }> {
  return new Promise((done) => {
    execFile(process.execPath, args, { maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
      done({ code, output: `${stdout}${stderr}` });
    });
  });
}
