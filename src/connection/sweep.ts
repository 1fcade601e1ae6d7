import type { ApiServer } from "../amplify/apiserver.ts";
import { kindLink } from "../amplify/links.ts";
import type { Resource } from "../amplify/resource.ts";
import { NotYet, UpstreamError } from "../http/errors.ts";
import { REQUEST_KIND, resourceOf } from "../provisioning/context.ts";
import { applicationOf, applicationsOf, rowsAfter } from "../provisioning/seen.ts";
import type { GrantKind, GrantRow } from "../store/grants.ts";
import type { Context } from "./context.ts";
import { setupFacts } from "./setup.ts";
import type { Outcome } from "./wake.ts";

/** How late a request is served of which webhook and events told nothing. Three requests each time, as a rule. */
export const SWEEP_MS = 30 * 60 * 1000;
/** Docs cli_command_reference, "Complex query filters"; whether sub-resources can be asked for is not documented. */
const OPEN = "status.level==Pending or metadata.state==DELETING";

/**
 * Lists what waits for us in Amplify, in case both webhook and event of it were lost, or an event of somebody else's was
 * taken for the echo of our own write. What is as our rows have it costs nothing further.
 */
export async function runSweep(context: Context): Promise<Outcome> {
  // What setup is refused now, as in an environment that is gone, would be refused here too.
  const isRefused = context.stores.work.get("setup")?.error !== undefined;
  if (isRefused || !setupFacts(context)) throw new NotYet(context.now() + SWEEP_MS, "waiting for setup");
  const { api } = await context.upstreams.for("events");
  let every = SWEEP_MS;
  for (const kind of ["application", "access", "credential"] as const) {
    const { open, isWhole } = await listOpen(kind, api, context);
    context.together(() => {
      for (const resource of open) takeUp(kind, resource, context);
    });
    // A server that does not understand the question is asked for everything, and that less often.
    if (isWhole) every = 4 * SWEEP_MS;
  }
  return { kind: "again", at: context.now() + every, reason: "sweep" };
}

async function listOpen(
  kind: GrantKind,
  api: ApiServer,
  context: Context,
): Promise<{ readonly open: readonly Resource[]; readonly isWhole: boolean }> {
  const asked = await listAll(kind, api, context, OPEN).catch((error: unknown) => {
    if (error instanceof UpstreamError && error.failure.kind === "invalid") return undefined;
    throw error;
  });
  const known = context.stores.grants.all().filter((row) => row.kind === kind && !row.dirty && isOpen(resourceOf(row)));
  // One that we know to be open has to be among them, or the question was not understood.
  const isAnswered = asked?.some((resource) => known.some(({ name }) => name === resource.name)) ?? false;
  if (asked && (isAnswered || known.length === 0)) return { open: asked.filter(isOpen), isWhole: false };
  return { open: (await listAll(kind, api, context)).filter(isOpen), isWhole: true };
}

async function listAll(kind: GrantKind, api: ApiServer, { config }: Context, query?: string): Promise<Resource[]> {
  const found: Resource[] = [];
  const embed = kind === "access" ? { embed: "metadata.references" } : {};
  const link = kindLink(config.central.environment, REQUEST_KIND[kind]);
  for await (const page of api.list(link, query === undefined ? embed : { ...embed, query })) found.push(...page);
  return found;
}

function isOpen(resource: Resource | undefined): boolean {
  if (!resource) return false;
  const { status } = resource;
  const level = typeof status === "object" && status !== null && "level" in status ? status.level : undefined;
  return level === "Pending" || resource.metadata.state === "DELETING";
}

function takeUp(kind: GrantKind, resource: Resource, { stores, now }: Context): void {
  const row = stores.grants.get(kind, resource.name);
  const application = applicationOf(kind, resource);
  if (application === undefined) return;
  const key = `application:${application}`;
  if (row && !isNewer(resource, row)) {
    // What rests or was given up is left to its time.
    stores.work.ensure(key, "provisioning", now(), `sweep: ${kind} ${resource.name} is still open`);
    return;
  }
  const rows = rowsAfter(kind, resource, row, now());
  for (const each of rows) stores.grants.put(each);
  for (const name of applicationsOf(row, ...rows))
    stores.work.hint(`application:${name}`, "provisioning", now(), `sweep: ${kind} ${resource.name}`);
}

function isNewer(listed: Resource, row: GrantRow): boolean {
  const seen = resourceOf(row);
  if (!seen || seen.metadata.id !== listed.metadata.id) return true;
  return seen.metadata.resourceVersion !== listed.metadata.resourceVersion;
}
