import type { Ports } from "../../src/runtime/ports.ts";
import { shapeOf } from "./kill.ts";
import type { Secrets } from "./secret-search.ts";

/** How an upstream answers when it fails, careless of what it repeats. `real` is what it would have answered. */
type Failure = (echo: string, real: () => Promise<Response>) => Response | Promise<Response>;

const FAILURES: readonly Failure[] = [
  (echo) => problem(500, echo),
  (echo) => problem(401, echo),
  async (_, real) => new Response(`{"oops": ${await (await real()).text()}`, { headers: JSON_TYPE }),
  (echo) => problem(403, echo),
  (echo) => new Response(`<html><head><title>${echo}</title></head></html>`, { status: 502 }),
  async (_, real) => new Response(await (await real()).text(), { status: 500, headers: JSON_TYPE }),
  (echo) => new Response(JSON.stringify({ echo }), { headers: JSON_TYPE }),
];
const JSON_TYPE = { "content-type": "application/json" };

/** In every place that a message is taken from. */
function problem(status: number, echo: string): Response {
  return Response.json(
    {
      error_code: status * 100 + 1,
      message: echo,
      error: { reason: echo, message: echo },
      error_description: echo,
      errors: [{ detail: echo, title: echo, status }],
    },
    { status },
  );
}

/**
 * What goes over the wire: takes note of every secret in it, keeps the rest of what was sent, and can make upstreams fail,
 * every other time that something is asked, until each was seen to fail in every way.
 */
export class Wire {
  fails = false;
  readonly #secrets: Secrets;
  readonly #seen = new Map<string, number>();
  readonly #sent = new Map<string, Set<string>>();
  /** Values that are sent on purpose, as headers that a tunnel wants. */
  readonly #withheld: ReadonlySet<string>;

  constructor(secrets: Secrets, withheld: readonly string[] = []) {
    this.#secrets = secrets;
    this.#withheld = new Set(withheld);
  }

  /** How many times each kind of request has failed on purpose. */
  get failed(): ReadonlyMap<string, number> {
    return new Map([...this.#seen].map(([shape, count]) => [shape, Math.min(FAILURES.length, Math.ceil(count / 2))]));
  }

  /** What was sent, by what it was: addresses, headers and bodies. */
  get sent(): ReadonlyMap<string, string> {
    return new Map([...this.#sent].map(([what, texts]) => [what, [...texts].join("\n")]));
  }

  readonly adapt = (ports: Ports): Ports => ({
    ...ports,
    http: async (request) => {
      const body = await request.clone().text();
      this.#note(request, body);
      const real = async () => this.#noteAnswer(request, await ports.http(request));
      const failure = this.fails ? this.#failureOf(request) : undefined;
      return failure
        ? await failure(`${request.headers.get("authorization")} ${body} was refused on purpose`, real)
        : await real();
    },
  });

  #failureOf({ method, url }: Request): Failure | undefined {
    const { host, pathname } = new URL(url);
    const shape = shapeOf(`${method} ${host}${pathname}`);
    const count = (this.#seen.get(shape) ?? 0) + 1;
    this.#seen.set(shape, count);
    return count % 2 === 1 ? FAILURES[(count - 1) / 2] : undefined;
  }

  #note(request: Request, body: string): void {
    const { pathname } = new URL(request.url);
    const [scheme = "", credentials = ""] = (request.headers.get("authorization") ?? "").split(" ");
    if (scheme === "Basic")
      this.#secrets.add(
        "a password sent",
        Buffer.from(credentials, "base64")
          .toString()
          .replace(/^[^:]*:/, ""),
      );
    this.#secrets.add(`${scheme} credentials`, credentials);
    const isLogin = pathname.endsWith("/token");
    if (isLogin) this.#secrets.add("client assertion", new URLSearchParams(body).get("client_assertion") ?? "");
    const isUser = request.method === "PUT" && pathname.startsWith("/users/");
    if (isUser) this.#secrets.add("SASL password", (JSON.parse(body) as { password: string }).password);
    this.#keep("addresses", `${request.method} ${request.url}`);
    for (const [name, value] of request.headers) {
      if (name !== "authorization" && !this.#withheld.has(value)) this.#keep("headers", `${name}: ${value}`);
    }
    // A Secret in Amplify is where the webhook's token belongs.
    if (!isLogin && !isUser && !pathname.includes("/secrets")) this.#keep("bodies", body);
  }

  async #noteAnswer({ method, url }: Request, response: Response): Promise<Response> {
    const { pathname } = new URL(url);
    const isKey = method === "POST" && pathname === "/iam/v2/api-keys";
    if (!isKey && !pathname.endsWith("/token")) return response;
    const answer = (await response.clone().json()) as { access_token?: string; spec?: { secret?: string } };
    this.#secrets.add("access token", answer.access_token ?? "");
    this.#secrets.add("API key secret", answer.spec?.secret ?? "");
    return response;
  }

  #keep(what: string, text: string): void {
    const texts = this.#sent.get(what) ?? new Set();
    this.#sent.set(what, texts.add(text));
  }
}
