import { existsSync } from "node:fs";
import { connect } from "node:net";
import { expect, it } from "vitest";
import { PASSWORD, PREVIOUS, reason, send, startRig, TOKEN, until } from "./rig.ts";

const NAME = "amp-0a1b2c3d-0123456789ab-1";

it("takes the current and the previous token", async () => {
  const rig = await startRig();
  for (const authorization of [`Bearer ${TOKEN}`, `Bearer ${PREVIOUS}`, `bearer ${TOKEN}`]) {
    expect((await rig.send("GET", "/users", undefined, { authorization })).status).toBe(200);
  }
});

it.each([
  undefined,
  "",
  "Bearer",
  "Bearer ",
  `Bearer ${TOKEN}x`,
  `Bearer ${TOKEN.slice(0, -1)}`,
  `Bearer ${TOKEN} ${PREVIOUS}`,
  `Bearer x ${TOKEN}`,
  TOKEN,
  `Basic ${btoa(`user:${TOKEN}`)}`,
])("refuses the Authorization header %j before it looks at path or body", async (authorization) => {
  const rig = await startRig();
  const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
  for (const path of [`/users/${NAME}`, "/users/admin", "/nothing", "/health?x"]) {
    const reply = await rig.send("PUT", path, "no JSON", headers);
    expect(reason(reply)).toBe("401 unauthorized");
    expect(reply.headers["www-authenticate"]).toBe("Bearer");
  }
  expect(rig.kafka.calls()).toEqual([]);
});

it("answers /health to everybody, with no more than when the tool last worked", async () => {
  const rig = await startRig();
  expect(await send(rig.port, "GET", "/health", undefined, {})).toMatchObject({ status: 200, body: { status: "ok" } });
  await rig.put(NAME);
  rig.clock.now += 60_000;
  rig.kafka.set("fail", "describe\njava.util.concurrent.TimeoutException");
  expect(reason(await rig.send("GET", "/users"))).toBe("503 kafka-unreachable");
  expect(await send(rig.port, "GET", "/health", undefined, {})).toMatchObject({
    status: 503,
    body: { status: "failing", lastSuccess: "2026-01-01T00:00:00.000Z", lastFailure: "2026-01-01T00:01:00.000Z" },
  });
  rig.kafka.unset("fail");
  expect(reason(await rig.send("GET", "/users/amp-nobody-here"))).toBe("404 no-such-user");
  expect((await send(rig.port, "GET", "/health", undefined, {})).status).toBe(200);
});

it("refuses more than its rate, tells when to come again, and keeps callers without a token apart", async () => {
  const rig = await startRig({ perMinute: 3 });
  const guess = { authorization: "Bearer guess" };
  for (let i = 0; i < 3; i++) expect((await rig.send("GET", "/users", undefined, guess)).status).toBe(401);
  expect((await rig.send("GET", "/users", undefined, guess)).status).toBe(429);
  for (let i = 0; i < 3; i++) expect((await rig.send("GET", "/nothing")).status).toBe(404);
  const late = await rig.send("GET", "/nothing");
  expect([reason(late), late.headers["retry-after"]]).toEqual(["429 too-many-requests", "20"]);
  rig.clock.now += 20_000;
  expect((await rig.send("GET", "/nothing")).status).toBe(404);
  expect((await rig.send("GET", "/nothing")).status).toBe(429);
});

it("refuses a body that is too long, said so or not, and one of another type", async () => {
  const rig = await startRig();
  const long = JSON.stringify({ mechanism: "SCRAM-SHA-512", password: PASSWORD, more: "x".repeat(5000) });
  const authorization = `Bearer ${TOKEN}`;
  expect(reason(await rig.send("PUT", `/users/${NAME}`, long))).toBe("413 body-too-large");
  const chunked = { authorization, "transfer-encoding": "chunked" };
  expect(reason(await rig.send("PUT", `/users/${NAME}`, long, chunked))).toBe("413 body-too-large");
  const form = { authorization, "content-type": "text/plain" };
  expect(reason(await rig.send("PUT", `/users/${NAME}`, "{}", form))).toBe("415 unsupported-media-type");
  expect(rig.kafka.calls()).toEqual([]);
});

it("does nothing with a body that breaks off, and serves the next", async () => {
  const rig = await startRig();
  const socket = connect(rig.port, "127.0.0.1");
  const body = JSON.stringify({ mechanism: "SCRAM-SHA-512", password: PASSWORD });
  socket.write(
    `PUT /users/${NAME} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\n` +
      `content-type: application/json\r\ncontent-length: ${body.length + 1}\r\n\r\n${body}`,
  );
  await new Promise((resolve) => setTimeout(resolve, 50));
  socket.destroy();
  await until(() => rig.log().includes('"status":400'));
  expect(rig.kafka.calls()).toEqual([]);
  expect((await rig.put(NAME)).status).toBe(201);
});

it("runs one tool at a time, in order, and sends those away who would wait too long", async () => {
  const rig = await startRig({ mostWaiting: 2 });
  rig.kafka.set("hold");
  const first = rig.put("amp-concurrent-1");
  await until(() => rig.kafka.calls().length === 1);
  const others = ["amp-concurrent-2", "amp-concurrent-3"].map((name) => rig.put(name));
  await new Promise((resolve) => setTimeout(resolve, 50));
  const last = await rig.put("amp-concurrent-4");
  expect([reason(last), last.headers["retry-after"]]).toEqual(["503 busy", "10"]);
  expect(rig.kafka.calls().length).toBe(1);
  rig.kafka.unset("hold");
  expect((await Promise.all([first, ...others])).map(({ status }) => status)).toEqual([201, 201, 201]);
  expect(rig.kafka.read("overlaps")).toBe("");
  expect(rig.kafka.calls().length).toBe(6);
});

it("makes the same user once when asked twice at the same time", async () => {
  const rig = await startRig();
  const replies = await Promise.all([rig.put(NAME), rig.put(NAME)]);
  expect(replies.map(({ status }) => status).sort()).toEqual([200, 201]);
  expect(rig.kafka.read("ledger")).toBe(`${NAME}\n`);
});

it("does not start what nobody waits for any more", async () => {
  const rig = await startRig();
  rig.kafka.set("hold");
  const first = rig.put("amp-concurrent-1");
  await until(() => rig.kafka.calls().length === 1);
  const socket = connect(rig.port, "127.0.0.1");
  socket.write(`DELETE /users/amp-concurrent-2 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\n\r\n`);
  await new Promise((resolve) => setTimeout(resolve, 50));
  socket.destroy();
  await new Promise((resolve) => setTimeout(resolve, 50));
  rig.kafka.unset("hold");
  expect((await first).status).toBe(201);
  await until(() => rig.log().includes('"status":499'));
  expect(rig.kafka.calls().some(({ args }) => args.includes("amp-concurrent-2"))).toBe(false);
});

it("kills a tool that hangs with all that it started, says that the outcome is unknown, and goes on", async () => {
  const rig = await startRig({ timeoutMs: 500 });
  rig.kafka.set("hang");
  const reply = await rig.put(NAME);
  expect(reason(reply)).toBe("504 kafka-timeout");
  const [call] = rig.kafka.calls();
  const isAlive = (pid: number) => existsSync(`/proc/${pid}/exe`);
  await until(() => !isAlive(call?.pid ?? 0) && !isAlive(Number(rig.kafka.read("grandchild"))));
  rig.kafka.unset("hang");
  rig.kafka.unset("running");
  expect((await rig.put(NAME)).status).toBe(201);
});
