import { expect, test } from "vitest";
import { answerCounts } from "../../../src/connection/answer-counts.ts";

test("requests are counted by upstream and by what became of them", () => {
  const counts = answerCounts();
  for (const status of [200, 204, 404, 503, 530]) counts.note({ upstream: "kafka", status, failure: undefined });
  counts.note({ upstream: "kafka", status: undefined, failure: "unreachable" });
  counts.note({ upstream: "kafka", status: 200, failure: "timeout" });
  counts.note({ upstream: "amplify", status: 302, failure: "malformed" });
  expect(counts.list()).toEqual([
    { upstream: "kafka", answer: "2xx", count: 2 },
    { upstream: "kafka", answer: "4xx", count: 1 },
    { upstream: "kafka", answer: "5xx", count: 2 },
    { upstream: "kafka", answer: "none", count: 2 },
    { upstream: "amplify", answer: "3xx", count: 1 },
  ]);
});

test("nothing was asked yet, so nothing is counted", () => {
  expect(answerCounts().list()).toEqual([]);
});
