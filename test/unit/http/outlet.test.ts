import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { RequestRecord } from "../../../src/http/create-outlet.ts";
import { NotYet } from "../../../src/http/errors.ts";
import type { Pause } from "../../../src/http/pauses.ts";
import { bodyOf, bytes, call, failureFrom, HOST, outletOver, repeat } from "./support.ts";

const MIB = 1024 * 1024;

describe("an answer", () => {
  it("comes back with status, headers and text, whatever the status is", async () => {
    const { outlet } = outletOver(async () => new Response("ärger", { status: 418, headers: { "x-a": "b" } }));
    const reply = await outlet.send(call());
    expect([reply.status, reply.headers.get("x-a"), reply.text]).toEqual([418, "b", "ärger"]);
  });

  it("without a body is an empty text", async () => {
    const { outlet } = outletOver(async () => new Response(null, { status: 204 }));
    expect((await outlet.send(call())).text).toBe("");
    const streamed = await outlet.stream(call());
    expect(await new Response(streamed.body).text()).toBe("");
  });

  it("is asked for once, with method, headers and body as given and redirects not followed", async () => {
    const { outlet, requests } = outletOver(async () => new Response("{}"));
    await outlet.send(call({ method: "POST", headers: { authorization: "Basic eDp5" }, body: '{"a":1}' }));
    expect(requests).toHaveLength(1);
    expect(requests[0]?.method).toBe("POST");
    expect(requests[0]?.headers.get("authorization")).toBe("Basic eDp5");
    expect(requests[0]?.redirect).toBe("manual");
    expect(await requests[0]?.text()).toBe('{"a":1}');
  });

  it("is never asked for again when the server fails", async () => {
    const { outlet, requests } = outletOver(async () => new Response("", { status: 503 }));
    expect((await outlet.send(call())).status).toBe(503);
    expect(requests).toHaveLength(1);
  });
});

describe("a body", () => {
  it("of 200 MB is cut off at the cap, and its sender told to stop", async () => {
    let made = 0;
    let cancelled = false;
    function* pieces() {
      const piece = new Uint8Array(MIB);
      for (; made < 200; made++) yield piece;
    }
    const { outlet } = outletOver(async () => new Response(bodyOf(pieces(), () => (cancelled = true))));
    const failure = await failureFrom(outlet.send(call()));
    expect(failure.failure).toEqual({ kind: "too-large", limitBytes: 16 * MIB });
    expect(made).toBeLessThanOrEqual(18);
    expect(cancelled).toBe(true);
  });

  it("that announces more than the cap is not read at all", async () => {
    let made = 0;
    function* pieces() {
      for (; made < 5; made++) yield bytes("x");
    }
    const headers = { "content-length": "1001" };
    const { outlet } = outletOver(async () => new Response(bodyOf(pieces()), { headers }));
    expect((await failureFrom(outlet.send(call({ maxBytes: 1000 })))).failure.kind).toBe("too-large");
    expect(made).toBe(0);
  });

  it("of exactly the cap is read", async () => {
    const { outlet } = outletOver(async () => new Response("x".repeat(1000)));
    expect((await outlet.send(call({ maxBytes: 1000 }))).text).toHaveLength(1000);
  });

  it("that never ends is given up in time, buffered and streamed, and frees its place", async () => {
    let cancelled = 0;
    const endless = () => new ReadableStream<Uint8Array>({ cancel: () => void cancelled++ });
    const { outlet } = outletOver(async () => new Response(endless()));
    const begun = performance.now();
    const failures = await Promise.all(
      Array.from({ length: 7 }, () => failureFrom(outlet.send(call({ timeoutMs: 40 })))),
    );
    expect(failures.map((failure) => failure.failure.kind)).toEqual(Array(7).fill("timeout"));
    expect(failures[0]?.message).toBe(`Kafka REST at ${HOST} had not answered wholly after 40 ms.`);
    const streamed = await outlet.stream(call({ timeoutMs: 40 }));
    expect((await failureFrom(new Response(streamed.body).text().catch(rootOf))).failure.kind).toBe("timeout");
    expect(performance.now() - begun).toBeLessThan(1000);
    await sleep(1);
    expect(cancelled).toBe(8);
  });

  it("that nobody reads gives its place back when its time is over", async () => {
    const { outlet } = outletOver(async () => new Response(new ReadableStream({})));
    // Long enough that a busy machine has begun all six before the first one's time is over.
    for (let i = 0; i < 6; i++) await outlet.stream(call({ timeoutMs: 400 }));
    const begun = performance.now();
    await outlet.stream(call({ timeoutMs: 400 }));
    expect(performance.now() - begun).toBeGreaterThan(15);
  });

  it("that breaks off is unreachable, not a short answer", async () => {
    const broken = () =>
      new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(bytes('{"data":[1,')),
        pull: (controller) => controller.error(new Error("Network connection lost.")),
      });
    const { outlet } = outletOver(async () => new Response(broken()));
    const failure = await failureFrom(outlet.send(call()));
    expect(failure.failure.kind).toBe("unreachable");
    expect(failure.message).toContain("broke before the whole answer was there");
  });

  it("that is streamed has no cap and is made only as fast as it is read", async () => {
    let made = 0;
    const piece = new Uint8Array(MIB);
    function* pieces() {
      for (; made < 90; made++) yield piece;
    }
    const { outlet } = outletOver(async () => new Response(bodyOf(pieces())));
    const reader = (await outlet.stream(call())).body.getReader();
    await reader.read();
    expect(made).toBeLessThanOrEqual(2);
    let total = MIB;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      total += value.length;
    }
    expect(total).toBe(90 * MIB);
  });

  it("that is cancelled by its reader is cancelled at its sender", async () => {
    let cancelled = false;
    const { outlet } = outletOver(async () => new Response(bodyOf(repeat(bytes("x"), 1e9), () => (cancelled = true))));
    await (await outlet.stream(call())).body.cancel();
    expect(cancelled).toBe(true);
  });
});

