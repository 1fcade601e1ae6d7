import { expect, it } from "vitest";
import { createKafkaConfigs, parseDescription } from "../../../tools/user-admin/kafka-configs.ts";
import { fakeKafka, PASSWORD, reason, startRig } from "./rig.ts";

const NAME = "amp-0a1b2c3d-0123456789ab-1";

it("makes a user, tells of it and removes it", async () => {
  const { put, send, kafka } = await startRig();
  expect(await put(NAME)).toMatchObject({ status: 201, body: { name: NAME, mechanism: "SCRAM-SHA-512" } });
  expect(kafka.credential(NAME)).toBe(`iterations=8192,password=${PASSWORD}`);
  expect(await send("GET", `/users/${NAME}`)).toMatchObject({
    status: 200,
    body: { name: NAME, mechanisms: ["SCRAM-SHA-512"], exists: true },
  });
  expect((await send("DELETE", `/users/${NAME}`)).status).toBe(204);
  expect(kafka.credential(NAME)).toBe("");
  expect(reason(await send("GET", `/users/${NAME}`))).toBe("404 no-such-user");
});

it("replaces the password when asked twice, without looking at the user again", async () => {
  const { put, kafka } = await startRig();
  expect((await put(NAME)).status).toBe(201);
  expect((await put(NAME, { password: "another-password_9876543210" })).status).toBe(200);
  expect(kafka.credential(NAME)).toBe("iterations=8192,password=another-password_9876543210");
  expect(kafka.calls().map(({ args }) => args)).toEqual([
    `--bootstrap-server 127.0.0.1:9092 --describe --entity-name ${NAME} --entity-type users`,
    `--bootstrap-server 127.0.0.1:9092 --alter --add-config-file /dev/stdin --entity-name ${NAME} --entity-type users`,
    `--bootstrap-server 127.0.0.1:9092 --alter --add-config-file /dev/stdin --entity-name ${NAME} --entity-type users`,
  ]);
});

it("says 404 to a second removal and to one of a user who never was", async () => {
  const { put, send } = await startRig();
  await put(NAME);
  await send("DELETE", `/users/${NAME}`);
  expect(reason(await send("DELETE", `/users/${NAME}`))).toBe("404 no-such-user");
  expect(reason(await send("DELETE", "/users/amp-never-there"))).toBe("404 no-such-user");
});

it("removes every mechanism that a user of ours has, also one that was added by hand", async () => {
  const { put, send, kafka } = await startRig();
  await put(NAME, { mechanism: "SCRAM-SHA-256" });
  kafka.makeUser(NAME, "SCRAM-SHA-512");
  expect(await send("GET", `/users/${NAME}`)).toMatchObject({
    body: { mechanisms: ["SCRAM-SHA-256", "SCRAM-SHA-512"] },
  });
  expect((await send("DELETE", `/users/${NAME}`)).status).toBe(204);
  expect([kafka.credential(NAME, "SCRAM-SHA-256"), kafka.credential(NAME)]).toEqual(["", ""]);
});

it("touches no user that it did not make, however well the name fits", async () => {
  const { put, send, kafka } = await startRig();
  kafka.makeUser(NAME);
  expect(reason(await put(NAME))).toBe("409 foreign-user");
  expect(reason(await send("DELETE", `/users/${NAME}`))).toBe("409 foreign-user");
  expect(reason(await send("GET", `/users/${NAME}`))).toBe("409 foreign-user");
  expect(kafka.credential(NAME)).toBe("iterations=4096,password=made-by-hand");
  expect(kafka.calls().every(({ args }) => args.includes("--describe"))).toBe(true);
});

it("lists by prefix what it made and what is still there", async () => {
  const { put, send, kafka } = await startRig();
  kafka.makeUser("amp-0a1b2c3d-foreign");
  kafka.makeUser("admin");
  for (const name of ["amp-0a1b2c3d-two", "amp-0a1b2c3d-one", "amp-ffffffff-one"]) await put(name);
  expect((await send("GET", "/users?prefix=amp-0a1b2c3d-")).body).toEqual({
    users: [
      { name: "amp-0a1b2c3d-one", mechanisms: ["SCRAM-SHA-512"] },
      { name: "amp-0a1b2c3d-two", mechanisms: ["SCRAM-SHA-512"] },
    ],
  });
  kafka.unset("users/amp-0a1b2c3d-one/SCRAM-SHA-512");
  expect((await send("GET", "/users")).body).toMatchObject({
    users: [{ name: "amp-0a1b2c3d-two" }, { name: "amp-ffffffff-one" }],
  });
});

