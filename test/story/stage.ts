import { randomBytes } from "node:crypto";
import { createSandbox, type Sandbox, type SandboxOptions } from "../sandbox/sandbox.ts";
import { Drive } from "./drive.ts";
import { freePorts } from "./free-ports.ts";
import type { Host, HostName, HostOptions } from "./hosts/host.ts";
import { Operator } from "./operator.ts";
import { connectionOf, sides } from "./sides.ts";

export interface StoryOptions {
  readonly host: HostName;
  readonly open: (options: HostOptions) => Promise<Host>;
  /** Plain words about how it goes. */
  readonly tell: (line: string) => void;
}

export interface Stage {
  readonly sandbox: Sandbox;
  readonly operator: Operator;
  readonly drive: Drive;
}

export interface StageOptions {
  /** Every object is dropped before every wake. */
  readonly evicted: boolean;
  readonly variables: Readonly<Record<string, string>>;
  readonly sandbox?: SandboxOptions;
}

/** A sandbox of its own, and both connections to it in the host; both end when what is played there has ended. */
export async function onStage<T>(
  { host: name, open, tell }: StoryOptions,
  { evicted, variables: own, sandbox: more = {} }: StageOptions,
  play: (stage: Stage) => Promise<T>,
): Promise<T> {
  const sandbox = createSandbox({
    ...more,
    clockOffset: untilMorning(Date.now()),
    ...(name === "node" ? { inProcess: true } : { basePort: await freePorts() }),
  });
  if (name !== "node") await sandbox.listen();
  const token = randomBytes(24).toString("base64url");
  const variables = { ...sandbox.allEnvironmentVariables(), ...own, ADMIN_TOKEN: token };
  let host: Host | undefined;
  try {
    const began = Date.now();
    host = await open({ sandbox, variables });
    tell(`connections run in ${name} after ${seconds(began)}`);
    const operator = new Operator(host.fetch, token);
    const drive = new Drive({ host, sandbox, operator, connections: sides.map(connectionOf), evicted });
    return await play({ sandbox, operator, drive });
  } finally {
    await host?.close();
    await sandbox.close();
  }
}

export function seconds(since: number): string {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}

/** The story begins at eight in the morning, UTC: what is due at midnight never falls into it. */
function untilMorning(now: number): number {
  const day = 24 * 60 * 60 * 1000;
  return (Math.floor(now / day) + 1) * day + day / 3 - now;
}
