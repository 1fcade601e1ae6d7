import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["test/unit/**/*.test.ts"], environment: "node" } },
      { test: { name: "fault", include: ["test/fault/**/*.test.ts"], environment: "node", testTimeout: 60_000 } },
      { test: { name: "sandbox", include: ["test/sandbox/**/*.test.ts"], environment: "node", testTimeout: 20_000 } },
      {
        plugins: [cloudflareTest({ wrangler: { configPath: "./wrangler.toml" } })],
        test: { name: "worker", include: ["test/worker/**/*.test.ts"] },
      },
      { test: { name: "judges", include: ["test/judges/**/*.test.ts"], environment: "node", testTimeout: 120_000 } },
    ],
  },
});
