import type { Production } from "../../../src/store/production.ts";
import type { Tile } from "../../../src/store/tiles.ts";
import { estimate } from "../../../src/traceability/estimate.ts";
import { reading } from "../../../src/traceability/gauge.ts";
import type { Count } from "../../../src/traceability/model.ts";
import { OVERLAP_MS, produce, producedThrough } from "../../../src/traceability/production.ts";
import { chance } from "./broker.ts";
import { MINUTE, START } from "./samples.ts";

const PARTITIONS = 3;

export interface Behaviour {
  /** Most records a second and partition. */
  readonly rate: number;
  /** Of 100 points of the gauge, how many are lost. */
  readonly dropped: number;
  /** Of 100 counts, how many come a quarter of an hour late. */
  readonly late: number;
  /** Minutes between two rebalances, 0: none. */
  readonly rebalances: number;
}

/** A topic with one group, second by second, and what the Metrics API shows of it. */
export class Metrics {
  second = 0;
  read = 0;
  producing = true;
  connected = true;
  /** Most that was produced in one minute. */
  most = 0;
  readonly #random: (below: number) => number;
  readonly #behaviour: Behaviour;
  readonly #lags = Array.from({ length: PARTITIONS }, () => 0);
  readonly #gauge = new Map<number, Map<number, bigint>>();
  readonly #counts = new Map<number, { count: bigint; from: number }>();
  #rebalancingUntil = -1;
  #shown: number[] | undefined;
  /** What was read through each minute. */
  readonly readThrough = new Map<number, number>();

  constructor(seed: number, behaviour: Behaviour) {
    this.#random = chance(seed);
    this.#behaviour = behaviour;
  }

  get now(): number {
    return START + this.second * 1_000;
  }

  get lag(): number {
    return this.#lags.reduce((sum, lag) => sum + lag, 0);
  }

  /** A reset of the first partition. */
  rewind(count: number): void {
    this.#lags[0] = (this.#lags[0] ?? 0) + count;
  }

  minutes(count: number): void {
    for (let minute = 0; minute < count; minute++) this.#minute();
  }

  #minute(): void {
    const random = this.#random;
    const { rate, rebalances, dropped, late } = this.#behaviour;
    const at = START + this.second * 1_000;
    const sampleAt = random(60);
    let produced = 0;
    if (rebalances > 0 && random(rebalances) === 0) this.#rebalancingUntil = this.second + 30 + random(150);
    for (let second = 0; second < 60; second++, this.second++) {
      for (let partition = 0; partition < PARTITIONS; partition++) {
        const records = this.producing ? random(rate + 1) : 0;
        produced += records;
        this.#consume(partition, records, random);
      }
      if (second === sampleAt) this.#sample(at, dropped);
    }
    this.most = Math.max(this.most, produced);
    this.readThrough.set(at, this.read);
    const from = random(100) < late ? at + 20 * MINUTE : at;
    if (produced > 0) this.#counts.set(at, { count: BigInt(produced), from });
  }

  #consume(partition: number, produced: number, random: (below: number) => number): void {
    const lag = (this.#lags[partition] ?? 0) + produced;
    const isReading = this.connected && this.second >= this.#rebalancingUntil && (!this.producing || random(3) > 0);
    const taken = isReading ? Math.min(lag, random(4 * this.#behaviour.rate + 2)) : 0;
    this.read += taken;
    this.#lags[partition] = lag - taken;
  }

  /** In a rebalance the values of before are repeated; of a group without members there are none. */
  #sample(minute: number, dropped: number): void {
    if (!this.connected) return;
    if (this.second >= this.#rebalancingUntil || !this.#shown) this.#shown = [...this.#lags];
    const points = this.#shown.flatMap((lag, partition): [number, bigint][] =>
      this.#random(100) < dropped ? [] : [[partition, BigInt(lag)]],
    );
    if (points.length > 0) this.#gauge.set(minute, new Map(points));
  }

  gauge(from: number, to: number): Map<number, Map<number, bigint>> {
    return new Map(minutesOf(from, to).flatMap((minute) => entry(minute, this.#gauge.get(minute))));
  }

  counts(from: number, to: number): Map<number, bigint> {
    const shown = minutesOf(from, to).flatMap((minute) => entry(minute, this.#counts.get(minute)));
    return new Map(shown.flatMap(([minute, { count, from: since }]) => (since <= this.now ? [[minute, count]] : [])));
  }
}

function minutesOf(from: number, to: number): number[] {
  return Array.from({ length: (to - from) / MINUTE }, (_, index) => from + index * MINUTE);
}

function entry<T>(minute: number, value: T | undefined): [number, T][] {
  return value === undefined ? [] : [[minute, value]];
}

/** Looks every five minutes, as a round does. */
export class Observer {
  counted = 0n;
  counts: Count[] = [];
  tile: Tile | undefined;
  #production: Production | undefined;
  #through: number | undefined;
  readonly #metrics: Metrics;

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  look(): void {
    const to = Math.floor(this.#metrics.now / MINUTE) * MINUTE - 5 * MINUTE;
    const through = this.#through ?? to - OVERLAP_MS;
    const counts = this.#metrics.counts(through - OVERLAP_MS, to);
    this.#production = produce(this.#production, counts, this.#through ?? 0, to) ?? this.#production;
    this.#through = to;
    const production = this.#production;
    const producedIn = (minute: number) =>
      producedThrough(production, minute) - producedThrough(production, minute - MINUTE);
    const gauge = this.#metrics.gauge(to - 30 * MINUTE, to);
    const found = reading(gauge, new Set(this.tile?.lags.keys()), this.tile?.minute ?? 0, producedIn);
    const change =
      found &&
      estimate(this.tile, { group: "g", topic: "orders" }, found, {
        producedThrough: (minute) => producedThrough(production, minute),
        since: undefined,
        countReread: true,
        compact: false,
      });
    if (!change) return;
    this.tile = change.after;
    if (!change.count) return;
    this.counts.push(change.count);
    this.counted += change.count.messages;
  }

  rounds(count: number): void {
    for (let round = 0; round < count; round++) {
      this.#metrics.minutes(5);
      this.look();
    }
  }
}
