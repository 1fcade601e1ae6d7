import type { Tokens } from "../routes/access.ts";
import type { ConnectionEntry } from "../routes/connections.ts";
import { readConfig, resolveConnection } from "./config/config.ts";
import type {
  ConnectionConfig,
  LogConfig,
  PendingConnection,
  Platform,
  Region,
  WebhookConfig,
} from "./config/model.ts";
import { webhookOf } from "./config/worker.ts";
import type { ConnectionSource } from "./connection/actor.ts";
import { parseFilter } from "./discovery/filter/filter.ts";

/** What one deployment runs, read from its environment variables. */
export interface Deployment {
  readonly entries: readonly ConnectionEntry[];
  readonly adminTokens: Tokens;
  /** Those of METRICS_TOKEN, else of ADMIN_TOKEN. */
  readonly metricsTokens: Tokens;
  readonly webhookTokens: Tokens;
  readonly log: LogConfig;
  /** Undefined when there is none of this name, or its configuration is wrong. */
  connection(name: string): DeployedConnection | undefined;
}

export type DeployedConnection = ConnectionSource & {
  readonly name: string;
  readonly log: LogConfig;
  readonly region: Region;
  /** Amplify requests a minute: the client's budget, divided evenly among the connections that share it. */
  readonly requestsPerMinute: number;
  /** How Amplify may call this worker; undefined where it cannot. */
  readonly webhook: WebhookConfig | undefined;
};

/** Reads the configuration once. Never throws: what is wrong is told by each connection's entry. */
export function readDeployment(environment: Readonly<Record<string, unknown>>, platform: Platform): Deployment {
  const { connections, pending, problems, warnings, worker } = readConfig(environment, platform, { checkFilter });
  const sound = [...connections, ...pending];
  const told = (
    index: number | undefined,
    list: readonly { connection?: number | undefined; variable: string; message: string }[],
  ) =>
    list
      .filter((each) => each.connection === undefined || each.connection === index)
      .map(({ variable, message }) => `${variable} ${message}`);
  const running = sound.map(({ name, index }) => ({ name, problems: [], warnings: told(index, warnings) }));
  const indexes = new Set(sound.map(({ index }) => index));
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
    metricsTokens: worker.metricsTokens,
    webhookTokens: worker.webhookTokens,
    log: worker.log,
    connection: (name) => {
      const one = sound.find((each) => each.name === name);
      if (!one) return undefined;
      const sharing = sound.filter(({ auth }) => auth.clientId === one.auth.clientId).length;
      return {
        ...sourceOf(one, environment, platform),
        name,
        log: one.log,
        webhook: webhookOf(worker),
        region: one.central.region,
        requestsPerMinute: Math.max(1, Math.floor(one.central.requestsPerMinute / sharing)),
      };
    },
  };
}

function sourceOf(
  one: ConnectionConfig | PendingConnection,
  environment: Readonly<Record<string, unknown>>,
  platform: Platform,
): ConnectionSource {
  if (!("references" in one)) return { config: one };
  return {
    pending: one,
    resolve: (values) => resolveConnection(environment, platform, one, values, { checkFilter }),
  };
}

function checkFilter(text: string): { readonly problem: string | undefined; readonly warnings: readonly string[] } {
  const filter = parseFilter(text);
  return filter.ok ? { problem: undefined, warnings: filter.doubts } : { problem: filter.message, warnings: [] };
}
