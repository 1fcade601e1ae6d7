import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { createKafkaConfigs } from "../../../tools/user-admin/kafka-configs.ts";
import { openLedger } from "../../../tools/user-admin/ledger.ts";
import { createQueue, createRate } from "../../../tools/user-admin/limits.ts";
import { createUserAdmin } from "../../../tools/user-admin/server.ts";
import { createUsers } from "../../../tools/user-admin/users.ts";

export const TOKEN = "current-token-of-a-test-0123456789abcdef";
export const PREVIOUS = "previous-token-of-a-test-0123456789abcde";
export const PASSWORD = "Consumers_own-password_0123456789";

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
}

/** A folder with a kafka-configs that keeps users as files; removed after the test. */
export function fakeKafka() {
  const folder = mkdtempSync(join(tmpdir(), "user-admin-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const program = join(folder, "kafka-configs");
  copyFileSync(join(import.meta.dirname, "fake-kafka-configs.sh"), program);
  mkdirSync(join(folder, "users"));
  const read = (name: string) => (existsSync(join(folder, name)) ? readFileSync(join(folder, name), "utf8") : "");
  return {
    folder,
    program,
    ledger: join(folder, "ledger"),
    read,
    set: (name: "hold" | "hang" | "say" | "fail", text = "") => writeFileSync(join(folder, name), `${text}\n`),
    unset: (name: string) => rmSync(join(folder, name), { recursive: true, force: true }),
    /** A user that somebody made by hand. */
    makeUser(name: string, mechanism = "SCRAM-SHA-512") {
      mkdirSync(join(folder, "users", name), { recursive: true });
      writeFileSync(join(folder, "users", name, mechanism), "iterations=4096,password=made-by-hand");
    },
    /** What Kafka holds for that user; empty when there is none. */
    credential: (name: string, mechanism = "SCRAM-SHA-512") => read(join("users", name, mechanism)),
    /** The argument lists it was run with, in order, and under which process id. */
    calls: () =>
      read("calls")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => ({ pid: Number(line.split(" ")[0]), args: line.slice(line.indexOf(" ") + 1) })),
  };
}

export type FakeKafka = ReturnType<typeof fakeKafka>;

interface RigOptions {
  readonly timeoutMs?: number;
  readonly perMinute?: number;
  readonly mostWaiting?: number;
}

/** The server on a free loopback port, over the fake tool. Its clock is `clock.now`, ms. */
export async function startRig(options: RigOptions = {}, kafka = fakeKafka()) {
  const clock = { now: Date.parse("2026-01-01T00:00:00Z") };
  const lines: string[] = [];
  const ledger = await openLedger(kafka.ledger);
  const perMinute = options.perMinute ?? 6000;
  const configs = createKafkaConfigs({
    program: kafka.program,
    bootstrapServers: "127.0.0.1:9092",
    timeoutMs: options.timeoutMs ?? 10_000,
    environment: { PATH: process.env.PATH },
  });
  const server = createUserAdmin({
    users: createUsers(configs, ledger),
    queue: createQueue(options.mostWaiting ?? 8),
    rates: { known: createRate(perMinute), unknown: createRate(perMinute) },
    tokens: [TOKEN, PREVIOUS],
    now: () => clock.now,
    log: (event, fields) => lines.push(JSON.stringify({ event, ...fields })),
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    kafka,
    clock,
    port,
    ledger,
    log: () => lines.join("\n"),
    send: (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
      send(port, method, path, body, headers),
    put: (name: string, members: Record<string, unknown> = {}) =>
      send(port, "PUT", `/users/${name}`, { mechanism: "SCRAM-SHA-512", password: PASSWORD, ...members }),
  };
}

/** Sends the path as it is (fetch would tidy it). A string is sent as it is, anything else as JSON. */
export function send(
  port: number,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = { authorization: `Bearer ${TOKEN}` },
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({ host: "127.0.0.1", port, method, path, agent: false });
    outgoing.setHeader("content-type", "application/json");
    for (const [name, value] of Object.entries(headers)) outgoing.setHeader(name, value);
    outgoing.on("error", reject);
    outgoing.on("response", (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: text === "" ? undefined : JSON.parse(text),
        }),
      );
    });
    outgoing.end(body === undefined || typeof body === "string" ? body : JSON.stringify(body));
  });
}

/** Waits until it holds; throws after five seconds. */
export async function until(holds: () => boolean): Promise<void> {
  for (let left = 500; left > 0; left--) {
    if (holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("did not come true in five seconds");
}

export function reason(reply: Reply): string {
  return `${reply.status} ${(reply.body as { error: { reason: string } }).error.reason}`;
}
