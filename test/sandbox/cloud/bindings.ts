import { permits, type Rights } from "../core/permissions.ts";
import { randomText } from "../core/random.ts";
import type { SandboxContext } from "../core/types.ts";
import type { CloudBehaviour } from "./behaviour.ts";
import { parseCrn } from "./crn.ts";
import { type Grant, rightsOn } from "./roles.ts";

export interface RoleBinding {
  readonly id: string; // rb-…
  /** `User:sa-…` */
  readonly principal: string;
  readonly role: string;
  /** As the server stores it. */
  readonly crn: string;
  readonly createdAt: number;
  /** From when on it counts, ms. */
  readonly effectiveAt: number;
}

export interface RoleBindingsSnapshot {
  readonly bindings: readonly RoleBinding[];
  readonly ending: readonly Ending[];
}

/** A binding that was deleted and still counts. */
interface Ending {
  readonly binding: RoleBinding;
  readonly until: number;
}

/** Role bindings of one organisation, with the time they take to count. */
export class RoleBindings {
  readonly #context: SandboxContext;
  readonly #behaviour: CloudBehaviour;
  readonly #bindings = new Map<string, RoleBinding>();
  #ending: Ending[] = [];

  constructor(context: SandboxContext, behaviour: CloudBehaviour) {
    this.#context = context;
    this.#behaviour = behaviour;
  }

  get size(): number {
    return this.#bindings.size;
  }

  get(id: string): RoleBinding | undefined {
    return this.#bindings.get(id);
  }

  /** In order of creation. */
  all(): readonly RoleBinding[] {
    return [...this.#bindings.values()];
  }

  same(binding: Pick<RoleBinding, "principal" | "role" | "crn">): RoleBinding | undefined {
    return this.all().find(
      ({ principal, role, crn }) => principal === binding.principal && role === binding.role && crn === binding.crn,
    );
  }

  add(binding: Pick<RoleBinding, "principal" | "role" | "crn">): RoleBinding {
    const createdAt = this.#context.clock.now();
    const id = this.#freeId();
    const added = { ...binding, id, createdAt, effectiveAt: createdAt + this.#behaviour.roleBindingMs };
    this.#bindings.set(id, added);
    return added;
  }

  remove(binding: RoleBinding): void {
    this.#bindings.delete(binding.id);
    const now = this.#context.clock.now();
    if (now < binding.effectiveAt) return;
    this.#ending = this.#ending.filter(({ until }) => until > now);
    this.#ending.push({ binding, until: now + this.#behaviour.deletedRoleBindingMs });
  }

  /** Whether the bindings that count now let `principal` do `operation` on a resource of one cluster or registry. */
  permit(principal: string, cluster: string, operation: string, resource: string): boolean {
    return permits(this.#rights(principal, cluster), operation, resource);
  }

  #rights(principal: string, cluster: string): Rights {
    const now = this.#context.clock.now();
    const counting = [
      ...this.all().filter(({ effectiveAt }) => effectiveAt <= now),
      ...this.#ending.filter(({ until }) => until > now).map(({ binding }) => binding),
    ];
    return rightsOn(cluster, counting.filter((binding) => binding.principal === principal).flatMap(grantOf));
  }

  snapshot(): RoleBindingsSnapshot {
    return { bindings: this.all(), ending: [...this.#ending] };
  }

  /** Undefined: there were none. */
  restore(snapshot: RoleBindingsSnapshot | undefined): void {
    this.#bindings.clear();
    for (const binding of snapshot?.bindings ?? []) this.#bindings.set(binding.id, binding);
    this.#ending = [...(snapshot?.ending ?? [])];
  }

  #freeId(): string {
    let id = "";
    do
      id = `rb-${randomText(this.#context.random, 5, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")}`;
    while (this.#bindings.has(id));
    return id;
  }
}

function grantOf({ role, crn }: RoleBinding): Grant[] {
  const parsed = parseCrn(crn);
  return parsed === undefined ? [] : [{ role, crn: parsed }];
}
