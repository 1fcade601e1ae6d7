/**
 * What a connection needs of the platform it runs on. Two adapters implement it, `cloudflare.ts` (a Durable Object)
 * and `node.ts` (node:sqlite, for Deno and tests); one suite of contract tests runs on both.
 */
export interface Ports {
  readonly sql: Sql;
  readonly alarm: Alarm;
  readonly clock: Clock;
  readonly http: Http;
  readonly random: Random;
  readonly log: Log;
}

/** What a column may hold. 64-bit offsets travel as text; numbers are safe integers or doubles. */
export type SqlValue = string | number | null | Uint8Array;
export type Row = Record<string, SqlValue>;

export interface Sql {
  /** Runs one statement and returns its rows, `[]` when there are none. Throws what SQLite says. */
  exec<T extends Row = Row>(statement: string, ...parameters: SqlValue[]): T[];
  /** Commits what `work` wrote as one, or nothing of it when it throws. `work` must not be asynchronous: a promise is refused. */
  transaction<T>(work: () => T): T;
}

/** One durable alarm per connection. It survives the process; an alarm whose time has passed rings at once. */
export interface Alarm {
  /** Rings at `at` (ms since the epoch), replacing any earlier setting. */
  set(at: number): Promise<void>;
  /** The time it is set to, or undefined when it is not set or is ringing now. */
  get(): Promise<number | undefined>;
}

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

/** Sends one request. Rejects when no answer came; never follows a redirect (the adapters set `redirect: "manual"`). */
export type Http = (request: Request) => Promise<Response>;

export interface Random {
  uuid(): string;
  bytes(length: number): Uint8Array<ArrayBuffer>;
  /** Uniform in [0, 1), for jitter. */
  fraction(): number;
}

export type LogLevel = "trace" | "debug" | "info" | "warn" | "error";
export interface Log {
  /** `message` is static text; everything variable goes into `fields`, which never hold a secret. */
  write(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void;
}
