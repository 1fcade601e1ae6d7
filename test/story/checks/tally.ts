import type { LoggedRequest } from "../../sandbox/core/types.ts";

/** Counts requests by method and path, names of single resources of a service or instance as `*`. */
export function tally(requests: readonly LoggedRequest[]): Map<string, number> {
  const counted = new Map<string, number>();
  for (const { method, path } of requests) {
    const plain = (path.split("?")[0] ?? path).replace(/\/(apiservices|apiserviceinstances)\/[^/]+/, "/$1/*");
    const key = `${method} ${plain}`;
    counted.set(key, (counted.get(key) ?? 0) + 1);
  }
  return counted;
}

export function differences(expected: Readonly<Record<string, number>>, found: ReadonlyMap<string, number>): string[] {
  const keys = [...new Set([...Object.keys(expected), ...found.keys()])].sort();
  return keys.flatMap((key) => {
    const [wanted, counted] = [expected[key] ?? 0, found.get(key) ?? 0];
    return wanted === counted ? [] : [`${key}: ${counted}, expected ${wanted}`];
  });
}
