import type { Sandbox } from "../sandbox/sandbox.ts";
import type { Side } from "../sandbox/world/demo.ts";
import { type Finding, judge } from "./checks/check.ts";
import { requestChecks } from "./checks/requests.ts";
import { topicChecks } from "./checks/topics.ts";
import { workChecks } from "./checks/work.ts";
import { amplifyRequests, type Counts, confluentRequests, isWrite, type Overhead, overhead } from "./counts.ts";
import type { Drive } from "./drive.ts";
import { type Facts, sideFacts } from "./facts.ts";
import type { Operator } from "./operator.ts";
import { type ProvisioningResult, playProvisioning } from "./provisioning/provisioning.ts";
import { OVERLAP_MS } from "./provisioning/steps.ts";
import { isComplete } from "./published.ts";
import { connectionOf, sides } from "./sides.ts";
import { onStage, type StoryOptions, seconds } from "./stage.ts";
import { playTraceability, type TraceabilityResult } from "./traceability/traceability.ts";

export interface StoryResult {
  readonly ok: boolean;
  /** Missing, as `overhead`, when the story could not be told to its end. */
  readonly discovery?: Readonly<Record<Side, { readonly first: Counts; readonly second: Counts }>>;
  readonly overhead?: { readonly first: Overhead; readonly second: Overhead };
  readonly provisioning?: ProvisioningResult;
  readonly traceability?: TraceabilityResult;
  readonly failed?: readonly Finding[];
}

/** What one pass was, in numbers and in what was found wrong. */
interface Pass {
  readonly counts: Pick<StoryResult, "discovery" | "overhead" | "provisioning">;
  readonly findings: readonly Finding[];
}

const checks = [...topicChecks, ...requestChecks, ...workChecks];

/** Longer than the import takes, so that each pass has exactly two discoveries. */
const INTERVAL = "1h";

/**
 * The whole story: an import and a second discovery of the demo world, then the same once more with every object
 * dropped before every wake. Both passes must be sound, and their counts the same.
 */
export async function runStory(options: StoryOptions): Promise<StoryResult> {
  const { tell } = options;
  const plain = await runPass(options, false);
  if (plain.findings.length > 0) return { ok: false, ...plain.counts, failed: plain.findings };
  tell("once more, every object dropped before every wake");
  const evicted = await runPass(options, true);
  const findings = evicted.findings.map(({ check, detail }) => ({ check, detail: `evicted: ${detail}` }));
  const same = JSON.stringify(plain.counts) === JSON.stringify(evicted.counts);
  if (!same)
    findings.push({ check: "evicted everywhere, all counts are the same", detail: JSON.stringify(evicted.counts) });
  if (findings.length > 0) return { ok: false, ...plain.counts, failed: findings };
  const counted = await played(options);
  const { result, findings: failed } = counted;
  return { ok: failed.length === 0, ...plain.counts, ...result, ...(failed.length > 0 ? { failed } : {}) };
}

/** What applications read, on clusters of their own. */
async function played(
  options: StoryOptions,
): Promise<{ readonly result: Pick<StoryResult, "traceability">; readonly findings: readonly Finding[] }> {
  try {
    const { result, findings } = await playTraceability(options);
    return { result: { traceability: result }, findings };
  } catch (error) {
    return { result: {}, findings: [untold(error)] };
  }
}

async function runPass(options: StoryOptions, evicted: boolean): Promise<Pass> {
  const { tell } = options;
  const variables = { KAFKA_DISCOVERY_INTERVAL: INTERVAL, KAFKA_ROTATION_OVERLAP: `${OVERLAP_MS / 60_000}m` };
  try {
    return await onStage(options, { evicted, variables }, async ({ sandbox, operator, drive }) => {
      const facts = await told(drive, sandbox, operator, tell);
      const findings = judge(checks, facts);
      if (findings.length > 0) return { counts: countsOf(facts), findings };
      const subscribed = Date.now();
      const provisioning = await playProvisioning(sandbox, drive);
      tell(`two consumers came and went in ${seconds(subscribed)}`);
      return {
        counts: { ...countsOf(facts), provisioning: provisioning.result },
        findings: [...provisioning.findings, ...(await afterwards(sandbox, operator))],
      };
    });
  } catch (error) {
    return { counts: {}, findings: [untold(error)] };
  }
}

function untold(error: unknown): Finding {
  const detail = error instanceof Error ? error.message : String(error);
  return { check: "the story can be told to its end", detail };
}

/** That nothing was given up on the way, and that the sandbox is in order. */
async function afterwards(sandbox: Sandbox, operator: Operator): Promise<Finding[]> {
  const dead = (await Promise.all(sides.map((side) => operator.work(connectionOf(side))))).flat();
  return [
    ...dead
      .filter((item) => item.dead)
      .map(({ key, error }) => ({ check: "no work was given up", detail: `${key}: ${error ?? ""}` })),
    ...sandbox.defects.map((defect) => ({ check: "the sandbox has no defect", detail: String(defect) })),
  ];
}

async function told(drive: Drive, sandbox: Sandbox, operator: Operator, tell: (line: string) => void): Promise<Facts> {
  const connections = sides.map(connectionOf);
  const began = Date.now();
  const startedAt = sandbox.clock.now();
  sandbox.log.mark("first");
  await drive.start();
  sandbox.log.mark("second");
  const minutes = Math.round((sandbox.clock.now() - startedAt) / 60_000);
  tell(`first discovery: ${drive.wakes} wakes, ${minutes} minutes of its clock, in ${seconds(began)}`);
  const secondBeganAt = sandbox.clock.now();
  const dues = await Promise.all(connections.map(async (connection) => await nextDiscovery(operator, connection)));
  await drive.jump(Math.max(...dues) - sandbox.clock.now());
  await drive.settle();
  sandbox.log.mark("end");
  return {
    sides: {
      cloud: await sideFacts("cloud", sandbox, operator),
      platform: await sideFacts("platform", sandbox, operator),
    },
    first: sandbox.log.between("first", "second"),
    second: sandbox.log.between("second", "end"),
    secondBeganAt,
    defects: sandbox.defects,
  };
}

async function nextDiscovery(operator: Operator, connection: string): Promise<number> {
  const item = (await operator.work(connection)).find(({ key }) => key === "discovery");
  if (!item) throw new Error(`${connection} plans no further discovery`);
  return item.due;
}

function countsOf(facts: Facts): Pass["counts"] {
  const part = (side: Side, phase: "first" | "second"): Counts => {
    const { listed, shown, published } = facts.sides[side];
    const amplify = amplifyRequests(facts[phase], side);
    return {
      topics: listed.length,
      eligible: shown.filter(({ decision }) => decision === "eligible").length,
      published: published.filter(isComplete).length,
      failed: shown.filter(({ decision }) => decision === "error").length,
      confluentRequests: confluentRequests(facts[phase], side).length,
      amplifyRequests: amplify.length,
      amplifyWrites: amplify.filter(isWrite).length,
    };
  };
  const both = (side: Side) => ({ first: part(side, "first"), second: part(side, "second") });
  return {
    discovery: { cloud: both("cloud"), platform: both("platform") },
    overhead: { first: overhead(facts.first), second: overhead(facts.second) },
  };
}
