import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { fakeKafka, PASSWORD, reason, startRig, TOKEN, until } from "./rig.ts";

const NAME = "amp-0a1b2c3d-0123456789ab-1";

it("shows the password in no argument list, environment or folder while the tool runs", async () => {
  const kafka = fakeKafka();
  const before = process.env.TMPDIR;
  process.env.TMPDIR = kafka.folder;
  onTestFinished(() => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  });
  const { put, ledger } = await startRig({}, kafka);
  // A name in the ledger is not looked up first, so the only run is the one that has the password.
  await ledger.add(NAME);
  kafka.set("hold");
  const reply = put(NAME);
  await until(() => kafka.calls().length === 1);
  const [call] = kafka.calls();
  const commandLine = readFileSync(`/proc/${call?.pid}/cmdline`, "utf8");
  expect(commandLine.split("\0")).toContain("/dev/stdin");
  expect(commandLine).not.toContain(PASSWORD);
  expect(readFileSync(`/proc/${call?.pid}/environ`, "utf8")).not.toContain(PASSWORD);
  // The input: the right text, open to the owner alone, and without a name.
  const input = `/proc/${call?.pid}/fd/0`;
  expect(readFileSync(input, "utf8")).toBe(`SCRAM-SHA-512=iterations=8192,password=${PASSWORD}\n`);
  expect(statSync(input)).toMatchObject({ nlink: 0, mode: 0o100600 });
  expect(readdirSync(kafka.folder).sort()).toEqual(["calls", "hold", "kafka-configs", "ledger", "running", "users"]);
  kafka.unset("hold");
  expect((await reply).status).toBe(200);
});

it("writes neither password nor token to the log, whatever the tool says", async () => {
  const { put, send, kafka, log } = await startRig();
  await put(NAME);
  kafka.set("fail", "add\njava.lang.IllegalStateException: no");
  const refused = await put(NAME);
  expect(reason(refused)).toBe("502 kafka-refused");
  kafka.set("fail", "add");
  // Now the tool's only words are its input.
  expect(reason(await put(NAME))).toBe("502 kafka-refused");
  await send("PUT", `/users/${NAME}`, `{"password":"${PASSWORD}"`);
  await send("PUT", `/users/${PASSWORD}`, {});
  expect(log()).toContain('"detail":"java.lang.IllegalStateException: no"');
  expect(log()).toContain("password=***");
  expect(log()).not.toContain(PASSWORD);
  expect(log()).not.toContain(TOKEN);
});

it("answers without a word of the tool's own", async () => {
  const { put, kafka } = await startRig();
  kafka.set("fail", "describe\norg.apache.kafka.common.errors.SaslAuthenticationException: broker-7.internal said no");
  const reply = await put(NAME);
  expect(reply.body).toEqual({
    error: {
      reason: "kafka-denied",
      message: "Kafka refused this program's own login, or it lacks rights on the cluster; see this program's log",
    },
  });
});

it("keeps the ledger to itself: mode 0600, names alone", async () => {
  const { put, kafka } = await startRig();
  await put(NAME);
  expect(statSync(kafka.ledger).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(kafka.folder, "ledger"), "utf8")).toBe(`${NAME}\n`);
});
