import type { ConsumptionEntry } from "../../src/traceability/consumption-entry.ts";
import { When } from "./layout.tsx";

/** What was read, window by window. */
export function Windows({
  entries,
  none,
  now,
}: {
  readonly entries: readonly ConsumptionEntry[];
  readonly none: string;
  readonly now: number;
}) {
  if (entries.length === 0) return <p>{none}</p>;
  return (
    <table>
      <thead>
        <tr>
          <th>Application</th>
          <th>Topic</th>
          <th>From</th>
          <th>To</th>
          <th class="number">Messages</th>
          <th class="number">Read again</th>
          <th class="number">Skipped</th>
          <th>Quality</th>
          <th>Report</th>
        </tr>
      </thead>
      <tbody>
        {entries.map((entry) => (
          <tr>
            <td>
              {entry.application}
              <div class="muted">{entry.request}</div>
            </td>
            <td>{entry.topic}</td>
            <td>
              <When at={entry.from} now={now} />
            </td>
            <td>
              <When at={entry.to} now={now} />
            </td>
            <td class="number">{entry.messages}</td>
            <td class="number">{entry.reread}</td>
            <td class="number">{entry.skipped}</td>
            <td>
              <Quality of={entry} />
            </td>
            <td class={entry.report === "refused" || entry.report === "given up" ? "bad" : ""}>
              {entry.report}
              {entry.error === undefined ? "" : <div>{entry.error}</div>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** How certain numbers are, and why. */
export function Quality({ of }: { readonly of: { readonly quality: string; readonly reasons: readonly string[] } }) {
  return (
    <span>
      {of.quality}
      {of.reasons.length === 0 ? "" : ` (${of.reasons.join(", ")})`}
    </span>
  );
}
