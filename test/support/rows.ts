import type { Row, Sql } from "../../src/runtime/ports.ts";

/** Every row of every table, by table. */
export type Rows = ReadonlyMap<string, readonly Row[]>;

export function dumpRows(sql: Sql): Rows {
  const tables = sql.exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name");
  return new Map(tables.map(({ name }) => [name, sql.exec(`SELECT * FROM ${name}`)]));
}

/** Puts rows in place of what the tables hold; the tables have to be there. */
export function loadRows(sql: Sql, rows: Rows): void {
  sql.transaction(() => {
    for (const [table, contents] of rows) {
      sql.exec(`DELETE FROM ${table}`);
      for (const row of contents) {
        const places = Object.keys(row).map(() => "?");
        sql.exec(
          `INSERT INTO ${table} (${Object.keys(row).join(", ")}) VALUES (${places.join(", ")})`,
          ...Object.values(row),
        );
      }
    }
  });
}

/** All rows as one text to be searched; blobs as text and as base64. */
export function textOfRows(rows: Rows): string {
  const parts: string[] = [];
  for (const [table, contents] of rows) {
    for (const row of contents) {
      for (const [column, value] of Object.entries(row)) {
        parts.push(`${table}.${column}=${value instanceof Uint8Array ? textOfBytes(value) : String(value)}`);
      }
    }
  }
  return parts.join("\n");
}

function textOfBytes(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes);
  return `${buffer.toString("latin1")} ${buffer.toString("base64")}`;
}
