import { named } from "../core/caller.ts";
import type { SandboxContext, SandboxService } from "../core/types.ts";
import { nameOf, newUserOf, prefixOf, Refusal } from "./requests.ts";
import type { SaslUsers } from "./sasl-users.ts";

export interface UserAdminOptions {
  /** Those that callers may show; the first is the one that the sandbox tells. */
  readonly tokens: readonly string[];
  /** Of callers with a token, and as many again of those without; 60 when not given. */
  readonly requestsPerMinute?: number;
}

/**
 * The user-admin endpoint next to the brokers of the Platform cluster, without the brokers' own tool behind it: answers at once
 * what `tools/user-admin` answers (its README.md).
 */
export function userAdmin(context: SandboxContext, users: SaslUsers, options: UserAdminOptions): SandboxService {
  const { tokens, requestsPerMinute = 60 } = options;
  const rates = { known: new Bucket(requestsPerMinute), unknown: new Bucket(requestsPerMinute) };

  function admit(request: Request): void {
    const bearer = /^Bearer +(\S+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
    const isKnown = bearer !== undefined && tokens.includes(bearer);
    const wait = (isKnown ? rates.known : rates.unknown).take(context.clock.now());
    if (wait > 0) throw new Refusal(429, "too-many-requests", "too many requests", { "retry-after": String(wait) });
    if (!isKnown) throw new Refusal(401, "unauthorized", "a token is needed", { "www-authenticate": "Bearer" });
  }

  async function answer(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/health") return Response.json({ status: "ok" });
    admit(request);
    if (pathname === "/users") return collection(request.method, searchParams);
    if (!pathname.startsWith("/users/")) throw new Refusal(404, "not-found", "there is nothing at this path");
    return named(await one(request, pathname.slice("/users/".length)), "user-admin token");
  }

  function collection(method: string, query: URLSearchParams): Response {
    if (method !== "GET") throw new Refusal(405, "method-not-allowed", "this path takes GET");
    const prefix = prefixOf(query);
    const ours = users.all().filter((name) => name.startsWith(prefix) && users.isMade(name));
    return named(Response.json({ users: ours.map((name) => users.get(name)) }), "user-admin token");
  }

  async function one(request: Request, path: string): Promise<Response> {
    const { method } = request;
    if (!["GET", "PUT", "DELETE"].includes(method)) {
      throw new Refusal(405, "method-not-allowed", "a user takes GET, PUT and DELETE");
    }
    const name = nameOf(path);
    if (method === "PUT") return await put(request, name);
    const found = ours(name);
    if (found === undefined) throw new Refusal(404, "no-such-user", "there is no such user");
    if (method === "GET") return Response.json({ ...found, exists: true });
    users.remove(name);
    return new Response(null, { status: 204 });
  }

  async function put(request: Request, name: string): Promise<Response> {
    const { mechanism, password } = await newUserOf(request);
    const isNew = ours(name) === undefined;
    users.put(name, mechanism, password, true);
    return Response.json({ name, mechanism }, { status: isNew ? 201 : 200 });
  }

  /** Undefined when there is none. Throws for one that was made elsewhere: it is there, and none of ours. */
  function ours(name: string): ReturnType<SaslUsers["get"]> {
    const found = users.get(name);
    if (found === undefined || users.isMade(name)) return found;
    throw new Refusal(409, "foreign-user", "a user of this name exists that was not made here; it is left alone");
  }

  return {
    name: "users",
    fetch: async (request) => {
      const response = await answer(request).catch((error: unknown) => {
        if (!(error instanceof Refusal)) throw error;
        const { status, reason, message, headers } = error;
        return Response.json({ error: { reason, message } }, { status, headers });
      });
      response.headers.set("cache-control", "no-store");
      return response;
    },
    snapshot: () => users.snapshot(),
    restore: (snapshot) => users.restore(snapshot),
  };
}

/** Holds one minute's worth of requests and fills evenly. */
class Bucket {
  readonly #perMinute: number;
  #left: number;
  #filledAt: number | undefined;

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
    this.#left = perMinute;
  }

  /** 0 when there was one to take, else the seconds until there is. */
  take(now: number): number {
    const passed = Math.max(0, now - (this.#filledAt ?? now));
    this.#left = Math.min(this.#perMinute, this.#left + (passed * this.#perMinute) / 60_000);
    this.#filledAt = now;
    if (this.#left < 1) return Math.max(1, Math.ceil(((1 - this.#left) * 60) / this.#perMinute));
    this.#left -= 1;
    return 0;
  }
}
