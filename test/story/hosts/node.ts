import { Hono } from "hono";
import { requireToken } from "../../../routes/access.ts";
import { v1 } from "../../../routes/v1.ts";
import { startLocal } from "../local.ts";
import type { Host, HostOptions } from "./host.ts";

/** In this process, over node:sqlite in memory, with the sandbox's own clock. */
export async function openNode({ sandbox, variables }: HostOptions): Promise<Host> {
  const local = startLocal({
    variables,
    fileOf: () => ":memory:",
    clock: sandbox.clock,
    http: (request) => sandbox.fetch(request),
    surface: ({ connections, adminTokens }) =>
      new Hono().use("/v1/*", requireToken("ADMIN_TOKEN", adminTokens)).route("/v1", v1(connections)),
  });
  const fetch: Host["fetch"] = async (path, init) => await local.fetch(new Request(`http://localhost${path}`, init));
  return {
    fetch,
    tick: async () => {
      await fetch("/story/tick", { method: "POST" });
    },
    evict: async (connection) => {
      await fetch(`/story/${connection}/evicted`, { method: "POST" });
    },
    close: async () => local.close(),
  };
}
