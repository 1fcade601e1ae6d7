import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Kafka } from "./broker.ts";
import { startTied, type Tied } from "./tied.ts";

const MAIN = join(import.meta.dirname, "../../tools/user-admin/main.ts");

export interface Reply {
  readonly status: number;
  readonly body: unknown;
}

/** tools/user-admin as an operator starts it, over a real Kafka. */
export interface UserAdmin {
  readonly url: string;
  readonly token: string;
  send(method: string, path: string, body?: unknown): Promise<Reply>;
  log(): string;
  /** Files that it left in its temporary folder. */
  leftBehind(): readonly string[];
  stop(): Promise<void>;
}

/** `commandConfig`: properties that the tool logs in with. Returns when it listens. */
export async function startUserAdmin(kafka: Kafka, commandConfig: string): Promise<UserAdmin> {
  const folder = mkdtempSync(join(tmpdir(), "test-user-admin-"));
  const temporary = join(folder, "tmp");
  mkdirSync(temporary);
  const token = randomBytes(32).toString("hex");
  const program = startTied([process.execPath, MAIN], join(folder, "log"), {
    PATH: process.env.PATH,
    TMPDIR: temporary,
    USER_ADMIN_TOKEN: token,
    USER_ADMIN_PORT: "0",
    USER_ADMIN_LEDGER: join(folder, "ledger"),
    USER_ADMIN_KAFKA_CONFIGS: kafka.kafkaConfigs,
    USER_ADMIN_BOOTSTRAP_SERVERS: kafka.clientAddress,
    USER_ADMIN_COMMAND_CONFIG: commandConfig,
  });
  const url = await listeningAt(program);
  return {
    url,
    token,
    async send(method, path, body) {
      const response = await fetch(url + path, {
        method,
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
    },
    log: program.output,
    leftBehind: () => readdirSync(temporary).filter((name) => name.startsWith("user-admin")),
    async stop() {
      await program.stop("SIGTERM");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function listeningAt(program: Tied): Promise<string> {
  for (;;) {
    const port = /"event":"listening".*"port":(\d+)/.exec(program.output())?.[1];
    if (port !== undefined) return `http://127.0.0.1:${port}`;
    if (program.hasEnded()) throw new Error(`user-admin did not start: ${program.output()}`);
    await sleep(20);
  }
}
