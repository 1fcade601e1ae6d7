import { setbackWords } from "../amplify/provisioning/setbacks.ts";
import type { Written } from "../amplify/provisioning/writers.ts";
import type { GrantRow } from "../store/grants.ts";
import type { ProvisioningContext } from "./context.ts";
import { readRecord, TroubleRecord } from "./record.ts";
import { isAnother, recordAfter } from "./seen.ts";

/** As often a write may meet another's before it has to wait. */
const MOST_IN_A_ROW = 5;
const FIRST_REST_MS = 5_000;
const LONGEST_REST_MS = 60 * 60 * 1000;

/**
 * Records what a write gave back; a resource that changed or went is read again before anything else, and so is one that
 * is another by now, though it bears the same name.
 */
export function recordWrite(context: ProvisioningContext, row: GrantRow, written: Written, subresource: string): void {
  const { grants, echoes, now, together } = context;
  together(() => {
    const current = grants.get(row.kind, row.name) ?? row;
    if (written.kind !== "saved" || isAnother(written.resource, current)) {
      const failed = overtaken(current.record, written.kind === "missing" ? "missing" : "stale", now());
      grants.put({ ...current, dirty: true, record: failed, changedAt: now() });
      return;
    }
    const { selfLink } = written.resource.metadata;
    if (selfLink !== undefined)
      echoes.expect(selfLink, subresource === "" ? "updated" : "changed-sub", subresource, now());
    const { overtaken: _, ...record } = JSON.parse(recordAfter(row.kind, written.resource, current.record));
    const seen = JSON.stringify(written.resource);
    grants.put({ ...current, seen, record: JSON.stringify(record), changedAt: now() });
  });
}

/**
 * Others write too, and what they changed is read and written again at once. A server that says so every time would be
 * asked without end, at the cost of all other work: it is left alone, longer each time.
 */
function overtaken(text: string, kind: "stale" | "missing", now: number): string {
  const record = JSON.parse(text);
  const count = readRecord(TroubleRecord, text).overtaken + 1;
  if (count < MOST_IN_A_ROW) return JSON.stringify({ ...record, overtaken: count });
  const rest = Math.min(FIRST_REST_MS * 2 ** Math.min(count - MOST_IN_A_ROW, 20), LONGEST_REST_MS);
  const { operator } = setbackWords({ kind: "upstream", upstream: "amplify", failure: { kind } });
  return JSON.stringify({ ...record, overtaken: count, restsUntil: now + rest, untakable: undefined, error: operator });
}
