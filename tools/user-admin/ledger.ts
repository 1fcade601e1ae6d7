import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open, readFile, realpath, rename, stat, unlink } from "node:fs/promises";
import { createServer } from "node:net";
import { basename, dirname, join } from "node:path";
import { isOurName } from "./requests.ts";

/**
 * The names that this program made: the only users that it may change. A text file, one name a line, so that an operator can
 * read it, and restore it where it was lost. Kafka itself has no place for such a mark beside a SCRAM credential.
 */
export interface Ledger {
  has(name: string): boolean;
  /** Durable when it returns. */
  add(name: string): Promise<void>;
  remove(name: string): Promise<void>;
}

/** Opens or makes the file (mode 0600). Throws with a sentence for the operator where it is not usable, or where another process has it open. */
export async function openLedger(path: string): Promise<Ledger> {
  const folder = await realpath(dirname(path)).catch(() => undefined);
  if (folder === undefined) throw new Error(`the folder of the ledger does not exist: ${dirname(path)}`);
  const file = join(folder, basename(path));
  await lock(file);
  let names = await readNames(file);
  await writeNames(file, names);

  async function change(next: ReadonlySet<string>): Promise<void> {
    await writeNames(file, next);
    names = next;
  }
  return {
    has: (name) => names.has(name),
    add: (name) => change(new Set([...names, name])),
    remove: (name) => change(new Set([...names].filter((known) => known !== name))),
  };
}

async function readNames(file: string): Promise<ReadonlySet<string>> {
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (found === undefined) return new Set();
  if (!found.isFile()) throw new Error(`the ledger is not a file: ${file}`);
  // Whoever can write it can have a user of his choice changed.
  if ((found.mode & 0o022) !== 0) throw new Error(`the ledger can be written by others, chmod 600 ${file}`);
  const lines = (await readFile(file, "utf8")).split("\n").filter((line) => line !== "");
  const wrong = lines.findIndex((line) => !isOurName(line));
  if (wrong >= 0) throw new Error(`line ${wrong + 1} of the ledger is not a name of ours: ${file}`);
  return new Set(lines);
}

/** Whole or not at all: a new file, on disk before it takes the old one's place. */
async function writeNames(file: string, names: ReadonlySet<string>): Promise<void> {
  const next = `${file}.new`;
  await unlink(next).catch(() => undefined);
  const handle = await open(next, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  await synced(handle, (opened) =>
    opened.writeFile(
      [...names]
        .sort()
        .map((name) => `${name}\n`)
        .join(""),
    ),
  );
  await rename(next, file);
  await synced(await open(dirname(file), constants.O_RDONLY), async () => undefined);
}

async function synced(handle: FileHandle, write: (handle: FileHandle) => Promise<void>): Promise<void> {
  try {
    await write(handle);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Two processes on one ledger would lose each other's names. An abstract socket is the lock: the system drops it with its
 * process, so none is ever stale. Linux has them alone; elsewhere nothing is locked.
 */
async function lock(file: string): Promise<void> {
  if (process.platform !== "linux") return;
  const server = createServer((socket) => socket.destroy());
  server.unref();
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(error.code === "EADDRINUSE" ? new Error(`another process has the ledger open: ${file}`) : error),
    );
    server.listen(`\0user-admin-${createHash("sha256").update(file).digest("hex")}`, () => resolve());
  });
}
