import { afterEach, describe, expect, test, vi } from "vitest";
import type { ConsumptionEntry } from "../../src/traceability/consumption-entry.ts";
import { answers, type FaultStep } from "../sandbox/core/faults.ts";
import { HOUR_MS, MINUTE_MS, type Rig } from "../support/rig.ts";
import type { Stage } from "./week/stage.ts";
import { DAYS, live, openWeek, SAMPLE_MINUTES } from "./week/week.ts";

/**
 * Days of consumers to whom everything happens that may, while every upstream fails: a day in `npm test`, and a week with
 * `WEEK_DAYS=7`. What was accepted is held against what the sandbox alone knows to have been read.
 */

const rigs: Rig[] = [];
afterEach(() => {
  vi.restoreAllMocks();
  for (const rig of rigs.splice(0)) {
    expect(rig.sandbox.defects).toEqual([]);
    rig.close();
  }
});

/** In the hours from `from` on, `to` not included. */
interface Trouble {
  readonly from: number;
  readonly to: number;
  readonly step: FaultStep;
}

function troubles(stages: readonly Stage[]): readonly Trouble[] {
  const oneGroup = encodeURIComponent(stages.at(-1)?.group() ?? "");
  return [
    {
      from: 1,
      to: 4,
      step: { name: "lost answers", when: { service: "ingestion", calls: { every: 2 } }, fault: { do: "lose-reply" } },
    },
    {
      from: 5,
      to: DAYS >= 7 ? 29 : 11,
      step: { name: "ingestion", when: { service: "ingestion" }, fault: answers.badGateway() },
    },
    {
      from: 12,
      to: 15,
      step: { name: "one group", when: { path: `**/consumer-groups/${oneGroup}/lags` }, fault: answers.badGateway() },
    },
    { from: 13, to: 14, step: { name: "listing", when: { path: "**/consumer-groups" }, fault: answers.badGateway() } },
    {
      from: 19,
      to: 21,
      step: { name: "lags", when: { path: "**/lags", calls: { every: 9 } }, fault: { do: "reset" } },
    },
    {
      from: 19,
      to: 21,
      step: { name: "metrics", when: { path: "**/query", calls: { every: 3 } }, fault: answers.tooManyRequests(60) },
    },
    { from: 21, to: 22, step: { name: "amplify", when: { service: "amplify" }, fault: answers.badGateway() } },
  ];
}

/** What was troubled of the hours so far ends, and what comes next begins; the Metrics API is late at times. */
function trouble(rig: Rig, all: readonly Trouble[], hours: number): void {
  const { faults, parts } = rig.sandbox;
  for (const { from, to, step } of all) {
    if (from === hours) faults.add(step);
    if (to === hours) faults.remove(step.name);
  }
  parts.organization.metrics.lateMs = (hours >= 2 && hours < 5 ? 12 : 5) * MINUTE_MS;
}

/** Lives through the days; the Worker is down from the 15th to the 18th hour, and loses its memory every hour. */
async function liveThrough(rig: Rig, stages: readonly Stage[]): Promise<void> {
  const all = troubles(stages);
  for (let day = 0; day < DAYS; day++) {
    for (const stage of stages) stage.day(day);
    await live(rig, 24 * HOUR_MS, (hour) => {
      const hours = 24 * day + hour;
      trouble(rig, all, hours);
      rig.evict();
      return hours < 15 || hours >= 18;
    });
  }
  for (const stage of stages) stage.stopProducing();
  await live(rig, 5 * HOUR_MS);
}

async function week(where: Parameters<typeof openWeek>[0]) {
  // Requests to one host are spread over real seconds: here a second passes between two of them.
  let passed = 0;
  vi.spyOn(performance, "now").mockImplementation(() => (passed += 1000));
  const { rig, stages } = await openWeek(where);
  rigs.push(rig);
  for (const stage of stages) stage.produce(stage.case.producer);
  await liveThrough(rig, stages);
  expect(rig.sandbox.parts.ingestion.changed()).toEqual([]);
  return { rig, stages };
}

/** What may have been accepted of an application whose commits can be read. */
function allowedExactly({ case: { told = [], missing = 0, skippedCounts = false } }: Stage, sums: Sums): Range {
  const passed = skippedCounts ? sums.skipped : 0;
  const less = missing * SAMPLE_MINUTES * DAYS;
  // Where another group showed the end of the log, a fresh group may have begun behind it.
  const more = told.includes("fresh-group") ? sums.first + less : 0;
  return [sums.consumed + passed - less, sums.consumed + passed + more];
}

/** And of one that the Metrics API alone tells of: a minute's production may be missing at the end, or be too much. */
function allowedEstimated({ case: { missing = 0, basic }, perMinute }: Stage, sums: Sums): Range {
  if (basic === "nothing") return [0, 0];
  if (basic === "produced") return [sums.produced - perMinute, sums.produced + perMinute];
  const less = missing * SAMPLE_MINUTES * DAYS;
  // What was lost with a topic or passed over counts as read: a commit's worth each of the two times a day.
  const more = missing > 0 ? 2 * DAYS * perMinute : 0;
  return [sums.consumed - less - perMinute, sums.consumed + sums.first + perMinute + more];
}

type Sums = ReturnType<Stage["sums"]>;
type Range = readonly [least: number, most: number];

const exact = DAYS > 1 ? (["platform", "dedicated"] as const) : (["platform"] as const);
const timeout = 3_600_000;

describe.each(exact)("where commits can be read (%s)", (where) => {
  test("all that was consumed is accepted, to the last message, but for what rows explain", { timeout }, async () => {
    const { stages } = await week(where);
    for (const stage of stages) {
      const { name, told = [] } = stage.case;
      const rows = await stage.rows();
      const reasons = new Set(rows.flatMap((row) => row.reasons));
      const sums = stage.sums();
      expectWithin(name, sums, allowedExactly(stage, sums));
      expect([name, ...told.filter((reason) => !reasons.has(reason))]).toEqual([name]);
      expect(acceptedOf(rows)).toBe(sums.accepted);
    }
  });
});

test("from the Metrics API it is right to a minute's production, and says that it is an estimate", {
  timeout,
}, async () => {
  const { stages } = await week("basic");
  for (const stage of stages) {
    const { name } = stage.case;
    const rows = await stage.rows();
    const sums = stage.sums();
    expectWithin(name, sums, allowedEstimated(stage, sums));
    const others = rows.filter(({ quality }) => quality !== "estimated" && quality !== "baseline");
    expect([name, ...others]).toEqual([name]);
    expect(acceptedOf(rows)).toBe(sums.accepted);
  }
});

function expectWithin(name: string, sums: Sums, [least, most]: Range): void {
  const isWithin = sums.accepted >= least && sums.accepted <= most;
  if (process.env.WEEK_DAYS !== undefined) console.log(name, sums, sums.accepted - sums.consumed);
  expect({ name, ...sums, least, most, isWithin }).toEqual({ name, ...sums, least, most, isWithin: true });
}

function acceptedOf(rows: readonly ConsumptionEntry[]): number {
  return rows.reduce((sum, { report, messages }) => (report === "reported" ? sum + Number(messages) : sum), 0);
}
