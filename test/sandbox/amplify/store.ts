import type { Resource } from "./resource.ts";

/** The resources, indexed by link, by kind, by kind and scope, by id, and by what they refer to. Does no checks. */
export class ResourceStore {
  readonly #byLink = new Map<string, Resource>();
  readonly #byId = new Map<string, Resource>();
  readonly #byKind = new Map<string, Map<string, Resource>>();
  readonly #byScope = new Map<string, Map<string, Resource>>();
  /** Id of a target to the links of those that refer to it. */
  readonly #referrers = new Map<string, Set<string>>();

  get(selfLink: string): Resource | undefined {
    return this.#byLink.get(selfLink);
  }

  withId(id: string): Resource | undefined {
    return this.#byId.get(id);
  }

  /** In order of creation. */
  all(): Iterable<Resource> {
    return this.#byLink.values();
  }

  /** Resources of a kind in order of creation; of one scope when its link is given, of all scopes otherwise. */
  list(kind: string, scopeLink?: string): Iterable<Resource> {
    const found = scopeLink === undefined ? this.#byKind.get(kind) : this.#byScope.get(scopeKey(kind, scopeLink));
    return found?.values() ?? [];
  }

  children(scopeLink: string): Resource[] {
    return [...(this.#byScope.get(scopeLink)?.values() ?? [])];
  }

  referrers(id: string): Resource[] {
    return [...(this.#referrers.get(id) ?? [])].flatMap((link) => this.#byLink.get(link) ?? []);
  }

  put(resource: Resource): void {
    const before = this.#byLink.get(resource.selfLink);
    if (before !== undefined) this.#forget(before);
    this.#byLink.set(resource.selfLink, resource);
    this.#byId.set(resource.id, resource);
    group(this.#byKind, resource.kind).set(resource.selfLink, resource);
    const scopeLink = resource.scope?.selfLink;
    if (scopeLink !== undefined) {
      group(this.#byScope, scopeLink).set(resource.selfLink, resource);
      group(this.#byScope, scopeKey(resource.kind, scopeLink)).set(resource.selfLink, resource);
    }
    for (const reference of resource.references) {
      const links = this.#referrers.get(reference.id) ?? new Set();
      this.#referrers.set(reference.id, links.add(resource.selfLink));
    }
  }

  remove(resource: Resource): void {
    this.#forget(resource);
    this.#byLink.delete(resource.selfLink);
    this.#byId.delete(resource.id);
    this.#byKind.get(resource.kind)?.delete(resource.selfLink);
    const scopeLink = resource.scope?.selfLink;
    if (scopeLink === undefined) return;
    this.#byScope.get(scopeLink)?.delete(resource.selfLink);
    this.#byScope.get(scopeKey(resource.kind, scopeLink))?.delete(resource.selfLink);
  }

  clear(): void {
    for (const index of [this.#byLink, this.#byId, this.#byKind, this.#byScope, this.#referrers]) index.clear();
  }

  #forget(resource: Resource): void {
    for (const reference of resource.references) this.#referrers.get(reference.id)?.delete(resource.selfLink);
  }
}

function scopeKey(kind: string, scopeLink: string): string {
  return `${kind} ${scopeLink}`;
}

function group(index: Map<string, Map<string, Resource>>, key: string): Map<string, Resource> {
  const found = index.get(key) ?? new Map<string, Resource>();
  index.set(key, found);
  return found;
}
