import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { closeSync, constants, openSync, unlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";

export interface Finished {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly timedOut: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** What it reads as /dev/stdin; empty input when left out. */
  readonly input?: string;
  readonly timeoutMs: number;
  readonly environment: NodeJS.ProcessEnv;
  readonly maxOutputBytes: number;
}

/**
 * Runs a program to its end, in a process group of its own that is killed whole when its time is up or its output is too much
 * (then `stdout` is cut and `timedOut` or a null code says so). Rejects when the program cannot be started.
 */
export function runProgram(program: string, args: readonly string[], options: RunOptions): Promise<Finished> {
  const input = openInput(options.input ?? "");
  try {
    return started(program, args, options, input);
  } finally {
    closeSync(input);
  }
}

/**
 * A descriptor that reads as `text`, of a file (mode 0600) that has lost its name before the first byte is written: it is in no
 * argument list and in no folder, and nothing has to be removed after a crash. Not a pipe: Node's are sockets, and a socket
 * cannot be opened as /dev/stdin.
 */
function openInput(text: string): number {
  const path = join(tmpdir(), `user-admin-${randomUUID()}`);
  const descriptor = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600);
  try {
    unlinkSync(path);
    const bytes = Buffer.from(text);
    // At a position, so that the descriptor's own offset stays at the start for the reader.
    for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at, bytes.length - at, at);
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

function started(program: string, args: readonly string[], options: RunOptions, input: number): Promise<Finished> {
  const child = spawn(program, args, {
    stdio: [input, "pipe", "pipe"],
    detached: true,
    env: options.environment,
  });
  return new Promise((resolve, reject) => {
    let timedOut = false;
    const end = () => {
      killGroup(child.pid);
      // A grandchild that left the group could hold these open for ever.
      child.stdout?.destroy();
      child.stderr?.destroy();
    };
    const timer = setTimeout(() => {
      timedOut = true;
      end();
    }, options.timeoutMs);
    const stdout = collect(child.stdout, options.maxOutputBytes, end);
    const stderr = collect(child.stderr, options.maxOutputBytes, end);
    child.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ code, timedOut, stdout: stdout(), stderr: stderr() });
    });
  });
}

function collect(stream: Readable | null, maxBytes: number, tooMuch: () => void): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream?.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > maxBytes) tooMuch();
    else chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString("utf8");
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended already.
  }
}
