import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type FailureKind, KafkaFailure } from "./kafka-configs.ts";
import type { Queue, Rate } from "./limits.ts";
import { Refusal } from "./refusal.ts";
import { MAX_BODY, parseCredential, parseTarget, type Target } from "./requests.ts";
import { bearsToken } from "./tokens.ts";
import type { Users } from "./users.ts";

export type LogFields = Readonly<Record<string, string | number | undefined>>;

export interface ServerParts {
  readonly users: Users;
  readonly queue: Queue;
  /** Of callers with a token, and of those without: these cannot use up what is for the others. */
  readonly rates: { readonly known: Rate; readonly unknown: Rate };
  readonly tokens: readonly string[];
  /** Milliseconds. */
  readonly now: () => number;
  readonly log: (event: string, fields: LogFields) => void;
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Time for a request to arrive whole, ms. */
const REQUEST_TIMEOUT = 10_000;

export function createUserAdmin(parts: ServerParts): Server {
  const health = createHealth(parts.now);
  const server = createServer(
    {
      requestTimeout: REQUEST_TIMEOUT,
      headersTimeout: 5_000,
      connectionsCheckingInterval: 1_000,
      keepAliveTimeout: 5_000,
      maxHeaderSize: 8_192,
    },
    (request, response) => void respond(request, response),
  );
  server.maxConnections = 32;
  return server;

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const began = parts.now();
    const gone = new AbortController();
    response.on("close", () => gone.abort());
    const target = read(request);
    const answer =
      target instanceof Refusal
        ? refused(target)
        : await handle(target, request, gone.signal).catch((error: unknown) => failure(error, target));
    const asked = target instanceof Refusal ? {} : told(target);
    if (asked.action !== "health" && answer.status !== 429) {
      parts.log("request", { ...asked, status: answer.status, ms: parts.now() - began });
    }
    send(request, response, answer);
  }

  /** What is asked for, of a caller who may ask; nothing of a body has been read then. */
  function read(request: IncomingMessage): Target | Refusal {
    try {
      if (request.url !== "/health") admit(request);
      return parseTarget(request.method ?? "", request.url ?? "");
    } catch (error) {
      if (error instanceof Refusal) return error;
      throw error;
    }
  }

  /** Throws unless the request bears a token and is within its rate. */
  function admit(request: IncomingMessage): void {
    const known = bearsToken(request.headers.authorization, parts.tokens);
    const wait = (known ? parts.rates.known : parts.rates.unknown).take(parts.now());
    if (wait > 0) throw new Refusal(429, "too-many-requests", "too many requests", wait);
    if (!known) throw new Refusal(401, "unauthorized", "the Authorization header has to bear a token of this program");
  }

  function failure(error: unknown, target: Target): Answer {
    if (error instanceof Refusal) return refused(error);
    if (error instanceof KafkaFailure) {
      parts.log("kafka-configs failed", { ...told(target), failure: error.kind, detail: error.message });
      const [status, message] = KAFKA_ANSWERS[error.kind];
      return refused(new Refusal(status, `kafka-${error.kind}`, `${message}; see this program's log`));
    }
    parts.log("failed", { ...told(target), detail: error instanceof Error ? error.message : "unknown" });
    return refused(new Refusal(500, "internal", "something failed; see this program's log"));
  }

  async function handle(target: Target, request: IncomingMessage, gone: AbortSignal): Promise<Answer> {
    if (target.kind === "health") return health.answer();
    const { users, queue } = parts;
    const inTurn = <T>(job: () => Promise<T>) => queue.run(() => health.watch(job), gone);
    switch (target.kind) {
      case "list":
        return { status: 200, body: { users: await inTurn(() => users.list(target.prefix)) } };
      case "get":
        return { status: 200, body: { ...(await inTurn(() => users.get(target.name))), exists: true } };
      case "delete":
        await inTurn(() => users.delete(target.name));
        return { status: 204 };
      case "put": {
        const credential = parseCredential(await readBody(request));
        const isNew = await inTurn(() => users.put(target.name, credential));
        return { status: isNew ? 201 : 200, body: { name: target.name, mechanism: credential.mechanism } };
      }
    }
  }
}

/** The whole body as text. Throws Refusal when it is too long, of another type, or breaks off. */
async function readBody(request: IncomingMessage): Promise<string> {
  if (!/^application\/json\s*(;|$)/i.test(request.headers["content-type"] ?? "")) {
    throw new Refusal(415, "unsupported-media-type", "the body of a PUT is application/json");
  }
  const tooLarge = new Refusal(413, "body-too-large", `a body has at most ${MAX_BODY} bytes`);
  if (Number(request.headers["content-length"] ?? 0) > MAX_BODY) throw tooLarge;
  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_BODY) reject(tooLarge);
      else chunks.push(chunk);
    });
    request.on("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
    request.on("error", () => reject(new Refusal(400, "incomplete-body", "the body broke off")));
  });
}

interface Health {
  watch<T>(job: () => Promise<T>): Promise<T>;
  answer(): Answer;
}

/** 503 while Kafka's tool failed in its newest run. Open to all, so it says no more than when. */
function createHealth(now: () => number): Health {
  let lastSuccess: string | undefined;
  let lastFailure: string | undefined;
  let failing = false;
  function ended(well: boolean): void {
    const at = new Date(now()).toISOString();
    failing = !well;
    if (well) lastSuccess = at;
    else lastFailure = at;
  }
  return {
    async watch(job) {
      try {
        const result = await job();
        ended(true);
        return result;
      } catch (error) {
        // A refusal has what Kafka's tool answered as its ground.
        ended(error instanceof Refusal);
        throw error;
      }
    },
    answer: () => ({
      status: failing ? 503 : 200,
      body: { status: failing ? "failing" : "ok", lastSuccess, lastFailure },
    }),
  };
}

const KAFKA_ANSWERS: Readonly<Record<FailureKind, readonly [status: number, message: string]>> = {
  "not-runnable": [500, "Kafka's tool could not be started"],
  timeout: [504, "Kafka's tool did not end in time; whether the change was made is unknown, repeat the request"],
  unreachable: [503, "Kafka could not be reached"],
  denied: [502, "Kafka refused this program's own login, or it lacks rights on the cluster"],
  unreadable: [502, "Kafka's tool answered with something that this program does not understand"],
  refused: [502, "Kafka's tool refused the change"],
};

function refused({ status, reason, message, retryAfter }: Refusal): Answer {
  const headers: Record<string, string> = {};
  if (status === 401) headers["www-authenticate"] = "Bearer";
  if (retryAfter !== undefined) headers["retry-after"] = String(retryAfter);
  return { status, body: { error: { reason, message } }, headers };
}

/** What a log line says of a request. */
function told(target: Target): LogFields {
  return "name" in target ? { action: target.kind, user: target.name } : { action: target.kind };
}

function send(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  const text = answer.body === undefined ? undefined : JSON.stringify(answer.body);
  response.writeHead(answer.status, {
    ...(text === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
    "cache-control": "no-store",
    // What is left of a body that was refused is not read.
    ...(request.complete ? {} : { connection: "close" }),
    ...answer.headers,
  });
  response.end(text);
}
