import { canonicalJson } from "./encoding.ts";
import type { Resource } from "./resource.ts";
import { requestTriggers, sameTriggers } from "./triggers.ts";
import type { SetupKind, WebhookTarget } from "./webhook-setup.ts";
import { SETUP_KINDS, setupName, setupSpec } from "./webhook-setup.ts";

/** What of the setup is there. Holds no secret: of the secret only whether its token is the right one. */
export interface ObservedSetup {
  readonly Integration: Resource | undefined;
  /** Its spec is emptied. */
  readonly Secret: { readonly resource: Resource; readonly right: boolean } | undefined;
  readonly Webhook: Resource | undefined;
  readonly ResourceHook: Resource | undefined;
  /** Names of webhooks and resource hooks in our integration that are not ours. */
  readonly others: readonly string[];
}

/** One request. Made in the order of the plan. */
export type SetupAction =
  | { readonly kind: "create"; readonly what: SetupKind }
  /** `resource` is what to PUT: as it was read, with our part in it; the secret without its spec. */
  | { readonly kind: "repair"; readonly what: SetupKind; readonly resource: Resource }
  | { readonly kind: "remove"; readonly what: SetupKind };

/**
 * What it takes to be called, or, with `desired` undefined, not to be called any more. Install and repair are the same:
 * what is missing is made, what a person changed is put right, members that we do not set stay. Removal goes backwards,
 * and leaves the integration where somebody else put something into it. Nothing when all is as it should be.
 */
export function installPlan(desired: WebhookTarget | undefined, observed: ObservedSetup): SetupAction[] {
  return desired === undefined ? removal(observed) : SETUP_KINDS.flatMap((what) => step(desired, what, observed));
}

function step(target: WebhookTarget, what: SetupKind, observed: ObservedSetup): SetupAction[] {
  if (observed[what] === undefined || observed.Integration === undefined) return [{ kind: "create", what }];
  if (what === "Secret") {
    const { Secret } = observed;
    return Secret === undefined || Secret.right ? [] : [{ kind: "repair", what, resource: Secret.resource }];
  }
  const stored = observed[what];
  // A description may be changed at will, and nothing else of an integration is ours.
  if (stored === undefined || what === "Integration") return [];
  const spec = what === "Webhook" ? within(stored.spec, setupSpec(target, what)) : hookSpec(stored.spec, target);
  return canonicalJson(spec) === canonicalJson(stored.spec)
    ? []
    : [{ kind: "repair", what, resource: { ...stored, spec } }];
}

function removal(observed: ObservedSetup): SetupAction[] {
  const there = SETUP_KINDS.filter((what) => observed[what] !== undefined);
  const gone = there.filter((what) => what !== "Integration" || observed.others.length === 0);
  return gone.toReversed().map((what) => ({ kind: "remove", what }));
}

/** Our triggers alone, in the server's own words where they say the same; our webhook beside any others. */
function hookSpec(stored: Resource["spec"], { environment }: WebhookTarget): Resource["spec"] {
  const ours = requestTriggers(environment);
  const webhooks: unknown[] = Array.isArray(stored.webhooks) ? stored.webhooks : [];
  return {
    ...stored,
    triggers: sameTriggers(stored.triggers, ours) ? stored.triggers : ours,
    webhooks: [...new Set([...webhooks, setupName(environment)])],
  };
}

/** Ours written into theirs, object by object; whatever else they have stays. */
function within(theirs: unknown, ours: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const merged: Record<string, unknown> = isObject(theirs) ? { ...theirs } : {};
  for (const [key, value] of Object.entries(ours)) merged[key] = isObject(value) ? within(merged[key], value) : value;
  return merged;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
