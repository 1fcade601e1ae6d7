import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import type { Folder } from "./folder.ts";

/** What Amplify is told of the Worker, which has no https here. Nothing is ever sent there. */
const PUBLIC_URL = "https://kafka-worker.example";
const FILE = "webhook.token";

/** The variables by which the Worker installs its webhook. The token is that of the start before: another one would be repaired in Amplify. */
export async function webhookVariables(folder: Folder): Promise<Readonly<Record<string, string>>> {
  const token = (await kept(folder)) ?? randomBytes(32).toString("hex");
  await folder.write(FILE, token);
  return { PUBLIC_URL, WEBHOOK_TOKEN: token };
}

async function kept(folder: Folder): Promise<string | undefined> {
  try {
    const token = await readFile(join(folder.path, FILE), "utf8");
    return /^[0-9a-f]{64}$/.test(token) ? token : undefined;
  } catch {
    return undefined;
  }
}

/** Lets the sandbox's webhooks reach the Worker: those for `PUBLIC_URL`, and no others. */
export function connectWebhooks(sandbox: Sandbox, workerUrl: string): void {
  sandbox.receiveWebhooks((request) => {
    const { origin, pathname, search } = new URL(request.url);
    if (origin !== PUBLIC_URL) throw new TypeError(`fetch failed: nobody is at ${origin}`);
    return fetch(new Request(new URL(pathname + search, workerUrl), request));
  });
}
