import { expect, test } from "vitest";
import type { Observed } from "../../sandbox/core/observe.ts";
import { importDemoWorld } from "../../world/imported.ts";
import { judged } from "./judge.ts";

test.each(["cloud", "platform"] as const)(
  "every request of an import on %s, and every answer to it, is as Confluent's files describe",
  async (side) => {
    const traffic: Observed[] = [];
    const { rig } = await importDemoWorld({ side, amplifyRequestsPerMinute: "unlimited" }, ({ sandbox }) =>
      sandbox.observe((exchange) => traffic.push(exchange)),
    );
    expect(traffic.filter(({ service }) => /kafka|registry|cloud/.test(service)).length).toBeGreaterThan(3);
    expect(judged(traffic)).toEqual([]);
    rig.close();
  },
);
