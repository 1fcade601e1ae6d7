import type { Sql } from "../runtime/ports.ts";

/** An own write comes back as an event within this time, or never. */
const KEPT_MS = 10 * 60 * 1000;

/**
 * Events that our own writes will cause. They carry no version, so the first one that fits is taken for ours and not
 * read; any further one is somebody else's.
 */
export interface EchoStore {
  /** A write was answered: its event is on its way. `subresource` is empty for the resource itself. */
  expect(link: string, type: string, subresource: string, now: number): void;
  /** Whether an event is the echo of a write of ours; each counts once. */
  consume(link: string, type: string, subresource: string, now: number): boolean;
}

export function echoStore(sql: Sql): EchoStore {
  return {
    expect: (link, type, subresource, now) => {
      sql.exec("DELETE FROM echo WHERE expires_at <= ?", now);
      sql.exec(
        "INSERT INTO echo (link, type, subresource, expires_at) VALUES (?, ?, ?, ?)",
        link,
        type,
        subresource,
        now + KEPT_MS,
      );
    },
    consume: (link, type, subresource, now) =>
      sql.exec(
        `DELETE FROM echo WHERE id = (SELECT min(id) FROM echo
         WHERE link = ? AND type = ? AND subresource = ? AND expires_at > ?) RETURNING id`,
        link,
        type,
        subresource,
        now,
      ).length > 0,
  };
}
