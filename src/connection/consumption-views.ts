import { type ConsumptionEntry, consumptionEntry } from "../traceability/consumption-entry.ts";
import { page } from "./answers.ts";
import type { ConsumptionPage, ConsumptionQuery } from "./api.ts";
import type { Context } from "./context.ts";

/** Windows, newest first, a page; those that no access request explains are listed apart, and are on the same page. */
export function consumption({ limit, after, ...query }: ConsumptionQuery, { stores }: Context): ConsumptionPage {
  const rows = stores.consumption.list({ ...query, limit: limit + 1, before: after });
  const { items, next } = page(rows, limit, ({ id }) => String(id));
  const isOurs = ({ request }: ConsumptionEntry) => request !== undefined;
  const entries = items.map((row) =>
    consumptionEntry(row, row.event === undefined ? undefined : stores.outbox.get(row.event)),
  );
  return { items: entries.filter(isOurs), unattributed: entries.filter((entry) => !isOurs(entry)), next };
}
