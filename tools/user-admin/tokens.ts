import { createHash, timingSafeEqual } from "node:crypto";

/** Whether an Authorization header bears one of the tokens. Takes as long for a near miss as for a far one, and looks at all of them. */
export function bearsToken(header: string | undefined, tokens: readonly string[]): boolean {
  const given = digest(/^Bearer +([^ ]+)$/i.exec(header ?? "")?.[1] ?? "");
  let matches = 0;
  for (const token of tokens) matches += timingSafeEqual(given, digest(token)) ? 1 : 0;
  return matches > 0;
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
