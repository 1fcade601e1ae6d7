import type { ConsumptionPage, GroupDetail, GroupsPage } from "../../src/connection/api.ts";
import type { GroupSummary, TopicStanding } from "../../src/traceability/group-standing.ts";
import { Layout, When } from "./layout.tsx";
import { Quality, Windows } from "./windows.tsx";

const baseOf = (connection: string) => `/connections/${encodeURIComponent(connection)}`;

interface GroupsPageProps {
  readonly connection: string;
  readonly groups: GroupsPage;
  /** Of the last day, the newest. */
  readonly consumption: ConsumptionPage;
  readonly now: number;
}

/** Where the consumer groups of our applications stand, and what was read within a day. */
export function GroupsPageView({ connection, groups, consumption, now }: GroupsPageProps) {
  const base = baseOf(connection);
  return (
    <Layout title={`Consumer groups of ${connection}`}>
      <p>
        <a href={base}>{connection}</a>. Shown is what was sampled last; nothing is asked for this page.
      </p>
      {groups.notes.length === 0 ? "" : <Notes notes={groups.notes} />}
      {groups.items.length === 0 ? (
        <p>
          None. A group appears here when it bears the prefix that its application was told with its access; other
          groups are nobody's here.
        </p>
      ) : (
        <GroupTable base={base} groups={groups.items} now={now} />
      )}
      {groups.next === undefined ? (
        ""
      ) : (
        <p>
          <a href={`${base}/groups?${new URLSearchParams({ after: groups.next })}`}>more</a>
        </p>
      )}
      <h2>Read within a day</h2>
      {consumption.next === undefined ? (
        ""
      ) : (
        <p>
          The newest windows; <code>GET /v1{base}/consumption</code> tells all.
        </p>
      )}
      <Windows
        entries={consumption.items}
        none="Nothing was counted. Windows appear here with the second sample of a group."
        now={now}
      />
      {consumption.unattributed.length === 0 ? (
        ""
      ) : (
        <>
          <h2>Read, and explained by no access request</h2>
          <p>It is not reported: nothing is guessed.</p>
          <Windows entries={consumption.unattributed} none="" now={now} />
        </>
      )}
    </Layout>
  );
}

export function GroupTable({
  base,
  groups,
  now,
}: {
  readonly base: string;
  readonly groups: readonly GroupSummary[];
  readonly now: number;
}) {
  return (
    <table>
      <thead>
        <tr>
          <th>Group</th>
          <th>State</th>
          <th>Topics</th>
          <th class="number">Lag</th>
          <th>Trend</th>
          <th>Last commit seen</th>
          <th>Last sample</th>
          <th>Quality</th>
        </tr>
      </thead>
      <tbody>
        {groups.map((group) => (
          <tr>
            <td>
              <a href={`${base}/groups/${encodeURIComponent(group.group)}`}>{group.group}</a>
              <div class="muted">{group.application}</div>
            </td>
            <td class={group.state === "GONE" ? "muted" : ""}>
              {group.kind === "consumer" ? "" : `${group.kind}, `}
              {group.state}
            </td>
            <td>{group.topics.join(", ")}</td>
            <td class="number">{group.lag ?? "unknown"}</td>
            <td class={BAD.has(group.trend) ? "bad" : ""}>{group.trend}</td>
            <td>
              <When at={group.lastCommitSeen} now={now} />
            </td>
            <td>
              <When at={group.lastSample} now={now} />
            </td>
            <td>
              <Quality of={group} />
              {group.notes.map((note) => (
                <div class="muted">{note}</div>
              ))}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const BAD: ReadonlySet<string> = new Set(["growing", "stalled"]);

interface GroupPageProps {
  readonly connection: string;
  readonly group: GroupDetail;
  readonly now: number;
}

/** One group: each topic with its partitions, and what its trend is told by. */
export function GroupPage({ connection, group, now }: GroupPageProps) {
  const base = baseOf(connection);
  return (
    <Layout title={group.group}>
      <p>
        <a href={`${base}/groups`}>Consumer groups of {connection}</a>, application {group.application}, first seen{" "}
        <When at={group.firstSeen} now={now} />, last sampled <When at={group.lastSample} now={now} />
      </p>
      <GroupTable base={base} groups={[group]} now={now} />
      <h2>Members</h2>
      {group.members === undefined ? (
        <p>None owned a partition when it was sampled, or the cluster does not tell.</p>
      ) : (
        <Members members={group.members} />
      )}
      {group.standings.map((standing) => (
        <Topic base={base} standing={standing} now={now} />
      ))}
    </Layout>
  );
}

function Members({ members }: { readonly members: NonNullable<GroupDetail["members"]> }) {
  return (
    <table>
      <thead>
        <tr>
          <th>Member</th>
          <th>Client</th>
          <th>Instance</th>
          <th class="number">Partitions</th>
        </tr>
      </thead>
      <tbody>
        {members.map(({ consumerId, clientId, instanceId, partitions }) => (
          <tr>
            <td>{consumerId}</td>
            <td>{clientId}</td>
            <td>{instanceId}</td>
            <td class="number">{partitions}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Topic({
  base,
  standing,
  now,
}: {
  readonly base: string;
  readonly standing: TopicStanding;
  readonly now: number;
}) {
  return (
    <section>
      <h2>
        <a href={`${base}/topics/${encodeURIComponent(standing.topic)}`}>{standing.topic}</a>
      </h2>
      <p>
        Lag {standing.lag ?? "unknown"}, {standing.trend}; last commit seen{" "}
        <When at={standing.lastCommitSeen} now={now} />; <Quality of={standing} />
      </p>
      <table>
        <thead>
          <tr>
            <th class="number">Partition</th>
            <th class="number">Committed</th>
            <th class="number">End of the log</th>
            <th class="number">Lag</th>
          </tr>
        </thead>
        <tbody>
          {standing.partitions.map(({ partition, committed, logEnd, lag, expired }) => (
            <tr>
              <td class="number">{partition}</td>
              <td class="number">
                {committed ?? "unknown"}
                {expired ? " (gone)" : ""}
              </td>
              <td class="number">{logEnd ?? "unknown"}</td>
              <td class="number">{lag ?? "unknown"}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {standing.points.length === 0 ? "" : <Points points={standing.points} now={now} />}
    </section>
  );
}

function Points({ points, now }: { readonly points: TopicStanding["points"]; readonly now: number }) {
  return (
    <details>
      <summary>Where it stood</summary>
      <table>
        <thead>
          <tr>
            <th>When</th>
            <th class="number">Position, over all partitions</th>
            <th class="number">Lag</th>
          </tr>
        </thead>
        <tbody>
          {points.toReversed().map(({ at, position, lag }) => (
            <tr>
              <td>
                <When at={at} now={now} />
              </td>
              <td class="number">{position}</td>
              <td class="number">{lag}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

function Notes({ notes }: { readonly notes: readonly string[] }) {
  return (
    <ul>
      {notes.map((note) => (
        <li>{note}</li>
      ))}
    </ul>
  );
}
