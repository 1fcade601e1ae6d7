import { describe, expect, it } from "vitest";
import { MovableClock } from "./clock.ts";
import { RequestLog } from "./log.ts";
import { randomUuid, seededRandom } from "./random.ts";
import { rawRequest, targetOf } from "./target.ts";

describe("the sandbox's clock", () => {
  it("runs with real time and jumps forward", () => {
    let real = 1_000;
    const clock = new MovableClock(500, () => real);
    real = 1_100;
    clock.advance(60_000);
    expect(clock.now()).toBe(61_600);
    expect(clock.offset()).toBe(60_500);
  });

  it("never jumps back", () => {
    const clock = new MovableClock();
    expect(() => clock.advance(-1)).toThrow(RangeError);
    expect(() => clock.advance(Number.NaN)).toThrow(RangeError);
    expect(clock.offset()).toBe(0);
  });

  it("lets go what waited when it jumps past its time, and keeps what is still to come", async () => {
    const clock = new MovableClock();
    const rung: string[] = [];
    const soon = clock.wait(10_000).then(() => rung.push("soon"));
    const late = clock.wait(3_600_000).then(() => rung.push("late"));
    clock.advance(10_000);
    await soon;
    expect(rung).toEqual(["soon"]);
    clock.release();
    await late;
    expect(rung).toEqual(["soon", "late"]);
  });

  it("does not wait for nothing", async () => {
    await expect(new MovableClock().wait(0)).resolves.toBeUndefined();
  });
});

describe("the seeded random source", () => {
  it("repeats itself from the same seed and goes on from a saved place", () => {
    const first = seededRandom(7);
    const before = [first.next(), first.next()];
    const saved = first.state();
    const after = [first.next(), first.next()];
    const again = seededRandom(7);
    expect([again.next(), again.next()]).toEqual(before);
    const resumed = seededRandom(0);
    resumed.resume(saved);
    expect([resumed.next(), resumed.next()]).toEqual(after);
  });

  it("makes version 4 UUIDs", () => {
    expect(randomUuid(seededRandom(1).next)).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });
});

describe("the request log", () => {
  const arrival = { at: 0, service: "cloud", method: "GET", path: "/" };
  const answer = { status: 200, caller: "KEY", milliseconds: 1 };

  it("keeps requests in order of arrival, with status 0 until they are answered", () => {
    const log = new RequestLog();
    const slow = log.open({ ...arrival, path: "/slow" });
    log.open({ ...arrival, path: "/fast" }).answered(answer);
    expect(log.all().map(({ path, status }) => ({ path, status }))).toEqual([
      { path: "/slow", status: 0 },
      { path: "/fast", status: 200 },
    ]);
    slow.answered({ ...answer, status: 503 });
    expect(log.all()[0]).toEqual({
      sequence: 1,
      ...arrival,
      path: "/slow",
      status: 503,
      caller: "KEY",
      milliseconds: 1,
    });
  });

  it("gives what arrived between two marks", () => {
    const log = new RequestLog();
    log.open(arrival);
    log.mark("begin");
    log.open({ ...arrival, path: "/one" });
    log.open({ ...arrival, path: "/two" });
    log.mark("end");
    log.open({ ...arrival, path: "/three" });
    expect(log.between("begin", "end").map((line) => line.path)).toEqual(["/one", "/two"]);
    expect(log.between("end").map((line) => line.path)).toEqual(["/three"]);
    expect(log.between("end", "begin")).toEqual([]);
    expect(() => log.between("never")).toThrow('No mark "never" was set.');
  });

  it("drops the oldest when it is full, and then refuses to count over them", () => {
    const log = new RequestLog(10);
    log.mark("begin");
    const opened = Array.from({ length: 20 }, () => log.open(arrival));
    expect(log.all().length).toBeLessThanOrEqual(11);
    expect(log.all().at(-1)?.sequence).toBe(20);
    expect(() => log.between("begin")).toThrow("no longer holds");
    opened[0]?.answered(answer);
    expect(log.all().every((line) => line.status === 0)).toBe(true);
    opened[19]?.answered(answer);
    expect(log.all().at(-1)?.status).toBe(200);
    log.mark("now");
    expect(log.between("now")).toEqual([]);
  });
});

describe("the address of a request", () => {
  it("stays as it was sent, dots and encoded dots included", () => {
    for (const target of ["/a/../b", "/a/%2e%2e/b", "//a", "/a%2Fb?x=%20", "/a?b#"]) {
      const request = rawRequest("http://localhost:1", target, {});
      expect(targetOf(request)).toBe(target.replace("#", ""));
    }
  });

  it("is a slash when there is none", () => {
    expect(targetOf(new Request("http://localhost"))).toBe("/");
  });
});
