import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { Kafka } from "./broker.ts";
import type { Checks } from "./checks.ts";
import { watchCommandLines } from "./command-lines.ts";
import { type Reply, startUserAdmin, type UserAdmin } from "./user-admin.ts";

const OURS = "amp-0a1b2c3d-0123456789ab-1";
const OLDER = "amp-0a1b2c3d-ba9876543210-1";
const FOREIGN = "amp-0a1b2c3d-made-by-hand";
/** What README of user-admin says that its own login needs. */
const RIGHTS = ["--cluster", "--operation", "Alter", "--operation", "Describe", "--operation", "DescribeConfigs"];

function password(): string {
  return randomBytes(24).toString("base64url");
}

function answered(reply: Reply, status: number, body?: unknown): void {
  assert.deepEqual({ status: reply.status, body: reply.body }, { status, body });
}

function refusedWith(reply: Reply, status: number, reason: string): void {
  const { error } = reply.body as { error?: { reason?: string } };
  assert.deepEqual([reply.status, error?.reason], [status, reason]);
}

/** SASL users by tools/user-admin, tried with logins on a real Kafka. */
export async function checkUsers(kafka: Kafka, checks: Checks): Promise<void> {
  const { check } = checks;
  const admin = { name: "user-admin", password: password() };
  const byHand = { name: FOREIGN, password: password() };
  await Promise.all([kafka.setPassword(admin), kafka.setPassword(byHand)]);
  const secrets = { first: password(), second: password(), older: password() };
  const userAdmin = await startUserAdmin(kafka, kafka.clientProperties(admin));
  const watch = watchCommandLines([secrets.first, secrets.second, secrets.older]);
  try {
    await check("without rights on the cluster it says so and makes nobody", async () => {
      refusedWith(await put(userAdmin, OURS, secrets.first), 502, "kafka-denied");
      await kafka.allow(admin.name, RIGHTS);
    });
    await checkLogins(kafka, userAdmin, secrets, check);
    await checkForeign(kafka, userAdmin, byHand, check);
    await checkRemoval(kafka, userAdmin, secrets, check);
    await check("no process showed a password while kafka-configs ran", async () => {
      await watch.stop();
      assert.deepEqual(watch.leaks, []);
      const withPassword = [...watch.seen.values()].filter((args) => args.includes("/dev/stdin"));
      assert.ok(withPassword.length >= 3, `only ${withPassword.length} runs were seen`);
    });
    await check("no log and no file that was left behind has a secret", async () => {
      for (const secret of [...Object.values(secrets), admin.password, userAdmin.token]) {
        assert.ok(!userAdmin.log().includes(secret), "user-admin logged a secret");
        assert.ok(!kafka.log().includes(secret), "the broker logged a secret");
      }
      assert.deepEqual(userAdmin.leftBehind(), []);
    });
  } finally {
    await watch.stop();
    if (checks.failed > 0) checks.print(`the log of user-admin:\n${userAdmin.log().slice(-8000)}`);
    await userAdmin.stop();
  }
}

type Check = Checks["check"];
type Secrets = Readonly<Record<"first" | "second" | "older", string>>;

function put(userAdmin: UserAdmin, name: string, secret: string, mechanism = "SCRAM-SHA-512"): Promise<Reply> {
  return userAdmin.send("PUT", `/users/${name}`, { mechanism, password: secret, iterations: 8192 });
}

async function checkLogins(kafka: Kafka, userAdmin: UserAdmin, secrets: Secrets, check: Check): Promise<void> {
  await check("a user that was made logs in with the password, and not with a wrong one", async () => {
    answered(await put(userAdmin, OURS, secrets.first), 201, { name: OURS, mechanism: "SCRAM-SHA-512" });
    const logins = [secrets.first, password()].map((secret) => kafka.logsIn({ name: OURS, password: secret }));
    assert.deepEqual(await Promise.all(logins), [true, false]);
  });
  await check("a second PUT changes the password", async () => {
    answered(await put(userAdmin, OURS, secrets.second), 200, { name: OURS, mechanism: "SCRAM-SHA-512" });
    const logins = [secrets.first, secrets.second].map((secret) => kafka.logsIn({ name: OURS, password: secret }));
    assert.deepEqual(await Promise.all(logins), [false, true]);
  });
  await check("a user of SCRAM-SHA-256 logs in by that mechanism", async () => {
    const made = await put(userAdmin, OLDER, secrets.older, "SCRAM-SHA-256");
    answered(made, 201, { name: OLDER, mechanism: "SCRAM-SHA-256" });
    assert.equal(await kafka.logsIn({ name: OLDER, password: secrets.older, mechanism: "SCRAM-SHA-256" }), true);
  });
  await check("the user reads its topic with its ACLs, and no other", async () => {
    const login = { name: OURS, password: secrets.second };
    const group = ["--group", "amp.0123456789ab.", "--resource-pattern-type", "prefixed"];
    await Promise.all([
      kafka.createTopic("orders").then(() => kafka.produce("orders", ["one", "two"])),
      kafka.createTopic("payments"),
      kafka.allow(OURS, ["--topic", "orders", "--operation", "Read"]),
      kafka.allow(OURS, [...group, "--operation", "Read"]),
    ]);
    assert.deepEqual(await kafka.consume("orders", "amp.0123456789ab.app", 2, login), ["one", "two"]);
    await Promise.all([
      assert.rejects(kafka.consume("payments", "amp.0123456789ab.app", 1, login), /TopicAuthorizationException/),
      assert.rejects(kafka.consume("orders", "another-group", 1, login), /GroupAuthorizationException/),
      assert.rejects(kafka.produce("orders", ["three"], login), /AuthorizationException/),
    ]);
  });
}

interface HandMade {
  readonly name: string;
  readonly password: string;
}

async function checkForeign(kafka: Kafka, userAdmin: UserAdmin, byHand: HandMade, check: Check): Promise<void> {
  await check("lists by prefix what it made, with mechanisms, and no user that somebody else made", async () => {
    answered(await userAdmin.send("GET", "/users?prefix=amp-0a1b2c3d-"), 200, {
      users: [
        { name: OURS, mechanisms: ["SCRAM-SHA-512"] },
        { name: OLDER, mechanisms: ["SCRAM-SHA-256"] },
      ],
    });
    answered(await userAdmin.send("GET", `/users/${OURS}`), 200, {
      name: OURS,
      mechanisms: ["SCRAM-SHA-512"],
      exists: true,
    });
  });
  await check("a user that somebody made by hand is neither changed nor removed", async () => {
    refusedWith(await put(userAdmin, FOREIGN, password()), 409, "foreign-user");
    refusedWith(await userAdmin.send("DELETE", `/users/${FOREIGN}`), 409, "foreign-user");
    refusedWith(await userAdmin.send("DELETE", "/users/user-admin"), 400, "invalid-name");
    assert.equal(await kafka.logsIn(byHand), true);
  });
}

async function checkRemoval(kafka: Kafka, userAdmin: UserAdmin, secrets: Secrets, check: Check): Promise<void> {
  await check("a removed user does not log in any more, the others do", async () => {
    answered(await userAdmin.send("DELETE", `/users/${OURS}`), 204);
    const logins = [
      kafka.logsIn({ name: OURS, password: secrets.second }),
      kafka.logsIn({ name: OLDER, password: secrets.older, mechanism: "SCRAM-SHA-256" }),
    ];
    assert.deepEqual(await Promise.all(logins), [false, true]);
  });
  await check("removing it again finds nobody", async () => {
    refusedWith(await userAdmin.send("DELETE", `/users/${OURS}`), 404, "no-such-user");
  });
}
