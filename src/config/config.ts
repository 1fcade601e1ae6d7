import { type FilterCheck, readAsyncApiVersion, readDiscovery, readProvisioning, readTraceability } from "./agents.ts";
import { readAgents, readAuth, readCentral, readLog } from "./amplify.ts";
import { readKafka, readRegistry, readUsers } from "./confluent.ts";
import type {
  ConnectionConfig,
  ConnectionIndex,
  PendingConnection,
  Platform,
  Problem,
  Warning,
  WorkerConfig,
} from "./model.ts";
import { unknownNames } from "./names.ts";
import { type Environment, Reader, type ReadingContext, textsOf } from "./reader.ts";
import { known } from "./variables/table.ts";
import { readWorker } from "./worker.ts";

export interface ConfigOptions {
  /** Ms since the epoch, from which schedules are checked; the present when not given. */
  readonly now?: number;
  /** Says what is wrong with KAFKA_FILTER; nothing is checked when not given. */
  readonly checkFilter?: FilterCheck;
}

export interface ConfigResult {
  /** Those that can start. */
  readonly connections: readonly ConnectionConfig[];
  /** Those that can start when their `@Secret` references have been read from Amplify: `resolveConnection`. */
  readonly pending: readonly PendingConnection[];
  /** Everything that is wrong or missing, of all connections. */
  readonly problems: readonly Problem[];
  readonly warnings: readonly Warning[];
  readonly worker: WorkerConfig;
}

/**
 * Reads the configuration of this worker and of up to four connections from environment variables: the names of Axway's
 * agents (agent-sdk `pkg/config`, docs connect_kafka_cluster/agent-variables) and ours, with `_2` to `_4` for more
 * connections, which inherit what they do not set. A connection that is wrong does not stop another. Never throws, and
 * no message holds a secret.
 */
export function readConfig(
  given: Readonly<Record<string, unknown>>,
  platform: Platform,
  options: ConfigOptions = {},
): ConfigResult {
  const environment = textsOf(given);
  const context = { platform, now: options.now ?? Date.now(), secrets: new Map<string, string>() };
  const worker = readWorker(environment, context);
  const readings = present(environment).map((index) =>
    readConnection(environment, index, context, options.checkFilter),
  );
  const twins = [...refuseTwins(readings), ...refuseSmallShares(readings)];
  const sound = readings.filter(
    (reading) => reading.problems.length === 0 && !twins.some((twin) => twin.connection === reading.index),
  );
  return {
    connections: sound.flatMap((reading) => reading.connection ?? []),
    pending: sound.flatMap((reading) => reading.pending ?? []),
    problems: [...worker.problems, ...readings.flatMap((reading) => reading.problems), ...twins],
    warnings: once([
      ...unknownNames(setNames(environment)),
      ...ignoredNames(environment),
      ...worker.warnings,
      ...readings.flatMap((reading) => reading.warnings),
    ]),
    worker: worker.config,
  };
}

/**
 * Completes a pending connection with the values of its references, by the variable that holds each. A reference
 * without a value is a problem, as a value is that is not what its variable expects; then `connection` is undefined.
 */
export function resolveConnection(
  given: Readonly<Record<string, unknown>>,
  platform: Platform,
  pending: PendingConnection,
  values: ReadonlyMap<string, string>,
  options: ConfigOptions = {},
): { connection: ConnectionConfig | undefined; problems: readonly Problem[]; warnings: readonly Warning[] } {
  const context = { platform, now: options.now ?? Date.now(), secrets: values };
  const reading = readConnection(textsOf(given), pending.index, context, options.checkFilter);
  const missing = (reading.pending?.references ?? []).map(({ variable, secret, key }) => ({
    connection: pending.index,
    variable,
    message: `expected the secret ${secret} with the key ${key} in the Amplify environment ${pending.name} (error 1411)`,
  }));
  const problems = [...reading.problems, ...missing];
  return { connection: problems.length > 0 ? undefined : reading.connection, problems, warnings: reading.warnings };
}

