import type { Warning } from "./model.ts";
import { known, VARIABLES } from "./variables/table.ts";

const PREFIX = /^(?:CENTRAL|KAFKA|TRACEABILITY|AGENTFEATURES|LOG|STATUS)_/;

/** Warns of every name that has one of our prefixes and is not known, with the known name that is nearest. */
export function unknownNames(names: readonly string[]): Warning[] {
  return names.flatMap((name) => {
    if (known(name)) return [];
    const worker = workerVariable(name);
    const message = worker ? `there is one ${worker} for all connections, so this has no effect` : unknown(name);
    return message === undefined ? [] : [{ connection: undefined, variable: name, message }];
  });
}

function workerVariable(name: string): string | undefined {
  const base = name.replace(/_[2-4]$/, "");
  return VARIABLES.find((variable) => variable.scope === "worker" && variable.name === base && base !== name)?.name;
}

function unknown(name: string): string | undefined {
  if (!PREFIX.test(name)) return undefined;
  const [, base = name, suffix = ""] = /^(.+?)(_\d+)?$/.exec(name) ?? [];
  if (VARIABLES.some((variable) => variable.name === base)) {
    return `connections are ${base}, and ${base}_2 to ${base}_4; this name has no effect`;
  }
  const nearest = nearestName(base);
  return `is not known and has no effect${nearest ? `; did you mean ${nearest}${/^_[234]$/.test(suffix) ? suffix : ""}?` : ""}`;
}

/** The known name with the fewest changes; undefined when more than a quarter of the letters would change. */
function nearestName(name: string): string | undefined {
  let best: string | undefined;
  let fewest = Math.floor(name.length / 4) + 1;
  for (const variable of VARIABLES) {
    const changes = distance(name, variable.name);
    if (changes >= fewest) continue;
    best = variable.name;
    fewest = changes;
  }
  return best;
}

/** Letters to insert, delete, replace or swap with their neighbour (optimal string alignment). */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, index) => index)];
  const at = (row: number, column: number) => rows[row]?.[column] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(
        Math.min(
          at(i - 1, j) + 1,
          at(i, j - 1) + 1,
          at(i - 1, j - 1) + (same ? 0 : 1),
          swapped ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
  }
  return at(a.length, b.length);
}
