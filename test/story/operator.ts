import * as v from "valibot";
import type { Host } from "./hosts/host.ts";

const WorkItem = v.looseObject({
  key: v.string(),
  lane: v.string(),
  due: v.number(),
  dead: v.boolean(),
  reason: v.string(),
  error: v.optional(v.string()),
});
export type WorkItem = v.InferOutput<typeof WorkItem>;

const Topic = v.looseObject({
  name: v.string(),
  decision: v.string(),
  rule: v.string(),
  error: v.optional(v.string()),
  state: v.optional(v.string()),
  service: v.optional(v.string()),
  revision: v.optional(v.string()),
  instance: v.optional(v.string()),
});
export type ShownTopic = v.InferOutput<typeof Topic>;

const Run = v.looseObject({
  kind: v.string(),
  startedAt: v.number(),
  endedAt: v.optional(v.number()),
  result: v.optional(v.unknown()),
});
export type ShownRun = v.InferOutput<typeof Run>;

const Consumption = v.looseObject({
  application: v.string(),
  topic: v.string(),
  /** Whole number as text. */
  messages: v.string(),
});
export type ShownConsumption = v.InferOutput<typeof Consumption>;

const Overview = v.looseObject({
  topics: v.record(v.string(), v.number()),
  work: v.looseObject({ waiting: v.number(), dead: v.number() }),
  problems: v.array(v.looseObject({ what: v.string(), message: v.string() })),
});
export type ShownOverview = v.InferOutput<typeof Overview>;

/** What an operator sees and does over HTTP, with the operator's token. */
export class Operator {
  readonly #fetch: Host["fetch"];
  readonly #headers: Readonly<Record<string, string>>;

  constructor(fetch: Host["fetch"], token: string) {
    this.#fetch = fetch;
    this.#headers = { authorization: `Bearer ${token}` };
  }

  overview(connection: string): Promise<ShownOverview> {
    return this.#get(`/v1/connections/${connection}`, Overview);
  }

  work(connection: string): Promise<readonly WorkItem[]> {
    return this.#all(`/v1/connections/${connection}/work`, "after", WorkItem);
  }

  topics(connection: string): Promise<readonly ShownTopic[]> {
    return this.#all(`/v1/connections/${connection}/topics`, "after", Topic);
  }

  consumption(connection: string): Promise<readonly ShownConsumption[]> {
    return this.#all(`/v1/connections/${connection}/consumption`, "after", Consumption);
  }

  /** The newest runs first, at most a thousand. */
  async runs(connection: string): Promise<readonly ShownRun[]> {
    return (await this.#get(`/v1/connections/${connection}/runs?limit=1000`, v.object({ items: v.array(Run) }))).items;
  }

  async #all<S extends v.GenericSchema>(path: string, parameter: string, schema: S): Promise<v.InferOutput<S>[]> {
    const page = v.object({ items: v.array(schema), next: v.optional(v.string()) });
    const items: v.InferOutput<S>[] = [];
    let after: string | undefined;
    do {
      const query = after === undefined ? "" : `&${parameter}=${encodeURIComponent(after)}`;
      const answer = await this.#get(`${path}?limit=1000${query}`, page);
      items.push(...answer.items);
      after = answer.next;
    } while (after !== undefined);
    return items;
  }

  async #get<S extends v.GenericSchema>(path: string, schema: S): Promise<v.InferOutput<S>> {
    const answer = await this.#fetch(path, { headers: this.#headers });
    const text = await answer.text();
    if (answer.status !== 200) throw new Error(`GET ${path} was answered with ${answer.status}: ${text.slice(0, 500)}`);
    return v.parse(schema, JSON.parse(text));
  }
}
