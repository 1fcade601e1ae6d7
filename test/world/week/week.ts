import { consumerKeys } from "../../sandbox/amplify/marketplace-secrets.ts";
import type { Side } from "../../sandbox/world/demo.ts";
import { cloudIds } from "../../sandbox/world/organization.ts";
import { imported, worldOf } from "../../support/imported.ts";
import { HOUR_MS, MINUTE_MS, type Rig } from "../../support/rig.ts";
import { CASES, type Case } from "./cases.ts";
import { Stage } from "./stage.ts";

/** `WEEK_DAYS=7`: the whole week, of 40 applications on 60 topics that are sampled every five minutes. */
export const DAYS = Number(process.env.WEEK_DAYS ?? 1);
const IS_WHOLE = DAYS >= 7;
export const SAMPLE_MINUTES = IS_WHOLE ? 5 : 15;
const STEP_MS = SAMPLE_MINUTES * MINUTE_MS;
const APPLICATIONS = IS_WHOLE ? 40 : 24;
const TOPICS = 2 * APPLICATIONS - CASES.length;
const PLAIN: Case = { name: "it reads all that comes", day: () => undefined };
const keys = consumerKeys(2048);

export type Where = "platform" | "dedicated" | "basic";

/** A connection that counts for many applications, and its applications, which wait for the first message. */
export async function openWeek(where: Where): Promise<{ readonly rig: Rig; readonly stages: readonly Stage[] }> {
  const side: Side = where === "platform" ? "platform" : "cloud";
  const cases = Array.from({ length: APPLICATIONS }, (_, index) => CASES[index] ?? PLAIN);
  const names = Array.from({ length: TOPICS }, (_, index) => `topic-${String(index).padStart(2, "0")}`);
  const world = worldOf(...names);
  const topics = world.topics.map((topic, index) => {
    const { partitions = 1 + (index % 3), configs = {} } = cases[index] ?? {};
    return { ...topic, partitions, configs };
  });
  const rig = await imported({
    side,
    world: { ...world, topics },
    amplifyRequestsPerMinute: "unlimited",
    variables: {
      CENTRAL_REQUESTSPERMINUTE: "6000",
      KAFKA_DISCOVERY_INTERVAL: "24h",
      KAFKA_METRICS_INTERVAL: `${SAMPLE_MINUTES}m`,
    },
  });
  const stages = cases.map((each, index) => {
    const more = index >= CASES.length ? names[index + APPLICATIONS - CASES.length] : undefined;
    return new Stage(rig, side, keys, each, [names[index] ?? "", ...(more === undefined ? [] : [more])]);
  });
  await rig.turn();
  for (const stage of stages) await stage.subscribe();
  await rig.settle();
  if (where !== "platform") {
    const kind = where === "basic" ? "Basic" : "Dedicated";
    rig.sandbox.parts.organization.behaviour.kinds = { [cloudIds.cluster]: kind };
    rig.runtime.ports.sql.exec("DELETE FROM known WHERE name = 'cluster'");
    await rig.actor.discover({});
  }
  for (const stage of stages) stage.consume(stage.case.consumer);
  await live(rig, HOUR_MS);
  return { rig, stages };
}

/** `hour` is called at the beginning of each, and says whether the Worker runs in it. */
export async function live(rig: Rig, ms: number, hour: (number: number) => boolean = () => true): Promise<void> {
  let isUp = true;
  for (let passed = 0; passed < ms; passed += STEP_MS) {
    if (passed % HOUR_MS === 0) isUp = hour(passed / HOUR_MS);
    rig.sandbox.clock.advance(STEP_MS);
    if (isUp) await rig.turn();
  }
}
