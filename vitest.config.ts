import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { createSandbox } from "./test/sandbox/sandbox.ts";

/** What the Worker of the worker project talks to; it lives in this process. */
const sandbox = createSandbox({ inProcess: true, amplifyRequestsPerMinute: "unlimited" });

interface Outbound {
  readonly url: string;
  readonly method: string;
  readonly headers: Iterable<[string, string]>;
  arrayBuffer(): Promise<ArrayBuffer>;
}

async function outbound(request: Outbound): Promise<Response> {
  const body = request.method === "GET" || request.method === "HEAD" ? null : await request.arrayBuffer();
  return sandbox.fetch(new Request(request.url, { method: request.method, headers: [...request.headers], body }));
}

const bindings = {
  ...sandbox.allEnvironmentVariables(),
  ADMIN_TOKEN: "worker-test-admin-token worker-test-previous-token",
  METRICS_TOKEN: "worker-test-metrics-token",
  WEBHOOK_TOKEN: "worker-test-webhook-token worker-test-webhook-token-before",
  PUBLIC_URL: "https://worker.example",
  CENTRAL_REQUESTSPERMINUTE: "6000",
};

/** Unit tests with libraries or inputs that take seconds; the others together take less than ten. */
const slow = ["test/unit/asyncapi/parser.test.ts", "test/unit/asyncapi/hostile.test.ts"];

const unpaced = ["test/support/unpaced.ts"];

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      { test: { name: "unit", include: ["test/unit/**/*.test.ts"], exclude: slow, environment: "node" } },
      {
        test: {
          name: "fault",
          include: ["test/fault/**/*.test.ts"],
          environment: "node",
          setupFiles: unpaced,
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "world",
          include: ["test/world/**/*.test.ts", ...slow],
          environment: "node",
          setupFiles: unpaced,
          testTimeout: 60_000,
        },
      },
      { test: { name: "sandbox", include: ["test/sandbox/**/*.test.ts"], environment: "node", testTimeout: 20_000 } },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: { bindings, outboundService: outbound as never },
          }),
        ],
        test: { name: "worker", include: ["test/worker/**/*.test.ts"], testTimeout: 30_000 },
      },
      { test: { name: "story", include: ["test/story/**/*.test.ts"], environment: "node", testTimeout: 300_000 } },
      { test: { name: "judges", include: ["test/judges/**/*.test.ts"], environment: "node", testTimeout: 120_000 } },
    ],
  },
});
