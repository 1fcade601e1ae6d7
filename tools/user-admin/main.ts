/**
 * Makes and removes SASL/SCRAM users of a Kafka cluster over HTTP: `node main.ts`, see README.md in this folder.
 */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createKafkaConfigs, KafkaFailure } from "./kafka-configs.ts";
import { openLedger } from "./ledger.ts";
import { createQueue, createRate } from "./limits.ts";
import { createUserAdmin, type LogFields } from "./server.ts";
import { readSettings, type Settings } from "./settings.ts";
import { createUsers } from "./users.ts";

/** EX_CONFIG of sysexits.h: starting again does not help. */
const WRONG_CONFIGURATION = 78;

function log(event: string, fields: LogFields = {}): void {
  console.log(JSON.stringify({ time: new Date().toISOString(), event, ...fields }));
}

function giveUp(problems: readonly string[]): never {
  for (const problem of problems) console.error(`user-admin: ${problem}`);
  process.exit(WRONG_CONFIGURATION);
}

/** What the tool and its JVM need, without what is ours alone. */
function environmentOfTool(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("USER_ADMIN_")));
}

async function serve(settings: Settings): Promise<void> {
  const { commandConfig, host, port } = settings;
  const ledger = await openLedger(settings.ledger).catch((error: Error) => giveUp([error.message]));
  const kafka = createKafkaConfigs({
    program: settings.program,
    bootstrapServers: settings.bootstrapServers,
    ...(commandConfig === undefined ? {} : { commandConfig }),
    timeoutMs: settings.timeoutMs,
    environment: environmentOfTool(),
  });
  const queue = createQueue(settings.mostWaiting);
  const server = createUserAdmin({
    users: createUsers(kafka, ledger),
    queue,
    rates: { known: createRate(settings.requestsPerMinute), unknown: createRate(settings.requestsPerMinute) },
    tokens: settings.tokens,
    now: Date.now,
    log,
  });
  server.listen(port, host);
  await once(server, "listening");
  const bound = server.address() as AddressInfo;
  log("listening", { host: bound.address, port: bound.port });
  if (!["127.0.0.1", "::1"].includes(bound.address)) log("warning: passwords and tokens cross this address in clear");

  const stop = () => {
    // A second signal ends the process at once.
    for (const signal of ["SIGTERM", "SIGINT"]) process.removeListener(signal, stop);
    log("stopping");
    // The process ends by itself with the last request and the last run of the tool, which is not cut off.
    server.close();
    server.closeIdleConnections();
  };
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, stop);

  // Tells an operator at once what the first request would.
  await queue
    .run(() => kafka.describe(), new AbortController().signal)
    .then(
      () => log("kafka-configs works"),
      (error: unknown) => log("kafka-configs does not work yet", failed(error)),
    );
}

function failed(error: unknown): LogFields {
  if (error instanceof KafkaFailure) return { failure: error.kind, detail: error.message };
  return { detail: error instanceof Error ? error.message : "unknown" };
}

if (process.argv.length > 2) giveUp(["takes no arguments, everybody on this host could read them; see README.md"]);
process.umask(0o077);
const settings = readSettings(process.env);
if ("host" in settings) await serve(settings);
else giveUp(settings);
