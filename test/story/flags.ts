import { parseArgs } from "node:util";
import type { HostName } from "./hosts/host.ts";

export const usage = `usage: npm start [-- --once [--json]]     sandbox and Worker, until Ctrl-C; --once: the story
       npm run deno -- --once [--json]    the story, its connections under Deno`;

export interface Flags {
  /** The story in place of staying up. */
  readonly once: boolean;
  /** The story's result as one JSON object on standard output. */
  readonly json: boolean;
  readonly host: HostName;
}

const hosts: readonly string[] = ["node", "workerd", "deno"] satisfies HostName[];
const isHost = (text: string): text is HostName => hosts.includes(text);

/** Undefined when they make no sense. Only the Worker in workerd stays up. */
export function parseFlags(given: readonly string[]): Flags | undefined {
  const options = {
    once: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    host: { type: "string", default: "workerd" },
  } as const;
  try {
    const { once, json, host } = parseArgs({ args: [...given], options, strict: true }).values;
    if (!isHost(host) || (json && !once) || (!once && host !== "workerd")) return undefined;
    return { once, json, host };
  } catch {
    return undefined;
  }
}
