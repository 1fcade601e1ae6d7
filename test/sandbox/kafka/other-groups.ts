import * as v from "valibot";

/** Groups that are no consumer groups: share groups keep their progress by record, streams groups theirs by task (KIP-932, KIP-1071). */
const otherGroup = v.object({
  id: v.string(),
  kind: v.picklist(["share", "streams"]),
  members: v.number(),
  topics: v.pipe(v.array(v.string()), v.readonly()),
});
export type OtherGroup = Readonly<v.InferOutput<typeof otherGroup>>;

export const savedOtherGroups = v.optional(v.array(otherGroup), []);

/** Those of one cluster. They are listed by their own calls alone, and nothing is committed for them. */
export class OtherGroups {
  readonly #groups = new Map<string, OtherGroup>();

  /** One of the same id takes its place. */
  add(group: OtherGroup): void {
    this.#groups.set(group.id, group);
  }

  get(kind: OtherGroup["kind"], id: string): OtherGroup | undefined {
    const group = this.#groups.get(id);
    return group?.kind === kind ? group : undefined;
  }

  all(kind?: OtherGroup["kind"]): readonly OtherGroup[] {
    return [...this.#groups.values()].filter((group) => kind === undefined || group.kind === kind);
  }

  restore(groups: readonly OtherGroup[]): void {
    this.#groups.clear();
    for (const group of groups) this.add(group);
  }
}
