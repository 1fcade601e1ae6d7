import { type Flags, parseFlags, usage } from "./flags.ts";
import type { Host, HostName, HostOptions } from "./hosts/host.ts";
import { quietWrangler } from "./quiet.ts";

/** Hosts are loaded when they are asked for: wrangler reads its variables as it is loaded, and takes a second. */
async function opener(host: HostName): Promise<(options: HostOptions) => Promise<Host>> {
  if (host === "node") return (await import("./hosts/node.ts")).openNode;
  if (host === "deno") return (await import("./hosts/deno.ts")).openDeno;
  return (await import("./hosts/workerd.ts")).openWorkerd;
}

const tell = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

async function story(flags: Flags): Promise<number> {
  Object.assign(process.env, quietWrangler);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(1));
  const { runStory } = await import("./story.ts");
  const { told } = await import("./told.ts");
  const result = await runStory({ host: flags.host, open: await opener(flags.host), tell });
  for (const line of told(result)) tell(line);
  if (flags.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  return result.ok ? 0 : 1;
}

async function live(): Promise<number> {
  const { stayUp } = await import("./live/live.ts");
  const { StartError } = await import("./live/ports.ts");
  try {
    return await stayUp((line) => process.stdout.write(`${line}\n`));
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    tell(error.message);
    return 1;
  }
}

async function main(): Promise<number> {
  const flags = parseFlags(process.argv.slice(2));
  if (flags) return flags.once ? await story(flags) : await live();
  tell(usage);
  return 2;
}

process.exitCode = await main();
