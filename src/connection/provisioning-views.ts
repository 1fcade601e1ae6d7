import { type ApplicationStanding, applicationStanding } from "../provisioning/access-view.ts";
import type { GrantRow } from "../store/grants.ts";
import { page, Refusal } from "./answers.ts";
import type { Page } from "./api.ts";
import type { Context } from "./context.ts";

/** Applications by name, a page. */
export function applications(
  { limit, after }: { readonly limit: number; readonly after?: string },
  context: Context,
): Page<ApplicationStanding> {
  const names = context.stores.grants.applications({ limit: limit + 1, after });
  const { items, next } = page(names, limit, (name) => name);
  const topics = topicsByInstance(context);
  return { items: items.map((name) => standingOf(name, topics, context)), next };
}

/** The application that anything of this name belongs to. Throws `Refusal`. */
export function accessNamed(name: string, context: Context): ApplicationStanding {
  return standingOf(named(name, context).application, topicsByInstance(context), context);
}

/** A row of this name; the application's own where several kinds share it. Throws `Refusal`. */
export function named(name: string, { stores }: Context): GrantRow & { readonly application: string } {
  const rows = stores.grants.named(name);
  const row = rows.find(({ kind }) => kind === "application") ?? rows[0];
  if (!row) throw new Refusal("not-found", `there is no application, access request or credential ${quoted(name)}`);
  if (rows.length > 1 && row.kind !== "application")
    throw new Refusal("conflict", `an access request and a credential are both called ${quoted(name)}`);
  if (row.application === undefined)
    throw new Refusal("conflict", `${quoted(name)} was not read yet; it is looked at with the next list`);
  return { ...row, application: row.application };
}

export function quoted(name: string): string {
  return JSON.stringify(name);
}

function topicsByInstance({ stores }: Context): ReadonlyMap<string, string> {
  return new Map(stores.topics.all().map(({ name, published }) => [published.instance?.name ?? "", name]));
}

function standingOf(
  application: string,
  topics: ReadonlyMap<string, string>,
  { stores }: Context,
): ApplicationStanding {
  return applicationStanding({
    application,
    rows: stores.grants.ofApplication(application),
    work: stores.work.get(`application:${application}`),
    topicOf: (instance) => (instance === "" ? undefined : topics.get(instance)),
  });
}
