import { consumerKeys } from "../../sandbox/amplify/marketplace-secrets.ts";
import type { Item } from "../../sandbox/amplify/marketplace-server.ts";
import { connect, type KafkaClient } from "../../sandbox/kafka/client.ts";
import { brokerLogin } from "../../sandbox/logins.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import type { Side } from "../../sandbox/world/demo.ts";
import { publishedTopics } from "../published.ts";
import { connectionOf, sides } from "../sides.ts";

export type Shown = Readonly<Record<string, string>>;

/** One consumer of the marketplace with an application of its own, and what its people do with what they are given. */
export class Subscriber {
  readonly side: Side;
  readonly #sandbox: Sandbox;
  readonly #title: string;
  #application: Item | undefined;
  #access: Item | undefined;
  #credential: Item | undefined;
  /** Of the same application, for somebody else in it. */
  #other: Item | undefined;

  constructor(side: Side, sandbox: Sandbox, title = "Consumer application") {
    this.side = side;
    this.#sandbox = sandbox;
    this.#title = title;
  }

  get market() {
    return this.#sandbox.parts.marketplace;
  }

  get application(): Item {
    return made(this.#application, "application");
  }

  get access(): Item {
    return made(this.#access, "access request");
  }

  get credential(): Item {
    return made(this.#credential, "credential");
  }

  get other(): Item {
    return made(this.#other, "second credential");
  }

  /** Everything that it asked for and that is still there. */
  get items(): readonly Item[] {
    const asked = [this.#application, this.#access, this.#credential, this.#other];
    return asked.flatMap((item) => (item && this.market.isThere(item) ? [item] : []));
  }

  register(): void {
    // Each has a pair of its own, which only the marketplace's side can open.
    const keys = consumerKeys(4096, sides.indexOf(this.side));
    this.#application = this.market.application({ environment: connectionOf(this.side), title: this.#title, keys });
  }

  askForAccess(topic: string): void {
    const data = { operations: "both", transactional: "yes" };
    this.#access = this.market.requestAccess(this.application, { instance: this.#instance(topic), data });
  }

  askForCredential(topic: string): void {
    this.#credential = this.#newCredential(topic);
  }

  askForAnother(topic: string): void {
    this.#other = this.#newCredential(topic);
  }

  #newCredential(topic: string): Item {
    const data = { schemaRegistry: "yes" };
    return this.market.requestCredential(this.application, { instance: this.#instance(topic), data });
  }

  #instance(topic: string): string {
    const topics = publishedTopics(this.#sandbox.parts.amplify, connectionOf(this.side));
    const found = topics.find(({ service }) => service["x-agent-details"]?.kafkaTopic === topic);
    return made(found?.instances[0]?.name, `instance of ${topic}`);
  }

  /** Logs in to the brokers with what the marketplace showed. */
  login(shown: Shown): KafkaClient {
    const { parts } = this.#sandbox;
    return connect(parts.clusters[this.side], brokerLogin(parts, this.side), loginOf(shown));
  }

  /** Before its consumer groups and transactional ids. */
  get prefix(): string {
    return this.market.accessData(this.access).groupPrefix ?? "";
  }

  /** Status with which the registry answers who reads the newest schema of a subject. */
  async readSchema(shown: Shown, subject: string): Promise<number> {
    const { addresses } = this.#sandbox;
    const url = this.side === "cloud" ? addresses.cloudRegistry : addresses.platformRegistry;
    const login = `${shown.srKey ?? shown.username ?? ""}:${shown.srSecret ?? shown.password ?? ""}`;
    const answer = await this.#sandbox.fetch(
      new Request(`${url}/subjects/${subject}/versions/latest`, {
        headers: { Authorization: `Basic ${Buffer.from(login).toString("base64")}` },
      }),
    );
    await answer.body?.cancel();
    return answer.status;
  }

  /** Whoever and whatever Confluent holds on this side that one can log in with or that gives rights. */
  holdings(): readonly string[] {
    const { clusters, users, organization } = this.#sandbox.parts;
    const acls = clusters[this.side].acls.all().map((acl) => JSON.stringify(acl));
    if (this.side === "platform") return [...acls, ...users.snapshot().users.map(({ name }) => `user ${name}`)].sort();
    return [
      ...acls,
      ...[...organization.owners.keys()].map((id) => `account ${id}`),
      ...[...organization.keys.keys()].map((id) => `key ${id}`),
      ...organization.roleBindings.all().map(({ id }) => `role binding ${id}`),
    ].sort();
  }
}

/** What the brokers are logged in to with. */
export function loginOf(shown: Shown): { readonly user: string; readonly secret: string } {
  return { user: shown.apiKey ?? shown.username ?? "", secret: shown.apiSecret ?? shown.password ?? "" };
}

function made<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`there is no ${what}`);
  return value;
}
