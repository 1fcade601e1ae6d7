import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { isFree } from "../free-ports.ts";
import { StartError } from "./ports.ts";

/** What `.sandbox/` holds. Everything in it is of the sandbox's making; only its owner may read it. */
export class Folder {
  readonly path: string;
  readonly state: string;
  /** The Worker's rows, as wrangler keeps them. */
  readonly worker: string;
  readonly session: string;
  readonly endpoints: string;
  readonly log: string;

  constructor(path: string) {
    this.path = path;
    this.state = join(path, "state.json");
    this.worker = join(path, "worker");
    this.session = join(path, "session.json");
    this.endpoints = join(path, "endpoints.json");
    this.log = join(path, "worker.log");
  }

  async make(): Promise<void> {
    await mkdir(this.path, { recursive: true, mode: 0o700 });
    await chmod(this.path, 0o700);
  }

  /** Writes a file that only the owner may read, also where one was that others could. */
  async write(name: string, text: string): Promise<string> {
    const file = join(this.path, name);
    await rm(file, { force: true });
    await writeFile(file, text, { mode: 0o600 });
    return file;
  }
}

const Session = v.object({
  /** The addresses that the Worker remembers have these ports. */
  sandboxPort: v.number(),
  /** False while it runs, and after it was killed. */
  stopped: v.boolean(),
});

/** Says in `.sandbox/` what a next start has to know. */
export async function writeSession(folder: Folder, session: v.InferOutput<typeof Session>): Promise<void> {
  await folder.write("session.json", `${JSON.stringify(session)}\n`);
}

/**
 * Goes on with the state of a start before, or clears what there is of it. The sandbox's and the Worker's belong
 * together: with one of them missing both begin anew. After a kill the sandbox's may be a second older than the
 * Worker's, so the Worker begins without its rows and finds again what it published.
 * @returns what a person should know of it
 */
export async function resume(folder: Folder, sandbox: Sandbox, sandboxPort: number): Promise<string> {
  const session = await readSession(folder);
  const kept = { sandbox: existsSync(folder.state), worker: existsSync(folder.worker) };
  if (!kept.sandbox && !kept.worker) return "This is the first start in this folder: everything begins empty.";
  const why = await obstacle(kept, session, folder, sandbox, sandboxPort);
  if (why !== undefined) {
    for (const path of [folder.state, folder.worker, folder.session]) await rm(path, { recursive: true, force: true });
    return `${why}: sandbox and Worker both start afresh.`;
  }
  if (session?.stopped === true) return "Sandbox and Worker go on where the last start stopped.";
  await rm(folder.worker, { recursive: true, force: true });
  return "The last start was killed: the sandbox goes on with what it had saved, the Worker begins without its rows and adopts what it published.";
}

/** Why the state cannot be gone on with; loads it when nothing speaks against it. */
async function obstacle(
  kept: { readonly sandbox: boolean; readonly worker: boolean },
  session: v.InferOutput<typeof Session> | undefined,
  folder: Folder,
  sandbox: Sandbox,
  sandboxPort: number,
): Promise<string | undefined> {
  if (!kept.sandbox) return "The sandbox's saved state is missing";
  if (!kept.worker && session?.stopped !== false) return "The Worker's state is missing";
  if (session === undefined) return "It is not known how the last start ended";
  if (session.sandboxPort !== sandboxPort) return `The last start had SANDBOX_PORT ${session.sandboxPort}`;
  try {
    await sandbox.load(folder.state);
    return undefined;
  } catch (error) {
    return `The sandbox's saved state cannot be read (${error instanceof Error ? error.message.replace(/[.]$/, "") : String(error)})`;
  }
}

/** Throws `StartError` while another start uses this folder: its sandbox still listens on other ports. */
export async function checkAlone(folder: Folder, sandboxPort: number): Promise<void> {
  const session = await readSession(folder);
  if (session === undefined || session.stopped || session.sandboxPort === sandboxPort) return;
  if (await isFree(session.sandboxPort)) return;
  throw new StartError(
    `Another start runs in this folder, with SANDBOX_PORT ${session.sandboxPort}; a clone of its own can run beside it.`,
  );
}

async function readSession(folder: Folder): Promise<v.InferOutput<typeof Session> | undefined> {
  try {
    const parsed = v.safeParse(Session, JSON.parse(await readFile(folder.session, "utf8")));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}
