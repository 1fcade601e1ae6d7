import { vi } from "vitest";

// Requests to one host are paced in real time, which has tests of its own; here hours pass in seconds.
vi.mock("../../src/http/pace.ts", () => ({
  Pacer: class {
    turn(): Promise<void> {
      return Promise.resolve();
    }
  },
}));
