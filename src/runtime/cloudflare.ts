import type { Alarm, Log, Ports, Row, Sql, SqlValue } from "./ports.ts";
import { webHttp, webRandom } from "./web.ts";

/** A connection's platform inside a Durable Object with SQLite storage. */
export function cloudflarePorts(storage: DurableObjectStorage, log: Log): Ports {
  return {
    sql: cloudflareSql(storage),
    alarm: cloudflareAlarm(storage),
    clock: { now: () => Date.now() },
    http: webHttp,
    random: webRandom,
    log,
  };
}

function cloudflareSql(storage: DurableObjectStorage): Sql {
  return {
    exec: <T extends Row>(statement: string, ...parameters: SqlValue[]) =>
      storage.sql
        .exec(statement, ...parameters)
        .toArray()
        .map(plainBlobs) as T[],
    transaction: (work) =>
      storage.transactionSync(() => {
        const result = work();
        if (result instanceof Promise) throw new TypeError("a transaction must not be asynchronous");
        return result;
      }),
  };
}

/** Durable Objects hand blobs out as ArrayBuffer, node:sqlite as Uint8Array: one form for all above. */
function plainBlobs(row: Record<string, SqlStorageValue>): Row {
  const plain: Row = {};
  for (const [column, value] of Object.entries(row)) {
    plain[column] = value instanceof ArrayBuffer ? new Uint8Array(value) : value;
  }
  return plain;
}

function cloudflareAlarm(storage: DurableObjectStorage): Alarm {
  return {
    set: (at) => storage.setAlarm(Math.ceil(at)),
    get: async () => (await storage.getAlarm()) ?? undefined,
  };
}