/** `Response.text()` wraps what its stream failed with on some runtimes. */
function rootOf(thrown: unknown): never {
  throw thrown instanceof TypeError && thrown.cause !== undefined ? thrown.cause : thrown;
}

describe("the time allowed", () => {
  it("also ends a request that gets no answer and ignores its signal", async () => {
    const { outlet } = outletOver(() => new Promise(() => undefined));
    const failure = await failureFrom(outlet.send(call({ timeoutMs: 20 })));
    expect(failure.failure.kind).toBe("timeout");
    expect(failure.status).toBeUndefined();
  });

  it("aborts the request itself", async () => {
    const { outlet, requests } = outletOver(() => new Promise(() => undefined));
    await failureFrom(outlet.send(call({ timeoutMs: 20 })));
    expect(requests[0]?.signal.aborted).toBe(true);
  });

  it("drops the body of an answer that comes too late", async () => {
    let cancelled = false;
    const late = new Response(bodyOf(repeat(bytes("x"), 10), () => (cancelled = true)));
    const { outlet } = outletOver(async () => sleep(40, late));
    await failureFrom(outlet.send(call({ timeoutMs: 10 })));
    await sleep(60);
    expect(cancelled).toBe(true);
  });

  it("does not count while the call waits for its place", async () => {
    const { outlet } = outletOver(async () => sleep(30, new Response("{}")));
    const replies = await Promise.all(Array.from({ length: 12 }, () => outlet.send(call({ timeoutMs: 55 }))));
    expect(replies).toHaveLength(12);
  });
});

describe("at most six requests", () => {
  it("are under way at once, a streamed one until its body is read", async () => {
    let open = 0;
    let most = 0;
    const { outlet } = outletOver(async () => {
      open++;
      most = Math.max(most, open);
      await sleep(5);
      function* pieces() {
        yield bytes("x");
        open--;
      }
      return new Response(bodyOf(pieces()));
    });
    const streamed = await Promise.all(Array.from({ length: 3 }, () => outlet.stream(call())));
    const sent = Array.from({ length: 9 }, () => outlet.send(call()));
    await sleep(60);
    expect(open).toBe(3);
    for (const { body } of streamed) await new Response(body).text();
    await Promise.all(sent);
    expect(most).toBe(6);
  });
});

describe("at most twenty starts a second", () => {
  it("go to one Confluent host; another host does not wait for it", async () => {
    const starts: number[] = [];
    const { outlet } = outletOver(async (request) => {
      if (request.url.includes(HOST)) starts.push(performance.now());
      return new Response("{}");
    });
    const calls = Array.from({ length: 25 }, () => outlet.send(call()));
    await outlet.send(call({ url: "https://registry.acme.example/subjects", upstream: "registry" }));
    await Promise.all(calls);
    expect(starts).toHaveLength(25);
    for (const start of starts) {
      expect(starts.filter((other) => other >= start && other < start + 995).length).toBeLessThanOrEqual(20);
    }
    expect((starts[24] ?? 0) - (starts[0] ?? 0)).toBeGreaterThan(990);
  });

  it("do not bind requests to Amplify, whose budget is counted elsewhere", async () => {
    const { outlet } = outletOver(async () => new Response("{}"));
    const begun = performance.now();
    await Promise.all(Array.from({ length: 60 }, () => outlet.send(call({ upstream: "amplify" }))));
    expect(performance.now() - begun).toBeLessThan(700);
  });
});

