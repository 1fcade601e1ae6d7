import { randomText } from "../core/random.ts";
import type { SandboxContext } from "../core/types.ts";
import { type MainBody, readMainBody, readSubBody } from "./body.ts";
import type { Json } from "./json.ts";
import { hasSub, type Kind, kindNamed } from "./kinds.ts";
import { patchedSub } from "./patch.ts";
import { Problem } from "./problem.ts";
import { referencesOf, referenceTo, specWithout } from "./references.ts";
import { nameOfTitle, type Reference, type Resource, type Scope } from "./resource.ts";
import { ResourceStore } from "./store.ts";

export type Change = "ResourceCreated" | "ResourceUpdated" | "ResourceDeleted" | "SubResourceUpdated";

/** Hears of every change, in order; `sub` is set for SubResourceUpdated alone. */
export type ChangeListener = (change: Change, resource: Resource, sub?: string) => void;

/** What the server itself puts on a resource that it makes for somebody: there from the first moment, not a client's to write. */
export interface ServerGiven {
  readonly subs?: Readonly<Record<string, Json>>;
  /** Links of resources that it refers to without naming them in its spec. */
  readonly references?: readonly string[];
}

/** The API server's rules for writing: names, versions, references, finalizers and cascades. Each write is told to the listener. */
export class Resources {
  readonly store = new ResourceStore();
  readonly #context: SandboxContext;
  readonly #isTeam: (guid: string) => boolean;
  readonly #changed: ChangeListener;

  constructor(context: SandboxContext, isTeam: (guid: string) => boolean, changed: ChangeListener) {
    this.#context = context;
    this.#isTeam = isTeam;
    this.#changed = changed;
  }

