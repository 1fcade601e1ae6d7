import { sides } from "./sides.ts";
import type { StoryResult } from "./story.ts";

/** The result in plain words. */
export function told({ ok, discovery, failed = [] }: StoryResult): string[] {
  const lines = sides.flatMap((side) => {
    if (!discovery) return [];
    const { first, second } = discovery[side];
    return (
      `${side}: ${first.topics} topics, ${first.eligible} eligible, ${first.published} published, ${first.failed} with an error; ` +
      `${first.amplifyRequests} requests to Amplify and ${first.confluentRequests} to Confluent, ` +
      `the second time ${second.amplifyRequests} and ${second.confluentRequests}`
    );
  });
  return [
    ...lines,
    ...failed.map(({ check, detail }) => `FAILED ${check}: ${detail}`),
    ok ? "all is well" : "not all is well",
  ];
}
