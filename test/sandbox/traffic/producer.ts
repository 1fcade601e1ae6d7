import { hashOf, noise } from "../core/noise.ts";
import type { KafkaCluster } from "../kafka/cluster.ts";
import { lengthOf } from "../kafka/partition-log.ts";
import type { Topic } from "../kafka/topic.ts";
import type { Rights } from "./rights.ts";
import type { ProducerSpec } from "./specs.ts";
import type { Truth } from "./truth.ts";

/** What a producer remembers, as it is saved. */
export interface ProducerState {
  readonly spec: ProducerSpec;
  /** Records not whole yet. */
  rest: number;
  /** Whose turn it is among the partitions. */
  turn: number;
  /** Minutes that the open transaction has lasted, and how many came before. */
  openFor: number;
  transactions: number;
}

export const newProducer = (spec: ProducerSpec): ProducerState => ({
  spec,
  rest: 0,
  turn: 0,
  openFor: 0,
  transactions: 0,
});

interface Surroundings {
  readonly cluster: KafkaCluster;
  readonly rights: Rights;
  readonly truth: Truth;
  readonly seed: number;
}

/** One minute of a producer, which ends at `end`, ms. A topic that is missing or may not be written gets nothing. */
export function produceMinute(state: ProducerState, { cluster, rights, truth, seed }: Surroundings, end: number): void {
  const { spec } = state;
  const { side, topic: name, perMinute, unevenness = 0, transactions } = spec;
  const topic = cluster.topic(name);
  if (topic === undefined || !rights.may(spec.principal, "WRITE", "TOPIC", name)) return;
  const swing = unevenness === 0 ? 0 : unevenness * (2 * noise(hashOf(spec.name) ^ seed, end / 60_000) - 1);
  state.rest += perMinute * (1 + swing);
  const records = Math.floor(state.rest);
  state.rest -= records;
  const shares = sharesOf(records, topic.partitions.length, state.turn);
  state.turn = (state.turn + records) % topic.partitions.length;
  for (const [partition, share] of shares.entries()) {
    if (share === 0n) continue;
    if (transactions === undefined) cluster.append(name, partition, share);
    else cluster.appendOpen(name, partition, share);
  }
  truth.produced(side, name, BigInt(records), end - 1);
  if (transactions !== undefined) goOn(state, transactions, topic, { cluster, truth, end });
}

/** Ends the open transaction when it has lasted long enough. */
function goOn(
  state: ProducerState,
  { minutes, abortEvery }: NonNullable<ProducerSpec["transactions"]>,
  { name, partitions }: Topic,
  { cluster, truth, end }: Pick<Surroundings, "cluster" | "truth"> & { readonly end: number },
): void {
  state.openFor += 1;
  if (state.openFor <= minutes) return;
  state.openFor = 0;
  state.transactions += 1;
  const outcome = abortEvery !== undefined && state.transactions % abortEvery === 0 ? "abort" : "commit";
  for (const { id, open } of partitions) {
    if (outcome === "abort") truth.aborted(state.spec.side, name, lengthOf(open), end - 1);
    cluster.endTransaction(name, id, outcome);
  }
}

function sharesOf(records: number, partitions: number, turn: number): bigint[] {
  const [least, more] = [Math.floor(records / partitions), records % partitions];
  return Array.from({ length: partitions }, (_, partition) => {
    const place = (partition - turn + partitions) % partitions;
    return BigInt(least + (place < more ? 1 : 0));
  });
}