  /** Throws 400 for a body that is wrong and 409 for a name that is taken in its scope. */
  create(kind: Kind, scopeResource: Resource | undefined, json: Json, user: string, given: ServerGiven = {}): Resource {
    const body = readMainBody(kind, json, undefined, this.#isTeam);
    const scope: Scope | undefined = scopeResource && {
      id: scopeResource.id,
      kind: scopeResource.kind,
      name: scopeResource.name,
      selfLink: scopeResource.selfLink,
    };
    const collection = `${scope?.selfLink ?? `/${kind.group}/v1`}/${kind.plural}`;
    const name = body.name ?? this.#freeName(collection, body.title === "" ? kind.kind.toLowerCase() : body.title);
    const selfLink = `${collection}/${name}`;
    if (this.store.get(selfLink) !== undefined) throw new Problem(409, `${kind.kind} ${name} already exists`);
    const { references, faults } = referencesOf(kind, scope, body.spec, this.store);
    if (faults.length > 0) throw new Problem(400, ...faults);
    const now = this.#context.clock.now();
    return this.#stored("ResourceCreated", {
      ...writableOf(body),
      title: body.title === "" ? name : body.title,
      group: kind.group,
      kind: kind.kind,
      name,
      id: this.#freeId(),
      selfLink,
      scope,
      createdAt: now,
      createdBy: user,
      modifiedAt: now,
      modifiedBy: user,
      version: 0,
      references: [...references, ...givenReferences(this.store, given.references ?? [])],
      deleting: false,
      subs: given.subs ?? {},
    });
  }

  /**
   * Replaces title, attributes, tags, owner, finalizers and spec. Throws 428 when the body carries a resourceVersion that is
   * not the current one. A resource that was being deleted goes when this takes its last finalizer; it is returned as it was.
   */
  replace(resource: Resource, json: Json, user: string): Resource {
    const kind = kindNamed(resource.kind);
    const body = readMainBody(kind, json, resource.name, this.#isTeam);
    if (body.resourceVersion !== undefined && body.resourceVersion !== String(resource.version)) {
      throw new Problem(428, `resourceVersion ${body.resourceVersion} is not the current ${resource.version}`);
    }
    const { references, faults } = referencesOf(kind, resource.scope, body.spec, this.store);
    // What a resource that is being deleted refers to may have gone before it.
    if (faults.length > 0 && !resource.deleting) throw new Problem(400, ...faults);
    const kept = resource.references.filter((reference) => isGiven(kind, reference));
    const replaced = this.#next(
      {
        ...resource,
        ...writableOf(body),
        title: body.title === "" ? resource.name : body.title,
        references: [...references, ...kept],
      },
      user,
    );
    if (resource.deleting && replaced.finalizers.length === 0) {
      this.#erase(replaced, user);
      return replaced;
    }
    return this.#stored("ResourceUpdated", replaced);
  }

  /** Throws 404 for a sub-resource that the kind does not have, 400 for a body without the wrapper. Null takes it away. */
  putSub(resource: Resource, sub: string, json: Json, user: string): Resource {
    requireSub(resource, sub);
    return this.#withSub(resource, sub, readSubBody(sub, json), user);
  }

  patchSub(resource: Resource, sub: string, json: Json, user: string): Resource {
    requireSub(resource, sub);
    return this.#withSub(resource, sub, patchedSub(sub, resource.subs[sub], json), user);
  }

  /** With finalizers the resource stays, in state DELETING, until the last one is taken away. */
  remove(resource: Resource, user: string): void {
    if (resource.finalizers.length === 0) this.#erase(resource, user);
    else if (!resource.deleting) this.#stored("ResourceUpdated", this.#next({ ...resource, deleting: true }, user));
  }

  #withSub(resource: Resource, sub: string, value: Json, user: string): Resource {
    const { [sub]: _before, ...others } = resource.subs;
    const subs = value === null ? others : { ...others, [sub]: value };
    return this.#stored("SubResourceUpdated", this.#next({ ...resource, subs }, user), sub);
  }

  /** Takes a resource away, then what lives in it and what refers to it: hard referrers go too, soft ones lose the name. */
  #erase(resource: Resource, user: string): void {
    this.store.remove(resource);
    this.#changed("ResourceDeleted", resource);
    for (const child of this.store.children(resource.selfLink)) this.#cascade(child.selfLink, user);
    for (const { selfLink } of this.store.referrers(resource.id)) {
      const referrer = this.store.get(selfLink);
      if (referrer === undefined) continue;
      const isHard = referrer.references.some(({ id, type }) => id === resource.id && type === "hard");
      if (isHard) this.#cascade(selfLink, user);
      else this.#release(referrer, resource, user);
    }
  }

  #cascade(selfLink: string, user: string): void {
    const resource = this.store.get(selfLink);
    if (resource !== undefined) this.remove(resource, user);
  }

  #release(referrer: Resource, target: Resource, user: string): void {
    const spec = specWithout(kindNamed(referrer.kind), referrer.spec, target);
    const references = referrer.references.filter(({ id }) => id !== target.id);
    this.#stored("ResourceUpdated", this.#next({ ...referrer, spec, references }, user));
  }

  #next(resource: Resource, user: string): Resource {
    const modifiedAt = this.#context.clock.now();
    return { ...resource, version: resource.version + 1, modifiedAt, modifiedBy: user };
  }

  #stored(change: Change, resource: Resource, sub?: string): Resource {
    this.store.put(resource);
    this.#changed(change, resource, sub);
    return resource;
  }

  #hex(digits: number): string {
    return randomText(this.#context.random, digits, "0123456789abcdef");
  }

  /** The random numbers of a restored sandbox may start anew, so an id may be taken. */
  #freeId(): string {
    let id = this.#hex(32);
    while (this.store.withId(id) !== undefined) id = this.#hex(32);
    return id;
  }

  #freeName(collection: string, title: string): string {
    const slug = nameOfTitle(title);
    if (slug !== "" && this.store.get(`${collection}/${slug}`) === undefined) return slug;
    let name = "";
    do name = `${slug === "" ? "r" : slug}-${this.#hex(6)}`;
    while (this.store.get(`${collection}/${name}`) !== undefined);
    return name;
  }
}

function writableOf(body: MainBody): Omit<MainBody, "name" | "resourceVersion"> {
  const { name: _name, resourceVersion: _version, ...writable } = body;
  return writable;
}

/** Specs name resources of their own group; a reference to another one was given by the server. */
function isGiven(kind: Kind, reference: Reference): boolean {
  return reference.group !== kind.group;
}

/** Soft: what the marketplace takes away, it takes away itself. */
function givenReferences(store: ResourceStore, links: readonly string[]): Reference[] {
  return links.flatMap((link) => {
    const target = store.get(link);
    return target === undefined ? [] : [referenceTo(target, "soft")];
  });
}

function requireSub(resource: Resource, sub: string): void {
  if (!hasSub(kindNamed(resource.kind), sub)) throw new Problem(404, `${resource.kind} has no sub-resource ${sub}`);
}
