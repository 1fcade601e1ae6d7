import type { Page } from "../../src/connection/api.ts";
import type { ApplicationStanding, CredentialStanding, RequestStanding } from "../../src/provisioning/access-view.ts";
import { Layout, When } from "./layout.tsx";

interface AccessPageProps {
  readonly connection: string;
  readonly applications: Page<ApplicationStanding>;
  readonly now: number;
}

/** Who has access, and how far what was asked for has come. */
export function AccessPage({ connection, applications, now }: AccessPageProps) {
  const base = `/connections/${encodeURIComponent(connection)}`;
  return (
    <Layout title={`Access to ${connection}`}>
      <p>
        <a href={base}>{connection}</a>. Something failed, or shall end? POST to{" "}
        <code>/v1{base}/access/(name)/retry</code>, <code>revoke</code>, <code>enable</code> or <code>takeover</code>.
      </p>
      {applications.items.length === 0 ? (
        <p>Nobody asked for access yet. Applications appear here when a consumer subscribes in the marketplace.</p>
      ) : (
        applications.items.map((application) => <Application application={application} now={now} />)
      )}
      {applications.next === undefined ? (
        ""
      ) : (
        <p>
          <a href={`${base}/access?${new URLSearchParams({ after: applications.next })}`}>more</a>
        </p>
      )}
    </Layout>
  );
}

function Application({ application, now }: { readonly application: ApplicationStanding; readonly now: number }) {
  const { access, credentials, work, name, title } = application;
  return (
    <section>
      <h2>
        {title === "" ? name : title} <span class="muted">{title === "" || title === name ? "" : name}</span>
      </h2>
      <p>
        <Step standing={application} />, changed <When at={application.since} now={now} />
        {work === undefined ? "" : <Work work={work} now={now} />}
      </p>
      <table>
        <thead>
          <tr>
            <th>Asked for</th>
            <th>Step</th>
            <th>What there is</th>
            <th>Last error, or what it waits for</th>
            <th>Changed</th>
          </tr>
        </thead>
        <tbody>
          {access.map((each) => (
            <Row standing={each} what={`topic ${each.topic ?? "that is not known"}`} now={now}>
              {asked(each)}
            </Row>
          ))}
          {credentials.map((each) => (
            <Row standing={each} what="credential" now={now}>
              {equipment(each).map((line) => (
                <div>{line}</div>
              ))}
            </Row>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function asked({ asked: data }: RequestStanding): string {
  return Object.entries(data)
    .map(([name, value]) => `${name}: ${String(value)}`)
    .join(", ");
}

function equipment({ principals, keys, acls, unseen, roleBindings }: CredentialStanding): readonly string[] {
  return [
    ...principals,
    ...keys.map(({ id, state, shown }) => `key ${id}, ${state}${shown ? ", shown to the consumer" : ""}`),
    ...keys.flatMap(({ registry }) => (registry ? [`Schema Registry key ${registry.id}, ${registry.state}`] : [])),
    ...acls.map((acl) => (unseen.includes(acl) ? `${acl} (not seen yet)` : acl)),
    ...roleBindings,
  ];
}

type Standing = Pick<ApplicationStanding, "name" | "level" | "step" | "since" | "error" | "waits">;

function Row({
  standing,
  what,
  now,
  children,
}: {
  readonly standing: Standing;
  readonly what: string;
  readonly now: number;
  readonly children: unknown;
}) {
  const { name, error, waits, since } = standing;
  return (
    <tr>
      <td>
        {what}
        <div class="muted">{name}</div>
      </td>
      <td>
        <Step standing={standing} />
      </td>
      <td>{children}</td>
      <td>
        {error === undefined ? "" : <div class="bad">{error}</div>}
        {waits === undefined ? (
          ""
        ) : (
          <div>
            {waits.for}, <When at={waits.until} now={now} />
          </div>
        )}
      </td>
      <td>
        <When at={since} now={now} />
      </td>
    </tr>
  );
}

const BAD: ReadonlySet<string> = new Set(["failed", "revoked", "foreign"]);

function Step({ standing: { step, level } }: { readonly standing: Standing }) {
  return (
    <span class={BAD.has(step) ? "bad" : step === "told" ? "good" : ""}>
      {step}
      {level === undefined ? "" : ` (${level})`}
    </span>
  );
}

function Work({ work, now }: { readonly work: NonNullable<ApplicationStanding["work"]>; readonly now: number }) {
  if (work.dead) return <span class="bad">; given up: {work.error}</span>;
  return (
    <span>
      ; next look <When at={work.due} now={now} />
      {work.error === undefined ? "" : <span class="bad"> after: {work.error}</span>}
    </span>
  );
}
