import type { ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import * as v from "valibot";
import { spawnGroup } from "../process-group.ts";
import type { Host, HostOptions } from "./host.ts";

const project = fileURLToPath(new URL("../../..", import.meta.url));
const deno = join(project, "node_modules", ".bin", "deno");

/** Under Deno, in a process of its own over node:sqlite, with files in a temporary folder. */
export async function openDeno({ sandbox, variables }: HostOptions): Promise<Host> {
  const folder = await mkdtemp(join(tmpdir(), "amplify-kafka-worker-"));
  const { PATH = "", HOME = "" } = process.env;
  const group = spawnGroup(
    deno,
    ["run", "--quiet", "--allow-all", "--unstable-no-legacy-abort", "--node-modules-dir=manual", "test/story/deno.ts"],
    {
      cwd: project,
      output: "pipe",
      errors: "inherit",
      env: { ...variables, PATH, HOME, STORY_CONTROL: sandbox.addresses.control, STORY_FOLDER: folder, NO_COLOR: "1" },
    },
  );
  const close = async () => {
    await group.kill();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const base = `http://127.0.0.1:${await portOf(group.child)}`;
    const request: Host["fetch"] = (path, init) => fetch(`${base}${path}`, init);
    const tell = async (path: string) => {
      const answer = await request(path, { method: "POST" });
      if (!answer.ok) throw new Error(`${path} was answered with ${answer.status}: ${await answer.text()}`);
      await answer.body?.cancel();
    };
    return {
      fetch: request,
      tick: () => tell("/story/tick"),
      evict: (connection) => tell(`/story/${connection}/evicted`),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const Ready = v.object({ port: v.number() });

/** The first line that it prints. */
async function portOf(child: ChildProcess): Promise<number> {
  if (!child.stdout) throw new Error("Deno has no standard output");
  for await (const line of createInterface({ input: child.stdout })) return v.parse(Ready, JSON.parse(line)).port;
  throw new Error("Deno ended before it listened");
}
