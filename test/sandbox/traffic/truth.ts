import * as v from "valibot";

const row = v.object({
  side: v.picklist(["cloud", "platform"]),
  application: v.string(),
  group: v.string(),
  topic: v.string(),
  /** Its start, ms. */
  hour: v.number(),
  /** Records that were handed to the application, each as often as it was. */
  delivered: v.number(),
  /** Offsets that it read over and committed, markers and gaps included; without those of `first`. */
  advanced: v.number(),
  /** Offsets read before the group's first commit of a partition: no difference of two commits shows them. */
  first: v.number(),
  /** Offsets that a commit passed over unread: reset to latest, retention. */
  skipped: v.number(),
  /** Offsets that a commit went back by. */
  rewound: v.number(),
  /** Those of `advanced` that had been committed before. */
  reread: v.number(),
});
export type TruthRow = v.InferOutput<typeof row>;
const COUNTED = ["delivered", "advanced", "first", "skipped", "rewound", "reread"] as const;

const offset = v.pipe(
  v.string(),
  v.transform((text) => BigInt(text)),
);

const producedRow = v.object({
  side: v.picklist(["cloud", "platform"]),
  topic: v.string(),
  hour: v.number(),
  /** Records, those of aborted transactions included. */
  produced: v.number(),
  aborted: v.number(),
});
export type ProducedRow = v.InferOutput<typeof producedRow>;

export const truthSchema = v.object({
  consumed: v.array(row),
  produced: v.array(producedRow),
  high: v.array(v.tuple([v.string(), v.array(v.tuple([v.number(), offset]))])),
});
export type TruthSnapshot = v.InferInput<typeof truthSchema>;

const HOUR = 3_600_000;

export interface Reader {
  readonly side: TruthRow["side"];
  readonly application: string;
  readonly group: string;
}

/** A commit as the one who made it knows it. */
export interface Commit {
  readonly topic: string;
  readonly partition: number;
  /** What the group had committed; undefined for nothing. */
  readonly before: bigint | undefined;
  readonly offset: bigint;
  /** Offsets that were read over since the commit before. */
  readonly read: bigint;
}

/** What one reader does with one topic just now. */
interface Page {
  hour: number;
  row: TruthRow;
  /** How far its group ever committed, since its first commit, by partition. */
  readonly high: Map<number, bigint>;
}

/** What really happened, hour by hour, as nobody but the sandbox knows. */
export class Truth {
  readonly #rows = new Map<string, TruthRow>();
  readonly #produced = new Map<string, ProducedRow>();
  /** By side, group and topic. */
  readonly #high = new Map<string, Map<number, bigint>>();
  readonly #pages = new Map<Reader, Map<string, Page>>();

  delivered(reader: Reader, topic: string, records: number, at: number): void {
    if (records > 0) this.#page(reader, topic, at).row.delivered += records;
  }

  committed(reader: Reader, { topic, partition, before, offset, read }: Commit, at: number): void {
    const { row, high: all } = this.#page(reader, topic, at);
    const high = before === undefined ? offset : (all.get(partition) ?? before);
    all.set(partition, high > offset ? high : offset);
    if (before === undefined) {
      row.first += Number(read);
      return;
    }
    const jump = offset - before - read;
    const again = (high < offset ? high : offset) - (offset - read);
    row.advanced += Number(read);
    if (again > 0n) row.reread += Number(again);
    if (jump > 0n) row.skipped += Number(jump);
    else row.rewound -= Number(jump);
  }

  produced(side: TruthRow["side"], topic: string, records: bigint, at: number): void {
    if (records > 0n) this.#ofTopic(side, topic, at).produced += Number(records);
  }

  aborted(side: TruthRow["side"], topic: string, records: bigint, at: number): void {
    if (records > 0n) this.#ofTopic(side, topic, at).aborted += Number(records);
  }

  /** Those in which anything happened. */
  rows(): readonly TruthRow[] {
    return [...this.#rows.values()].filter((each) => COUNTED.some((what) => each[what] !== 0));
  }

  producedRows(): readonly ProducedRow[] {
    return [...this.#produced.values()];
  }

  snapshot(): TruthSnapshot {
    return {
      consumed: [...this.rows()],
      produced: [...this.producedRows()],
      high: [...this.#high].map(([place, partitions]) => [
        place,
        [...partitions].map(([id, offset]): [number, string] => [id, String(offset)]),
      ]),
    };
  }

  restore({ consumed, produced, high }: v.InferOutput<typeof truthSchema>): void {
    this.#rows.clear();
    this.#produced.clear();
    this.#high.clear();
    this.#pages.clear();
    for (const each of consumed) this.#rows.set(keyOf(each, each.topic, each.hour), each);
    for (const each of produced) this.#produced.set(`${each.side}\n${each.topic}\n${each.hour}`, each);
    for (const [place, partitions] of high) this.#high.set(place, new Map(partitions));
  }

  #page(reader: Reader, topic: string, at: number): Page {
    const hour = at - (at % HOUR);
    const pages = this.#pages.get(reader) ?? new Map<string, Page>();
    this.#pages.set(reader, pages);
    const page = pages.get(topic);
    if (page?.hour === hour) return page;
    const row = this.#row(reader, topic, hour);
    const place = `${reader.side}\n${reader.group}\n${topic}`;
    const high = this.#high.get(place) ?? new Map<number, bigint>();
    this.#high.set(place, high);
    const next = { hour, row, high };
    pages.set(topic, next);
    return next;
  }

  #row(reader: Reader, topic: string, hour: number): TruthRow {
    const key = keyOf(reader, topic, hour);
    const row = this.#rows.get(key) ?? empty(reader, topic, hour);
    this.#rows.set(key, row);
    return row;
  }

  #ofTopic(side: TruthRow["side"], topic: string, at: number): ProducedRow {
    const hour = at - (at % HOUR);
    const key = `${side}\n${topic}\n${hour}`;
    const row = this.#produced.get(key) ?? { side, topic, hour, produced: 0, aborted: 0 };
    this.#produced.set(key, row);
    return row;
  }
}

const keyOf = ({ side, application, group }: Reader, topic: string, hour: number): string =>
  `${side}\n${application}\n${group}\n${topic}\n${hour}`;

const empty = ({ side, application, group }: Reader, topic: string, hour: number): TruthRow => ({
  side,
  application,
  group,
  topic,
  hour,
  delivered: 0,
  advanced: 0,
  first: 0,
  skipped: 0,
  rewound: 0,
  reread: 0,
});