describe("a host", () => {
  it("that is not allowed is refused before anything is sent", async () => {
    const { outlet, requests } = outletOver(async () => new Response("{}"));
    for (const url of [
      "https://evil.test/v3",
      "https://user:pw@kafka.acme.example/v3",
      "https://169.254.169.254/latest",
    ]) {
      const failure = await failureFrom(outlet.send(call({ url })));
      expect(failure.failure.kind).toBe("refused-host");
      expect(failure.message).not.toContain("pw");
      expect((await failureFrom(outlet.stream(call({ url })))).failure.kind).toBe("refused-host");
    }
    expect(requests).toEqual([]);
  });

  it("that is not an address is refused without repeating it", async () => {
    const { outlet } = outletOver(async () => new Response("{}"));
    const failure = await failureFrom(outlet.send(call({ url: "secret is not an address" })));
    expect(failure.failure.kind).toBe("invalid");
    expect(failure.message).not.toContain("secret");
  });

  it("that redirects is not followed, and the message says where it pointed without the query", async () => {
    const headers = { location: "http://10.0.0.5:9000/login?ticket=abc" };
    const { outlet, requests } = outletOver(async () => new Response("moved", { status: 302, headers }));
    const failure = await failureFrom(outlet.send(call({ headers: { authorization: "Basic eDp5" } })));
    expect(requests).toHaveLength(1);
    expect([failure.failure.kind, failure.status]).toEqual(["malformed", 302]);
    expect(failure.message).toContain("redirect to http://10.0.0.5:9000, which is not followed");
    expect(failure.message).not.toContain("abc");
    expect((await failureFrom(outlet.stream(call()))).status).toBe(302);
  });
});

describe("a header that HTTP does not allow", () => {
  it("is an invalid request whose message does not hold its value", async () => {
    const { outlet, requests } = outletOver(async () => new Response("{}"));
    const failure = await failureFrom(outlet.send(call({ headers: { authorization: "Bearer top\nsecret" } })));
    expect(failure.failure.kind).toBe("invalid");
    expect(JSON.stringify([failure.message, failure.detail, failure.cause])).not.toContain("secret");
    expect(requests).toEqual([]);
  });
});

