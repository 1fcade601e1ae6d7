import * as v from "valibot";
import type { SandboxService } from "../core/types.ts";
import type { Login } from "../kafka/client.ts";
import type { KafkaCluster } from "../kafka/cluster.ts";
import { MinuteHistory } from "../kafka/minute-history.ts";
import type { Side } from "../world/demo.ts";
import { type ClusterAction, onCluster } from "./cluster-actions.ts";
import { Consumer, type ConsumerState, type Surroundings } from "./consumer.ts";
import { newProducer, type ProducerState, produceMinute } from "./producer.ts";
import { Rights } from "./rights.ts";
import { type Action, action as actionSchema, type ConsumerSpec, type ProducerSpec } from "./specs.ts";
import type { PlayedClock } from "./time.ts";
import { type ProducedRow, Truth, type TruthRow, truthSchema } from "./truth.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;

interface Scheduled {
  /** ms */
  readonly at: number;
  readonly action: Action;
}

interface Kept {
  readonly side: Side;
  readonly topic: string;
  readonly keep: number;
}

/** What is not checked again: it was saved by `snapshot`. */
const own = <T>() => v.custom<T>((value) => typeof value === "object" && value !== null);

const snapshotSchema = v.object({
  version: v.literal(1),
  until: v.number(),
  producers: v.array(own<ProducerState>()),
  consumers: v.array(own<ConsumerState>()),
  scheduled: v.array(v.object({ at: v.number(), action: actionSchema })),
  kept: v.array(own<Kept>()),
  truth: truthSchema,
  history: v.unknown(),
});

export interface TrafficOptions {
  /** The clusters' clock, which shows the time that is played. */
  readonly clock: PlayedClock;
  readonly clusters: Readonly<Record<Side, KafkaCluster>>;
  readonly logins: Readonly<Record<Side, Login>>;
  readonly seed: number;
}

/**
 * Applications that produce and consume on both clusters, in whole minutes of the sandbox's clock: what a minute brings depends on the
 * seed and on nothing that happens later, however often or seldom somebody looks.
 */
export class Traffic implements Pick<SandboxService, "snapshot" | "restore"> {
  /** What Confluent Cloud measures of its cluster. */
  readonly history: MinuteHistory;
  readonly #options: TrafficOptions;
  readonly #truth = new Truth();
  readonly #surroundings: Readonly<Record<Side, Surroundings>>;
  readonly #producers = new Map<string, ProducerState>();
  readonly #consumers = new Map<string, Consumer>();
  #scheduled: Scheduled[] = [];
  readonly #kept = new Map<string, Kept>();
  /** Up to when everything has happened, ms; whole minutes. */
  #until: number;

  constructor(options: TrafficOptions) {
    this.#options = options;
    const { clock, clusters, logins, seed } = options;
    this.#until = wholeMinutes(clock.now());
    this.history = new MinuteHistory(clusters.cloud, seed);
    const of = (side: Side): Surroundings => ({
      cluster: clusters[side],
      rights: new Rights(clusters[side]),
      truth: this.#truth,
      login: logins[side],
      seed,
      sent: side === "cloud" ? (topic, records) => this.history.send(topic, records) : () => undefined,
    });
    this.#surroundings = { cloud: of("cloud"), platform: of("platform") };
  }

  produce(producer: ProducerSpec): void {
    this.act({ do: "produce", producer });
  }

  consume(consumer: ConsumerSpec): void {
    this.act({ do: "consume", consumer });
  }

  /** Does it now. Throws a ValiError for one that means nothing. */
  act(action: Action): void {
    this.catchUp();
    this.#act(v.parse(actionSchema, action), this.#options.clock.now());
  }

  /** Does it at a time to come, ms, before what else that minute brings; at once when it is past. */
  schedule(at: number, action: Action): void {
    this.catchUp();
    if (at <= this.#options.clock.now()) {
      this.act(action);
      return;
    }
    this.#scheduled.push({ at, action: v.parse(actionSchema, action) });
    this.#scheduled.sort((a, b) => a.at - b.at);
  }

