import type { Env as WorkerEnv } from "../../src/worker.ts";

declare global {
  namespace Cloudflare {
    interface Env extends WorkerEnv {}
  }
}
