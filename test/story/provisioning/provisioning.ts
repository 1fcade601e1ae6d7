import type { LoggedRequest } from "../../sandbox/core/types.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import type { Side } from "../../sandbox/world/demo.ts";
import type { Finding } from "../checks/check.ts";
import { amplifyRequests, confluentRequests } from "../counts.ts";
import type { Drive } from "../drive.ts";
import { sides } from "../sides.ts";
import { toldTooEarly } from "./early.ts";
import { another, type Scene, type Step, steps } from "./steps.ts";
import { Subscriber } from "./subscriber.ts";

export interface StepResult {
  readonly step: string;
  readonly ok: boolean;
  /** Without tokens, the agents' status, and the events that are polled in any case. */
  readonly amplifyCalls: number;
  readonly confluentCalls: number;
}

export type ProvisioningResult = Readonly<Record<Side, { readonly steps: readonly StepResult[] }>>;

/** A consumer waits this long at most: a new key of Confluent's takes minutes. */
const PATIENCE_MS = 15 * 60_000;
/** Application, access request and credential together. */
const MOST_FOR_ALL = 14;
const SUBSCRIPTION: ReadonlySet<string> = new Set(["application", "access", "credential"]);

/** A consumer's whole life with one topic, on both sides at the same time, one step after the other. */
export async function playProvisioning(
  sandbox: Sandbox,
  drive: Drive,
): Promise<{ readonly result: ProvisioningResult; readonly findings: readonly Finding[] }> {
  const scenes = sides.map((side): Scene => {
    const subscriber = new Subscriber(side, sandbox);
    return { subscriber, sandbox, shown: new Map(), before: subscriber.holdings() };
  });
  const results = new Map<Side, StepResult[]>(sides.map((side) => [side, []]));
  const findings: Finding[] = [];
  sandbox.observe((exchange) => {
    const detail = toldTooEarly(exchange, sandbox);
    if (detail !== undefined) findings.push({ check: "success is told when the data is there", detail });
  });
  for (const step of steps) {
    if (step.name === "rotate")
      findings.push(...(await play(another, scenes, sandbox, drive)).flatMap(({ fault }) => fault));
    for (const { side, counted, fault } of await play(step, scenes, sandbox, drive)) {
      findings.push(...fault);
      results.get(side)?.push({ step: step.name, ok: fault.length === 0, ...counted });
    }
  }
  sandbox.observe(undefined);
  for (const side of sides) {
    const calls = (results.get(side) ?? [])
      .filter(({ step }) => SUBSCRIPTION.has(step))
      .reduce((sum, { amplifyCalls }) => sum + amplifyCalls, 0);
    if (calls > MOST_FOR_ALL)
      findings.push({ check: "a subscription takes at most 14 requests", detail: `${side}: ${calls}` });
  }
  const of = (side: Side) => ({ steps: results.get(side) ?? [] });
  return { result: { cloud: of("cloud"), platform: of("platform") }, findings };
}

interface Played {
  readonly side: Side;
  readonly counted: Pick<StepResult, "amplifyCalls" | "confluentCalls">;
  readonly fault: readonly Finding[];
}

async function play(step: Step, scenes: readonly Scene[], sandbox: Sandbox, drive: Drive): Promise<Played[]> {
  if (step.wait !== undefined) await drive.pass(step.wait);
  const mark = sandbox.log.all().at(-1)?.sequence ?? 0;
  for (const scene of scenes) step.act?.(scene);
  const { until } = step;
  if (until) await drive.until(() => scenes.every(until), PATIENCE_MS);
  const requests = sandbox.log.after(mark);
  const played: Played[] = [];
  for (const scene of scenes) {
    const { side } = scene.subscriber;
    const counted = countsOf(requests, side);
    const detail = tooMany(step, counted) ?? (await faultOf(step, scene));
    const fault = detail === undefined ? [] : [{ check: `provisioning: ${step.name}`, detail: `${side}: ${detail}` }];
    played.push({ side, counted, fault });
  }
  return played;
}

function countsOf(requests: readonly LoggedRequest[], side: Side): Played["counted"] {
  return {
    amplifyCalls: amplifyRequests(requests, side).length,
    confluentCalls: confluentRequests(requests, side).length,
  };
}

function tooMany({ most }: Step, { amplifyCalls }: Played["counted"]): string | undefined {
  return most === undefined || amplifyCalls <= most
    ? undefined
    : `${amplifyCalls} requests to Amplify, expected ${most} at most`;
}

/** What is wrong, also where a step could not be looked at, e.g. because one before it failed. */
async function faultOf(step: Step, scene: Scene): Promise<string | undefined> {
  try {
    return await step.fault(scene);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
