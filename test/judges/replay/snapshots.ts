import { readFileSync } from "node:fs";
import { request } from "node:http";
import { fileURLToPath } from "node:url";
import * as v from "valibot";

const exchange = v.object({
  name: v.string(),
  request: v.object({
    method: v.string(),
    path: v.string(),
    headers: v.record(v.string(), v.string()),
    body: v.unknown(),
  }),
  response: v.object({
    status: v.number(),
    headers: v.record(v.string(), v.string()),
    body: v.unknown(),
  }),
});

export type Exchange = v.InferOutput<typeof exchange>;

/** One file of single recorded answers. Throws a clear message when the recordings are not beside the project. */
export function readSnapshots(file: string): readonly Exchange[] {
  const path = fileURLToPath(
    new URL(`../../../../shared/contracts/recordings/confluent-platform/${file}`, import.meta.url),
  );
  try {
    return v.parse(v.array(exchange), JSON.parse(readFileSync(path, "utf8")));
  } catch (error) {
    throw new Error(`${path} is missing or unreadable: this judge needs the recordings beside the project`, {
      cause: error,
    });
  }
}

export interface Answer {
  readonly status: number;
  /** Without what depends on the length of the answer and the time of day. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

const HOST = "rest-proxy.example:8082";

/** Sends a recorded request as it went over the wire; `headers` are those that the recording leaves out, such as a password. */
export function send(
  port: number,
  { method, path, headers, body }: Exchange["request"],
  more: Readonly<Record<string, string>>,
): Promise<Answer> {
  const data = bytesOf(body);
  const length = data === undefined ? {} : { "content-length": String(data.length) };
  return new Promise((resolve, reject) => {
    const options = {
      host: "127.0.0.1",
      port,
      method,
      path,
      agent: false,
      headers: { ...headers, ...more, ...length, host: HOST },
    };
    const outgoing = request(options, (incoming) => {
      const parts: Buffer[] = [];
      incoming.on("data", (part: Buffer) => parts.push(part));
      incoming.on("end", () => {
        const text = Buffer.concat(parts).toString("utf8");
        resolve(comparable(incoming.statusCode ?? 0, incoming.headers as Record<string, string>, parsed(text)));
      });
    });
    outgoing.on("error", reject).end(data);
  });
}

function bytesOf(body: unknown): Buffer | undefined {
  if (body === null || Buffer.isBuffer(body)) return body ?? undefined;
  return Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
}

const VARYING = ["date", "content-length", "transfer-encoding", "connection", "keep-alive"];

/** An answer without what differs from one run of the real server to the next. */
export function comparable(status: number, headers: Readonly<Record<string, string>>, body: unknown): Answer {
  return {
    status,
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !VARYING.includes(name))),
    body: steady(body),
  };
}

/** Order of `authorized_operations` and of a list of groups, and addresses inside a broker's refusal, vary. */
function steady(value: unknown): unknown {
  if (typeof value === "string") return value.replace(/^Request Request\(.*\) needs/, "Request Request(…) needs");
  if (Array.isArray(value)) return value.map(steady);
  if (value === null || typeof value !== "object") return value;
  const hasNoOrder = (name: string): boolean =>
    name === "authorized_operations" ||
    (name === "data" && (value as { kind?: unknown }).kind === "KafkaConsumerGroupList");
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      hasNoOrder(name) ? sorted((member as unknown[]).map(steady)) : steady(member),
    ]),
  );
}

const sorted = (values: readonly unknown[]): unknown[] =>
  [...values].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

function parsed(text: string): unknown {
  if (text === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
