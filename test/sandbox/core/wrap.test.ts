import { createServer } from "node:http";
import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { named } from "./caller.ts";
import { MovableClock } from "./clock.ts";
import { answers, type FaultStep, Faults } from "./faults.ts";
import { type Listening, listen } from "./host.ts";
import { RequestLog } from "./log.ts";
import { wrap } from "./wrap.ts";

const port = 18_790;
let listening: Listening | undefined;
afterEach(async () => {
  await listening?.close();
  listening = undefined;
});

function world() {
  const clock = new MovableClock();
  const log = new RequestLog();
  const faults = new Faults();
  const acted: string[] = [];
  const defects: unknown[] = [];
  const service = {
    name: "cloud",
    fetch: async (request: Request) => {
      const body = await request.text();
      acted.push(`${request.method} ${request.url.slice(request.url.indexOf("/", 8))} ${body}`.trim());
      return named(Response.json({ kind: "List", data: [1, 2, 3] }), "KEY/1");
    },
  };
  const fetch = wrap(service, { clock, log, faults, defect: (error) => defects.push(error) });
  const add = (fault: FaultStep["fault"], when: FaultStep["when"] = {}) => faults.add({ name: "step", when, fault });
  return { clock, log, faults, acted, defects, fetch, add };
}
type World = ReturnType<typeof world>;

const get = (path = "/things") => new Request(`http://localhost${path}`);
const post = (body: string, path = "/things") => new Request(`http://localhost${path}`, { method: "POST", body });

async function hosted(world: World): Promise<(path?: string, init?: RequestInit) => Promise<Response>> {
  listening = await listen([{ name: "cloud", port, fetch: world.fetch }], world.clock);
  return async (path = "/things", init) => await fetch(`http://localhost:${port}${path}`, init);
}

describe("a service without a scenario", () => {
  it("answers, is logged with its caller, and does not show the caller's header", async () => {
    const { fetch, log } = world();
    const response = await fetch(get("/things?x=%2F"));
    expect([...response.headers.keys()]).toEqual(["content-type"]);
    expect(log.all()).toMatchObject([
      { sequence: 1, service: "cloud", method: "GET", path: "/things?x=%2F", status: 200, caller: "KEY/1" },
    ]);
  });

  it("answers 500 and reports a defect when it throws", async () => {
    const { clock, log, faults } = world();
    const defects: unknown[] = [];
    const failing = wrap(
      { name: "cloud", fetch: () => Promise.reject(new Error("bug")) },
      { clock, log, faults, defect: (error) => defects.push(error) },
    );
    expect((await failing(get())).status).toBe(500);
    expect(defects).toHaveLength(1);
  });
});

