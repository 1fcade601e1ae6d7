import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Reads every process's arguments and environment from /proc, again and again, as any curious user of the host could. Linux alone. */
export interface CommandLines {
  /** Process ids, each with its arguments, of the runs of kafka-configs that were seen. */
  readonly seen: ReadonlyMap<number, readonly string[]>;
  /** Words that were found where they must not be. */
  readonly leaks: readonly string[];
  stop(): Promise<void>;
}

export function watchCommandLines(secrets: readonly string[]): CommandLines {
  const seen = new Map<number, readonly string[]>();
  const leaks: string[] = [];
  let watching = true;

  function lookAt(pid: number): void {
    const commandLine = read(`/proc/${pid}/cmdline`);
    if (commandLine.includes("kafka.admin.ConfigCommand")) seen.set(pid, commandLine.split("\0"));
    const text = commandLine + read(`/proc/${pid}/environ`);
    if (secrets.some((secret) => text.includes(secret))) leaks.push(`${pid}: ${commandLine.replaceAll("\0", " ")}`);
  }

  const done = (async () => {
    while (watching) {
      const pids = readdirSync("/proc").map(Number).filter(Number.isInteger);
      for (const pid of pids) if (pid !== process.pid) lookAt(pid);
      // Often enough to see each JVM some twenty times, seldom enough not to slow it.
      await sleep(50);
    }
  })();
  return {
    seen,
    leaks,
    async stop() {
      watching = false;
      await done;
    },
  };
}

/** Empty when the process has ended or is another user's. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
