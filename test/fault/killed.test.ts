import { createHash } from "node:crypto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { answers } from "../sandbox/core/faults.ts";
import { createSandbox } from "../sandbox/sandbox.ts";
import { changeSchema, imported, worldOf } from "../support/imported.ts";
import { distinct } from "../support/kill.ts";
import { KillBench } from "../support/killed.ts";
import { MINUTE_MS, Rig, untilMorning, unwrap } from "../support/rig.ts";
import { dumpRows } from "../support/rows.ts";
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
    const sandbox = createSandbox({ clockOffset: untilMorning(), inProcess: true, world: smallWorld });
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
    expect(points.length).toBeGreaterThan(150);
    for (const at of points) {
      const world = await bench.die(at, recording);
      expect(world, `killed ${recording.points[at]?.label}, point ${at}`).toEqual(recording.world);
    }
    expect(sandbox.defects).toEqual([]);
  },
  90_000,
);

test("killed anywhere while a topic changes that waits to be published, no revision bears the name of another document", async () => {
  const rig = await imported({ side: "cloud", world: worldOf("orders") });
  const { sandbox } = rig;
  sandbox.faults.add({ name: "down", when: { service: "amplify", method: "POST" }, fault: answers.badGateway() });
  changeSchema(rig, "cloud", "orders");
  unwrap(await rig.actor.discover({}));
  await rig.turn();
  sandbox.faults.clear();
  sandbox.clock.advance(1_000);
  changeSchema(rig, "cloud", "orders");
  unwrap(await rig.actor.discover({}));
  const rows = dumpRows(rig.runtime.ports.sql);
  rig.close();

  const bench = new KillBench(sandbox, "cloud");
  const recording = await bench.record(rows);
  const points = distinct(recording.points);
  expect(points.length).toBeGreaterThan(20);
  for (const at of points) {
    const world = await bench.die(at, recording);
    const revisions = Object.values(world).filter(isRevision);
    expect(revisions.length).toBeLessThanOrEqual(3);
    for (const { name, spec } of revisions) {
      const bytes = Buffer.from(spec.definition.value, "base64");
      expect(name, `point ${at}`).toContain(createHash("sha256").update(bytes).digest("hex").slice(0, 8));
    }
    expect(shownRevision(world), `killed ${recording.points[at]?.label}`).toBe(shownRevision(recording.world));
  }
});

test("killed anywhere while topics change, come and go and a setting changes, it ends in the same Amplify", async () => {
  const rig = await imported({ side: "platform", world: worldOf("orders", "payments", "invoices") });
  const { sandbox } = rig;
  const { clusters } = sandbox.parts;
  clusters.platform.deleteTopic("payments");
  await rig.live(6 * MINUTE_MS);
  clusters.platform.createTopic({ name: "claims", partitions: 1, replicationFactor: 3 });
  changeSchema(rig, "platform", "orders");
  sandbox.clock.advance(10 * MINUTE_MS);
  const rows = dumpRows(rig.runtime.ports.sql);
  rig.close();

  const bench = new KillBench(sandbox, "platform", { CENTRAL_ADDITIONALTAGS: "kafka" });
  const recording = await bench.record(rows);
  expect(JSON.stringify(recording.world)).toContain("Agent Sync Warning");
  expect(sandbox.parts.amplify.resources("APIServiceRevision")).toHaveLength(5);
  // Every third: what is written here is what an import writes too, in another order.
  for (const at of distinct(recording.points).filter((_, index) => index % 3 === 0)) {
    const world = await bench.die(at, recording);
    expect(world, `killed ${recording.points[at]?.label}, point ${at}`).toEqual(recording.world);
  }
});

interface Revision {
  readonly kind: "APIServiceRevision";
  readonly name: string;
  readonly spec: { readonly definition: { readonly value: string } };
}

function isRevision(resource: unknown): resource is Revision {
  return (resource as { kind?: string }).kind === "APIServiceRevision";
}

function shownRevision(world: Readonly<Record<string, unknown>>): unknown {
  const instances = Object.values(world) as { kind?: string; spec?: { apiServiceRevision?: string } }[];
  return instances.find(({ kind }) => kind === "APIServiceInstance")?.spec?.apiServiceRevision;
}
