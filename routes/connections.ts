import type { ConnectionApi } from "../src/connection/api.ts";

/** A connection as the configuration names it. */
export interface ConnectionEntry {
  /** Name of the Amplify environment; of a connection without one, its number. */
  readonly name: string;
  /** What is wrong with its configuration, each naming the variable; empty when it runs. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/** The connections of this deployment, wherever they run. */
export interface Connections {
  readonly entries: readonly ConnectionEntry[];
  /** Undefined when there is none of this name or its configuration is wrong. */
  get(name: string): ConnectionApi | undefined;
}
