import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** A program that does not outlive this process, however this one ends. */
export interface Tied {
  /** All that it printed so far. */
  output(): string;
  hasEnded(): boolean;
  /** Sends the signal to it and all that it started, and returns when none of them is left; after ten seconds SIGKILL. */
  stop(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
}

/**
 * A process group of its own: a shell, the program, and a `cat` that reads this process's end of a pipe: when that closes, the
 * program is killed.
 */
const SCRIPT = 'exec 3<&0; "$@" & program=$!; { cat <&3 >/dev/null; kill -9 $program; } & wait $program';

export function startTied(command: readonly string[], logFile: string, environment: NodeJS.ProcessEnv): Tied {
  const output = openSync(logFile, "a");
  const child = spawn("sh", ["-c", SCRIPT, "sh", ...command], {
    detached: true,
    stdio: ["pipe", output, output],
    env: environment,
  });
  closeSync(output);
  let ended = false;
  for (const event of ["exit", "error"]) {
    child.on(event, () => {
      ended = true;
    });
  }
  return {
    output: () => readFileSync(logFile, "utf8"),
    hasEnded: () => ended,
    async stop(signal) {
      const until = Date.now() + 10_000;
      if (child.pid === undefined || !signalGroup(child.pid, signal)) return;
      while (signalGroup(child.pid, Date.now() < until ? 0 : "SIGKILL")) await sleep(20);
    },
  };
}

/** False when nothing of the group is left. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, signal);
  } catch {
    return false;
  }
}
