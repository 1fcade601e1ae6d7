import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { createSandbox, type Sandbox } from "../../sandbox/sandbox.ts";
import { Operator } from "../operator.ts";
import { sides } from "../sides.ts";
import { Counter } from "./counter.ts";
import { writeEndpoints } from "./endpoints-file.ts";
import { checkAlone, Folder, resume, writeSession } from "./folder.ts";
import { Narrator } from "./narrate.ts";
import { checkWorkerPort, portsOf, StartError } from "./ports.ts";
import { Visitor } from "./visitor.ts";
import { connectWebhooks, webhookVariables } from "./webhook.ts";
import { startWorker, type WorkerProcess } from "./worker-process.ts";

/** In place of Amplify's 25, so that an import takes seconds; the sandbox enforces it all the same. */
const REQUESTS_PER_MINUTE = 6_000;
/** In place of minutes, so that nobody has to wait for what a consumer asked for. */
const SOON = { kafkaKeyMs: 15_000, registryKeyMs: 15_000, roleBindingMs: 15_000 };
const TICK_MS = 60_000;
const LOOK_MS = 1_000;
const MOST_FAILURES = 20;

const folder = new Folder(fileURLToPath(new URL("../../../.sandbox", import.meta.url)));

/**
 * Sandbox and Worker, until a signal comes. Everything that it started ends with it.
 * @returns exit code
 */
export async function stayUp(tell: (line: string) => void): Promise<number> {
  const ports = portsOf(process.env);
  const signal = nextSignal();
  const sandbox = createSandbox({
    basePort: ports.sandbox,
    amplifyRequestsPerMinute: REQUESTS_PER_MINUTE,
    cloud: SOON,
  });
  let worker: WorkerProcess | undefined;
  let isOurs = false;
  try {
    await checkWorkerPort(ports);
    await sandbox.listen().catch((error: unknown) => {
      throw new StartError(`${error instanceof Error ? error.message : String(error)} SANDBOX_PORT chooses others.`);
    });
    await checkAlone(folder, ports.sandbox);
    isOurs = true;
    await folder.make();
    await rm(folder.endpoints, { force: true });
    tell(await resume(folder, sandbox, ports.sandbox));
    await writeSession(folder, { sandboxPort: ports.sandbox, stopped: false });
    const adminToken = randomBytes(24).toString("base64url");
    const variables = { ...variablesOf(sandbox, adminToken), ...(await webhookVariables(folder)) };
    worker = await startWorker(folder, ports.worker, variables);
    connectWebhooks(sandbox, worker.url);
    await writeEndpoints(folder, sandbox, { url: worker.url, adminToken });
    for (const line of greeting(worker.url, adminToken)) tell(line);
    const how = await Promise.race([
      signal.then(() => "signal" as const),
      worker.ended.then(() => "ended" as const),
      follow(worker, sandbox, adminToken, tell),
    ]);
    if (how === "ended") throw new StartError(`The Worker ended by itself; ${folder.log} says why.`);
    tell("Stopping.");
    return 0;
  } finally {
    await worker?.stop();
    if (isOurs) await leave(sandbox, ports.sandbox, worker !== undefined);
    await sandbox.close();
  }
}

function variablesOf(sandbox: Sandbox, adminToken: string): Readonly<Record<string, string>> {
  return {
    ...sandbox.allEnvironmentVariables(),
    CENTRAL_REQUESTSPERMINUTE: String(REQUESTS_PER_MINUTE),
    CENTRAL_POLLINTERVAL: "30s",
    KAFKA_METRICS_INTERVAL: "1m",
    CENTRAL_METRICREPORTING_SCHEDULE: "*/15 * * * *",
    ADMIN_TOKEN: adminToken,
  };
}

function greeting(url: string, adminToken: string): string[] {
  return [
    "",
    `Open ${url}/ with any user name and this password, ADMIN_TOKEN:  ${adminToken}`,
    `Or:  curl -H 'Authorization: Bearer ${adminToken}' ${url}/v1/connections`,
    `Where everything else is, and how to log in: ${folder.endpoints}`,
    `Amplify's rate limit is ${REQUESTS_PER_MINUTE} requests a minute here, not 25, and so is CENTRAL_REQUESTSPERMINUTE: with 25 this import takes a quarter of an hour.`,
    "Amplify's webhooks reach the Worker, whose PUBLIC_URL is made up, so that it looks within seconds, once a minute, at what a consumer asks for.",
    "Ctrl-C stops.",
    "",
  ];
}

/** Ticks, looks and saves for ever; rejects when that fails time and again, since wrangler may be building anew. */
async function follow(
  worker: WorkerProcess,
  sandbox: Sandbox,
  adminToken: string,
  tell: (line: string) => void,
): Promise<never> {
  const operator = new Operator((path, init) => fetch(`${worker.url}${path}`, init), adminToken);
  const narrators = sides.map((side) => new Narrator(side, sandbox, operator, tell));
  const visitors = sides.map((side) => new Visitor(side, sandbox, tell));
  const counters = sides.map((side) => new Counter(side, sandbox, operator, tell));
  let tickedAt = 0;
  let savedUntil = 0;
  const round = async () => {
    if (Date.now() - tickedAt >= TICK_MS) {
      await worker.tick();
      tickedAt = Date.now();
    }
    for (const narrator of narrators) await narrator.look();
    for (const visitor of visitors) visitor.look();
    for (const counter of counters) await counter.look();
    const until = sandbox.log.all().at(-1)?.sequence ?? 0;
    if (until > savedUntil) await sandbox.save(folder.state);
    savedUntil = until;
  };
  for (let failures = 0; ; ) {
    try {
      await round();
      failures = 0;
    } catch (error) {
      failures++;
      if (failures > MOST_FAILURES)
        throw new StartError(
          `The Worker cannot be followed: ${error instanceof Error ? error.message : String(error)}`,
        );
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

async function leave(sandbox: Sandbox, sandboxPort: number, isWhole: boolean): Promise<void> {
  await rm(folder.endpoints, { force: true });
  if (!isWhole) return;
  await sandbox.save(folder.state);
  await writeSession(folder, { sandboxPort, stopped: true });
}

function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve(signal));
  });
}
