import { afterEach, describe, expect, test } from "vitest";
import { createExaminer, type Examiner, type Probe, type Told } from "../../../src/connection/doctor-check.ts";
import { type Failure, NotYet, UpstreamError } from "../../../src/http/errors.ts";

let examiner: Examiner;
afterEach(() => examiner.end());

const login = { check: "kafka-login", permission: "a key", variable: "KAFKA_KEY" };
const green: Told = { ok: true, message: "fine" };
const probe = (check: string, ask: () => Promise<Told>): Probe => ({
  check,
  permission: `right to ${check}`,
  variable: "KAFKA_KEY",
  ask,
});
const failing = (kind: Failure["kind"]) => async (): Promise<Told> => {
  throw new UpstreamError("kafka", { kind } as Failure, `It failed: ${kind}.`);
};
const open = (told: Parameters<typeof createExaminer>[0]["told"] = new Map(), patienceMs = 5_000) => {
  examiner = createExaminer({ patienceMs, told });
  return examiner;
};

describe("what a failure says about a permission", () => {
  test.each<[Failure["kind"], boolean | undefined]>([
    ["forbidden", false],
    ["unauthorised", false],
    ["missing", false],
    ["invalid", false],
    ["malformed", false],
    ["throttled", undefined],
    ["server", undefined],
    ["timeout", undefined],
    ["unreachable", undefined],
    ["unsupported", undefined],
  ])("%s: %s", async (kind, ok) => {
    const { check } = await open().ask(probe("read", failing(kind)));
    expect([check.ok, check.certain]).toEqual([ok, ok !== undefined]);
  });

  test("names the permission where the message does not", async () => {
    const { check } = await open().ask(probe("read", failing("forbidden")));
    expect(check.message).toBe("It failed: forbidden. It lacks the right to right to read.");
  });

  test("an error that is not about the upstream is thrown", async () => {
    const broken = probe("read", async () => {
      throw new TypeError("a defect");
    });
    await expect(open().ask(broken)).rejects.toThrow("a defect");
  });
});

describe("what stands behind one login", () => {
  test("is asked when the first answer came, each on its own", async () => {
    const checks = await open().behind(
      login,
      probe("first", async () => green),
      [probe("second", failing("forbidden")), probe("third", async () => green)],
    );
    expect(checks.map(({ check, ok }) => [check, ok])).toEqual([
      ["kafka-login", true],
      ["first", true],
      ["second", false],
      ["third", true],
    ]);
  });

  test("a missing permission of the first says that the login is good", async () => {
    const checks = await open().behind(login, probe("first", failing("forbidden")), []);
    expect(checks.map(({ check, ok }) => [check, ok])).toEqual([
      ["kafka-login", true],
      ["first", false],
    ]);
  });

  test.each<Failure["kind"]>(["unauthorised", "unreachable", "timeout", "refused-host"])(
    "%s is one red of the login, and nothing more is asked",
    async (kind) => {
      let asked = 0;
      const second = probe("second", async () => {
        asked++;
        return green;
      });
      const checks = await open().behind(login, probe("first", failing(kind)), [second]);
      expect(checks).toMatchObject([
        { check: "kafka-login", ok: false, certain: true, permission: "a key", message: `It failed: ${kind}.` },
        { check: "first", ok: undefined, message: "It could not be told: kafka-login is red." },
        { check: "second", ok: undefined, message: "It could not be told: kafka-login is red." },
      ]);
      expect(asked).toBe(0);
    },
  );

  test("a server in trouble says nothing about the login", async () => {
    const checks = await open().behind(login, probe("first", failing("server")), []);
    expect(checks.map(({ ok }) => ok)).toEqual([undefined, undefined]);
  });

  test("what has to wait says until when, and the latest of them is told", async () => {
    const wait = (check: string, until: number) =>
      probe(check, async () => {
        throw new NotYet(until, "waiting for the request budget");
      });
    open();
    const checks = await examiner.behind(login, wait("first", 60_000), [wait("second", 90_000)]);
    expect(checks.map(({ ok }) => ok)).toEqual([undefined, undefined, undefined]);
    expect(checks[2]?.message).toBe("It has to wait until 1970-01-01T00:01:30.000Z: waiting for the request budget.");
    expect(examiner.waitsUntil()).toBe(90_000);
  });
});

describe("patience", () => {
  test("ends for everything at once: what has no answer could not be told, and nothing new is asked", async () => {
    let asked = 0;
    const silent = (check: string) =>
      probe(check, () => {
        asked++;
        return new Promise<Told>(() => undefined);
      });
    open(new Map(), 30);
    const began = Date.now();
    const probes = Array.from({ length: 12 }, (_, index) => silent(`probe-${index}`));
    const checks = await examiner.all(probes);
    expect(Date.now() - began).toBeLessThan(1_000);
    expect(checks.every(({ ok }) => ok === undefined)).toBe(true);
    expect(checks[0]?.message).toBe("There was no answer within 0 s.");
    expect(asked).toBe(6);
  });

  test("at most six are on their way at once", async () => {
    let open_ = 0;
    let most = 0;
    const slow = probe("slow", async () => {
      most = Math.max(most, ++open_);
      await new Promise((resolve) => setTimeout(resolve, 2));
      open_--;
      return green;
    });
    await open().all(Array.from({ length: 30 }, () => slow));
    expect(most).toBe(6);
  });
});

test("what an earlier report found in order is not asked again", async () => {
  const known = { ...login, check: "first", ok: true, certain: true, message: "told before", answer: undefined };
  const checks = await open(new Map([["first", known]])).all([probe("first", failing("forbidden"))]);
  expect(checks).toEqual([known]);
});
