import { resourceLink } from "../amplify/links.ts";
import type { Resource } from "../amplify/resource.ts";
import type { GrantRow } from "../store/grants.ts";
import { type ProvisioningContext, patchRecord, REQUEST_KIND, resourceOf } from "./context.ts";
import { recordMetricIds } from "./metric-record.ts";
import { readRecord, TroubleRecord } from "./record.ts";
import { applicationsOf, goneRow, hasMade, isDeparted, rowsAfter } from "./seen.ts";
import { NO_FAILURES } from "./setback.ts";

/**
 * Reads what something happened to: one request each. What is gone stays as a row until all that was made for it is gone
 * too. Throws as `ApiServer.get`.
 */
export async function readWhatChanged(application: string, context: ProvisioningContext): Promise<void> {
  const { grants, api, environment, together } = context;
  const dirty = grants.ofApplication(application).filter((row) => row.dirty);
  // The application first: what metric events say of a request is taken from it too.
  const isApplication = ({ kind }: GrantRow) => kind === "application";
  for (const row of [...dirty.filter(isApplication), ...dirty.filter((each) => !isApplication(each))]) {
    if (isDeparted(row)) {
      grants.put({ ...row, dirty: false });
      continue;
    }
    const embed = row.kind === "access" ? { embed: "metadata.references" } : {};
    const resource = await api.get(resourceLink(environment, REQUEST_KIND[row.kind], row.name), embed);
    together(() => {
      const current = grants.get(row.kind, row.name) ?? row;
      if (resource) takeRead(resource, current, context);
      else markGone(current, context);
    });
  }
}

function takeRead(resource: Resource, before: GrantRow, context: ProvisioningContext): void {
  const { grants, now, concern } = context;
  const rows = rowsAfter(before.kind, resource, before, now());
  for (const row of rows) grants.put(row);
  // What belongs to another application is looked at there.
  for (const name of applicationsOf(...rows)) if (name !== before.application) concern(name);
  const [read] = rows;
  recordMetricIds(read, context);
  // It is news: what failed before may go now.
  const isNews = read.seen !== before.seen || readRecord(TroubleRecord, read.record).failures > 0;
  if (isNews) patchRecord(context, read, NO_FAILURES);
}

/** What was made for it goes before its row does. */
function markGone(row: GrantRow, { grants, now }: ProvisioningContext): void {
  const resource = resourceOf(row);
  if (resource && hasMade(row)) grants.put(goneRow(row, resource, now()));
  else grants.remove(row.kind, row.name);
}
