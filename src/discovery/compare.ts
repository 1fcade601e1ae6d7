import type { ListedResource } from "../store/listing.ts";
import type { Published, ResourceState, TopicRow } from "../store/topics.ts";

/** What a verification compares a topic's row with. */
export interface Expected {
  /** Our names for the topic's resources; they contain a hash of cluster and topic. */
  readonly serviceName: string;
  readonly instanceName: string;
  readonly title: string;
  /** `host:port` of the cluster. */
  readonly endpoints: readonly string[];
}

/** What Amplify lists, indexed once for all topics. */
export interface Listing {
  /** When the first page was asked for, ms: what was made later may be missing from it. */
  readonly startedAt: number;
  readonly services: ReadonlyMap<string, ListedResource>;
  readonly instances: ReadonlyMap<string, ListedResource>;
  /** Services that bear none of our names, by title in lower case. */
  readonly othersByTitle: ReadonlyMap<string, readonly ListedResource[]>;
  /** `host:port` that instances of others show, with their titles in lower case. */
  readonly othersByEndpoint: ReadonlyMap<string, readonly string[]>;
}

export function indexListing(
  services: readonly ListedResource[],
  instances: readonly ListedResource[],
  ours: ReadonlySet<string>,
  startedAt: number,
): Listing {
  const othersByTitle = new Map<string, ListedResource[]>();
  const othersByEndpoint = new Map<string, string[]>();
  for (const service of services) {
    if (!ours.has(service.name)) push(othersByTitle, service.title.toLowerCase(), service);
  }
  for (const instance of instances) {
    if (ours.has(instance.name)) continue;
    for (const endpoint of instance.endpoints) push(othersByEndpoint, endpoint, instance.title.toLowerCase());
  }
  const byName = (entries: readonly ListedResource[]) => new Map(entries.map((entry) => [entry.name, entry]));
  return { startedAt, services: byName(services), instances: byName(instances), othersByTitle, othersByEndpoint };
}

function push<T>(index: Map<string, T[]>, key: string, value: T): void {
  const known = index.get(key);
  if (known) known.push(value);
  else index.set(key, [value]);
}

/**
 * What becomes of a row when Amplify was listed whole. What is ours and unknown here is adopted: that is how a lost
 * database comes back without a second service. What we know of and is gone was deleted by a person: it is left alone.
 * @returns undefined when the row stays as it is
 */
export function verifyRow(row: TopicRow, expected: Expected, listing: Listing): TopicRow | undefined {
  const adopted = adopt(row.published, expected, listing);
  if (isGone(row.published.service, listing.services, listing.startedAt)) {
    return hold(row, { kind: "deleted", what: `API service ${expected.serviceName}` });
  }
  if (isGone(row.published.instance, listing.instances, listing.startedAt)) {
    return hold(row, { kind: "deleted", what: `API service instance ${expected.instanceName}` });
  }
  const twin = adopted.service || row.held ? undefined : likelyTwin(expected, listing);
  if (twin !== undefined && twin !== adopted.twin) {
    return hold({ ...row, published: { ...adopted, twin } }, { kind: "twin", service: twin });
  }
  return JSON.stringify(adopted) === JSON.stringify(row.published) ? undefined : { ...row, published: adopted };
}

/** Whether we know of a resource that a list lacks which was begun after we made it. */
export function isGone(
  state: ResourceState | undefined,
  listed: { has(name: string): boolean },
  startedAt: number,
): boolean {
  return state !== undefined && !listed.has(state.name) && (state.madeAt ?? 0) < startedAt;
}

function hold(row: TopicRow, held: NonNullable<TopicRow["held"]>): TopicRow | undefined {
  return JSON.stringify(row.held) === JSON.stringify(held) ? undefined : { ...row, held };
}

function adopt(published: Published, expected: Expected, listing: Listing): Published {
  const service = listing.services.get(expected.serviceName);
  const instance = listing.instances.get(expected.instanceName);
  const shown = instance?.revision;
  return {
    ...published,
    ...(service ? { service: withId(published.service ?? stateOf(service), service) } : {}),
    ...(instance && !published.instance ? { instance: stateOf(instance) } : {}),
    ...(shown !== undefined && !published.revision ? { revision: { name: shown, count: 1 } } : {}),
  };
}

/** As the state was, with the id that is listed. */
function withId(state: ResourceState, { id }: ListedResource): ResourceState {
  return state.id === id || id === undefined ? state : { ...state, id };
}

function stateOf({ name, version, body, details, source }: ListedResource): ResourceState {
  return { name, version, body, details, source, shared: true };
}

/** A service that is not ours with the same title and, among instances that are not ours, the same endpoint under that title. */
function likelyTwin(expected: Expected, listing: Listing): string | undefined {
  const title = expected.title.toLowerCase();
  const [other] = listing.othersByTitle.get(title) ?? [];
  if (!other) return undefined;
  const shown = expected.endpoints.flatMap((endpoint) => listing.othersByEndpoint.get(endpoint) ?? []);
  return shown.some((instance) => instance === title || instance.startsWith(`${title} (`)) ? other.name : undefined;
}
