import { createHmac, timingSafeEqual } from "node:crypto";
import { callerHeader } from "../core/caller.ts";
import { randomUuid } from "../core/random.ts";
import type { SandboxContext } from "../core/types.ts";
import { type Expectation, verifyAssertion } from "./assertion.ts";
import type { Client } from "./clients.ts";
import { isObject } from "./json.ts";

const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

export interface TokensSnapshot {
  readonly key: string;
  /** jti and the second from which it may be forgotten */
  readonly used: readonly (readonly [string, number])[];
}

export interface TokenSettings {
  readonly organizationGuid: string;
  readonly skewSeconds: number;
  readonly tokenSeconds: number;
}

function refused(status: 400 | 401, error: string, description: string): Response {
  return Response.json({ error, error_description: description }, { status });
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

/** The token endpoint of the Broker realm, and what it has issued. */
export class Tokens {
  readonly #context: SandboxContext;
  readonly #settings: TokenSettings;
  readonly #clients: ReadonlyMap<string, Client>;
  #key: string;
  #used = new Map<string, number>();

  constructor(context: SandboxContext, settings: TokenSettings, clients: ReadonlyMap<string, Client>) {
    this.#context = context;
    this.#settings = settings;
    this.#clients = clients;
    this.#key = randomUuid(context.random);
  }

  /** `POST {auth}/realms/{realm}/protocol/openid-connect/token`; `issuer` is `{auth}/realms/{realm}`. */
  async issue(request: Request, issuer: string): Promise<Response> {
    if (!request.headers.get("content-type")?.startsWith("application/x-www-form-urlencoded")) {
      return refused(400, "invalid_request", "the body must be a form");
    }
    const form = new URLSearchParams(await request.text());
    if (form.get("grant_type") !== "client_credentials") {
      return refused(400, "unsupported_grant_type", "only client_credentials is supported");
    }
    const client = this.#authenticated(form, request.headers.get("authorization"), issuer);
    if ("fault" in client) return refused(401, "unauthorized_client", client.fault);
    const iat = this.#seconds();
    const lifetime = this.#settings.tokenSeconds;
    const token = this.#signed({
      ...{ exp: iat + lifetime, iat, jti: randomUuid(this.#context.random), iss: issuer, sub: client.client.userId },
      ...{ typ: "Bearer", azp: client.client.id, org_guid: this.#settings.organizationGuid, scope: "email profile" },
    });
    // The members of the documented sample (docs platform-auth-examples).
    const body = {
      access_token: token,
      expires_in: lifetime,
      refresh_expires_in: 0,
      token_type: "bearer",
      "not-before-policy": 1571719187,
      scope: "email profile",
    };
    return Response.json(body, { headers: { [callerHeader]: encodeURIComponent(client.client.id) } });
  }

  /** The client that a bearer token was issued to; undefined when it is not one of ours, has expired, or the client is disabled. */
  bearer(authorization: string | null): Client | undefined {
    const [first = "", second = "", third = ""] = /^Bearer (.+)$/i.exec(authorization ?? "")?.[1]?.split(".") ?? [];
    const expected = Buffer.from(this.#mac(`${first}.${second}`));
    const actual = Buffer.from(third);
    if (expected.length !== actual.length || !timingSafeEqual(expected, actual)) return undefined;
    const claims: unknown = JSON.parse(Buffer.from(second, "base64url").toString("utf8"));
    if (!isObject(claims) || typeof claims.exp !== "number" || claims.exp <= this.#seconds()) return undefined;
    const client = this.#clients.get(String(claims.azp));
    return client?.enabled === true ? client : undefined;
  }

  snapshot(): TokensSnapshot {
    return { key: this.#key, used: [...this.#used] };
  }

  restore(snapshot: TokensSnapshot): void {
    this.#key = snapshot.key;
    this.#used = new Map(snapshot.used);
  }

  #authenticated(form: URLSearchParams, authorization: string | null, issuer: string) {
    const assertion = form.get("client_assertion");
    if (assertion === null) return this.#basic(authorization);
    if (form.get("client_assertion_type") !== ASSERTION_TYPE)
      return { fault: "client_assertion_type is not supported" };
    const expectation: Expectation = {
      audience: issuer,
      now: this.#seconds(),
      skew: this.#settings.skewSeconds,
      client: (id) => this.#clients.get(id),
      use: (jti, expiry) => this.#use(jti, expiry),
    };
    return verifyAssertion(assertion, expectation);
  }

  #basic(authorization: string | null): { client: Client } | { fault: string } {
    const credentials = /^Basic (.+)$/i.exec(authorization ?? "")?.[1];
    if (credentials === undefined) return { fault: "no client credentials" };
    const [id = "", ...secret] = Buffer.from(credentials, "base64").toString("utf8").split(":");
    const client = this.#clients.get(id);
    const isRight = client?.enabled === true && client.secret !== undefined && client.secret === secret.join(":");
    return isRight ? { client } : { fault: "invalid client or invalid client credentials" };
  }

  #use(jti: string, expiry: number): boolean {
    const now = this.#seconds();
    for (const [known, forgettable] of this.#used) if (forgettable < now) this.#used.delete(known);
    if (this.#used.has(jti)) return false;
    this.#used.set(jti, expiry);
    return true;
  }

  #seconds(): number {
    return Math.floor(this.#context.clock.now() / 1000);
  }

  #signed(claims: object): string {
    const content = `${encoded({ alg: "HS256", typ: "JWT" })}.${encoded(claims)}`;
    return `${content}.${this.#mac(content)}`;
  }

  #mac(content: string): string {
    return createHmac("sha256", this.#key).update(content).digest("base64url");
  }
}
