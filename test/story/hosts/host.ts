import type { Sandbox } from "../../sandbox/sandbox.ts";

export type HostName = "node" | "workerd" | "deno";

/** Where the story's connections run. Nothing happens there by itself: the story moves the clock and rings. */
export interface Host {
  /** A request to the connections' HTTP surface, or to the story's own routes under `/story`. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** The cron. */
  tick(): Promise<void>;
  /** Drops a connection's object from memory; its rows stay. */
  evict(connection: string): Promise<void>;
  /** Ends everything and removes what was kept. */
  close(): Promise<void>;
}

export interface HostOptions {
  readonly sandbox: Sandbox;
  /** Variables of all connections, the operator's token among them. */
  readonly variables: Readonly<Record<string, string>>;
}