it("can remove a user whose making was cut off after Kafka had it", async () => {
  const kafka = fakeKafka();
  const { put, send } = await startRig({}, kafka);
  kafka.set("fail", "add\njava.util.concurrent.TimeoutException");
  expect(reason(await put(NAME))).toBe("503 kafka-unreachable");
  kafka.makeUser(NAME);
  kafka.unset("fail");
  expect((await put(NAME)).status).toBe(200);
  expect((await send("DELETE", `/users/${NAME}`)).status).toBe(204);
});

it("keeps a user in the ledger when Kafka refuses the removal", async () => {
  const { put, send, kafka, ledger } = await startRig();
  await put(NAME);
  kafka.set(
    "fail",
    "delete\norg.apache.kafka.common.errors.ClusterAuthorizationException: Cluster authorization failed.",
  );
  expect(reason(await send("DELETE", `/users/${NAME}`))).toBe("502 kafka-denied");
  expect(ledger.has(NAME)).toBe(true);
  kafka.unset("fail");
  expect((await send("DELETE", `/users/${NAME}`)).status).toBe(204);
  expect(ledger.has(NAME)).toBe(false);
});

it("makes nobody when the tool could not say whether the user exists, though it ended well", async () => {
  const { put, send, kafka, ledger } = await startRig();
  kafka.set(
    "say",
    `Error retrieving SCRAM credential configs for user-principal '${NAME}': TimeoutException: timed out`,
  );
  expect(reason(await put(NAME))).toBe("502 kafka-unreadable");
  expect(reason(await send("DELETE", `/users/${NAME}`))).toBe("502 kafka-unreadable");
  expect([kafka.credential(NAME), ledger.has(NAME)]).toEqual(["", false]);
});

it("reads quotas, names with quotes and warnings of the JVM as what they are", () => {
  const lines = [
    "OpenJDK 64-Bit Server VM warning: Sharing is only supported for boot loader classes",
    "Quota configs for the default user-principal are consumer_byte_rate=1.0",
    "Quota configs for user-principal 'amp-12345678' are consumer_byte_rate=1000.0",
    "SCRAM credential configs for user-principal 'o'hara' are SCRAM-SHA-256=iterations=8192, SCRAM-SHA-512=iterations=4096",
    "SCRAM credential configs for user-principal 'amp-12345678' are SCRAM-SHA-512=iterations=8192",
    "",
  ];
  expect(parseDescription(lines.join("\n"))).toEqual([
    { name: "o'hara", mechanisms: ["SCRAM-SHA-256", "SCRAM-SHA-512"] },
    { name: "amp-12345678", mechanisms: ["SCRAM-SHA-512"] },
  ]);
  expect(parseDescription("")).toEqual([]);
  expect(() => parseDescription("something else")).toThrow("something else");
});

it("counts a credential that vanished between looking and removing as removed", async () => {
  const kafka = fakeKafka();
  const configs = createKafkaConfigs({
    program: kafka.program,
    bootstrapServers: "127.0.0.1:9092",
    timeoutMs: 5000,
    environment: { PATH: process.env.PATH },
  });
  expect(await configs.remove(NAME, "SCRAM-SHA-512")).toBe(false);
  kafka.makeUser(NAME);
  expect(await configs.remove(NAME, "SCRAM-SHA-512")).toBe(true);
});

it("says so when the tool is not there", async () => {
  const { put, send, kafka, log } = await startRig();
  kafka.unset("kafka-configs");
  expect(reason(await put(NAME))).toBe("500 kafka-not-runnable");
  expect(log()).toContain("ENOENT");
  expect((await send("GET", "/health")).status).toBe(503);
});
