import { sides } from "./sides.ts";
import type { StoryResult } from "./story.ts";

/** The result in plain words. */
export function told({ ok, discovery, provisioning, traceability, failed = [] }: StoryResult): string[] {
  const lines = sides.flatMap((side) => {
    if (!discovery) return [];
    const { first, second } = discovery[side];
    return (
      `${side}: ${first.topics} topics, ${first.eligible} eligible, ${first.published} published, ${first.failed} with an error; ` +
      `${first.amplifyRequests} requests to Amplify and ${first.confluentRequests} to Confluent, ` +
      `the second time ${second.amplifyRequests} and ${second.confluentRequests}`
    );
  });
  const subscriptions = sides.flatMap((side) => {
    const steps = provisioning?.[side].steps ?? [];
    if (steps.length === 0) return [];
    const calls = (which: "amplifyCalls" | "confluentCalls") => steps.reduce((sum, step) => sum + step[which], 0);
    const well = steps.filter(({ ok: isWell }) => isWell).length;
    return `${side}: a consumer came and went, ${well} of ${steps.length} steps are well, ${calls("amplifyCalls")} requests to Amplify and ${calls("confluentCalls")} to Confluent`;
  });
  return [
    ...lines,
    ...subscriptions,
    ...Object.entries(traceability ?? {}).map(
      ([cluster, { produced, consumed, counted, accepted }]) =>
        `${cluster}: ${produced} messages produced, ${consumed} consumed, ${counted} counted, ${accepted} accepted by Amplify`,
    ),
    ...failed.map(({ check, detail }) => `FAILED ${check}: ${detail}`),
    ok ? "all is well" : "not all is well",
  ];
}
