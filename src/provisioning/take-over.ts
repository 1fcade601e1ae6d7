import { requestView } from "../amplify/provisioning/request.ts";
import { hold } from "../amplify/provisioning/writers.ts";
import { NotYet } from "../http/errors.ts";
import { mustRead, type ProvisioningContext, patchRecord, REQUEST_KIND } from "./context.ts";
import { markElsewhere, report } from "./execute.ts";
import { MarksRecord, readRecord } from "./record.ts";
import { recordWrite } from "./written.ts";

/** Who changed it meanwhile may not be done yet. */
const AGAIN_MS = 5_000;

/**
 * Makes ours what an operator asked to take over from another agent: its finalizer gets our mark, and it is Pending again,
 * so that everything is made for it as for a new request. What the other agent made in Kafka bears no label of ours and is
 * left alone. May be cut off anywhere: the wish is forgotten last.
 */
export async function takeOver(application: string, context: ProvisioningContext): Promise<void> {
  for (const row of context.grants.ofApplication(application)) {
    if (!readRecord(MarksRecord, row.record).takeOver) continue;
    const kind = REQUEST_KIND[row.kind];
    const { hold: held, level, deleting } = requestView(kind, mustRead(row));
    if (held.kind === "unmarked") {
      const written = await hold(context.api, kind, mustRead(row), undefined);
      recordWrite(context, row, written, "");
      if (written.kind !== "saved")
        throw new NotYet(context.now() + AGAIN_MS, `${row.name} changed while it was taken over`);
      patchRecord(context, row, { held: true });
      context.audit("took over", row.name, row.kind);
      await markElsewhere(row, context);
    }
    const current = context.grants.get(row.kind, row.name) ?? row;
    if (!deleting && level !== "Pending")
      await report(current, "Pending", "Taken over; it is provisioned anew.", context);
    patchRecord(context, row, { takeOver: undefined });
  }
}
