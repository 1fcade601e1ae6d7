import type { Marketplace } from "../sandbox/amplify/marketplace.ts";
import type { ConsumerKeys } from "../sandbox/amplify/marketplace-secrets.ts";
import type { Item } from "../sandbox/amplify/marketplace-server.ts";
import { connect, type KafkaClient } from "../sandbox/kafka/client.ts";
import type { Side } from "../sandbox/world/demo.ts";
import { cloudIds } from "../sandbox/world/organization.ts";
import { type Rig, unwrap } from "./rig.ts";

/** A consumer of the marketplace with one application, and the people who wait for what it asked for. */
export class Consumer {
  readonly application: Item;
  readonly market: Marketplace;
  readonly #rig: Rig;
  readonly #side: Side;

  constructor(rig: Rig, side: Side, keys: ConsumerKeys) {
    this.#rig = rig;
    this.#side = side;
    this.market = rig.sandbox.parts.marketplace;
    this.application = this.market.application({ environment: rig.config.central.environment, keys });
  }

  /** `replaces`: the access request of another plan that this one takes the place of. */
  async access(topic: string, data: Readonly<Record<string, string>> = {}, replaces?: Item): Promise<Item> {
    const form = { instance: await this.#instance(topic), data };
    return this.market.requestAccess(this.application, replaces === undefined ? form : { ...form, replaces });
  }

  async credential(topic: string, schemaRegistry: "no" | "yes" = "no"): Promise<Item> {
    const instance = await this.#instance(topic);
    return this.market.requestCredential(this.application, { instance, data: { schemaRegistry } });
  }

  /** Reads the latest schema of a subject with what the marketplace shows; the status of the answer. */
  reads(subject: string, shown: Readonly<Record<string, string>>): Promise<number> {
    return this.asksRegistry(`/subjects/${encodeURIComponent(subject)}/versions/latest`, shown);
  }

  async asksRegistry(path: string, shown: Readonly<Record<string, string>>): Promise<number> {
    const { schemaRegistryUrl = "", srKey = "", srSecret = "" } = shown;
    const authorization = `Basic ${btoa(`${srKey}:${srSecret}`)}`;
    const request = new Request(`${schemaRegistryUrl}${path}`, { headers: { authorization } });
    return (await this.#rig.sandbox.fetch(request)).status;
  }

  async #instance(topic: string): Promise<string> {
    const { items } = unwrap(await this.#rig.actor.topics({ limit: 100 }));
    const instance = items.find(({ name }) => name === topic)?.instance;
    if (instance === undefined) throw new Error(`${topic} is not published`);
    return instance;
  }

  /** Logs in to the brokers with what the marketplace shows. */
  login(credential: Item): KafkaClient {
    const shown = this.market.revealed(credential);
    const user = shown.apiKey ?? shown.username ?? "";
    const secret = shown.apiSecret ?? shown.password ?? "";
    return this.loginAs(user, secret);
  }

  loginAs(user: string, secret: string): KafkaClient {
    const { clusters, users, organization } = this.#rig.sandbox.parts;
    if (this.#side === "platform")
      return connect(clusters.platform, (name, word) => users.login(name, word), { user, secret });
    const owner = (id: string, word: string) => {
      const key = organization.login(id, word, cloudIds.cluster);
      return key && `User:${key.owner}`;
    };
    return connect(clusters.cloud, owner, { user, secret });
  }

  /** Wakes until nothing is left to do now. Throws when that takes more than `most` wakes. */
  async served(most = 200): Promise<void> {
    const end = this.#rig.now + 4 * 60_000;
    for (let count = 0; count < most && this.#rig.now < end; count++) {
      if (!(await this.#rig.jump(end))) return;
      await this.#rig.turn();
    }
  }
}
