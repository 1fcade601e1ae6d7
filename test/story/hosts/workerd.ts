import { createTestHarness } from "wrangler";
import type { Host, HostOptions } from "./host.ts";

const configPath = new URL("../wrangler.toml", import.meta.url);

/** In workerd, as wrangler runs it: the shipped Durable Object with the story's clock and alarm. */
export async function openWorkerd({ sandbox, variables }: HostOptions): Promise<Host> {
  const harness = createTestHarness({
    workers: [{ configPath, vars: { ...variables, STORY_CONTROL: sandbox.addresses.control } }],
  });
  await harness.listen();
  const worker = harness.getWorker();
  return {
    fetch: async (path, init) => {
      const { method = "GET", headers, body } = init ?? {};
      const answer = await worker.fetch(path, {
        method,
        ...(headers ? { headers } : {}),
        ...(body ? { body } : {}),
      } as Parameters<typeof worker.fetch>[1]);
      return new Response(await answer.text(), { status: answer.status });
    },
    tick: async () => {
      const { outcome } = await worker.scheduled({ cron: "* * * * *" });
      if (outcome !== "ok") throw new Error(`the cron's handler ended with ${outcome}`);
    },
    evict: (name) => worker.evictDurableObject("CONNECTION", { name }),
    close: () => harness.close(),
  };
}
