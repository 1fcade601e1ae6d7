import { expect, test } from "vitest";
import { Rig, unwrap } from "../support/rig.ts";

test.each(["cloud", "platform"] as const)(
  "an import of the %s demo world ends at rest, with 7 requests a topic",
  async (side) => {
    const rig = new Rig({ side });
    await rig.settle();
    const overview = unwrap(await rig.actor.overview());
    expect(overview.work.dead).toBe(0);
    expect(overview.topics.published).toBeGreaterThanOrEqual(30);
    expect(overview.topics.published).toBe(overview.topics.eligible);
    const writes = rig.sandbox.log
      .all()
      .filter(({ service, method, path }) => service === "amplify" && method !== "GET" && path.includes("/apiservice"));
    expect(writes).toHaveLength(7 * (overview.topics.published ?? 0));
    expect(rig.sandbox.defects).toEqual([]);
    rig.close();
  },
);