interface Reading {
  readonly index: ConnectionIndex;
  readonly name: string;
  readonly connection: ConnectionConfig | undefined;
  readonly pending: PendingConnection | undefined;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Warning[];
}

function readConnection(
  environment: Environment,
  index: ConnectionIndex,
  context: ReadingContext,
  checkFilter: FilterCheck = () => ({ problem: undefined, warnings: [] }),
): Reading {
  const reader = new Reader(environment, index, context);
  const central = readCentral(reader);
  const name = central.environment;
  const auth = readAuth(reader, central);
  const agents = readAgents(reader, name);
  const log = readLog(reader);
  const kafka = readKafka(reader);
  const rest = {
    registry: readRegistry(reader, kafka),
    users: readUsers(reader, kafka),
    discovery: readDiscovery(reader, checkFilter),
    asyncapi: { version: readAsyncApiVersion(reader) },
    provisioning: readProvisioning(reader),
    traceability: readTraceability(reader, central.region),
  };
  const { problems, warnings, references } = reader;
  const found = { index, name, problems, warnings };
  if (!auth || problems.length > 0) return { ...found, connection: undefined, pending: undefined };
  if (references.length > 0) {
    return { ...found, connection: undefined, pending: { index, name, central, auth, log, references } };
  }
  const connection = {
    index,
    name,
    central,
    auth,
    agents,
    log,
    kafka,
    ...rest,
    settings: reader.settings("connection"),
  };
  return { ...found, connection, pending: undefined };
}

/** The connections that any variable is set for; the first when there is none, so that what is missing gets named. */
function present(environment: Environment): ConnectionIndex[] {
  const found = new Set<ConnectionIndex>();
  for (const name of setNames(environment)) {
    const one = known(name);
    if (one?.variable.scope === "connection" && one.variable.ignored === undefined) found.add(one.connection);
  }
  return found.size > 0 ? [...found].sort() : [1];
}

function setNames(environment: Environment): string[] {
  return Object.keys(environment).filter((name) => (environment[name] ?? "").trim() !== "");
}

/** The later of two connections to one environment is refused; the earlier one goes on. */
function refuseTwins(readings: readonly Reading[]): Problem[] {
  return readings.flatMap((reading, position) => {
    const twin = readings.slice(0, position).find((earlier) => earlier.name !== "" && earlier.name === reading.name);
    if (!twin) return [];
    const message = `expected an environment of its own, found that of connection ${twin.index}`;
    return [{ connection: reading.index, variable: `CENTRAL_ENVIRONMENT_${reading.index}`, message }];
  });
}

/** With less in a minute, what needs a read and then a write would never come to its end. */
const SMALLEST_SHARE = 3;

function refuseSmallShares(readings: readonly Reading[]): Problem[] {
  const all = readings.flatMap((reading) => reading.connection ?? reading.pending ?? []);
  return all.flatMap(({ index, auth, central }) => {
    const sharing = all.filter((other) => other.auth.clientId === auth.clientId).length;
    if (Math.floor(central.requestsPerMinute / sharing) >= SMALLEST_SHARE) return [];
    const message = `expected at least ${SMALLEST_SHARE * sharing}, for ${sharing} connections share it, found ${central.requestsPerMinute}`;
    return [{ connection: index, variable: "CENTRAL_REQUESTSPERMINUTE", message }];
  });
}

/** One warning for each variable that is set, in whichever connections, and has no effect in a Worker. */
function ignoredNames(environment: Environment): Warning[] {
  const seen = new Set<string>();
  return setNames(environment).flatMap((name) => {
    const variable = known(name)?.variable;
    if (variable?.ignored === undefined || seen.has(variable.name)) return [];
    seen.add(variable.name);
    return [{ connection: undefined, variable: name, message: `is ignored: ${variable.ignored}` }];
  });
}

/** What is inherited would be said for each heir. */
function once(warnings: readonly Warning[]): Warning[] {
  const said = new Set<string>();
  return warnings.filter(({ variable, message }) => {
    const key = `${variable} ${message}`;
    return said.has(key) ? false : said.add(key);
  });
}
