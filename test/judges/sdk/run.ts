/**
 * Axway's own agent SDK as judge of the sandbox's Amplify: `npm run test:sdk`. SDK_JUDGE may name a judge that
 * is built already, with the flows of our own.
 */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { buildJudge } from "./build.ts";
import { startSandbox } from "./sandbox.ts";

const SOURCE = resolve(import.meta.dirname, "../../../../shared/peers/agent-sdk");
const FLOWS = ["auth", "agent", "discover", "paging", "watch", "provision", "metrics", "usage"];
/** What the metrics flow counts, by API. */
const COUNTED = { "judge.orders": 127, "judge.stock": 40 };
/** What the usage flow reports: one report, refused at first, and nothing after it. */
const USAGE = { requests: 2, taken: [{ "Kafka.Transactions": 30 }] };

function run(program: string, flow: string, variables: Readonly<Record<string, string>>): Promise<boolean> {
  return new Promise((done, failed) => {
    const child = spawn(program, [flow], {
      env: { ...process.env, ...variables },
      stdio: ["ignore", "inherit", "inherit"],
    });
    child.on("error", failed);
    child.on("exit", (code) => done(code === 0));
  });
}

function isAsExpected(otherwise: string, found: unknown, expected: unknown): boolean {
  const isSame = isDeepStrictEqual(found, expected);
  if (!isSame) console.error(otherwise, found);
  return isSame;
}

async function judge(folder: string): Promise<number> {
  const program =
    process.env.SDK_JUDGE ?? buildJudge(SOURCE, mkdirSync(join(folder, "source"), { recursive: true }) ?? folder);
  const sandbox = await startSandbox(folder);
  let failures = 0;
  try {
    for (const flow of FLOWS) if (!(await run(program, flow, sandbox.variables))) failures += 1;
    if (!isAsExpected("ingestion accepted other counts than the metrics flow sends:", sandbox.accepted(), COUNTED))
      failures += 1;
    if (!isAsExpected("the platform took other usage than the usage flow reports:", sandbox.usage(), USAGE))
      failures += 1;
  } finally {
    sandbox.close();
  }
  console.log(`${FLOWS.length + 2 - failures} passed, ${failures} failed`);
  return failures;
}

const folder = mkdtempSync(join(tmpdir(), "sdk-judge-"));
try {
  process.exitCode = (await judge(folder)) === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
