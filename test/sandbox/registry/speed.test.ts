import { expect, test } from "vitest";
import { asking, emptyRegistry, record } from "./support.ts";

/** ms, at the 95th percentile. */
const SLOWEST = 20;

test("95 of 100 answers take less than 20 ms with 100 subjects", async () => {
  const registry = emptyRegistry();
  const fields = Array.from({ length: 40 }, (_, at) => ({
    name: `field_${at}`,
    type: ["null", "string"],
    default: null,
    doc: "A field",
  }));
  for (let at = 0; at < 100; at++) registry.register(`topic-${at}-value`, { schema: record(`R${at}`, ...fields) });
  const ask = asking(registry);
  const asks: (() => Promise<unknown>)[] = [
    () => ask("GET", "/schemas?subjectPrefix=:*:&latestOnly=true"),
    () => ask("GET", "/subjects"),
    () => ask("GET", "/subjects/topic-50-value/versions/latest"),
    () => ask("GET", "/schemas/ids/50"),
    () => ask("POST", "/subjects/topic-50-value/versions", { schema: record("R50", ...fields) }),
  ];
  const taken: number[] = [];
  for (let round = 0; round < 40; round++) {
    for (const each of asks) {
      const begun = performance.now();
      await each();
      taken.push(performance.now() - begun);
    }
  }
  const [slowest95] = taken.sort((a, b) => a - b).slice(Math.floor(taken.length * 0.95));
  expect(slowest95).toBeLessThan(SLOWEST);
});
