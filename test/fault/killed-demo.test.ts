import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { seededRandom } from "../sandbox/core/random.ts";
import { createSandbox } from "../sandbox/sandbox.ts";
import { publishedWorld } from "../support/amplify-view.ts";
import { distinct } from "../support/kill.ts";
import { KillBench } from "../support/killed.ts";
import { Rig, untilMorning } from "../support/rig.ts";

const TRIALS = 20;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

test.each(["cloud", "platform"] as const)(
  "killed at twenty points drawn by chance, an import of the demo world on %s ends in the same Amplify",
  async (side) => {
    const seed = Number(process.env.KILL_SEED ?? Math.floor(Math.random() * 1e9));
    console.log(`KILL_SEED=${seed} repeats these deaths on ${side}`);
    const random = seededRandom(seed);
    const bench = new KillBench(createSandbox({ clockOffset: untilMorning(), inProcess: true }), side);
    const recording = await bench.record();
    const points = distinct(recording.points);
    expect(points.length).toBeGreaterThan(1_000);
    for (let trial = 0; trial < TRIALS; trial++) {
      const at = points[random.below(points.length)] ?? 0;
      const world = await bench.die(at, recording);
      expect(world, `seed ${seed}, killed ${recording.points[at]?.label}, point ${at}`).toEqual(recording.world);
    }
    expect(bench.sandbox.defects).toEqual([]);
  },
  90_000,
);

test.each(["cloud", "platform"] as const)(
  "evicted before every wake, an import of the demo world on %s makes the same requests and ends in the same Amplify",
  async (side) => {
    const import_ = async (evicts: boolean) => {
      const rig = new Rig({ side });
      await rig.settle(() => {
        if (evicts) rig.evict();
      });
      const sent = rig.sandbox.log.all().map(({ service, method, path }) => `${service} ${method} ${path}`);
      expect(rig.amplify().filter(({ status }) => status === 429)).toEqual([]);
      const world = publishedWorld(rig.sandbox.parts.amplify);
      rig.close();
      return { world, sent: sent.sort() };
    };
    const kept = await import_(false);
    const evicted = await import_(true);
    expect(evicted.sent).toEqual(kept.sent);
    expect(evicted.world).toEqual(kept.world);
  },
);
