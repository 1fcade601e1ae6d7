import * as v from "valibot";
import { canonicalJson } from "./encoding.ts";

/** One filter of a watch topic, or one trigger of a resource hook: they have the same form (Amplify docs, integrate-with-watchtopics and webhook). */
export interface Trigger {
  readonly group: "management";
  readonly kind: string;
  readonly name: "*";
  readonly type: readonly ("created" | "updated" | "deleted")[];
  readonly scope: { readonly kind: "Environment"; readonly name: string };
}

/** The three kinds by which consumers ask for something. */
export const REQUEST_KINDS = ["ManagedApplication", "AccessRequest", "Credential"] as const;
export type RequestKind = (typeof REQUEST_KINDS)[number];

/** Every change of what consumers ask for. `updated` covers sub-resources, and a deletion that finalizers still hold. */
export function requestTriggers(environment: string): Trigger[] {
  return REQUEST_KINDS.map((kind) => trigger(environment, kind, ["created", "updated", "deleted"]));
}

/** Deletions of what we published: a person took a topic off the catalogue. */
export function deletionTriggers(environment: string): Trigger[] {
  return ["APIService", "APIServiceInstance"].map((kind) => trigger(environment, kind, ["deleted"]));
}

const Stored = v.array(
  v.looseObject({
    group: v.nullish(v.string()),
    kind: v.nullish(v.string()),
    name: v.nullish(v.string()),
    type: v.nullish(v.array(v.string())),
    scope: v.nullish(v.looseObject({ kind: v.nullish(v.string()), name: v.nullish(v.string()) })),
  }),
);

/**
 * Whether stored filters say the same as ours. Order and repetition do not count, nor do members that the server may have
 * added: each comparison that fails for no reason costs a rewrite, and a watch topic its events.
 */
export function sameTriggers(stored: unknown, ours: readonly Trigger[]): boolean {
  const parsed = v.safeParse(Stored, stored);
  return parsed.success && comparable(parsed.output) === comparable(ours);
}

/** A trigger as far as it is compared. */
interface Loose {
  readonly group?: string | null | undefined;
  readonly kind?: string | null | undefined;
  readonly name?: string | null | undefined;
  readonly type?: readonly string[] | null | undefined;
  readonly scope?:
    | { readonly kind?: string | null | undefined; readonly name?: string | null | undefined }
    | null
    | undefined;
}

function trigger(environment: string, kind: string, type: Trigger["type"]): Trigger {
  return { group: "management", kind, name: "*", type, scope: { kind: "Environment", name: environment } };
}

function comparable(triggers: readonly Loose[]): string {
  const lines = triggers.map(({ group, kind, name, type, scope }) =>
    canonicalJson([
      group ?? "",
      kind ?? "",
      name ?? "",
      [...new Set(type)].sort(),
      scope?.kind ?? "",
      scope?.name ?? "",
    ]),
  );
  return canonicalJson([...new Set(lines)].sort());
}
