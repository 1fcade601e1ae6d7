import * as v from "valibot";
import type { Reply } from "../http/outlet.ts";
import { malformed } from "./api-errors.ts";
import type { CentralOptions } from "./central.ts";
import { askCentral } from "./central.ts";
import type { ResourceEvent } from "./event.ts";
import { isLater, readEvent } from "./event.ts";
import { checkedLink } from "./links.ts";

export type NewestEvent =
  /** `sequence` is undefined while the topic has had no event. */
  | { readonly kind: "newest"; readonly sequence: string | undefined }
  /** There is no such topic: it has to be made. */
  | { readonly kind: "missing" };

export type EventPage =
  | {
      readonly kind: "page";
      /** Oldest first. */
      readonly events: readonly ResourceEvent[];
      /** Where to go on once these are stored: the highest sequence, or the one asked with where there is nothing new. */
      readonly next: string;
      /** Whether the page was full, so that there may be more at once. */
      readonly more: boolean;
    }
  /** Some that were asked for are no longer kept (seven days): go on at `resumeAt`, where told, and list everything anew. */
  | { readonly kind: "gone"; readonly resumeAt: string | undefined }
  | { readonly kind: "missing" };

/** Events of one watch topic by plain HTTPS. Each method makes one request; errors as `askCentral`. */
export interface Events {
  /** The newest sequence, to be read before anything is listed, so that nothing falls between. */
  newest(): Promise<NewestEvent>;
  /** What came after a sequence (int64 in decimal), at most a page. */
  after(sequence: string): Promise<EventPage>;
}

export interface EventsOptions extends CentralOptions {
  /** Self link of the watch topic. */
  readonly topicLink: string;
  /** Events a page, 10 to 100. */
  readonly pageSize: number;
}

/**
 * The events API (agent-sdk pkg/harvester/harvesterclient.go; Amplify docs, integrate-with-watchtopics). Always page 1 of
 * what follows the sequence: pages with a constant start could shift.
 */
export function createEvents(options: EventsOptions): Events {
  const doing = `read the events of the watch topic ${options.topicLink.split("/").at(-1)}`;

  function ask(query: Readonly<Record<string, string>>): Promise<Reply> {
    const path = `/events${checkedLink(options.topicLink)}`;
    return askCentral(options, { method: "GET", path, query, doing, accept: [404, 410] });
  }

  return {
    async newest() {
      const reply = await ask({ pageSize: "1", sort: "sequenceID,DESC" });
      if (reply.status === 404) return { kind: "missing" };
      const events = eventsOf(reply, doing);
      return { kind: "newest", sequence: highest(events) };
    },

    async after(sequence) {
      if (!/^\d{1,19}$/.test(sequence)) throw new TypeError("A sequence is a whole number in decimal");
      const query = { page: "1", pageSize: String(options.pageSize), query: `sequenceID>${sequence}` };
      const reply = await ask({ ...query, sort: "sequenceID,ASC" });
      if (reply.status === 404) return { kind: "missing" };
      if (reply.status === 410) return { kind: "gone", resumeAt: resumePosition(reply) };
      const events = eventsOf(reply, doing);
      const last = highest(events);
      // Without anything to go on from, the same page would come for ever.
      if (events.length > 0 && (last === undefined || !isLater(last, sequence))) throw malformed(reply, doing);
      return { kind: "page", events, next: last ?? sequence, more: events.length >= options.pageSize };
    },
  };
}

function eventsOf(reply: Reply, doing: string): ResourceEvent[] {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), v.array(v.unknown())), exactSequences(reply.text));
  if (reply.status === 410 || !parsed.success) throw malformed(reply, doing);
  return parsed.output.map((value) => {
    const event = readEvent(value);
    if (event === undefined) throw malformed(reply, doing);
    return event;
  });
}

/** Sequences as texts, for a double has only 53 bits. A quote inside a JSON text bears a backslash, so only keys fit. */
function exactSequences(text: string): string {
  return text.replace(/"sequenceID"\s*:\s*(\d+)(?=\s*[,}])/g, '"sequenceID":"$1"');
}

function highest(events: readonly ResourceEvent[]): string | undefined {
  let last: string | undefined;
  for (const { sequence } of events) {
    if (sequence !== undefined && (last === undefined || isLater(sequence, last))) last = sequence;
  }
  return last;
}

function resumePosition(reply: Reply): string | undefined {
  const told = reply.headers.get("x-axway-max-sequence-id")?.trim() ?? "";
  return /^\d{1,19}$/.test(told) ? told : undefined;
}
