import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { createSandbox, type Sandbox } from "../sandbox/sandbox.ts";
import { isWrite } from "./counts.ts";
import { Drive } from "./drive.ts";
import { freePorts, isFree } from "./free-ports.ts";
import { openNode } from "./hosts/node.ts";
import { Folder } from "./live/folder.ts";
import { startWorker, type WorkerProcess } from "./live/worker-process.ts";
import { Operator } from "./operator.ts";
import { connectionOf, sides } from "./sides.ts";

/** High enough that an import takes seconds of real time, since no clock is moved here. */
const REQUESTS_PER_MINUTE = 6_000;
/** How many writes Amplify has seen when the process group is killed, the third time among the last ones. */
const KILLS = [40, 200, 450];

const kinds = [
  "APIService",
  "APIServiceRevision",
  "APIServiceInstance",
  "DiscoveryAgent",
  "TraceabilityAgent",
  "AccessRequestDefinition",
  "CredentialRequestDefinition",
];

/** What Amplify gives itself, or what tells when something happened. */
const OWN = new Set(["metadata", "status", "agentstate"]);

/** Everything in Amplify that a worker may have made, but for what names a time or a version. */
function amplifyOf(sandbox: Sandbox): unknown[] {
  return kinds.flatMap((kind) =>
    sandbox.parts.amplify
      .resources(kind)
      .map((resource) => Object.fromEntries(Object.entries(resource).filter(([key]) => !OWN.has(key))))
      .map(withoutDate)
      .sort((a, b) => (String(a.name) < String(b.name) ? -1 : 1)),
  );
}

/** The default title of a revision ends with its date. */
function withoutDate(resource: Record<string, unknown>): Record<string, unknown> {
  const { title } = resource;
  return typeof title === "string" ? { ...resource, title: title.replace(/\d{4}[-/]\d\d[-/]\d\d.*$/, "") } : resource;
}

async function until(what: string, condition: () => Promise<boolean> | boolean, pauseMs: number): Promise<void> {
  const end = Date.now() + 90_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`${what} did not come about in 90 s`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** The same import with nothing in its way, in this process. */
async function undisturbed(basePort: number, variables: Readonly<Record<string, string>>, token: string) {
  const sandbox = createSandbox({ basePort, amplifyRequestsPerMinute: REQUESTS_PER_MINUTE });
  const host = await openNode({
    sandbox,
    variables: { ...sandbox.allEnvironmentVariables(), ...variables },
  });
  const connections = sides.map(connectionOf);
  await new Drive({ host, sandbox, operator: new Operator(host.fetch, token), connections, evicted: false }).start();
  await host.close();
  return amplifyOf(sandbox);
}

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

test("an import during which the process group is killed three times ends in the same Amplify as one that is left alone", async () => {
  const basePort = await freePorts();
  const folder = new Folder(await mkdtemp(join(tmpdir(), "sigkill-")));
  ends.push(() => rm(folder.path, { recursive: true, force: true }));
  const sandbox = createSandbox({ basePort, amplifyRequestsPerMinute: REQUESTS_PER_MINUTE });
  await sandbox.listen();
  const port = await freePorts();
  ends.push(() => sandbox.close());
  const token = randomBytes(24).toString("base64url");
  const settings = { CENTRAL_REQUESTSPERMINUTE: String(REQUESTS_PER_MINUTE), ADMIN_TOKEN: token };
  const variables = { ...sandbox.allEnvironmentVariables(), ...settings };
  const writes = () => sandbox.log.all().filter((request) => request.service === "amplify" && isWrite(request)).length;

  let worker: WorkerProcess | undefined;
  ends.push(async () => worker?.stop("SIGKILL"));
  for (const kill of KILLS) {
    worker = await startWorker(folder, port, variables);
    await worker.tick();
    await until(`write ${kill}`, () => writes() >= kill, 5);
    await worker.stop("SIGKILL");
    expect(writes()).toBeLessThan(kill + 100);
    await until(`port ${port} being free`, () => isFree(port), 50);
  }
  const last = await startWorker(folder, port, variables);
  worker = last;
  const operator = new Operator((path, init) => fetch(`${last.url}${path}`, init), token);
  await last.tick();
  await until(
    "rest",
    async () => {
      const works = await Promise.all(sides.map((side) => operator.work(connectionOf(side))));
      const overviews = await Promise.all(sides.map((side) => operator.overview(connectionOf(side))));
      const isOpen = works.flat().some(({ key, dead }) => !dead && /^(topic|badges):/.test(key));
      return (
        !isOpen && overviews.every(({ topics }) => (topics.published ?? 0) > 0 && topics.published === topics.eligible)
      );
    },
    200,
  );

  const found = amplifyOf(sandbox);
  const expected = await undisturbed(basePort, settings, token);
  expect(found.length).toBeGreaterThan(3 * 60);
  expect(found).toEqual(expected);
  expect(sandbox.defects).toEqual([]);
});
