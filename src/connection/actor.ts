import type { ConnectionConfig, WebhookConfig } from "../config/model.ts";
import type { Ports } from "../runtime/ports.ts";
import { type Actor, createReadyActor } from "./ready.ts";
import type { PendingSource } from "./secrets.ts";
import { createWaitingActor } from "./waiting.ts";

export type { Actor } from "./ready.ts";

/** What a connection runs with: its configuration, or one that needs the values of `@Secret` references first. */
export type ConnectionSource = { readonly config: ConnectionConfig } | PendingSource;

export type ActorOptions = ConnectionSource & {
  readonly ports: Ports;
  /** Amplify requests a minute: the client's budget, divided among the connections that share it. */
  readonly requestsPerMinute: number;
  /** How Amplify may call this worker; undefined where it cannot. */
  readonly webhook?: WebhookConfig | undefined;
};

export function createActor(options: ActorOptions): Actor {
  return "config" in options ? createReadyActor(options) : createWaitingActor(options);
}
