import { readLog } from "./amplify.ts";
import type { Problem, Warning, WorkerConfig } from "./model.ts";
import { type Environment, Reader, type ReadingContext } from "./reader.ts";
import { TokensValue } from "./values.ts";

const SHORTEST_TOKEN = 16;

/** Reads what all connections share. */
export function readWorker(
  environment: Environment,
  context: ReadingContext,
): { config: WorkerConfig; problems: Problem[]; warnings: Warning[] } {
  const log = readLog(new Reader(environment, 1, context));
  const reader = new Reader(environment, 1, context);
  const adminTokens = tokens(reader, "ADMIN_TOKEN");
  const metricsTokens = tokens(reader, "METRICS_TOKEN");
  const config: WorkerConfig = {
    adminTokens,
    metricsTokens: reader.isSet("METRICS_TOKEN") ? metricsTokens : adminTokens,
    webhookTokens: tokens(reader, "WEBHOOK_TOKEN"),
    publicUrl: reader.address("PUBLIC_URL"),
    log,
    settings: reader.settings("worker"),
  };
  const shared = (found: Problem) => ({ ...found, connection: undefined });
  return { config, problems: reader.problems.map(shared), warnings: reader.warnings.map(shared) };
}

function tokens(reader: Reader, name: string): readonly string[] {
  const found = reader.value(name, TokensValue, []);
  if (found.some((token) => token.length < SHORTEST_TOKEN)) {
    reader.warn(name, `is short enough to be guessed; use at least ${SHORTEST_TOKEN} random characters`);
  }
  return found;
}
