/** What every simulated system of the sandbox is made of. */

/** The sandbox's clock: real time plus an offset that tests and the story move forward. Durations of the simulated systems follow it. */
export interface SandboxClock {
  /** ms since the epoch */
  now(): number;
  /** Jumps forward. */
  advance(ms: number): void;
  offset(): number;
}

export interface SandboxContext {
  readonly clock: SandboxClock;
  /** Seeded, so that a run can be repeated. Uniform in [0, 1). */
  readonly random: () => number;
}

/** One simulated system, listening on a port of its own. */
export interface SandboxService {
  /** e.g. `amplify`, `ingestion`, `cloud`, `cloud-kafka`, `cloud-registry`, `platform-kafka`, `platform-registry` */
  readonly name: string;
  fetch(request: Request): Response | Promise<Response>;
  /** Its whole state as JSON, for `.sandbox/state.json`. */
  snapshot(): unknown;
  /** Takes a snapshot back; throws when it is of another version. */
  restore(snapshot: unknown): void;
}

/** One request that reached the sandbox, as its log keeps it. Bodies and credentials are not kept, but who called is. */
export interface LoggedRequest {
  /** Counts up from 1. */
  readonly sequence: number;
  /** By the sandbox's clock, ms. */
  readonly at: number;
  readonly service: string;
  readonly method: string;
  /** Path and query as sent, percent-encoding untouched. */
  readonly path: string;
  /** 0 when the connection was reset without an answer. */
  readonly status: number;
  /** Client id, API key id or user; undefined when none was recognised. */
  readonly caller: string | undefined;
  readonly milliseconds: number;
}

/** Who a request was made by, as a simulated system recognised it. */
export interface Caller {
  /** API key id, user or client id, as the request log shows it. */
  readonly name: string;
  /**
   * Kafka's name for it, `User:sa-…` or `User:<name>`; ACLs for this principal add to what `may` allows. Undefined where
   * nobody is known by such a name.
   */
  readonly principal?: string;
  /**
   * Whether it may do `operation` on `resource`, e.g. `TOPIC:DESCRIBE` on `orders`, `CLUSTER:ALTER` on `kafka-cluster`,
   * `SUBJECT:READ` on `orders-value`, `CLOUD:READ` on `lkc-1`.
   */
  may(operation: string, resource: string): boolean;
}

/** Recognises the caller of a request, or answers it as the real system answers a stranger. */
export type Authenticate = (request: Request) => Caller | Response;
