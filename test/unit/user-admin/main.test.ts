import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { readSettings } from "../../../tools/user-admin/settings.ts";
import { type FakeKafka, fakeKafka, PASSWORD, PREVIOUS, send, TOKEN, until } from "./rig.ts";

const MAIN = join(import.meta.dirname, "../../../tools/user-admin/main.ts");
const NAME = "amp-0a1b2c3d-0123456789ab-1";

interface Program {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly exit: Promise<number | null>;
}

function start(variables: Record<string, string>, args: readonly string[] = []): Program {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { PATH: process.env.PATH ?? "", ...variables } });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  onTestFinished(() => void child.kill("SIGKILL"));
  return { child, output: () => output, exit: new Promise((resolve) => child.on("close", resolve)) };
}

function variables(kafka: FakeKafka): Record<string, string> {
  return {
    USER_ADMIN_TOKEN: `${TOKEN} ${PREVIOUS}`,
    USER_ADMIN_PORT: "0",
    USER_ADMIN_LEDGER: kafka.ledger,
    USER_ADMIN_KAFKA_CONFIGS: kafka.program,
    USER_ADMIN_BOOTSTRAP_SERVERS: "127.0.0.1:9092",
  };
}

async function portOf(program: Program): Promise<number> {
  await until(() => program.output().includes("kafka-configs "));
  return Number(/"port":(\d+)/.exec(program.output())?.[1]);
}

it("listens on loopback, finishes what is under way when it is stopped, and knows its users when it starts again", async () => {
  const kafka = fakeKafka();
  const first = start(variables(kafka));
  const port = await portOf(first);
  expect(first.output()).toContain('"event":"listening","host":"127.0.0.1"');
  kafka.set("hold");
  const made = send(port, "PUT", `/users/${NAME}`, { mechanism: "SCRAM-SHA-512", password: PASSWORD });
  await until(() => kafka.calls().length === 2);
  first.child.kill("SIGTERM");
  await until(() => first.output().includes('"stopping"'));
  kafka.unset("hold");
  expect((await made).status).toBe(201);
  expect(await first.exit).toBe(0);

  const second = start(variables(kafka));
  expect((await send(await portOf(second), "DELETE", `/users/${NAME}`)).status).toBe(204);
  for (const secret of [PASSWORD, TOKEN, PREVIOUS]) expect(first.output() + second.output()).not.toContain(secret);
});

it("keeps its token from the tool", async () => {
  const kafka = fakeKafka();
  writeFileSync(kafka.program, `#!/bin/sh\nenv >"$(dirname "$0")/environment"\n`, { mode: 0o755 });
  await portOf(start(variables(kafka)));
  expect(kafka.read("environment")).toContain("PATH=");
  expect(kafka.read("environment")).not.toContain("USER_ADMIN");
});

it("ends with 78 and a sentence for each wrong setting, and takes no argument", async () => {
  const nothing = start({});
  expect(await nothing.exit).toBe(78);
  expect(nothing.output().match(/is missing/g)?.length).toBe(4);
  const withArgument = start(variables(fakeKafka()), [`--token=${TOKEN}`]);
  expect(await withArgument.exit).toBe(78);
  expect(withArgument.output()).toContain("takes no arguments");
  expect(withArgument.output()).not.toContain(TOKEN);
});

it("reads one or two tokens, of the variable or of a file that not everybody can read", () => {
  const kafka = fakeKafka();
  const { USER_ADMIN_TOKEN: _, ...rest } = variables(kafka);
  const tokens = (more: Record<string, string>) => {
    const settings = readSettings({ ...rest, ...more });
    return "tokens" in settings ? settings.tokens : settings;
  };
  const file = join(kafka.folder, "token");
  writeFileSync(file, `${TOKEN}\n${PREVIOUS}\n`, { mode: 0o640 });
  expect(tokens({ USER_ADMIN_TOKEN_FILE: file })).toEqual([TOKEN, PREVIOUS]);
  expect(tokens({ USER_ADMIN_TOKEN: TOKEN })).toEqual([TOKEN]);
  const open = join(kafka.folder, "open");
  writeFileSync(open, TOKEN, { mode: 0o644 });
  expect(tokens({ USER_ADMIN_TOKEN_FILE: open })).toEqual(["USER_ADMIN_TOKEN_FILE is open to everybody on this host"]);
  expect(tokens({})).toEqual([expect.stringContaining("is missing")]);
  expect(tokens({ USER_ADMIN_TOKEN: `${TOKEN} ${PREVIOUS} ${TOKEN}` })).toEqual([
    expect.stringContaining("more than two values"),
  ]);
  expect(tokens({ USER_ADMIN_TOKEN: "short-token" })).toEqual([expect.stringContaining("at least 32")]);
  expect(tokens({ USER_ADMIN_TOKEN: TOKEN, USER_ADMIN_TOKEN_FILE: file })).toEqual([
    expect.stringContaining("exclude each other"),
  ]);
});
