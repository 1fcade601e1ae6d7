import { Refusal } from "./refusal.ts";

export const MECHANISMS = ["SCRAM-SHA-256", "SCRAM-SHA-512"] as const;
export type Mechanism = (typeof MECHANISMS)[number];

export interface Credential {
  readonly mechanism: Mechanism;
  readonly password: string;
  readonly iterations: number;
}

export type Target =
  | { readonly kind: "health" }
  | { readonly kind: "list"; readonly prefix: string }
  | { readonly kind: "get" | "put" | "delete"; readonly name: string };

/** Longest body of a PUT, bytes; a real one has under 300. */
export const MAX_BODY = 4096;

const NAME = /^amp-[a-z0-9-]{8,60}$/;
const PREFIX = /^[a-z0-9-]{0,64}$/;
/**
 * Kafka's tool reads the password from a properties file: what it would unescape there, or store as another character, is not
 * accepted here. Long enough that it is never typed by a person.
 */
const PASSWORD = /^[A-Za-z0-9_-]{16,128}$/;
/** Kafka refuses fewer than 4096 (RFC 7677 section 4); each login costs a broker as many rounds, so there is an upper bound. */
const ITERATIONS = { least: 4096, usual: 8192, most: 16_384 } as const;

const ACTIONS: Readonly<Record<string, "get" | "put" | "delete">> = { GET: "get", PUT: "put", DELETE: "delete" };

/** Whether this program may ever touch a user of that name. Nothing that the name may hold has a meaning for a shell or an option parser. */
export function isOurName(name: string): boolean {
  return NAME.test(name);
}

/** What a request asks for. `url` is the request target as received: a name needs no escapes, so none are resolved. Throws Refusal. */
export function parseTarget(method: string, url: string): Target {
  const question = url.indexOf("?");
  const path = question < 0 ? url : url.slice(0, question);
  const query = new URLSearchParams(question < 0 ? "" : url.slice(question));
  if (path === "/health") return allowed(method, ["GET"], { kind: "health" });
  if (path === "/users") return allowed(method, ["GET"], { kind: "list", prefix: readPrefix(query) });
  if (!path.startsWith("/users/")) throw new Refusal(404, "not-found", "there is nothing at this path");
  const kind = ACTIONS[method];
  if (kind === undefined) throw new Refusal(405, "method-not-allowed", "a user takes GET, PUT and DELETE");
  return { kind, name: readName(path.slice("/users/".length)) };
}

function allowed(method: string, methods: readonly string[], target: Target): Target {
  if (methods.includes(method)) return target;
  throw new Refusal(405, "method-not-allowed", `this path takes ${methods.join(", ")}`);
}

function readName(name: string): string {
  if (isOurName(name)) return name;
  throw new Refusal(400, "invalid-name", `a name is ${NAME.source}; other users are not touched`);
}

function readPrefix(query: URLSearchParams): string {
  const prefix = query.get("prefix") ?? "";
  if (PREFIX.test(prefix)) return prefix;
  throw new Refusal(400, "invalid-prefix", "a prefix has at most 64 of a-z, 0-9 and -");
}

/** The body of a PUT. Unknown members are ignored; `iterations` may be left out. No message repeats a value. Throws Refusal. */
export function parseCredential(body: string): Credential {
  const members = readObject(body);
  return {
    mechanism: readMechanism(members.mechanism),
    password: readPassword(members.password),
    iterations: readIterations(members.iterations),
  };
}

function readObject(body: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new Refusal(400, "invalid-body", "the body is not JSON");
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw new Refusal(400, "invalid-body", "the body is not a JSON object");
}

function readMechanism(value: unknown): Mechanism {
  const mechanism = MECHANISMS.find((known) => known === value);
  if (mechanism !== undefined) return mechanism;
  if (value === "PLAIN") {
    throw new Refusal(
      400,
      "unsupported-mechanism",
      "PLAIN users stand in each broker's own configuration with their passwords in clear: they cannot be made here, use SCRAM-SHA-512",
    );
  }
  throw new Refusal(400, "unsupported-mechanism", `mechanism is one of ${MECHANISMS.join(", ")}`);
}

function readPassword(value: unknown): string {
  if (typeof value === "string" && PASSWORD.test(value)) return value;
  throw new Refusal(400, "invalid-password", "a password has 16 to 128 of A-Z, a-z, 0-9, _ and -");
}

function readIterations(value: unknown): number {
  const { least, usual, most } = ITERATIONS;
  if (value === undefined) return usual;
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Refusal(400, "invalid-iterations", `iterations is a whole number from ${least} to ${most}`);
}
