import { compareText, DEFAULT_CONTEXT, parseSubject, qualifyWithParent } from "./subject-name.ts";
import type { SubjectVersion, VersionFilter } from "./types.ts";

export interface StoreSnapshot {
  readonly versions: readonly SubjectVersion[];
  /** Other than the default one; they stay when their subjects go. */
  readonly contexts: readonly string[];
  /** Context to the highest id ever given. */
  readonly highestIds: Readonly<Record<string, number>>;
}

/** The versions of all subjects, with the indexes that the answers need. */
export class VersionStore {
  /** Each list ascending by version. */
  readonly #subjects = new Map<string, SubjectVersion[]>();
  /** Context, then id, then the subjects that use it. */
  readonly #users = new Map<string, Map<number, Set<string>>>();
  /** Context and GUID to the id, and how many versions have it. */
  readonly #guids = new Map<string, { readonly id: number; readonly versions: number }>();
  readonly #contexts = new Set<string>();
  readonly #highestIds = new Map<string, number>();
  #sorted: string[] | undefined;

  put(version: SubjectVersion): void {
    const { context } = parseSubject(version.subject);
    const list = this.#subjects.get(version.subject) ?? [];
    const isNew = !list.some((other) => other.version === version.version);
    if (isNew) this.#count(context, version, 1);
    const kept = list.filter((other) => other.version !== version.version);
    this.#subjects.set(
      version.subject,
      [...kept, version].sort((a, b) => a.version - b.version),
    );
    if (list.length === 0) this.#sorted = undefined;
    const ids = this.#users.get(context) ?? new Map<number, Set<string>>();
    this.#users.set(context, ids.set(version.id, (ids.get(version.id) ?? new Set()).add(version.subject)));
    if (context !== DEFAULT_CONTEXT) this.#contexts.add(context);
    this.#highestIds.set(context, Math.max(this.highestId(context), version.id));
  }

  remove(subject: string, version: number): void {
    const removed = this.get(subject, version);
    const kept = (this.#subjects.get(subject) ?? []).filter((other) => other.version !== version);
    if (kept.length > 0) this.#subjects.set(subject, kept);
    else {
      this.#subjects.delete(subject);
      this.#sorted = undefined;
    }
    if (removed !== undefined) this.#count(parseSubject(subject).context, removed, -1);
    if (removed === undefined || kept.some(({ id }) => id === removed.id)) return;
    const ids = this.#users.get(parseSubject(subject).context);
    ids?.get(removed.id)?.delete(subject);
    if (ids?.get(removed.id)?.size === 0) ids.delete(removed.id);
  }

  #count(context: string, { guid, id }: SubjectVersion, by: number): void {
    const key = `${context} ${guid}`;
    const versions = (this.#guids.get(key)?.versions ?? 0) + by;
    if (versions > 0) this.#guids.set(key, { id: this.#guids.get(key)?.id ?? id, versions });
    else this.#guids.delete(key);
  }

  get(subject: string, version: number): SubjectVersion | undefined {
    return this.#subjects.get(subject)?.find((other) => other.version === version);
  }

  /** Ascending; without a filter only live ones. */
  versions(subject: string, filter: VersionFilter = {}): SubjectVersion[] {
    return (this.#subjects.get(subject) ?? []).filter((version) => admits(filter, version.deleted));
  }

  latest(subject: string): SubjectVersion | undefined {
    return this.versions(subject).at(-1);
  }

  has(subject: string, deleted: boolean): boolean {
    return this.versions(subject, { deleted }).length > 0;
  }

  /** Names, ascending. A subject is deleted when all of its versions are. */
  subjects(filter: VersionFilter = {}): string[] {
    this.#sorted ??= [...this.#subjects.keys()].sort(compareText);
    return this.#sorted.filter((subject) => admits(filter, !this.has(subject, false)));
  }

  /** Those that use an id, soft-deleted ones too, by subject; of a subject the newest version with the id. */
  usersOf(context: string, id: number): SubjectVersion[] {
    const subjects = [...(this.#users.get(context)?.get(id) ?? [])].sort(compareText);
    return subjects
      .map((subject) => this.versions(subject, { deleted: true }).findLast((version) => version.id === id))
      .filter((version) => version !== undefined);
  }

  /** The id of a content in a context, as long as any version has it. */
  idOf(context: string, guid: string): number | undefined {
    return this.#guids.get(`${context} ${guid}`)?.id;
  }

  /** Those that refer to one version. */
  referrers(subject: string, version: number, deleted: boolean): SubjectVersion[] {
    const { context } = parseSubject(subject);
    return [...this.#versionsOf(context)].filter(
      (other) =>
        (deleted || !other.deleted) &&
        other.references.some(
          (ref) => ref.version === version && qualifyWithParent(other.subject, ref.subject) === subject,
        ),
    );
  }

  *#versionsOf(context: string): Generator<SubjectVersion> {
    for (const [subject, versions] of this.#subjects) if (parseSubject(subject).context === context) yield* versions;
  }

  /** Without the default one, ascending. */
  contexts(): string[] {
    return [...this.#contexts].sort(compareText);
  }

  highestId(context: string): number {
    return this.#highestIds.get(context) ?? 0;
  }

  snapshot(): StoreSnapshot {
    return {
      versions: this.subjects({ deleted: true }).flatMap((subject) => this.versions(subject, { deleted: true })),
      contexts: this.contexts(),
      highestIds: Object.fromEntries(this.#highestIds),
    };
  }

  restore({ versions, contexts, highestIds }: StoreSnapshot): void {
    this.#subjects.clear();
    this.#users.clear();
    this.#guids.clear();
    this.#contexts.clear();
    this.#highestIds.clear();
    this.#sorted = undefined;
    for (const version of versions) this.put(version);
    for (const context of contexts) this.#contexts.add(context);
    for (const [context, id] of Object.entries(highestIds)) this.#highestIds.set(context, id);
  }
}

function admits({ deleted = false, deletedOnly = false }: VersionFilter, isDeleted: boolean): boolean {
  return deletedOnly ? isDeleted : deleted || !isDeleted;
}
