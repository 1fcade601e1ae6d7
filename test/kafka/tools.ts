import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Finished, runProgram } from "../../tools/user-admin/program.ts";

const CLASSES = {
  "kafka-storage": "kafka.tools.StorageTool",
  "kafka-configs": "kafka.admin.ConfigCommand",
  "kafka-topics": "org.apache.kafka.tools.TopicCommand",
  "kafka-acls": "org.apache.kafka.tools.AclCommand",
  "kafka-consumer-groups": "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
  "kafka-console-producer": "org.apache.kafka.tools.ConsoleProducer",
  "kafka-console-consumer": "org.apache.kafka.tools.consumer.ConsoleConsumer",
} as const;
export type ToolName = keyof typeof CLASSES;

export interface ToolOptions {
  /** What it reads as standard input. */
  readonly input?: string;
  /** A minute when left out. */
  readonly timeoutMs?: number;
}

/** Runs one of Kafka's own tools; each starts a JVM, two seconds or more. What it ends with is for the caller to judge. */
export type RunTool = (name: ToolName, args: readonly string[], options?: ToolOptions) => Promise<Finished>;

/** Options of a JVM that lives for seconds: with the first compiler alone it is up in half the time. */
export function jvmArguments(jars: string, log4jFile: string): readonly string[] {
  return [
    "-XX:TieredStopAtLevel=1",
    "-XX:+UseSerialGC",
    `-Dlog4j2.configurationFile=${log4jFile}`,
    "-cp",
    join(jars, "*"),
  ];
}

export function createTools(jvm: readonly string[]): RunTool {
  return (name, args, { input, timeoutMs = 60_000 } = {}) =>
    runProgram("java", [...jvm, CLASSES[name], ...args], {
      timeoutMs,
      environment: process.env,
      maxOutputBytes: 10_000_000,
      ...(input === undefined ? {} : { input }),
    });
}

/** A program in `folder` that behaves as the `kafka-configs` of a Kafka distribution does. */
export function writeKafkaConfigs(folder: string, jvm: readonly string[]): string {
  const file = join(folder, "kafka-configs");
  const quoted = [...jvm, CLASSES["kafka-configs"]].map((argument) => `'${argument.replaceAll("'", "'\\''")}'`);
  writeFileSync(file, `#!/bin/sh\nexec java ${quoted.join(" ")} "$@"\n`, { mode: 0o755 });
  return file;
}

/** What a tool printed. Throws with its words unless it ended well. */
export function succeeded({ code, stdout, stderr, timedOut }: Finished): string {
  if (code === 0) return stdout;
  const ending = timedOut ? "did not end in time" : `ended with ${code}`;
  throw new Error(`Kafka's tool ${ending}: ${(stderr + stdout).slice(0, 2000)}`);
}
