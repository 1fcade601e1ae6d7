import type { Rig } from "./rig.ts";
import { dumpRows } from "./rows.ts";
import { type Found, type Secrets, tablesAsText } from "./secret-search.ts";
import type { Wire } from "./secret-wire.ts";
import { type Route, type Surface, textOfAnswer } from "./surface.ts";

/** Everywhere that a secret could come to light, as texts collected in the course of a story. */
export class Channels {
  readonly #rig: Rig;
  readonly #surface: Surface;
  readonly #wire: Wire;
  readonly #texts = new Map<string, Set<string>>();

  constructor(rig: Rig, surface: Surface, wire: Wire) {
    this.#rig = rig;
    this.#surface = surface;
    this.#wire = wire;
  }

  /** What stands there now without being asked for: rows, log lines, and what was written in Amplify and Confluent. */
  look(): void {
    for (const [table, text] of tablesAsText(dumpRows(this.#rig.runtime.ports.sql))) this.#keep(`table ${table}`, text);
    for (const line of this.#rig.logged.splice(0)) this.#keep("log", line);
    const { amplify, organization, users, clusters } = this.#rig.sandbox.parts;
    const { resources } = amplify.snapshot() as { resources: readonly { readonly kind: string }[] };
    for (const resource of resources) {
      // Where Amplify keeps what a webhook shows, and what @Secret refers to.
      if (resource.kind !== "Secret") this.#keep(`Amplify ${resource.kind}`, JSON.stringify(resource));
    }
    for (const owner of organization.owners.values()) this.#keep("Confluent labels", JSON.stringify(owner));
    for (const { secret: _, ...key } of organization.keys.values()) this.#keep("Confluent labels", JSON.stringify(key));
    this.#keep("Confluent labels", JSON.stringify([organization.roleBindings.all(), users.all()]));
    for (const { acls } of Object.values(clusters)) this.#keep("Confluent labels", JSON.stringify(acls.all()));
  }

  /** Every answer of every route that `fits`; the statuses by route. */
  async ask(fits: (route: Route) => boolean): Promise<ReadonlyMap<string, readonly number[]>> {
    const statuses = new Map<string, readonly number[]>();
    for (const route of this.#surface.routes.filter(fits)) {
      const answers = await this.#surface.ask(route);
      const name = `${route.method} ${route.path}`;
      for (const answer of answers) this.#keep(name, await textOfAnswer(answer));
      statuses.set(
        name,
        answers.map(({ status }) => status),
      );
    }
    this.look();
    return statuses;
  }

  /** What each channel has said so far. */
  get texts(): ReadonlyMap<string, string> {
    const own = [...this.#texts].map(([channel, texts]) => [channel, [...texts].join("\n")] as const);
    const sent = [...this.#wire.sent].map(([what, text]) => [`sent ${what}`, text] as const);
    return new Map([...own, ...sent]);
  }

  /** The channels in which any of the secrets came to light. */
  leaks(secrets: Secrets): Readonly<Record<string, readonly Found[]>> {
    const found = [...this.texts].map(([channel, text]) => [channel, secrets.in(text)] as const);
    return Object.fromEntries(found.filter(([, leaks]) => leaks.length > 0));
  }

  #keep(channel: string, text: string): void {
    const texts = this.#texts.get(channel) ?? new Set();
    for (const line of text.split("\n")) texts.add(line);
    this.#texts.set(channel, texts);
  }
}
