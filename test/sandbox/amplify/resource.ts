import type { Json, JsonObject } from "./json.ts";

export interface Scope {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly selfLink: string;
}

export interface Reference {
  readonly id: string;
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  readonly scopeKind?: string;
  readonly scopeName?: string;
  readonly selfLink: string;
  readonly type: "hard" | "soft";
}

/** What a client writes on the main resource; everything else is the server's or a sub-resource. */
export interface Writable {
  readonly title: string;
  readonly attributes: JsonObject;
  readonly tags: readonly string[];
  readonly finalizers: readonly JsonObject[];
  /** Undefined when an administrator's account owns it. */
  readonly owner: JsonObject | undefined;
  readonly spec: JsonObject;
}

/** One stored resource. Never changed in place: each write stores a new one. */
export interface Resource extends Writable {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  readonly id: string;
  readonly selfLink: string;
  readonly scope: Scope | undefined;
  /** ms */
  readonly createdAt: number;
  readonly createdBy: string;
  /** ms */
  readonly modifiedAt: number;
  readonly modifiedBy: string;
  /** Counts the updates, those of sub-resources too. */
  readonly version: number;
  readonly references: readonly Reference[];
  readonly deleting: boolean;
  readonly subs: Readonly<Record<string, Json>>;
}

/** Rule for names (agent-sdk pkg/apic/service.go). */
const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

export function isValidName(name: string): boolean {
  return NAME.test(name);
}

/** The name that the server makes of a title: `Webhook.site listener` gives `webhook-site-listener` (docs api_discovery_webhook). */
export function nameOfTitle(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
}
