import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { Alarm, Clock, Http, Log, Ports, Random, Row, Sql, SqlValue } from "./ports.ts";
import { webHttp, webRandom } from "./web.ts";

/** Longest single timer: `setTimeout` overflows past 24.8 days, and a laptop that slept is noticed sooner this way. */
const LONGEST_TIMER_MS = 24 * 60 * 60 * 1000;
/** A wake that threw is tried again after 2, 4, … s, this often; Durable Objects do the same. */
const RETRIES = 6;

export interface NodeRuntime {
  readonly ports: Ports;
  /** Names what the alarm calls, and arms an alarm that was set before this process started. Call it once. */
  start(wake: () => Promise<void>): void;
  /** Stops timers and closes the file. A wake under way fails on its next statement. */
  close(): void;
}

/** Ports that replace the real ones, for tests and for the story's moved clock. */
export interface NodeOverrides {
  readonly clock?: Clock;
  readonly http?: Http;
  readonly random?: Random;
  readonly log: Log;
}

/**
 * A connection's platform over node:sqlite: under Deno in production, under Node in tests.
 * @param file path of the database, created when missing, or `:memory:`
 * @throws Error naming the file when another process has it open
 */
export function openNodeRuntime(file: string, overrides: NodeOverrides): NodeRuntime {
  const database = open(file);
  const sql = nodeSql(database);
  const clock = overrides.clock ?? { now: () => Date.now() };
  const alarm = nodeAlarm(sql, clock, overrides.log);
  return {
    ports: {
      sql,
      clock,
      alarm,
      http: overrides.http ?? webHttp,
      random: overrides.random ?? webRandom,
      log: overrides.log,
    },
    start: alarm.start,
    close: () => {
      alarm.stop();
      database.close();
    },
  };
}

function open(file: string): DatabaseSync {
  const database = new DatabaseSync(file);
  try {
    database.exec("PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL");
    database.exec("CREATE TABLE IF NOT EXISTS alarm (id INTEGER PRIMARY KEY CHECK (id = 1), at INTEGER)");
    return database;
  } catch (error) {
    database.close();
    throw new Error(`${file} is in use by another process; a connection has exactly one`, { cause: error });
  }
}

function nodeSql(database: DatabaseSync): Sql {
  const prepared = new Map<string, StatementSync>();
  const prepare = (text: string): StatementSync => {
    const known = prepared.get(text);
    if (known) return known;
    const statement = database.prepare(text);
    prepared.set(text, statement);
    return statement;
  };
  let depth = 0;
  return {
    exec: <T extends Row>(text: string, ...parameters: SqlValue[]) => prepare(text).all(...parameters) as T[],
    transaction: <T>(work: () => T): T => {
      const savepoint = `s${depth++}`;
      database.exec(`SAVEPOINT ${savepoint}`);
      try {
        const result = work();
        if (result instanceof Promise) throw new TypeError("a transaction must not be asynchronous");
        database.exec(`RELEASE ${savepoint}`);
        return result;
      } catch (error) {
        database.exec(`ROLLBACK TO ${savepoint}; RELEASE ${savepoint}`);
        throw error;
      } finally {
        depth--;
      }
    },
  };
}

interface NodeAlarm extends Alarm {
  start(wake: () => Promise<void>): void;
  stop(): void;
}

/** The alarm's time lives in a row, so it outlives the process; the timer only follows it. */
function nodeAlarm(sql: Sql, clock: Clock, log: Log): NodeAlarm {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wake: (() => Promise<void>) | undefined;
  let ringing = false;
  let stopped = false;

  const read = () => sql.exec<{ at: number | null }>("SELECT at FROM alarm WHERE id = 1")[0]?.at ?? undefined;
  const write = (at: number | null) =>
    sql.exec("INSERT INTO alarm (id, at) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at", at);

  function follow(): void {
    clearTimeout(timer);
    if (stopped || !wake || ringing) return;
    const at = read();
    if (at === undefined) return;
    const wait = Math.min(Math.max(0, at - clock.now()), LONGEST_TIMER_MS);
    timer = setTimeout(() => void ring(), wait);
  }

  async function ring(): Promise<void> {
    const at = read();
    if (stopped || !wake || at === undefined) return;
    if (at > clock.now()) return follow();
    ringing = true;
    write(null);
    await wakeWithRetries(wake);
    ringing = false;
    if (!stopped) follow();
  }

  async function wakeWithRetries(run: () => Promise<void>): Promise<void> {
    for (let attempt = 0; !stopped; attempt++) {
      try {
        return await run();
      } catch (error) {
        log.write("error", "a wake failed", { attempt, error: String(error) });
        if (attempt === RETRIES) return;
        await new Promise((resolve) => setTimeout(resolve, 2 ** (attempt + 1) * 1000));
      }
    }
  }

  return {
    set: async (at) => {
      write(Math.ceil(at));
      follow();
    },
    get: async () => read(),
    start: (run) => {
      wake = run;
      follow();
    },
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
