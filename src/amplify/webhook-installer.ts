import { UpstreamError } from "../http/errors.ts";
import type { ApiServer } from "./apiserver.ts";
import type { Resource } from "./resource.ts";
import type { ObservedSetup, SetupAction } from "./webhook-plan.ts";
import type { SetupKind, WebhookTarget } from "./webhook-setup.ts";
import { SECRET_KEY, secretSpec, setupDraft, setupKindLink, setupLink, setupName, setupSpec } from "./webhook-setup.ts";

const NOTHING: ObservedSetup = {
  Integration: undefined,
  Secret: undefined,
  Webhook: undefined,
  ResourceHook: undefined,
  others: [],
};

/**
 * What of the setup is there: one request when there is nothing, else four (and one for each further hundred webhooks).
 * `token`: what the secret should hold; the stored one is compared here and goes no further. Undefined where it does not
 * matter, for a removal.
 */
export async function observeSetup(
  api: ApiServer,
  environment: string,
  token: string | undefined,
): Promise<ObservedSetup> {
  const integration = await api.get(setupLink(environment, "Integration"));
  if (integration === undefined) return NOTHING;
  const secret = await api.get(setupLink(environment, "Secret"));
  const webhooks = await listed(api, environment, "Webhook");
  const hooks = await listed(api, environment, "ResourceHook");
  const name = setupName(environment);
  return {
    Integration: integration,
    Secret: secret && { resource: { ...secret, spec: {} }, right: holds(secret, token) },
    Webhook: webhooks.find((webhook) => webhook.name === name),
    ResourceHook: hooks.find((hook) => hook.name === name),
    others: [...webhooks, ...hooks].flatMap((resource) => (resource.name === name ? [] : [resource.name])),
  };
}

/**
 * Does one action of the plan, in one request; `token` goes into the secret and nowhere else. Throws `UpstreamError`
 * (`stale`) when somebody else was there in between: observe and plan anew. What is already gone is removed.
 */
export async function carryOut(
  api: ApiServer,
  target: WebhookTarget,
  action: SetupAction,
  token: string,
): Promise<void> {
  const { environment } = target;
  const { what } = action;
  switch (action.kind) {
    case "create": {
      const draft = setupDraft(environment, what, specOf(target, what, token));
      const created = await api.create(setupKindLink(environment, what), draft);
      if (created.kind === "exists") throw changed(what, environment);
      return;
    }
    case "repair": {
      const { resource } = action;
      const saved = await api.replace(what === "Secret" ? { ...resource, spec: { ...secretSpec(token) } } : resource);
      if (saved.kind !== "saved") throw changed(what, environment);
      return;
    }
    case "remove":
      await api.remove(setupLink(environment, what));
  }
}

/** An action as an operator reads it. */
export function setupActionInWords({ kind, what }: SetupAction, environment: string): string {
  return `${kind} the ${what} ${setupName(environment)}`;
}

function specOf(target: WebhookTarget, what: SetupKind, token: string): Readonly<Record<string, unknown>> {
  return what === "Secret" ? secretSpec(token) : setupSpec(target, what);
}

async function listed(api: ApiServer, environment: string, kind: SetupKind): Promise<Resource[]> {
  const resources: Resource[] = [];
  for await (const page of api.list(setupKindLink(environment, kind))) resources.push(...page);
  return resources;
}

function holds(secret: Resource, token: string | undefined): boolean {
  const data = secret.spec.data;
  return typeof data === "object" && data !== null && new Map(Object.entries(data)).get(SECRET_KEY) === token;
}

function changed(what: SetupKind, environment: string): UpstreamError {
  const message = `The ${what} ${setupName(environment)} changed while it was looked at; it has to be read again.`;
  return new UpstreamError("amplify", { kind: "stale" }, message);
}
