import type { Page } from "./api.ts";

/** Something asked for that cannot be. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly reason: "not-found" | "conflict" | "invalid" | "unavailable";

  constructor(reason: Refusal["reason"], message: string) {
    super(message);
    this.reason = reason;
  }
}

/** `items`: one more than `limit` where there are more. */
export function page<T>(items: readonly T[], limit: number, keyOf: (item: T) => string): Page<T> {
  const shown = items.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown, next: items.length > limit && last !== undefined ? keyOf(last) : undefined };
}
