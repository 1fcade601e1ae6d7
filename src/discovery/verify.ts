import * as v from "valibot";
import type { ApiServer } from "../amplify/apiserver.ts";
import { kindLink, resourceLink } from "../amplify/links.ts";
import { type Resource, subResource } from "../amplify/resource.ts";
import type { KnownStore } from "../store/known.ts";
import type { ListedKind, ListedResource, ListingStore } from "../store/listing.ts";
import type { TopicRow, TopicStore } from "../store/topics.ts";
import { indexListing, isGone, verifyRow } from "./compare.ts";
import type { DesiredTopic } from "./desired.ts";
import { bodyFingerprint, detailsFingerprint } from "./fingerprints.ts";
import { isToBeWritten, nextBadge, nextStep } from "./publish-plan.ts";

export interface VerifyDependencies {
  readonly api: ApiServer;
  readonly environment: string;
  readonly topics: TopicStore;
  readonly listing: ListingStore;
  readonly known: KnownStore;
  readonly desired: (row: TopicRow) => Promise<DesiredTopic>;
  readonly now: () => number;
  readonly together: (work: () => void) => void;
}

const Progress = v.object({
  /** What is being listed; `lost`: both were, and what they lack is asked for. */
  kind: v.picklist(["service", "instance", "lost"]),
  page: v.number(),
  startedAt: v.number(),
  /** Asked for and not there, as `kind/name`: many that are gone at once take more than one minute's budget. */
  gone: v.optional(v.array(v.string()), []),
});
const PROGRESS = "verify:progress";

const KIND = { service: "APIService", instance: "APIServiceInstance" } as const;
const FIELDS: Readonly<Record<ListedKind, string>> = {
  // Without the icon: a hundred of them would be the largest part of a page.
  service: "name,title,tags,owner,spec.description,metadata,x-agent-details,source",
  instance: "name,title,tags,owner,spec,metadata,x-agent-details,source",
};

export interface VerifyResult {
  readonly services: number;
  readonly instances: number;
  /** Topics whose row changed: adopted, found deleted, or found to have a twin. */
  readonly changed: readonly string[];
  /** Topics of which something is still to be written: also those that were given up meanwhile are tried once more. */
  readonly unfinished: readonly string[];
}

/**
 * Lists the environment's services and instances and compares them with what we believe. Pages are kept as they come,
 * so a verification that runs out of budget goes on at the next page. Decides nothing on a list that is not whole.
 */
export async function verify(dependencies: VerifyDependencies): Promise<VerifyResult> {
  const { listing, topics, known } = dependencies;
  const at = known.get(PROGRESS, Progress)?.value ?? {
    kind: "service",
    page: 1,
    startedAt: dependencies.now(),
    gone: [],
  };
  if (at.kind === "service") {
    if (at.page === 1) listing.clear();
    await readPages("service", at.page, at.startedAt, dependencies);
  }
  if (at.kind !== "lost") {
    await readPages("instance", at.kind === "instance" ? at.page : 1, at.startedAt, dependencies);
  }
  await askForLost(at.startedAt, new Set(at.gone), dependencies);
  const services = listing.all("service");
  const instances = listing.all("instance");
  const rows = topics.all();
  const expected = new Map<string, DesiredTopic>();
  for (const row of rows) {
    if (row.decision === "eligible" || row.published.service) expected.set(row.name, await dependencies.desired(row));
  }
  const ours = new Set([...expected.values()].flatMap(({ service, instance }) => [service.name, instance.name]));
  const indexed = indexListing(services, instances, ours, at.startedAt);
  const changed: string[] = [];
  const unfinished: string[] = [];
  dependencies.together(() => {
    for (const [name, desired] of expected) {
      // As it is now: a person may have decided about the topic meanwhile.
      const row = topics.get(name);
      const verified = row && verifyRow(row, expectation(desired), indexed);
      const now = verified ?? row;
      if (now && isToBeWritten(now) && isUnfinished(now, desired)) unfinished.push(name);
      if (!verified) continue;
      topics.put({ ...verified, changedAt: dependencies.now() });
      changed.push(name);
    }
    known.drop(PROGRESS);
    listing.clear();
  });
  return { services: services.length, instances: instances.length, changed, unfinished };
}

function isUnfinished({ published }: TopicRow, { fingerprints }: DesiredTopic): boolean {
  return nextStep(published, fingerprints) !== undefined || nextBadge(published) !== undefined;
}

/**
 * A resource that we know of and that no page showed is asked for by name before it counts as deleted: a list that
 * changes while it is read, or is read on after a pause, may have skipped one. Each answer is kept, so that it goes on
 * where it was when the budget is used up; the instance of a service that is gone went with it.
 */
async function askForLost(startedAt: number, gone: Set<string>, dependencies: VerifyDependencies): Promise<void> {
  const { api, environment, listing, topics, known, now } = dependencies;
  for (const kind of ["service", "instance"] as const) {
    const shown = new Set(listing.all(kind).map(({ name }) => name));
    for (const { held, published } of topics.all()) {
      const state = published[kind];
      if (held || !state || !isGone(state, shown, startedAt)) continue;
      if (gone.has(`service/${published.service?.name}`) || gone.has(`${kind}/${state.name}`)) continue;
      const found = await api.get(resourceLink(environment, KIND[kind], state.name));
      if (found) listing.add(kind, [await listed(kind, found)]);
      else gone.add(`${kind}/${state.name}`);
      known.put(PROGRESS, { kind: "lost", page: 1, startedAt, gone: [...gone] }, now());
    }
  }
}

function expectation(desired: DesiredTopic) {
  return {
    serviceName: desired.service.name,
    instanceName: desired.instance.name,
    title: desired.title,
    endpoints: desired.endpoints,
  };
}

async function readPages(
  kind: ListedKind,
  fromPage: number,
  startedAt: number,
  dependencies: VerifyDependencies,
): Promise<void> {
  const { api, environment, listing, known, now, together } = dependencies;
  const link = kindLink(environment, KIND[kind]);
  let page = fromPage;
  for await (const resources of api.list(link, { fields: FIELDS[kind], fromPage })) {
    const entries = await Promise.all(resources.map((resource) => listed(kind, resource)));
    page++;
    together(() => {
      listing.add(kind, entries);
      known.put(PROGRESS, { kind, page, startedAt }, now());
    });
  }
  if (kind === "service") known.put(PROGRESS, { kind: "instance", page: 1, startedAt }, now());
}

async function listed(kind: ListedKind, resource: Resource): Promise<ListedResource> {
  const details = subResource(resource, "x-agent-details") ?? {};
  const externalApiId = details.externalAPIID;
  return {
    name: resource.name,
    id: resource.metadata.id,
    title: resource.title ?? "",
    version: resource.metadata.resourceVersion ?? "",
    ...(typeof externalApiId === "string" ? { externalApiId } : {}),
    body: await bodyFingerprint(kind, resource),
    details: await detailsFingerprint(details),
    source: subResource(resource, "source") !== undefined,
    endpoints: kind === "instance" ? endpointsOf(resource) : [],
    ...(kind === "instance" ? revisionOf(resource) : {}),
  };
}

const Endpoints = v.array(v.looseObject({ host: v.string(), port: v.optional(v.number()) }));

function endpointsOf(resource: Resource): string[] {
  const parsed = v.safeParse(Endpoints, resource.spec?.endpoint);
  return parsed.success ? parsed.output.map(({ host, port }) => `${host}:${port ?? ""}`) : [];
}

function revisionOf(resource: Resource): { revision?: string } {
  const revision = resource.spec?.apiServiceRevision;
  return typeof revision === "string" ? { revision } : {};
}
