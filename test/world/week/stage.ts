import * as v from "valibot";
import { groupPrefix } from "../../../src/confluent/labels.ts";
import type { ConsumptionEntry } from "../../../src/traceability/consumption-entry.ts";
import type { ConsumerKeys } from "../../sandbox/amplify/marketplace-secrets.ts";
import {
  type Action,
  type ConsumerSpec,
  consumerSpec,
  type ProducerSpec,
  producerSpec,
} from "../../sandbox/traffic/specs.ts";
import type { Side } from "../../sandbox/world/demo.ts";
import { Consumer } from "../../support/consumer.ts";
import { type Rig, unwrap } from "../../support/rig.ts";
import type { Case } from "./cases.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
/** Records that a topic gets in a minute, unless its case says otherwise. */
const PER_MINUTE = 10;

/** One application with its topics, on its cluster: what it does, what it really read, and what was told of that. */
export class Stage {
  readonly case: Case;
  readonly topic: string;
  readonly #topics: readonly string[];
  readonly #rig: Rig;
  readonly #side: Side;
  readonly #subscriber: Consumer;
  #prefix = "";
  #began = 0;
  today = 0;

  constructor(rig: Rig, side: Side, keys: ConsumerKeys, each: Case, topics: readonly string[]) {
    this.case = each;
    this.#rig = rig;
    this.#side = side;
    this.#topics = topics;
    this.topic = topics[0] ?? "";
    this.#subscriber = new Consumer(rig, side, keys);
  }

  /** What its topics get in one minute at most, beside what its case does to them. */
  get perMinute(): number {
    return 2 * PER_MINUTE * this.#topics.length;
  }

  get application(): string {
    return this.#subscriber.application.name;
  }

  async subscribe(): Promise<void> {
    for (const topic of this.#topics) await this.#subscriber.access(topic);
    this.#prefix = await groupPrefix(this.#metadata().id);
  }

  #metadata(): { readonly id: string; readonly references: readonly { readonly kind: string; readonly id: string }[] } {
    return this.#rig.sandbox.parts.amplify.get(this.#subscriber.application.selfLink)?.metadata as never;
  }

  group = (name = "main"): string => `${this.#prefix}${name}`;

  consumer = (name = "main"): string => `${this.application} ${name}`;

  another = (name: string, how: Partial<ConsumerSpec> = {}): ConsumerSpec => {
    const { side, application } = { side: this.#side, application: this.application };
    const who = { name: this.consumer(name), side, group: this.group(name), application };
    return v.parse(consumerSpec, { ...who, topics: this.#topics, ...how });
  };

  /** Begins to read; what it reads is empty then, so that the first sample misses nothing. */
  consume(how: Partial<ConsumerSpec> = {}): void {
    this.#rig.sandbox.parts.traffic.consume(this.another("main", how));
  }

  produce(how: Partial<ProducerSpec> = {}): void {
    for (const topic of this.#topics) {
      const producer = { name: topic, side: this.#side, topic, perMinute: PER_MINUTE, unevenness: 0.5, ...how };
      this.#rig.sandbox.parts.traffic.produce(v.parse(producerSpec, producer));
    }
  }

  stopProducing(): void {
    for (const name of this.#topics) this.#rig.sandbox.parts.traffic.act({ do: "stop-producing", name });
  }

  /** Has what a day brings happen. */
  day(number: number): void {
    this.#began = this.#rig.now;
    this.today = number;
    this.case.day(this);
  }

  schedule = (after: number, action: (side: Side) => Action): void =>
    this.#rig.sandbox.parts.traffic.schedule(this.#began + after, action(this.#side));

  every = (ms: number, action: (side: Side) => Action): void => {
    for (let after = ms; after < DAY_MS; after += ms) this.schedule(after, action);
  };

  otherGroups = (): void => {
    const { otherGroups } = this.#rig.sandbox.parts.clusters[this.#side];
    for (const kind of ["share", "streams"] as const)
      otherGroups.add({ id: this.group(kind), kind, members: 1, topics: this.#topics });
  };

  /** What was really read and what was accepted, in messages. */
  sums() {
    const { traffic, ingestion } = this.#rig.sandbox.parts;
    const rows = traffic
      .truth()
      .filter(({ application, side }) => application === this.application && side === this.#side);
    const sum = (what: "advanced" | "skipped" | "first") => rows.reduce((total, row) => total + row[what], 0);
    const id = this.#metadata().references.find(({ kind }) => kind === "Application")?.id;
    const accepted = ingestion.accepted().filter(({ application }) => application === id);
    return {
      consumed: sum("advanced"),
      /** Before the first commit of a partition. */
      first: sum("first"),
      skipped: sum("skipped"),
      produced: traffic
        .produced()
        .filter(({ topic, side }) => side === this.#side && this.#topics.includes(topic))
        .reduce((total, { produced }) => total + produced, 0),
      accepted: accepted.reduce((total, { transactions }) => total + transactions, 0),
    };
  }

  /** What an operator finds of it. */
  async rows(): Promise<readonly ConsumptionEntry[]> {
    const all: ConsumptionEntry[] = [];
    for (let after: number | undefined; ; ) {
      const query = { limit: 500, application: this.application };
      const { items, unattributed, next } = unwrap(
        await this.#rig.actor.consumption(after === undefined ? query : { ...query, after }),
      );
      all.push(...items, ...unattributed);
      if (next === undefined) return all;
      after = Number(next);
    }
  }
}