describe("Retry-After", () => {
  const answers = (status: number, headers: Record<string, string>) => async () =>
    new Response("", { status, headers });

  it.each([
    ["seconds", { "retry-after": "30" }],
    ["a date", { "retry-after": "Mon, 23 Nov 2026 10:00:30 GMT", date: "Mon, 23 Nov 2026 10:00:00 GMT" }],
  ])(
    "as %s makes later calls wait, none earlier than told, with jitter, and nothing is sent",
    async (_form, headers) => {
      const world = outletOver(answers(429, headers));
      expect((await world.outlet.send(call())).status).toBe(429);
      world.now += 29_999;
      const wait = await world.outlet.send(call()).catch((thrown: unknown) => thrown);
      expect(wait).toBeInstanceOf(NotYet);
      expect((wait as NotYet).until).toBe(1_030_000 + 500);
      await expect(world.outlet.stream(call())).rejects.toBeInstanceOf(NotYet);
      expect(world.requests).toHaveLength(1);
      world.now += 1;
      expect((await world.outlet.send(call())).status).toBe(429);
    },
  );

  it("of an hour is told at once: nothing sleeps", async () => {
    const world = outletOver(answers(503, { "retry-after": "3600" }));
    await world.outlet.send(call());
    const begun = performance.now();
    const wait = await world.outlet.send(call()).catch((thrown: unknown) => thrown);
    expect((wait as NotYet).until).toBeGreaterThanOrEqual(world.now + 3_600_000);
    expect(performance.now() - begun).toBeLessThan(100);
  });

  it("of another upstream or host does not stop a call", async () => {
    const world = outletOver(async (request) =>
      request.url.includes("/busy")
        ? new Response("", { status: 429, headers: { "retry-after": "60" } })
        : new Response("{}"),
    );
    await world.outlet.send(call({ url: `https://${HOST}/busy` }));
    expect((await world.outlet.send(call({ url: "https://other.example/" }))).status).toBe(200);
    expect((await world.outlet.send(call({ upstream: "registry" }))).status).toBe(200);
    await expect(world.outlet.send(call())).rejects.toBeInstanceOf(NotYet);
  });

  it("is absent from the data plane, which then stops nobody", async () => {
    const world = outletOver(answers(429, {}));
    await world.outlet.send(call());
    expect((await world.outlet.send(call())).status).toBe(429);
  });

  it("holds a call back that was waiting for its place when the server said so", async () => {
    const world = outletOver(async () =>
      sleep(20, new Response("", { status: 429, headers: { "retry-after": "60" } })),
    );
    const ends = await Promise.allSettled(Array.from({ length: 10 }, () => world.outlet.send(call())));
    expect(world.requests).toHaveLength(6);
    expect(ends.filter((end) => end.status === "rejected" && end.reason instanceof NotYet)).toHaveLength(4);
  });

  it("is the longest that was told, when several were", async () => {
    const waits = ["60", "5"];
    const world = outletOver(
      async () => new Response("", { status: 429, headers: { "retry-after": waits.shift() ?? "1" } }),
    );
    await Promise.all([world.outlet.send(call()), world.outlet.send(call())]);
    world.now += 59_999;
    await expect(world.outlet.send(call())).rejects.toBeInstanceOf(NotYet);
  });

  it("of 30 s at every third call is kept each time, and another connection goes on", async () => {
    const at: number[] = [];
    const world = outletOver(async () => {
      at.push(world.now);
      return at.length % 3 === 0
        ? new Response("", { status: 429, headers: { "retry-after": "30" } })
        : new Response("{}");
    });
    const other = outletOver(async () => new Response("{}"));
    const begun = world.now;
    for (let done = 0; done < 10; ) {
      try {
        if ((await world.outlet.send(call())).status === 200) done++;
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(NotYet);
        world.now = (thrown as NotYet).until;
        expect((await other.outlet.send(call())).status).toBe(200);
      }
    }
    // Ten good answers take four pauses of 30 s and half of the jitter of up to 3 s.
    expect(world.now - begun).toBe(4 * 31_500);
    expect(at).toHaveLength(14);
    for (const [i, time] of at.entries())
      if (i % 3 === 0 && i > 0) expect(time - (at[i - 1] ?? 0)).toBeGreaterThanOrEqual(30_000);
  });

  it("is told to the owner and taken back by the next outlet", async () => {
    const pauses: Pause[] = [];
    const before = outletOver(answers(429, { "retry-after": "60" }), { onPause: (pause) => pauses.push(pause) });
    await before.outlet.send(call());
    expect(pauses).toEqual([{ upstream: "kafka", host: HOST, until: 1_060_000 }]);
    const after = outletOver(async () => new Response("{}"), { pauses });
    await expect(after.outlet.send(call())).rejects.toBeInstanceOf(NotYet);
    expect(after.requests).toEqual([]);
  });
});

describe("the last word before a request", () => {
  it("can put it off, and is asked for each request that starts and no other", async () => {
    let left = 1;
    const admit = () => {
      if (left-- <= 0) throw new NotYet(2_000_000, "budget");
    };
    const { outlet, requests } = outletOver(async () => new Response("{}"), { admit });
    await outlet.send(call());
    await expect(outlet.send(call())).rejects.toBeInstanceOf(NotYet);
    await expect(outlet.stream(call())).rejects.toBeInstanceOf(NotYet);
    await failureFrom(outlet.send(call({ url: "https://evil.test/" })));
    expect(left).toBe(-2);
    expect(requests).toHaveLength(1);
  });
});

describe("the request log", () => {
  it("names upstream, host, path, status, size and failure, and never the query", async () => {
    const records: RequestRecord[] = [];
    const world = outletOver(
      async (request) => {
        if (request.url.includes("lost")) throw new Error("Network connection lost.");
        return new Response("12345", { status: 200 });
      },
      { onRequest: (record) => records.push(record) },
    );
    await world.outlet.send(call({ url: `https://${HOST}/a?token=secret` }));
    await failureFrom(world.outlet.send(call({ url: `https://${HOST}/lost?token=secret` })));
    await new Response((await world.outlet.stream(call({ url: `https://${HOST}/b` }))).body).text();
    expect(records.map(({ ms, ...rest }) => ({ ...rest, timed: ms >= 0 }))).toEqual(
      [
        { path: "/a", status: 200, failure: undefined, bytes: 5 },
        { path: "/lost", status: undefined, failure: "unreachable", bytes: 0 },
        { path: "/b", status: 200, failure: undefined, bytes: 5 },
      ].map((record) => ({
        upstream: "kafka",
        method: "GET",
        host: HOST,
        at: 1_000_000,
        isTrial: false,
        timed: true,
        ...record,
      })),
    );
    expect(JSON.stringify(records)).not.toContain("secret");
  });
});
