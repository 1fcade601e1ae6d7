import { type ChildProcess, type SpawnOptions, type StdioPipe, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const leash = fileURLToPath(new URL("leash.ts", import.meta.url));

/** A process and all that it starts: wrangler and Deno's launcher leave theirs behind when only they are ended. */
export interface ProcessGroup {
  readonly child: ChildProcess;
  /** Ends the whole group at once and resolves when its leader is gone. Twice is once. */
  kill(signal?: NodeJS.Signals): Promise<void>;
}

const running = new Set<ChildProcess>();

/** However this process ends, its groups end with it; after a SIGKILL by the leash. */
process.once("exit", () => {
  for (const child of running) signalGroup(child, "SIGKILL");
});

export interface GroupOptions extends Pick<SpawnOptions, "cwd" | "env"> {
  readonly output: StdioPipe | number;
  readonly errors: "inherit" | number;
}

export function spawnGroup(command: string, parameters: readonly string[], options: GroupOptions): ProcessGroup {
  const { output, errors, ...place } = options;
  const child = spawn(process.execPath, [leash, command, ...parameters], {
    ...place,
    stdio: ["pipe", output, errors],
    detached: true,
  });
  running.add(child);
  const exit = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  return {
    child,
    kill: async (signal = "SIGKILL") => {
      if (!running.has(child)) return;
      signalGroup(child, signal);
      await exit;
      // Whoever outlived the leader.
      signalGroup(child, "SIGKILL");
      running.delete(child);
    },
  };
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone already.
  }
}
