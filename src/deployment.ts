import type { Tokens } from "../routes/access.ts";
import type { ConnectionEntry } from "../routes/connections.ts";
import { readConfig } from "./config/config.ts";
import type { ConnectionConfig, LogConfig, Platform } from "./config/model.ts";
import { parseFilter } from "./discovery/filter/filter.ts";

/** What one deployment runs, read from its environment variables. */
export interface Deployment {
  readonly entries: readonly ConnectionEntry[];
  readonly adminTokens: Tokens;
  readonly log: LogConfig;
  /** Undefined when there is none of this name, or its configuration is wrong. */
  connection(name: string): DeployedConnection | undefined;
}

export interface DeployedConnection {
  readonly config: ConnectionConfig;
  /** Amplify requests a minute: the client's budget, divided evenly among the connections that share it. */
  readonly requestsPerMinute: number;
}

/** Reads the configuration once. Never throws: what is wrong is told by each connection's entry. */
export function readDeployment(
  environment: Readonly<Record<string, string | undefined>>,
  platform: Platform,
): Deployment {
  const { connections, problems, warnings, worker } = readConfig(environment, platform, { checkFilter });
  const told = (
    index: number | undefined,
    list: readonly { connection?: number | undefined; variable: string; message: string }[],
  ) =>
    list
      .filter((each) => each.connection === undefined || each.connection === index)
      .map(({ variable, message }) => `${variable} ${message}`);
  const running = connections.map((config) => ({
    name: config.name,
    problems: [],
    warnings: told(config.index, warnings),
  }));
  const indexes = new Set(connections.map(({ index }) => index));
  const broken = [...new Set(problems.map(({ connection }) => connection ?? 1))]
    .filter((index) => !indexes.has(index))
    .map((index) => ({
      name: `connection ${index}`,
      problems: told(index, problems),
      warnings: told(index, warnings),
    }));
  return {
    entries: [...running, ...broken],
    adminTokens: worker.adminTokens,
    log: worker.log,
    connection: (name) => {
      const config = connections.find((each) => each.name === name);
      if (!config) return undefined;
      const sharing = connections.filter(({ auth }) => auth.clientId === config.auth.clientId).length;
      return { config, requestsPerMinute: Math.max(1, Math.floor(config.central.requestsPerMinute / sharing)) };
    },
  };
}

function checkFilter(text: string): { readonly problem: string | undefined; readonly warnings: readonly string[] } {
  const filter = parseFilter(text);
  return filter.ok ? { problem: undefined, warnings: filter.doubts } : { problem: filter.message, warnings: [] };
}