describe("a scenario's step", () => {
  it("answers in the service's place, on the calls it names alone", async () => {
    const { fetch, add, acted } = world();
    add(answers.tooManyRequests(30), { calls: { first: 2 } });
    const statuses = [];
    for (let call = 0; call < 3; call++) statuses.push((await fetch(get())).status);
    expect(statuses).toEqual([429, 429, 200]);
    expect(acted).toHaveLength(1);
  });

  it("counts the nth and every nth call of what it matches", async () => {
    const { fetch, faults } = world();
    faults.add({ name: "second", when: { method: "POST", calls: { nth: 2 } }, fault: { do: "answer", status: 503 } });
    faults.add({ name: "thirds", when: { method: "GET", calls: { every: 3 } }, fault: { do: "answer", status: 500 } });
    const statuses = [];
    for (const request of [get(), post("a"), get(), post("b"), get(), post("c"), get(), get(), get()]) {
      statuses.push((await fetch(request)).status);
    }
    expect(statuses).toEqual([200, 200, 200, 503, 500, 200, 200, 200, 500]);
    expect(faults.list().map(({ name, calls, fired }) => [name, calls, fired])).toEqual([
      ["second", 3, 1],
      ["thirds", 6, 2],
    ]);
  });

  it("matches by service, path pattern, query and body", async () => {
    const { fetch, faults, acted } = world();
    const teapot = { do: "answer", status: 418 } as const;
    faults.add({ name: "other service", when: { service: "platform" }, fault: teapot });
    faults.add({ name: "one segment", when: { path: "/topics/*/configs" }, fault: teapot });
    faults.add({ name: "any depth", when: { path: "/deep/**" }, fault: teapot });
    faults.add({ name: "query", when: { path: "/list?page=2*" }, fault: teapot });
    faults.add({ name: "body", when: { body: '"name":"a.b"' }, fault: teapot });
    const status = async (request: Request) => (await fetch(request)).status;
    expect(await status(get("/topics/a/configs?x=1"))).toBe(418);
    expect(await status(get("/topics/a/b/configs"))).toBe(200);
    expect(await status(get("/deep/a/b"))).toBe(418);
    expect(await status(get("/list?page=1"))).toBe(200);
    expect(await status(get("/list?page=2&size=3"))).toBe(418);
    expect(await status(post('{"name":"a.b"}'))).toBe(418);
    expect(await status(post('{"name":"b"}'))).toBe(200);
    expect(acted.at(-1)).toBe('POST /things {"name":"b"}');
  });

  it("loses the reply after the act, resets before it, and is logged with status 0", async () => {
    const { fetch, faults, acted, log } = world();
    faults.add({ name: "lose", when: { calls: { nth: 1 } }, fault: { do: "lose-reply" } });
    faults.add({ name: "reset", when: { calls: { nth: 2 } }, fault: { do: "reset" } });
    await expect(fetch(post("first"))).rejects.toThrow("reset");
    await expect(fetch(post("second"))).rejects.toThrow("reset");
    expect(acted).toEqual(["POST /things first"]);
    expect(log.all().map((line) => line.status)).toEqual([0, 0]);
  });

  it("completes the act later, by the sandbox's clock", async () => {
    const { fetch, add, acted, clock, log, defects } = world();
    add({ do: "act-later", ms: 30_000 });
    await expect(fetch(post("late"))).rejects.toThrow("reset");
    clock.advance(29_000);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(acted).toEqual([]);
    clock.advance(1_000);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(acted).toEqual(["POST /things late"]);
    expect(log.all()).toHaveLength(1);
    expect(defects).toEqual([]);
  });

  it("delays, and other steps still apply", async () => {
    const { fetch, faults, clock } = world();
    faults.add({ name: "slow", when: {}, fault: { do: "delay", ms: 60_000 } });
    faults.add({ name: "fail", when: {}, fault: { do: "answer", status: 504 } });
    const answer = fetch(get());
    await new Promise((resolve) => setTimeout(resolve, 5));
    clock.advance(60_000);
    expect((await answer).status).toBe(504);
  });

  it("is refused when it cannot mean anything or its name is taken", () => {
    const { faults } = world();
    faults.add({ name: "a", when: {}, fault: { do: "reset" } });
    expect(() => faults.add({ name: "a", when: {}, fault: { do: "reset" } })).toThrow("already");
    expect(() => faults.add({ name: "b", when: { calls: { nth: 0 } }, fault: { do: "reset" } })).toThrow("from 1");
    expect(() => faults.add({ name: "c", when: {}, fault: { do: "act-later", ms: 30_001 } })).toThrow("30000 ms late");
    expect(() => faults.add({ name: "d", when: {}, fault: { do: "delay", ms: -1 } })).toThrow("0 or more");
    expect(faults.remove("a")).toBe(true);
    expect(faults.remove("a")).toBe(false);
    expect(faults.list()).toEqual([]);
  });
});

