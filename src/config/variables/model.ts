import type { Visibility } from "../model.ts";

/** One variable that is known: what README, `.dev.vars.example`, the pages and the search for misspelt names go by. */
export interface Variable {
  readonly name: string;
  readonly visibility: Visibility;
  /** As it is written; empty: none. */
  readonly fallback: string;
  readonly about: string;
  /** `worker`: one for all connections, takes no suffix. */
  readonly scope: "connection" | "worker";
  /** Why it is accepted and has no effect; undefined when it has. */
  readonly ignored: string | undefined;
}

type Row = readonly [name: string, visibility: Visibility, fallback: string, about: string];

export function table(scope: Variable["scope"], rows: readonly Row[]): Variable[] {
  return rows.map(([name, visibility, fallback, about]) => ({
    name,
    visibility,
    fallback,
    about,
    scope,
    ignored: undefined,
  }));
}

/** Variables of the official agents that mean nothing in a Worker. `names` are separated by blanks and share `prefix`. */
export function ignored(prefix: string, names: string, reason: string): Variable[] {
  return names.split(" ").map((name) => ({
    name: prefix + name,
    // Nothing is known of what stands in them, and nothing shows it.
    visibility: "secret",
    fallback: "",
    about: reason,
    scope: "connection",
    ignored: reason,
  }));
}
