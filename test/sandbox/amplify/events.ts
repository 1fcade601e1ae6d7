import { randomUuid } from "../core/random.ts";
import type { SandboxContext } from "../core/types.ts";
import { payloadOf } from "./event-body.ts";
import type { Json, JsonObject } from "./json.ts";
import { pageOf } from "./listing.ts";
import { Problem } from "./problem.ts";
import type { Resource } from "./resource.ts";
import type { Change } from "./resources.ts";
import { eventTime } from "./time.ts";
import { admits } from "./watch-filter.ts";

/** Events are kept this long (docs integrate-with-watchtopics: seven days). */
const RETENTION = 7 * 24 * 3_600_000;
const DEFAULT_PAGE_SIZE = 100;

interface StoredEvent {
  readonly sequence: number;
  /** ms */
  readonly at: number;
  /** As it is answered, but for the topic. */
  readonly body: JsonObject;
  readonly subresource: string | null;
}

/** One watch topic's log. */
interface Topic {
  readonly id: string;
  readonly selfLink: string;
  filters: readonly Json[];
  readonly events: StoredEvent[];
  /** The highest sequence that was purged, 0 before the first. */
  purged: number;
}

export interface EventLogSnapshot {
  readonly sequence: number;
  readonly topics: readonly Topic[];
}

/** Sequence, no longer kept, that a client asked to go on from; `resumeAt` is the newest one. */
export class Purged extends Error {
  override readonly name = "Purged";
  readonly resumeAt: number;

  constructor(resumeAt: number) {
    super("the sequence has been purged");
    this.resumeAt = resumeAt;
  }
}

/** What happened to the resources, for each watch topic from its creation on, under one sequence that only grows. */
export class EventLog {
  readonly #context: SandboxContext;
  readonly #organization: string;
  #sequence = 1000;
  #topics = new Map<string, Topic>();

  constructor(context: SandboxContext, organization: string) {
    this.#context = context;
    this.#organization = organization;
  }

  record(change: Change, resource: Resource, sub?: string): void {
    if (resource.kind === "WatchTopic") this.#follow(change, resource);
    // The sequence belongs to the organisation and counts what no topic watches too, so a topic sees gaps.
    this.#sequence += 1 + Math.floor(this.#context.random() * 4);
    const at = this.#context.clock.now();
    let event: StoredEvent | undefined;
    for (const topic of this.#topics.values()) {
      if (!topic.filters.some((filter) => admits(filter, change, resource))) continue;
      event ??= {
        sequence: this.#sequence,
        at,
        body: this.#body(change, resource, at),
        subresource: sub ?? null,
      };
      topic.events.push(event);
    }
  }

  /**
   * One page of a topic's events (agent-sdk pkg/harvester/harvesterclient.go): with `query=sequenceID>n` those after n, else
   * all that are kept. Throws `Purged` when some of those asked for are gone, and a 400 for a query or sort it does not know.
   */
  page(selfLink: string, query: URLSearchParams): JsonObject[] {
    const topic = this.#purge(selfLink);
    if (topic === undefined) throw new Problem(404, `there is no watch topic ${selfLink}`);
    const after = sequenceAsked(query);
    if (after !== undefined && after < topic.purged) {
      throw new Purged(Math.max(topic.events.at(-1)?.sequence ?? 0, topic.purged));
    }
    const isDescending = descending(query);
    const { start, size } = pageOf(query, DEFAULT_PAGE_SIZE);
    const found = topic.events.slice(firstAfter(topic.events, after ?? 0));
    if (isDescending) found.reverse();
    return found.slice(start, start + size).map((event) => rendered(event, topic));
  }

  snapshot(): EventLogSnapshot {
    const topics = [...this.#topics.values()].map((topic) => ({ ...topic, events: [...topic.events] }));
    return { sequence: this.#sequence, topics };
  }

  restore(snapshot: EventLogSnapshot): void {
    this.#sequence = snapshot.sequence;
    this.#topics = new Map(snapshot.topics.map((topic) => [topic.selfLink, structuredClone(topic)]));
  }

  #follow(change: Change, resource: Resource): void {
    const { id, selfLink } = resource;
    const filters = Array.isArray(resource.spec.filters) ? resource.spec.filters : [];
    const known = this.#topics.get(selfLink);
    if (change === "ResourceDeleted") this.#topics.delete(selfLink);
    else if (known === undefined) this.#topics.set(selfLink, { id, selfLink, filters, events: [], purged: 0 });
    else known.filters = filters;
  }

  #purge(selfLink: string): Topic | undefined {
    const topic = this.#topics.get(selfLink);
    if (topic === undefined) return undefined;
    const limit = this.#context.clock.now() - RETENTION;
    const kept = topic.events.findIndex(({ at }) => at >= limit);
    const gone = kept === -1 ? topic.events.length : kept;
    topic.purged = topic.events.splice(0, gone).at(-1)?.sequence ?? topic.purged;
    return topic;
  }

  #body(change: Change, resource: Resource, at: number): JsonObject {
    const { random } = this.#context;
    // The tail keeps it unique when the random numbers of a restored sandbox start anew.
    const tail = this.#sequence.toString(16).padStart(12, "0");
    return {
      id: `${randomUuid(random).slice(0, 24)}${tail}`,
      time: eventTime(at),
      version: "v1",
      product: "AmplifyCentral",
      correlationId: randomUuid(random),
      organization: { id: this.#organization },
      type: change,
      payload: payloadOf(resource),
    };
  }
}

function rendered(event: StoredEvent, topic: Topic): JsonObject {
  return {
    ...event.body,
    metadata: {
      watchTopicID: topic.id,
      watchTopicSelfLink: topic.selfLink,
      sequenceID: event.sequence,
      subresource: event.subresource,
    },
  };
}

function sequenceAsked(query: URLSearchParams): number | undefined {
  const text = query.get("query");
  if (text === null || text === "") return undefined;
  const digits = /^sequenceID(?:>|=gt=)(\d+)$/.exec(text)?.[1];
  if (digits === undefined) throw new Problem(400, "query must be sequenceID>n");
  return Number(digits);
}

function descending(query: URLSearchParams): boolean {
  const match = /^sequenceID(?:,(ASC|DESC))?$/.exec(query.get("sort") ?? "sequenceID");
  if (match === null) throw new Problem(400, "sort must be sequenceID, followed by ,ASC or ,DESC");
  return match[1] === "DESC";
}

/** Index of the first event after a sequence; a binary search, since a topic may hold a week of events. */
function firstAfter(events: readonly StoredEvent[], sequence: number): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((events[middle]?.sequence ?? 0) > sequence) high = middle;
    else low = middle + 1;
  }
  return low;
}
