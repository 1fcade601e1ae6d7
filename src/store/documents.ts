import type { Sql } from "../runtime/ports.ts";
import { packText, unpackText } from "./parts.ts";

/** `published` is what Amplify holds, `waiting` what it shall hold. */
export type Slot = "published" | "waiting";

/** A text made ready to be put: packing takes its time, and a row must not wait for it. */
export type Packed = readonly Uint8Array[];

/** AsyncAPI documents by topic. */
export interface DocumentStore {
  pack(text: string): Promise<Packed>;
  /** To be called in one transaction with the row that says what the document is. */
  put(topic: string, slot: Slot, document: Packed): void;
  get(topic: string, slot: Slot): Promise<string | undefined>;
  /** What waited is published now. Does nothing when nothing waits. */
  promote(topic: string): void;
  clear(topic: string, slot: Slot): void;
  /** Both. */
  drop(topic: string): void;
}

export function documentStore(sql: Sql): DocumentStore {
  return {
    pack: packText,
    put: (topic, slot, document) => {
      sql.transaction(() => {
        sql.exec("DELETE FROM document WHERE topic = ? AND slot = ?", topic, slot);
        for (const [part, bytes] of document.entries()) {
          sql.exec("INSERT INTO document (topic, slot, part, bytes) VALUES (?, ?, ?, ?)", topic, slot, part, bytes);
        }
      });
    },
    get: (topic, slot) =>
      unpackText(
        sql
          .exec<{ bytes: Uint8Array }>(
            "SELECT bytes FROM document WHERE topic = ? AND slot = ? ORDER BY part",
            topic,
            slot,
          )
          .map((row) => row.bytes),
      ),
    promote: (topic) => {
      sql.transaction(() => {
        if (sql.exec("SELECT 1 FROM document WHERE topic = ? AND slot = 'waiting' LIMIT 1", topic).length === 0) return;
        sql.exec("DELETE FROM document WHERE topic = ? AND slot = 'published'", topic);
        sql.exec("UPDATE document SET slot = 'published' WHERE topic = ? AND slot = 'waiting'", topic);
      });
    },
    clear: (topic, slot) => {
      sql.exec("DELETE FROM document WHERE topic = ? AND slot = ?", topic, slot);
    },
    drop: (topic) => {
      sql.exec("DELETE FROM document WHERE topic = ?", topic);
    },
  };
}

/** Immutable schema versions that others refer to, as JSON text. */
export interface ReferenceStore {
  put(subject: string, version: number, text: string): Promise<void>;
  get(subject: string, version: number): Promise<string | undefined>;
}

export function referenceStore(sql: Sql): ReferenceStore {
  return {
    put: async (subject, version, text) => {
      const parts = await packText(text);
      sql.transaction(() => {
        for (const [part, bytes] of parts.entries()) {
          sql.exec(
            "INSERT OR REPLACE INTO reference (subject, version, part, bytes) VALUES (?, ?, ?, ?)",
            subject,
            version,
            part,
            bytes,
          );
        }
      });
    },
    get: (subject, version) =>
      unpackText(
        sql
          .exec<{ bytes: Uint8Array }>(
            "SELECT bytes FROM reference WHERE subject = ? AND version = ? ORDER BY part",
            subject,
            version,
          )
          .map((row) => row.bytes),
      ),
  };
}
