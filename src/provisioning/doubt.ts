import { UpstreamError } from "../http/errors.ts";
import type { GrantRow } from "../store/grants.ts";
import { LOOKED_FOR_MS } from "./cloud-keys.ts";
import { type ProvisioningContext, patchRecord } from "./context.ts";
import { CredentialRecord, readRecord } from "./record.ts";

/**
 * Sends a request that makes something in Confluent. Until its answer is there, and for a while where none comes, the row
 * says that it may still act: a removal before that could be overtaken by it.
 * @param isAnswered whether what came back is the last word
 */
export async function doubting<T>(
  row: GrantRow,
  context: ProvisioningContext,
  work: () => Promise<T>,
  isAnswered: (outcome: T) => boolean = () => true,
): Promise<T> {
  const now = context.now();
  const before = readRecord(CredentialRecord, (context.grants.get(row.kind, row.name) ?? row).record).doubtUntil;
  const settle = () => patchRecord(context, row, { doubtUntil: before });
  patchRecord(context, row, { doubtUntil: Math.max(before ?? 0, now + LOOKED_FOR_MS) });
  try {
    const outcome = await work();
    if (isAnswered(outcome)) settle();
    return outcome;
  } catch (error) {
    if (!mayHaveActed(error)) settle();
    throw error;
  }
}

/** No answer, one that was not understood, or one that somebody in between may have given. */
const UNANSWERED: ReadonlySet<string> = new Set(["unreachable", "timeout", "server", "too-large", "malformed"]);

function mayHaveActed(error: unknown): boolean {
  return error instanceof UpstreamError && UNANSWERED.has(error.failure.kind);
}
