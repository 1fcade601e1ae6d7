import { type Finished, runProgram } from "./program.ts";
import { type Credential, MECHANISMS, type Mechanism } from "./requests.ts";

export interface ScramUser {
  readonly name: string;
  readonly mechanisms: readonly Mechanism[];
}

export type FailureKind = "not-runnable" | "timeout" | "unreachable" | "denied" | "unreadable" | "refused";

/** kafka-configs did not do what it was asked for. The message is one line of its own output without the password. */
export class KafkaFailure extends Error {
  override readonly name = "KafkaFailure";
  readonly kind: FailureKind;

  constructor(kind: FailureKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

export interface KafkaConfigsSettings {
  /** Path of `kafka-configs` (Confluent Platform) or `kafka-configs.sh` (Apache Kafka). */
  readonly program: string;
  readonly bootstrapServers: string;
  /** File with the properties that the tool itself logs in with. */
  readonly commandConfig?: string;
  readonly timeoutMs: number;
  readonly environment: NodeJS.ProcessEnv;
}

/** SCRAM users of one cluster by Kafka's own tool. Each call runs one JVM, two seconds and more. All throw KafkaFailure. */
export interface KafkaConfigs {
  /** The user of that name, or all; users that only have quotas are left out. */
  describe(name?: string): Promise<readonly ScramUser[]>;
  /** Makes the user or replaces what it had for this mechanism. */
  upsert(name: string, credential: Credential): Promise<void>;
  /** False when there was no such credential. */
  remove(name: string, mechanism: Mechanism): Promise<boolean>;
}

/** All users of a large cluster fit, at some 100 bytes each. */
const MAX_OUTPUT = 16 * 1024 * 1024;

export function createKafkaConfigs(settings: KafkaConfigsSettings): KafkaConfigs {
  const common = ["--bootstrap-server", settings.bootstrapServers];
  if (settings.commandConfig !== undefined) common.push("--command-config", settings.commandConfig);

  async function run(args: readonly string[], input?: string): Promise<Finished> {
    const { program, timeoutMs, environment } = settings;
    const options = { timeoutMs, environment, maxOutputBytes: MAX_OUTPUT, ...(input === undefined ? {} : { input }) };
    try {
      return await runProgram(program, [...common, ...args, "--entity-type", "users"], options);
    } catch (error) {
      throw new KafkaFailure("not-runnable", error instanceof Error ? error.message : "could not be started");
    }
  }

  return {
    async describe(name) {
      const finished = await run(["--describe", ...(name === undefined ? [] : ["--entity-name", name])]);
      check(finished);
      return parseDescription(finished.stdout);
    },
    async upsert(name, { mechanism, password, iterations }) {
      const line = `${mechanism}=iterations=${iterations},password=${password}\n`;
      check(await run(["--alter", "--add-config-file", "/dev/stdin", "--entity-name", name], line), password);
    },
    async remove(name, mechanism) {
      const finished = await run(["--alter", "--delete-config", mechanism, "--entity-name", name]);
      if (finished.code !== 0 && /\bResourceNotFoundException\b/.test(finished.stderr)) return false;
      check(finished);
      return true;
    },
  };
}

/**
 * Reads `--describe --entity-type users`. A line of an unknown kind throws: the tool ends with 0 and a sentence when it could
 * not read a user's credentials, and "could not be read" taken for "does not exist" would overwrite somebody's user.
 */
export function parseDescription(stdout: string): readonly ScramUser[] {
  const users: ScramUser[] = [];
  for (const line of stdout.split("\n").map((text) => text.trimEnd())) {
    const found = /^SCRAM credential configs for user-principal '(.*)' are (SCRAM-.*)$/.exec(line);
    if (found?.[1] !== undefined && found[2] !== undefined) {
      const configs = found[2].split(", ");
      const mechanisms = MECHANISMS.filter((mechanism) => configs.some((config) => config.startsWith(`${mechanism}=`)));
      users.push({ name: found[1], mechanisms });
    } else if (!isHarmless(line)) {
      throw new KafkaFailure("unreadable", line.slice(0, 300));
    }
  }
  return users;
}

function isHarmless(line: string): boolean {
  return line === "" || line.startsWith("Quota configs for ") || /^(OpenJDK|Java HotSpot).* warning: /.test(line);
}

/** Throws unless it ended by itself with 0. */
function check(finished: Finished, secret?: string): void {
  if (finished.timedOut) throw new KafkaFailure("timeout", "did not end in time and was killed");
  if (finished.code === 0) return;
  const text = `${finished.stderr}\n${finished.stdout}`;
  throw new KafkaFailure(failureKind(text), tellingLine(text, secret));
}

function failureKind(text: string): FailureKind {
  if (/\b\w*(Authorization|Authentication)Exception\b/.test(text)) return "denied";
  if (/\b(Timeout|Disconnect|Network)Exception\b|No resolvable bootstrap/.test(text)) return "unreachable";
  return "refused";
}

/** The line that names the cause; the first that is not empty where none does. The arguments that it repeats hold no secret, its input might. */
function tellingLine(text: string, secret: string | undefined): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("Error while executing"));
  const line = lines.find((candidate) => /(Exception|Error)\b/.test(candidate)) ?? lines[0] ?? "ended without a word";
  return (secret === undefined ? line : line.replaceAll(secret, "***")).slice(0, 300);
}
