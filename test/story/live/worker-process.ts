import { openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ProcessGroup, spawnGroup } from "../process-group.ts";
import { quietWrangler } from "../quiet.ts";
import type { Folder } from "./folder.ts";
import { StartError } from "./ports.ts";

const project = fileURLToPath(new URL("../../..", import.meta.url));
const wrangler = join(project, "node_modules", "wrangler", "bin", "wrangler.js");

const SLOWEST_START_MS = 90_000;

export interface WorkerProcess {
  readonly url: string;
  /** Runs the Worker's cron handler, which nothing else does here. */
  tick(): Promise<void>;
  /** Resolves when it ended, wanted or not. */
  readonly ended: Promise<void>;
  /** Ends wrangler and workerd, in order or at once. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/**
 * The shipped Worker in `wrangler dev`, in a process group of its own, its rows in the folder. Its configuration is the
 * shipped one; the variables stand in a `.dev.vars` beside a copy of it, so that a developer's own are never read.
 * @throws StartError when it does not answer
 */
export async function startWorker(
  folder: Folder,
  port: number,
  variables: Readonly<Record<string, string>>,
): Promise<WorkerProcess> {
  const shipped = await readFile(join(project, "wrangler.toml"), "utf8");
  const config = await folder.write("wrangler.toml", withEntry(shipped));
  await folder.write(".dev.vars", devVars(variables));
  const output = openSync(folder.log, "w", 0o600);
  const flags = ["--port", String(port), "--ip", "127.0.0.1", "--inspector-port", "0", "--persist-to", folder.worker];
  const group = spawnGroup(
    process.execPath,
    [wrangler, "dev", "--config", config, ...flags, "--show-interactive-dev-session=false"],
    { cwd: project, output, errors: output, env: { ...process.env, ...quietWrangler } },
  );
  const ended = new Promise<void>((resolve) => group.child.once("exit", () => resolve()));
  const url = `http://127.0.0.1:${port}`;
  await answering(url, group, folder);
  return {
    url,
    tick: async () => {
      const answer = await fetch(`${url}/cdn-cgi/handler/scheduled?cron=*+*+*+*+*`);
      await answer.body?.cancel();
    },
    ended,
    stop: (signal) => stopped(group, signal),
  };
}

/** The entry by its whole path, for the copy stands elsewhere. */
function withEntry(shipped: string): string {
  return shipped.replace(
    /^main = "(.+)"$/m,
    (_line, entry: string) => `main = ${JSON.stringify(join(project, entry))}`,
  );
}

/** In single quotes everything stands for itself; no value of the sandbox has one. */
function devVars(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => {
      if (value.includes("'")) throw new StartError(`${name} holds a quote, which .dev.vars cannot carry.`);
      return `${name}='${value.trim().replaceAll("\n", "\\n")}'\n`;
    })
    .join("");
}

async function answering(url: string, group: ProcessGroup, folder: Folder): Promise<void> {
  const until = Date.now() + SLOWEST_START_MS;
  while (Date.now() < until && group.child.exitCode === null && group.child.signalCode === null) {
    try {
      const answer = await fetch(`${url}/health`);
      await answer.body?.cancel();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  await group.kill();
  throw new StartError(`The Worker does not answer at ${url}; ${folder.log} says why.`);
}

/** wrangler takes SIGTERM as the order to end workerd; what is left after five seconds is killed. */
async function stopped(group: ProcessGroup, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
  const timer = setTimeout(() => void group.kill("SIGKILL"), 5_000);
  await group.kill(signal);
  clearTimeout(timer);
}
