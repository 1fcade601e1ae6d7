import type { Written } from "../amplify/provisioning/writers.ts";
import type { GrantRow } from "../store/grants.ts";
import type { ProvisioningContext } from "./context.ts";
import { isAnother, recordAfter } from "./seen.ts";

/**
 * Records what a write gave back; a resource that changed or went is read again before anything else, and so is one that
 * is another by now, though it bears the same name.
 */
export function recordWrite(context: ProvisioningContext, row: GrantRow, written: Written, subresource: string): void {
  const { grants, echoes, now, together } = context;
  together(() => {
    const current = grants.get(row.kind, row.name) ?? row;
    if (written.kind !== "saved" || isAnother(written.resource, current)) {
      grants.put({ ...current, dirty: true, changedAt: now() });
      return;
    }
    const { selfLink } = written.resource.metadata;
    if (selfLink !== undefined)
      echoes.expect(selfLink, subresource === "" ? "updated" : "changed-sub", subresource, now());
    const record = recordAfter(row.kind, written.resource, current.record);
    grants.put({ ...current, seen: JSON.stringify(written.resource), record, changedAt: now() });
  });
}
