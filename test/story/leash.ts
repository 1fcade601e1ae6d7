import { spawn } from "node:child_process";

/**
 * Leads a process group for the length of its standard input: when whoever holds the other end is gone, killed outright
 * even, the group is ended. `node leash.ts <command> <parameters…>`
 */
const [command = "", ...parameters] = process.argv.slice(2);
const child = spawn(command, parameters, { stdio: ["ignore", "inherit", "inherit"] });
child.once("error", (error) => {
  console.error(error.message);
  process.exit(127);
});
child.once("exit", (code) => process.exit(code ?? 1));

// A signal to the group reaches the child too; this process ends after it.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);

process.stdin.once("close", () => process.kill(-process.pid, "SIGKILL"));
process.stdin.resume();
