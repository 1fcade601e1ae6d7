import type { LoggedRequest } from "../sandbox/core/types.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import type { DemoTopic } from "../sandbox/world/catalogue/types.ts";
import { demoSubjects, demoTopics, type Side } from "../sandbox/world/demo.ts";
import type { Operator, ShownOverview, ShownRun, ShownTopic, WorkItem } from "./operator.ts";
import { type PublishedTopic, publishedTopics } from "./published.ts";
import { connectionOf } from "./sides.ts";

/** What is left of one pass of the story, to be judged: one side as the sandbox has it, and as the worker shows it. */
export interface SideFacts {
  readonly side: Side;
  /** The demo's topics with what is expected of each. */
  readonly world: readonly DemoTopic[];
  /** Topics that the cluster lists. */
  readonly listed: readonly string[];
  readonly subjects: number;
  /** Amplify's resources of the side's environment, by the topic in their details. */
  readonly published: readonly PublishedTopic[];
  readonly shown: readonly ShownTopic[];
  readonly work: readonly WorkItem[];
  readonly runs: readonly ShownRun[];
  readonly overview: ShownOverview;
}

export interface Facts {
  readonly sides: Readonly<Record<Side, SideFacts>>;
  /** From the beginning until no discovery work was due. */
  readonly first: readonly LoggedRequest[];
  /** From then on until the next discovery was done. */
  readonly second: readonly LoggedRequest[];
  readonly secondBeganAt: number;
  /** What services of the sandbox threw. */
  readonly defects: readonly unknown[];
}

export async function sideFacts(side: Side, sandbox: Sandbox, operator: Operator): Promise<SideFacts> {
  const connection = connectionOf(side);
  return {
    side,
    world: demoTopics(side),
    listed: sandbox.parts.clusters[side].listTopics().map(({ name }) => name),
    subjects: demoSubjects().length,
    published: publishedTopics(sandbox.parts.amplify, connection),
    shown: await operator.topics(connection),
    work: await operator.work(connection),
    runs: await operator.runs(connection),
    overview: await operator.overview(connection),
  };
}
