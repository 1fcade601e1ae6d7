import * as v from "valibot";
import type { PartitionLag } from "../confluent/lags.ts";
import type { Context } from "./context.ts";

const PREFIX = "members:";
/** Members of a group that are shown at most; a group has no more than its topics have partitions. */
const MOST = 200;

const MembersFact = v.array(
  v.object({
    consumerId: v.string(),
    clientId: v.optional(v.string()),
    instanceId: v.optional(v.string()),
    /** How many partitions it owns. */
    partitions: v.number(),
  }),
);
/** A member of a consumer group that owns partitions. */
export type Member = v.InferOutput<typeof MembersFact>[number];

/** Members by id, as a group's lags show them. */
export function membersIn(lags: readonly PartitionLag[]): Member[] {
  const members = new Map<string, Member>();
  for (const { consumerId, clientId, instanceId } of lags) {
    if (consumerId === undefined) continue;
    const partitions = (members.get(consumerId)?.partitions ?? 0) + 1;
    members.set(consumerId, {
      consumerId,
      ...(clientId === undefined ? {} : { clientId }),
      ...(instanceId === undefined ? {} : { instanceId }),
      partitions,
    });
  }
  return [...members.values()].sort((one, other) => (one.consumerId < other.consumerId ? -1 : 1)).slice(0, MOST);
}

/** Remembers who owned the group's partitions when it was sampled; writes nothing when they are the same. */
export function keepMembers(
  group: string,
  lags: readonly PartitionLag[],
  { stores, now }: Pick<Context, "stores" | "now">,
): void {
  const members = membersIn(lags);
  const known = stores.known.get(PREFIX + group, MembersFact)?.value ?? [];
  if (JSON.stringify(known) === JSON.stringify(members)) return;
  if (members.length === 0) stores.known.drop(PREFIX + group);
  else stores.known.put(PREFIX + group, members, now());
}

/** Forgets the members of groups that are no longer known. */
export function pruneMembers({ stores }: Pick<Context, "stores">): void {
  for (const name of stores.known.names(PREFIX))
    if (!stores.groups.get(name.slice(PREFIX.length))) stores.known.drop(name);
}

/** Those of the last sample; undefined where none were shown: nobody owned a partition, or the cluster does not tell. */
export function membersOf(group: string, { stores }: Pick<Context, "stores">): readonly Member[] | undefined {
  return stores.known.get(PREFIX + group, MembersFact)?.value;
}
