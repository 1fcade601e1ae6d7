import type { ResourceEvent } from "../amplify/event.ts";
import type { GrantKind } from "../store/grants.ts";

/** What an event says that has to be looked at. It is a hint, never truth: nothing of its content is used but the name. */
export interface Hint {
  readonly kind: GrantKind;
  readonly name: string;
  /** The managed application that it belongs to; undefined when the event does not say. */
  readonly application: string | undefined;
}

const KINDS: Readonly<Record<string, GrantKind>> = {
  ManagedApplication: "application",
  AccessRequest: "access",
  Credential: "credential",
};

/** Sub-resources that only agents and the server write: nothing follows from them. */
const IDLE: ReadonlySet<string> = new Set(["x-agent-details", "data", "references", "marketplace"]);

/** Whether an event is of this organisation and of something in this environment. One that does not name its organisation is taken for ours. */
export function isOurs({ resource, organization: told }: ResourceEvent, environment: string, organization: string) {
  if (told !== undefined && told !== organization) return false;
  return resource?.scope?.kind === "Environment" && resource.scope.name === environment;
}

/**
 * What an event of the watch topic, or the body of a webhook, hints at; undefined for what is none of this environment's
 * or leads to nothing (agent-sdk pkg/agent/handler/marketplacehandler.go).
 */
export function hintOf(event: ResourceEvent, environment: string, organization: string): Hint | undefined {
  const { resource, type, subresource } = event;
  if (!resource || !isOurs(event, environment, organization)) return undefined;
  const kind = Object.hasOwn(KINDS, resource.kind) ? KINDS[resource.kind] : undefined;
  if (kind === undefined) return undefined;
  if (type === "changed-sub" && subresource !== undefined && IDLE.has(subresource)) return undefined;
  const application =
    kind === "application"
      ? resource.name
      : resource.references.find((each) => each.kind === "ManagedApplication")?.name;
  return { kind, name: resource.name, application };
}
