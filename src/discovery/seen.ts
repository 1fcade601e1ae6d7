import { sha256Hex } from "../runtime/digest.ts";
import type { SubjectNote } from "../store/topics.ts";

/**
 * Grows when the builder makes other documents of the same inputs. Documents that are published already are made anew
 * only when the operator asks for it: every new revision reaches customers.
 */
export const BUILDER_MAJOR = 1;

export interface SeenInput {
  /** Fingerprint of everything that is the same for all topics: cluster facts, settings, definitions. */
  readonly common: string;
  readonly partitions: number;
  readonly replication: number;
  readonly configs: Readonly<Record<string, string>>;
  readonly subjects: readonly SubjectNote[];
}

/** Fingerprint of what was read of a topic. A version of a subject never changes, so its coordinates stand for its text. */
export function seenFingerprint(input: SeenInput): Promise<string> {
  const subjects = input.subjects.map(({ subject, role, strategy, version, id, schemaType }) => [
    subject,
    role,
    strategy,
    version,
    id,
    schemaType,
  ]);
  return sha256Hex(
    JSON.stringify([input.common, input.partitions, input.replication, Object.entries(input.configs), subjects]),
  );
}
