import type { SandboxClock } from "../core/types.ts";
import type { Client } from "./clients.ts";
import { Problem } from "./problem.ts";
import { RateLimit, type RateSnapshot } from "./rate.ts";
import type { Tokens } from "./tokens.ts";

/**
 * Too many requests; `seconds` until the next one may pass. The documents speak of throttling without a status; 429 with
 * Retry-After is what clients must expect of it (RFC 6585).
 */
export class Limited extends Problem {
  readonly seconds: number;

  constructor(seconds: number) {
    super(429, "the rate limit of the account is exceeded");
    this.seconds = seconds;
  }
}

/** Whom the API server lets in: token, organisation, then the client's rate. */
export class Gate {
  readonly #tokens: Tokens;
  readonly #organization: string;
  readonly #rate: RateLimit;

  constructor(tokens: Tokens, organization: string, clock: SandboxClock) {
    this.#tokens = tokens;
    this.#organization = organization;
    this.#rate = new RateLimit(clock);
  }

  /** The client that a request's token was issued to. Throws a 401. */
  authenticated(request: Request): Client {
    const client = this.#tokens.bearer(request.headers.get("authorization"));
    if (client === undefined) throw new Problem(401, "the token is missing, wrong or has expired");
    return client;
  }

  /** As `authenticated`, within the organisation and the rate. Throws 401, 403 and `Limited`. */
  metered(request: Request): Client {
    const client = this.authenticated(request);
    const tenant = request.headers.get("x-axway-tenant-id");
    // The documents call token and organisation id both required (docs platform-auth-examples); the statuses are ours.
    if (tenant === null) throw new Problem(401, "the header X-Axway-Tenant-Id is missing");
    if (tenant !== this.#organization) throw new Problem(403, `the account does not belong to organization ${tenant}`);
    const seconds = this.#rate.refuse(client.id, client.requestsPerMinute);
    if (seconds !== undefined) throw new Limited(seconds);
    return client;
  }

  snapshot(): RateSnapshot {
    return this.#rate.snapshot();
  }

  restore(snapshot: RateSnapshot): void {
    this.#rate.restore(snapshot);
  }
}