describe.each(["in process", "over a socket"])("bad bodies %s", (way) => {
  async function asking(world: World): Promise<(path?: string) => Promise<Response>> {
    return way === "in process" ? async (path) => await world.fetch(get(path)) : await hosted(world);
  }

  it("empties a list and keeps the rest", async () => {
    const at = world();
    at.add({ do: "empty-list" });
    expect(await (await (await asking(at))()).json()).toEqual({ kind: "List", data: [] });
  });

  it("breaks off in the middle of a body whose length promised more", async () => {
    const at = world();
    at.add({ do: "truncate", bytes: 5 });
    const response = await (await asking(at))();
    expect(response.headers.get("content-length")).toBe("30");
    await expect(response.text()).rejects.toThrow();
  });

  it("sends as many MB as asked, as valid JSON", async () => {
    const at = world();
    at.add({ do: "large-body", megabytes: 3 });
    const text = await (await (await asking(at))()).text();
    expect(text).toHaveLength(3 * 2 ** 20);
    expect(Object.keys(JSON.parse(text))).toEqual(["data", "padding"]);
  });

  it("goes on without end until the client hangs up", async () => {
    const at = world();
    at.add({ do: "endless-body" });
    const reader = (await (await asking(at))()).body?.getReader();
    let read = 0;
    while (read < 2 * 2 ** 20) read += (await reader?.read())?.value?.length ?? 0;
    await reader?.cancel();
    expect(read).toBeGreaterThan(2 ** 20);
  });

  it("answers HTML, redirects to another host", async () => {
    const at = world();
    at.faults.add({ name: "html", when: { path: "/html" }, fault: answers.badGateway() });
    at.faults.add({
      name: "away",
      when: { path: "/away" },
      fault: { do: "redirect", location: "http://elsewhere.example/" },
    });
    const ask = await asking(at);
    const html = await ask("/html");
    expect([html.status, html.headers.get("content-type"), (await html.text()).slice(0, 6)]).toEqual([
      502,
      "text/html",
      "<html>",
    ]);
    const away =
      way === "in process" ? await ask("/away") : await fetch(`http://localhost:${port}/away`, { redirect: "manual" });
    expect([away.status, away.headers.get("location")]).toEqual([307, "http://elsewhere.example/"]);
  });

  it("resets the connection, with and without the act", async () => {
    const at = world();
    at.faults.add({ name: "lose", when: { path: "/lose" }, fault: { do: "lose-reply" } });
    at.faults.add({ name: "reset", when: { path: "/reset" }, fault: { do: "reset" } });
    const ask = await asking(at);
    await expect(ask("/lose")).rejects.toThrow();
    await expect(ask("/reset")).rejects.toThrow();
    expect(at.acted).toEqual(["GET /lose"]);
  });
});

describe("the host", () => {
  it("hands odd paths over as they came, and dates answers by the sandbox's clock", async () => {
    const at = world();
    at.clock.advance(86_400_000);
    await hosted(at);
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(port, "127.0.0.1", () =>
        socket.end("GET //a/%2e%2e/../b?c=%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
      );
      let text = "";
      socket.on("data", (data) => {
        text += String(data);
      });
      socket.on("close", () => resolve(text));
      socket.on("error", reject);
    });
    expect(at.acted).toEqual(["GET //a/%2e%2e/../b?c=%zz"]);
    const date = /date: (.*)\r\n/.exec(answer)?.[1] ?? "";
    expect(Math.abs(Date.parse(date) - at.clock.now())).toBeLessThan(5_000);
  });

  it("names the port that is in use, and then listens on none", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(port + 1, "127.0.0.1", resolve));
    const { fetch, clock } = world();
    const services = [
      { name: "cloud", port, fetch },
      { name: "cloud-kafka", port: port + 1, fetch },
    ];
    await expect(listen(services, clock)).rejects.toThrow(
      `Port ${port + 1}, wanted for the sandbox's cloud-kafka, is in use (127.0.0.1).`,
    );
    await new Promise((resolve) => taken.close(resolve));
    listening = await listen(services, clock);
    expect((await globalThis.fetch(`http://localhost:${port + 1}/`)).status).toBe(200);
  });
});
