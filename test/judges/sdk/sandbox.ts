import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { amplifyService } from "../../sandbox/amplify/amplify.ts";
import { Ingestion } from "../../sandbox/amplify/ingestion.ts";
import type { SandboxContext, SandboxService } from "../../sandbox/core/types.ts";
import { type RunningServer, serveOnLoopback } from "../../sandbox/kafka/node-server.ts";

const CLIENT = "sdk-judge_6d66dc36-0000-4000-8000-000000000001";
const SECRET = "a secret of the judge";
const ORGANIZATION = "123456789";
const ENVIRONMENT = "kafka-env";

const context: SandboxContext = {
  clock: {
    now: () => Date.now(),
    advance: () => {
      throw new Error("the judge lives in real time");
    },
    offset: () => 0,
  },
  random: () => Math.random(),
};

function listen(service: Pick<SandboxService, "fetch">): Promise<RunningServer> {
  return serveOnLoopback(async (request) => service.fetch(request));
}

export interface JudgedSandbox {
  /** Environment variables that lead the judge to the sandbox. */
  readonly variables: Readonly<Record<string, string>>;
  /** Counts that ingestion accepted, by API. */
  accepted(): Readonly<Record<string, number>>;
  /** What the platform was asked to take as usage, refused or not, and the units that it took. */
  usage(): { readonly requests: number; readonly taken: readonly Readonly<Record<string, number>>[] };
  close(): void;
}

/** Starts Amplify and ingestion on free ports of the loopback, without a rate limit; the client's keys are written into `folder`. */
export async function startSandbox(folder: string): Promise<JudgedSandbox> {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  const privateFile = join(folder, "private.pem");
  const publicFile = join(folder, "public.pem");
  writeFileSync(privateFile, privateKey, { mode: 0o600 });
  writeFileSync(publicFile, publicKey);
  const amplify = amplifyService(context, {
    organization: ORGANIZATION,
    organizationGuid: "c0ffee00-1111-4222-8333-444455556666",
    environments: [ENVIRONMENT],
    teams: [
      { guid: "aaaaaaaa-0000-4000-8000-000000000001", name: "Default Team", default: true },
      { guid: "aaaaaaaa-0000-4000-8000-000000000002", name: "Streaming" },
    ],
    clients: [{ id: CLIENT, publicKey, secret: SECRET }],
  });
  const metrics = new Ingestion(amplify);
  let usageRequests = 0;
  const platform = {
    fetch: (request: Request) => {
      const isUsage = new URL(request.url).pathname === "/api/v1/usage";
      if (isUsage) usageRequests += 1;
      // The first report meets a platform that is down.
      return isUsage && usageRequests === 1 ? new Response("down", { status: 503 }) : amplify.fetch(request);
    },
  };
  const [central, ingestion] = await Promise.all([listen(platform), listen(metrics)]);
  const url = `http://127.0.0.1:${central.port}`;
  return {
    variables: {
      CENTRAL_URL: url,
      CENTRAL_AUTH_URL: `${url}/auth`,
      CENTRAL_PLATFORMURL: url,
      CENTRAL_ORGANIZATIONID: ORGANIZATION,
      CENTRAL_ENVIRONMENT: ENVIRONMENT,
      CENTRAL_AUTH_CLIENTID: CLIENT,
      CENTRAL_AUTH_PRIVATEKEY: privateFile,
      CENTRAL_AUTH_PUBLICKEY: publicFile,
      JUDGE_CLIENT_SECRET: SECRET,
      TRACEABILITY_HOST: `127.0.0.1:${ingestion.port}`,
      TRACEABILITY_PROTOCOL: "http",
    },
    accepted: () => Object.fromEntries(metrics.accepted().map(({ api, transactions }) => [api, transactions])),
    usage: () => ({ requests: usageRequests, taken: [...amplify.usage().values()] }),
    close: () => {
      void central.close();
      void ingestion.close();
    },
  };
}
