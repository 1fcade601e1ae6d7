import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { first, World } from "../../sandbox/amplify/fixture.ts";
import { Ingestion } from "../../sandbox/amplify/ingestion.ts";

/** What two versions of the official SDK were recorded sending to ingestion. */

const call = v.looseObject({
  host: v.optional(v.string()),
  headers: v.optional(v.record(v.string(), v.string()), {}),
  body: v.optional(v.unknown()),
  status: v.number(),
});
const recording = v.object({
  steps: v.array(v.object({ step: v.string(), calls: v.union([v.string(), v.array(call)]) })),
});

function sentToIngestion(file: string) {
  const path = fileURLToPath(new URL(`../../../../shared/contracts/recordings/amplify-sdk/${file}`, import.meta.url));
  const { steps } = v.parse(recording, JSON.parse(readFileSync(path, "utf8")));
  return steps.flatMap(({ calls }) =>
    typeof calls === "string" ? [] : calls.filter(({ host }) => host === "ingestion"),
  );
}

describe.each([
  ["metrics.json", 2],
  ["metrics.v1.1.120.json", 2],
])("the requests of %s", (file, requests) => {
  it("are accepted as they were sent, and their counts are understood", async () => {
    const world = new World();
    const ingestion = new Ingestion(world.amplify);
    const authorization = `Bearer ${String(first((await world.token()).json).access_token)}`;
    const sent = sentToIngestion(file);
    expect(sent).toHaveLength(requests);
    for (const { headers, body, status } of sent) {
      const request = new Request("http://ingestion.test/", {
        method: "POST",
        headers: { ...headers, authorization },
        body: gzipSync(JSON.stringify(body)),
      });
      const answer = await ingestion.fetch(request);
      expect([answer.status, await answer.text()]).toEqual([status, ""]);
    }
    expect(ingestion.accepted().length).toBeGreaterThan(0);
    expect(ingestion.accepted().every(({ transactions }) => transactions > 0)).toBe(true);
  });
});
