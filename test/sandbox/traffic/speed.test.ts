import { expect, it } from "vitest";
import { createSandbox } from "../sandbox.ts";

const DAY = 86_400_000;
const STEP = 300_000;

it("a day of 40 applications and 60 topics takes some seconds of computing, in steps of five minutes", () => {
  const sandbox = createSandbox({ inProcess: true, world: "empty" });
  const { traffic, clusters } = sandbox.parts;
  for (let index = 0; index < 60; index++) {
    const name = `topic-${index}`;
    const side = index % 2 === 0 ? "cloud" : "platform";
    clusters[side].createTopic({ name, partitions: 3 });
    const transactions = index % 10 === 0 ? { transactions: { minutes: 0 } } : {};
    traffic.produce({ name, side, topic: name, perMinute: 10 + index, unevenness: 0.5, ...transactions });
  }
  for (let index = 0; index < 40; index++) {
    const side = index % 2 === 0 ? "cloud" : "platform";
    const topics = [0, 2, 4].map((more) => `topic-${(index + more) % 60}`);
    traffic.consume({ name: `app-${index}`, side, group: `amp.${index}.main`, topics, members: 2 });
  }
  const started = process.cpuUsage();
  for (let at = 0; at < DAY; at += STEP) {
    sandbox.clock.advance(STEP);
    traffic.catchUp();
  }
  const { user, system } = process.cpuUsage(started);
  const consumed = traffic.truth().reduce((sum, { advanced, first }) => sum + advanced + first, 0);
  expect(consumed).toBeGreaterThan(5_000_000);
  // A week is seven of these and must stay well under a minute.
  expect((user + system) / 1_000_000).toBeLessThan(6);
});
