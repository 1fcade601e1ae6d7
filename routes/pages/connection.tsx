import type { GroupsPage, Overview, Page, TopicDetail, TopicSummary } from "../../src/connection/api.ts";
import type { WorkItem } from "../../src/store/work.ts";
import { GroupTable } from "./groups.tsx";
import { Layout, When } from "./layout.tsx";
import { Counts, Problems } from "./overview.tsx";

const DECISIONS = ["eligible", "filtered", "internal", "error", "missing"] as const;

interface ConnectionPageProps {
  readonly overview: Overview;
  readonly topics: Page<TopicSummary>;
  readonly decision: string | undefined;
  readonly work: readonly WorkItem[];
  readonly now: number;
}

/** One connection: what needs attention, its topics with the rule that decided, and what waits. */
export function ConnectionPage({ overview, topics, decision, work, now }: ConnectionPageProps) {
  const base = `/connections/${encodeURIComponent(overview.connection)}`;
  return (
    <Layout title={overview.connection}>
      <Counts overview={overview} />
      <Problems overview={overview} now={now} />
      <p>
        <a href={`${base}/access`}>Who has access</a> ·{" "}
        <a href={`${base}/groups`}>Consumer groups, and what was read</a>
      </p>
      <h2>Topics</h2>
      <nav aria-label="Decision">
        <Choice href={base} label="all" chosen={decision === undefined} />
        {DECISIONS.map((each) => (
          <Choice href={`${base}?decision=${each}`} label={each} chosen={decision === each} />
        ))}
      </nav>
      <Topics base={base} topics={topics.items} now={now} />
      {topics.next === undefined ? (
        ""
      ) : (
        <p>
          <a href={nextPage(base, decision, topics.next)}>more</a>
        </p>
      )}
      <h2>Work</h2>
      <Work items={work} now={now} />
    </Layout>
  );
}

function nextPage(base: string, decision: string | undefined, after: string): string {
  return `${base}?${new URLSearchParams({ ...(decision === undefined ? {} : { decision }), after })}`;
}

function Choice({ href, label, chosen }: { readonly href: string; readonly label: string; readonly chosen: boolean }) {
  return chosen ? (
    <a href={href} aria-current="page">
      {label}
    </a>
  ) : (
    <a href={href}>{label}</a>
  );
}

function Topics({
  base,
  topics,
  now,
}: {
  readonly base: string;
  readonly topics: readonly TopicSummary[];
  readonly now: number;
}) {
  if (topics.length === 0)
    return <p>None. The first discovery fills this list; if it was made, choose another decision.</p>;
  return (
    <table>
      <thead>
        <tr>
          <th>Topic</th>
          <th>State</th>
          <th>Rule</th>
          <th>Subjects</th>
          <th>Changed</th>
        </tr>
      </thead>
      <tbody>
        {topics.map((topic) => (
          <tr>
            <td>
              <a href={`${base}/topics/${encodeURIComponent(topic.name)}`}>{topic.name}</a>
            </td>
            <td class={topic.decision === "error" ? "bad" : ""}>{topic.state ?? topic.decision}</td>
            <td>{topic.error ?? topic.rule}</td>
            <td>{topic.subjects.map(({ subject, version }) => `${subject} v${version}`).join(", ")}</td>
            <td>
              <When at={topic.changedAt} now={now} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Work({ items, now }: { readonly items: readonly WorkItem[]; readonly now: number }) {
  if (items.length === 0)
    return <p>Nothing waits. The next tick, within a minute, puts the periodic work on the list.</p>;
  return (
    <table>
      <thead>
        <tr>
          <th>Key</th>
          <th>Due</th>
          <th>Why</th>
          <th class="number">Attempts</th>
        </tr>
      </thead>
      <tbody>
        {items.map((item) => (
          <tr>
            <td>{item.key}</td>
            <td>{item.dead ? <span class="bad">given up</span> : <When at={item.due} now={now} />}</td>
            <td>{item.error ?? item.reason}</td>
            <td class="number">{item.attempts}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** One topic: why it is or is not published, its names in Amplify, its document. */
export function TopicPage({
  connection,
  topic,
  groups,
  now,
}: {
  readonly connection: string;
  readonly topic: TopicDetail;
  /** That read it. */
  readonly groups: GroupsPage;
  readonly now: number;
}) {
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["Decision", topic.decision],
    ["Rule", topic.rule],
    ["Error", topic.error],
    ["State", topic.state],
    [
      "Held",
      topic.held &&
        (topic.held.kind === "twin"
          ? `likely twin: service ${topic.held.service}`
          : `deleted in Amplify: ${topic.held.what}`),
    ],
    ["Partitions, replicas", `${topic.partitions}, ${topic.replication}`],
    [
      "Configs",
      Object.entries(topic.configs)
        .map(([name, value]) => `${name}=${value}`)
        .join(", "),
    ],
    [
      "Subjects",
      topic.subjects
        .map(({ subject, version, role, strategy }) => `${subject} v${version} (${role}, ${strategy})`)
        .join(", "),
    ],
    ["API service", topic.service],
    ["Revision", topic.revision],
    ["Instance", topic.instance],
    ["Document's SHA-256", topic.sha256],
  ];
  return (
    <Layout title={topic.name}>
      <p>
        <a href={`/connections/${encodeURIComponent(connection)}`}>{connection}</a>, changed{" "}
        <When at={topic.changedAt} now={now} />
      </p>
      <table>
        <tbody>
          {facts
            .filter(([, value]) => value !== undefined && value !== "")
            .map(([label, value]) => (
              <tr>
                <th>{label}</th>
                <td>{value}</td>
              </tr>
            ))}
        </tbody>
      </table>
      <h2>Consumer groups</h2>
      {groups.items.length === 0 ? (
        <p>No group of our applications was seen to read it.</p>
      ) : (
        <GroupTable base={`/connections/${encodeURIComponent(connection)}`} groups={groups.items} now={now} />
      )}
      <h2>AsyncAPI document</h2>
      {topic.document === undefined ? <p>None was made.</p> : <pre>{topic.document}</pre>}
    </Layout>
  );
}