  /** Plays every minute that has passed. Those who look at the clusters directly call it first; requests do. */
  catchUp(): void {
    const now = wholeMinutes(this.#options.clock.now());
    while (this.#until < now) {
      if (this.#isAtRest()) this.#skip(now);
      else this.#minute(this.#until + MINUTE);
    }
  }

  /** Whether the consumer of that name is connected: neither stopped nor refused. */
  isConnected(consumer: string): boolean {
    this.catchUp();
    return this.#consumers.get(consumer)?.isConnected === true;
  }

  /** What was really consumed, by application, group, topic and hour. */
  truth(): readonly TruthRow[] {
    this.catchUp();
    return this.#truth.rows();
  }

  /** What was really produced, by topic and hour. */
  produced(): readonly ProducedRow[] {
    this.catchUp();
    return this.#truth.producedRows();
  }

  snapshot(): unknown {
    this.catchUp();
    return {
      version: 1,
      until: this.#until,
      producers: [...this.#producers.values()],
      consumers: [...this.#consumers.values()].map((consumer) => consumer.state()),
      scheduled: this.#scheduled,
      kept: [...this.#kept.values()],
      truth: this.#truth.snapshot(),
      history: this.history.snapshot(),
    };
  }

  restore(snapshot: unknown): void {
    const { until, producers, consumers, scheduled, kept, truth, history } = v.parse(snapshotSchema, snapshot);
    this.#until = until;
    this.#producers.clear();
    for (const state of producers) this.#producers.set(state.spec.name, { ...state });
    this.#consumers.clear();
    for (const state of consumers) {
      const consumer = new Consumer(state.spec, this.#surroundings[state.spec.side]);
      consumer.resume(state);
      this.#consumers.set(state.spec.name, consumer);
    }
    this.#scheduled = scheduled;
    this.#kept.clear();
    for (const each of kept) this.#kept.set(`${each.side} ${each.topic}`, each);
    this.#truth.restore(truth);
    this.history.restore(history);
  }

  #minute(end: number): void {
    const start = end - MINUTE;
    const { clock } = this.#options;
    while (this.#scheduled[0] !== undefined && this.#scheduled[0].at < end) {
      const [due] = this.#scheduled.splice(0, 1);
      if (due === undefined) break;
      const at = Math.max(due.at, start);
      clock.at(at, () => this.#act(due.action, at));
    }
    // The last millisecond of the minute: what it brings belongs to its hour.
    clock.at(end - 1, () => {
      for (const state of this.#producers.values()) produceMinute(state, this.#surroundings[state.spec.side], end);
      for (const { side, topic, keep } of this.#kept.values()) this.#act({ do: "trim", side, topic, keep }, end - 1);
      for (const consumer of this.#consumers.values()) consumer.minute(end);
      this.history.tick(start / MINUTE);
    });
    this.#until = end;
  }

  /** Whether no minute brings anything before somebody acts. */
  #isAtRest(): boolean {
    const { length } = this.#scheduled;
    return length === 0 && this.#producers.size === 0 && this.#consumers.size === 0;
  }

  /** The first minute tells what clients did directly; of the others only those count that can still be asked for. */
  #skip(now: number): void {
    this.#minute(this.#until + MINUTE);
    const from = this.history.isAtRest() ? now : now - 8 * DAY;
    this.#until = Math.max(this.#until, from);
    while (this.#until < now) this.#minute(this.#until + MINUTE);
  }

  #act(action: Action, at: number): void {
    switch (action.do) {
      case "produce":
        this.#producers.set(action.producer.name, newProducer(action.producer));
        return;
      case "stop-producing":
        this.#producers.delete(action.name);
        return;
      case "consume":
        this.#consumers.get(action.consumer.name)?.stop(false, at);
        this.#consumers.set(
          action.consumer.name,
          new Consumer(action.consumer, this.#surroundings[action.consumer.side]),
        );
        return;
      case "stop":
        this.#consumers.get(action.name)?.stop(action.crash === true, at);
        return;
      case "start":
        this.#consumers.get(action.name)?.start();
        return;
      case "retain":
        this.#kept.set(`${action.side} ${action.topic}`, action);
        return;
      case "reset":
        this.#reset(action, at);
        return;
      default:
        this.#onCluster(action, at);
    }
  }

  #reset(action: Extract<Action, { do: "reset" }>, at: number): void {
    const readers = this.#readersOf(action).filter(({ isConnected }) => isConnected);
    for (const reader of readers) reader.seek(action.topic, action.to);
    if (readers.length === 0) this.#onCluster(action, at);
  }

  #readersOf({ side, group }: { readonly side: Side; readonly group: string }): readonly Consumer[] {
    return [...this.#consumers.values()].filter(({ spec }) => spec.side === side && spec.group === group);
  }

  #onCluster(action: ClusterAction, at: number): void {
    const group = "group" in action ? action.group : "";
    const application = this.#readersOf({ side: action.side, group })[0]?.spec.application ?? group;
    onCluster(action, this.#options.clusters[action.side], this.#truth, { at, application });
  }
}

const wholeMinutes = (at: number): number => at - (at % MINUTE);
