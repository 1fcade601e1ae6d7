import type { Overview } from "../../src/connection/api.ts";
import type { ConnectionEntry } from "../connections.ts";
import { Layout, When } from "./layout.tsx";

export interface Shown {
  readonly entry: ConnectionEntry;
  /** Undefined when its configuration is wrong; a text when it cannot be reached. */
  readonly overview: Overview | string | undefined;
}

/** Every connection at a glance. */
export function OverviewPage({ connections, now }: { readonly connections: readonly Shown[]; readonly now: number }) {
  return (
    <Layout title="Connections">
      {connections.length === 0 ? (
        <p>Nothing is configured. Set the variables that README lists, CENTRAL_ENVIRONMENT first, and deploy again.</p>
      ) : (
        connections.map((shown) => <Card shown={shown} now={now} />)
      )}
    </Layout>
  );
}

function Card({ shown: { entry, overview }, now }: { readonly shown: Shown; readonly now: number }) {
  if (overview === undefined || typeof overview === "string") {
    return (
      <section>
        <h2>{entry.name}</h2>
        <ul class="bad">
          {(typeof overview === "string" ? [overview] : entry.problems).map((problem) => (
            <li>{problem}</li>
          ))}
        </ul>
      </section>
    );
  }
  return (
    <section>
      <h2>
        <a href={`/connections/${encodeURIComponent(entry.name)}`}>{entry.name}</a>{" "}
        <span class="muted">
          {overview.cluster ? `${overview.cluster.clusterId}, ${overview.cluster.type}` : "cluster not looked up yet"}
          {overview.mode === "plan" ? " · plan mode, nothing is written" : ""}
        </span>
      </h2>
      <Counts overview={overview} />
      <p>
        Last run <When at={overview.lastRun?.endedAt} now={now} />. Amplify requests in the last minute:{" "}
        {overview.budget.used} of {overview.budget.requestsPerMinute}.
      </p>
      <Problems overview={overview} now={now} />
    </section>
  );
}

export function Counts({ overview }: { readonly overview: Overview }) {
  const { topics, work } = overview;
  const counts: readonly (readonly [string, number | undefined])[] = [
    ["published", topics.published],
    ["eligible", topics.eligible],
    ["filtered out", topics.filtered],
    ["internal", topics.internal],
    ["with errors", topics.error],
    ["held", topics.held],
    ["out of sync", topics.flagged],
    ["work waiting", work.waiting],
    ["given up", work.dead],
  ];
  return (
    <ul class="cards">
      {counts.map(([label, count]) => (
        <li>
          <b>{count ?? 0}</b>
          {label}
        </li>
      ))}
    </ul>
  );
}

export function Problems({ overview, now }: { readonly overview: Overview; readonly now: number }) {
  if (overview.problems.length === 0) return <p class="good">Nothing needs attention.</p>;
  return (
    <ul class="bad">
      {overview.problems.map(({ what, message, until }) => (
        <li>
          <b>{what}</b>: {message}
          {until === undefined ? (
            ""
          ) : (
            <span class="muted">
              {" "}
              (tried again <When at={until} now={now} />)
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}
