import type { Reader } from "./reader.ts";
import { TokensValue } from "./values.ts";

const SHORTEST = 16;

/** The current and, while it is being replaced, the previous value of one of our tokens; `[]` when it is not set. */
export function readTokens(reader: Reader, name: string): readonly string[] {
  const found = reader.value(name, TokensValue, []);
  if (found.some((token) => token.length < SHORTEST)) {
    reader.warn(name, `is short enough to be guessed; use at least ${SHORTEST} random characters`);
  }
  return found;
}
