import type { ConnectionIndex } from "../model.ts";
import { AGENTS } from "./agents.ts";
import { CENTRAL } from "./central.ts";
import { KAFKA } from "./kafka.ts";
import type { Variable } from "./model.ts";

/** Every variable that is known, in the order in which it is documented. `{n}` stands for a number of the official agents' own. */
export const VARIABLES: readonly Variable[] = [...CENTRAL, ...KAFKA, ...AGENTS];

const BY_NAME = new Map(VARIABLES.map((variable) => [variable.name, variable]));

/** A name of the environment that is known: which variable, and of which connection. */
export interface Known {
  readonly variable: Variable;
  readonly connection: ConnectionIndex;
}

/** Undefined when the name is not known. A number that belongs to an official name (`…_URL_2`) is no connection's suffix. */
export function known(name: string): Known | undefined {
  const plain = BY_NAME.get(name) ?? BY_NAME.get(name.replace(/_\d+$/, "_{n}"));
  if (plain) return { variable: plain, connection: 1 };
  const [, base = "", suffix = ""] = /^(.+)_([234])$/.exec(name) ?? [];
  const variable = BY_NAME.get(base);
  if (variable?.scope !== "connection") return undefined;
  return { variable, connection: suffix === "2" ? 2 : suffix === "3" ? 3 : 4 };
}

/** The variable of that plain name; throws when the table lacks it. */
export function variable(name: string): Variable {
  const found = BY_NAME.get(name);
  if (!found) throw new Error(`${name} is missing in the table of variables`);
  return found;
}
