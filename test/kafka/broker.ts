import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePorts } from "../story/free-ports.ts";
import { type Client, createClient } from "./client.ts";
import { kafkaJars } from "./jars.ts";
import { log4jProperties, type Ports, serverProperties } from "./server-properties.ts";
import { startTied, type Tied } from "./tied.ts";
import { createTools, jvmArguments, type RunTool, succeeded, writeKafkaConfigs } from "./tools.ts";

/** A real Apache Kafka of one node on loopback, with ACLs enforced. */
export interface Kafka extends Client {
  /** host:port of the listener where everything is allowed. */
  readonly adminAddress: string;
  /** host:port of the SASL/SCRAM listener, where only ACLs allow. */
  readonly clientAddress: string;
  readonly clusterId: string;
  /** Path of a `kafka-configs` as a distribution has it. */
  readonly kafkaConfigs: string;
  readonly tool: RunTool;
  /** What the broker logged so far. */
  log(): string;
  /** Ends the broker with all that it started and removes its folder. */
  stop(): Promise<void>;
}

/** Starts the broker and waits until it serves clients. Throws with the end of its log when it does not within a minute. */
export async function startKafka(): Promise<Kafka> {
  const jars = await kafkaJars();
  const folder = mkdtempSync(join(tmpdir(), "test-kafka-"));
  let stop = async () => rmSync(folder, { recursive: true, force: true });
  try {
    const ports = await choosePorts();
    const properties = join(folder, "server.properties");
    writeFileSync(properties, serverProperties(ports, join(folder, "data")));
    const jvm = jvmArguments(jars, writeLog4j(folder, "error"));
    const tool = createTools(jvm);
    const clusterId = randomBytes(16).toString("base64url").replace(/^-/, "A");
    succeeded(await tool("kafka-storage", ["format", "-t", clusterId, "-c", properties]));

    const command = ["java", "-Xmx512m", ...jvmArguments(jars, writeLog4j(folder, "info")), "kafka.Kafka", properties];
    const broker = startTied(command, join(folder, "broker.log"), process.env);
    stop = async () => {
      // Its data goes with its folder, so there is nothing to save.
      await broker.stop("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    };
    const addresses = { adminAddress: `127.0.0.1:${ports.admin}`, clientAddress: `127.0.0.1:${ports.client}` };
    await untilOpen([ports.admin, ports.client], broker);
    return {
      ...addresses,
      ...createClient({ ...addresses, folder, tool }),
      clusterId,
      kafkaConfigs: writeKafkaConfigs(folder, jvm),
      tool,
      log: broker.output,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function choosePorts(): Promise<Ports> {
  const first = await freePorts();
  return { admin: first, client: first + 1, controller: first + 2 };
}

function writeLog4j(folder: string, level: "info" | "error"): string {
  const file = join(folder, `log4j2-${level}.properties`);
  writeFileSync(file, log4jProperties(level));
  return file;
}

async function untilOpen(ports: readonly number[], broker: Tied): Promise<void> {
  const began = Date.now();
  for (const port of ports) {
    while (!(await isOpen(port))) {
      if (broker.hasEnded() || Date.now() - began > 60_000) {
        throw new Error(`Kafka did not start:\n${broker.output().slice(-4000)}`);
      }
      await sleep(100);
    }
  }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}
