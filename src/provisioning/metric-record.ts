import { metricIds } from "../amplify/metric-ids.ts";
import type { GrantRow } from "../store/grants.ts";
import { mustRead, type ProvisioningContext, patchRecord, resourceOf } from "./context.ts";
import { AccessRecord, readRecord } from "./record.ts";

/**
 * Keeps what metric events have to say of an access request, from the read that is made in any case: reporting needs no
 * requests then, and can go on when the request is gone. Only a whole read embeds what its ids are taken from; what a
 * write gives back does not.
 */
export function recordMetricIds(row: GrantRow, context: ProvisioningContext): void {
  if (row.kind !== "access") return;
  const resource = mustRead(row);
  const application = row.application === undefined ? undefined : context.grants.get("application", row.application);
  const instance = resource.spec.apiServiceInstance;
  const service = typeof instance === "string" ? context.serviceOf(instance) : undefined;
  patchRecord(context, row, { ids: metricIds(resource, application && resourceOf(application), service) });
}

/** For requests that were listed, not read one by one: their rows hold whole reads as well. */
export function recordMissingIds(rows: readonly GrantRow[], context: ProvisioningContext): void {
  for (const row of rows) {
    const isMissing = row.kind === "access" && readRecord(AccessRecord, row.record).ids === undefined;
    if (isMissing && !row.dirty && row.seen !== undefined) recordMetricIds(row, context);
  }
}
