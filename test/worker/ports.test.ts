import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe } from "vitest";
import { cloudflarePorts } from "../../src/runtime/cloudflare.ts";
import { portsContract } from "../contract/ports.ts";

let count = 0;
describe("a Durable Object", () => {
  portsContract(async (use) => {
    const stub = env.CONNECTION.getByName(`contract-${count++}`);
    await runInDurableObject(stub, async (_instance, state) => {
      await use(cloudflarePorts(state.storage, { write: () => undefined }));
    });
  });
});
