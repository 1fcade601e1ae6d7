import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createSandbox } from "../sandbox/sandbox.ts";
import { distinct } from "../support/kill.ts";
import { KillBench } from "../support/killed.ts";
import { Rig } from "../support/rig.ts";
import { ALREADY_THERE, smallWorld } from "./small-world.ts";

beforeEach(() => {
  // Only a clock that stands still can be set back between two trials.
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

test.each(["cloud", "platform"] as const)(
  "killed before and after every request and before every statement, an import of a small world on %s ends in the same Amplify",
  async (side) => {
    const sandbox = createSandbox({ inProcess: true, world: smallWorld });
    const earlier = new Rig({ side, sandbox, variables: { KAFKA_FILTER: `tag.MatchRegEx("^${ALREADY_THERE}$")` } });
    await earlier.settle();
    earlier.close();
    expect(sandbox.parts.amplify.resources("APIService")).toHaveLength(1);

    const bench = new KillBench(sandbox, side);
    const recording = await bench.record();
    for (const kind of ["APIService", "APIServiceRevision", "APIServiceInstance"]) {
      expect(sandbox.parts.amplify.resources(kind)).toHaveLength(3);
    }
    const points = distinct(recording.points);
    expect(points.length).toBeGreaterThan(300);
    for (const at of points) {
      const world = await bench.die(at, recording);
      expect(world, `killed ${recording.points[at]?.label}, point ${at}`).toEqual(recording.world);
    }
    expect(sandbox.defects).toEqual([]);
  },
  90_000,
);
