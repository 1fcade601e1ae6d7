import { readLog } from "./amplify.ts";
import type { Problem, Warning, WebhookConfig, WorkerConfig } from "./model.ts";
import { type Environment, Reader, type ReadingContext } from "./reader.ts";
import { readTokens } from "./tokens.ts";

/** Reads what all connections share. */
export function readWorker(
  environment: Environment,
  context: ReadingContext,
): { config: WorkerConfig; problems: Problem[]; warnings: Warning[] } {
  const log = readLog(new Reader(environment, 1, context));
  const reader = new Reader(environment, 1, context);
  const adminTokens = readTokens(reader, "ADMIN_TOKEN");
  const metricsTokens = readTokens(reader, "METRICS_TOKEN");
  const config: WorkerConfig = {
    adminTokens,
    metricsTokens: reader.isSet("METRICS_TOKEN") ? metricsTokens : adminTokens,
    webhookTokens: readTokens(reader, "WEBHOOK_TOKEN"),
    publicUrl: reader.address("PUBLIC_URL"),
    log,
    settings: reader.settings("worker"),
  };
  const shared = (found: Problem) => ({ ...found, connection: undefined });
  return { config, problems: reader.problems.map(shared), warnings: reader.warnings.map(shared) };
}

/** Where this worker takes calls of webhooks. */
export const WEBHOOK_PATH = "/amplify/webhook";

/** Undefined where Amplify cannot call: without an address, or without a token to know it by. */
export function webhookOf({ publicUrl, webhookTokens: [token] }: WorkerConfig): WebhookConfig | undefined {
  return publicUrl === undefined || token === undefined ? undefined : { url: `${publicUrl}${WEBHOOK_PATH}`, token };
}
