import type { Draft } from "./resource.ts";
import { draftOf } from "./resources/draft.ts";
import { requestTriggers } from "./triggers.ts";

/** Header in which Amplify sends the token; the value is the secret's, verbatim. */
export const WEBHOOK_HEADER = "X-Kafka-Worker-Token";
/** Member of the secret's data that holds the token. */
export const SECRET_KEY = "token";

/** The four resources by which Amplify calls a webhook, each one needing those before it. */
export const SETUP_KINDS = ["Integration", "Secret", "Webhook", "ResourceHook"] as const;
export type SetupKind = (typeof SETUP_KINDS)[number];

const PLURALS: Readonly<Record<SetupKind, string>> = {
  Integration: "integrations",
  Secret: "secrets",
  Webhook: "webhooks",
  ResourceHook: "resourcehooks",
};

/** What is to be called, of which environment. The token is not part of it, so that this may be shown. */
export interface WebhookTarget {
  readonly environment: string;
  /** Absolute https address, its certificate signed by a public authority. */
  readonly url: string;
}

/** One name for all four: names are unique for each kind, and three of them live in the first. */
export function setupName(environment: string): string {
  return `${environment}-kafka-worker`;
}

/** Where a kind of the setup is listed and created. */
export function setupKindLink(environment: string, kind: SetupKind): string {
  const integrations = "/management/v1/integrations";
  return kind === "Integration" ? integrations : `${integrations}/${setupName(environment)}/${PLURALS[kind]}`;
}

/** Self link of one of the four. */
export function setupLink(environment: string, kind: SetupKind): string {
  return `${setupKindLink(environment, kind)}/${setupName(environment)}`;
}

/** Spec of one of the four that holds no secret (Amplify docs, integrate_with_central/webhook). */
export function setupSpec(
  target: WebhookTarget,
  kind: Exclude<SetupKind, "Secret">,
): Readonly<Record<string, unknown>> {
  const name = setupName(target.environment);
  switch (kind) {
    case "Integration":
      return { description: `Tells the Kafka worker what consumers ask for in the environment ${target.environment}.` };
    case "Webhook":
      return {
        enabled: true,
        url: target.url,
        headers: { "Content-Type": "application/json" },
        auth: { secret: { name, key: SECRET_KEY }, location: { in: "header", name: WEBHOOK_HEADER } },
      };
    case "ResourceHook":
      return { triggers: requestTriggers(target.environment), webhooks: [name] };
  }
}

/** Spec of the secret. Never to be logged, stored or shown. */
export function secretSpec(token: string): Readonly<Record<string, unknown>> {
  return { data: { [SECRET_KEY]: token } };
}

/** Body to create one of the four with the spec given. */
export function setupDraft(
  environment: string,
  kind: SetupKind,
  spec: Readonly<Record<string, unknown>>,
): Draft<SetupKind> {
  const name = setupName(environment);
  return draftOf(kind, { name, title: name, spec });
}
