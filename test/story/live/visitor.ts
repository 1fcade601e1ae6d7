import { memberAt } from "../../sandbox/amplify/json.ts";
import { KafkaClientError } from "../../sandbox/kafka/client-error.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import type { Side } from "../../sandbox/world/demo.ts";
import { OTHER_TOPIC, TOPIC } from "../provisioning/steps.ts";
import { loginOf, Subscriber } from "../provisioning/subscriber.ts";
import { publishedTopics } from "../published.ts";
import { connectionOf } from "../sides.ts";

const TITLE = "Demo shop";

type Waiting = "topic" | "application" | "access" | "credential" | "nothing";

/** A consumer who comes once the topic is published, asks for all that he needs of it at once, and tries what he was given. */
export class Visitor {
  readonly #subscriber: Subscriber;
  readonly #sandbox: Sandbox;
  readonly #tell: (line: string) => void;
  #waiting: Waiting = "topic";

  constructor(side: Side, sandbox: Sandbox, tell: (line: string) => void) {
    this.#subscriber = new Subscriber(side, sandbox, TITLE);
    this.#sandbox = sandbox;
    this.#tell = (line) => tell(`${connectionOf(side)}: ${line}`);
  }

  /** Looks once, and does the next thing when what he waits for is there. */
  look(): void {
    if (this.#waiting === "topic") this.#come();
    else if (this.#waiting !== "nothing" && this.#isAnswered(this.#waiting)) this.#goOn(this.#waiting);
  }

  #come(): void {
    const environment = connectionOf(this.#subscriber.side);
    const { amplify } = this.#sandbox.parts;
    const wasHere = amplify
      .resources("ManagedApplication")
      .some((each) => each.title === TITLE && memberAt(each, ["metadata", "scope", "name"]) === environment);
    if (wasHere) {
      this.#waiting = "nothing";
      this.#tell(`the application ${TITLE} of the last start still has access to ${TOPIC}`);
      return;
    }
    const topics = publishedTopics(amplify, environment);
    const found = topics.find(({ service }) => service["x-agent-details"]?.kafkaTopic === TOPIC);
    if (found?.instances.length !== 1) return;
    this.#subscriber.register();
    this.#subscriber.askForAccess(TOPIC);
    this.#subscriber.askForCredential(TOPIC);
    this.#waiting = "application";
    this.#tell(
      `a consumer registers the application ${TITLE} and asks for access to the topic ${TOPIC} and a credential`,
    );
  }

  #isAnswered(waiting: "application" | "access" | "credential"): boolean {
    return this.#subscriber.market.level(this.#subscriber[waiting]) !== "Pending";
  }

  #goOn(waiting: "application" | "access" | "credential"): void {
    const { market } = this.#subscriber;
    const level = market.level(this.#subscriber[waiting]);
    if (level !== "Success") {
      this.#waiting = "nothing";
      this.#tell(`${TITLE} is answered with ${level}: ${market.reason(this.#subscriber[waiting]) ?? ""}`);
      return;
    }
    if (waiting === "application") {
      this.#waiting = "access";
      this.#tell(`${TITLE} is accepted`);
    } else if (waiting === "access") {
      this.#waiting = "credential";
      this.#tell(`${TITLE} may use ${TOPIC}`);
    } else {
      this.#waiting = "nothing";
      this.#tryOut();
    }
  }

  #tryOut(): void {
    const client = this.#subscriber.login(this.#subscriber.market.revealed(this.#subscriber.credential));
    const group = `${this.#subscriber.prefix}shop`;
    client.produce(TOPIC, 10);
    const read = client.consume(group, TOPIC, 1_000);
    this.#tell(`${TITLE} decrypted its secret, logs in as ${client.principal} and reads ${read} messages of ${TOPIC}`);
    try {
      client.consume(group, OTHER_TOPIC, 1);
      this.#tell(`${TITLE} may read ${OTHER_TOPIC}, which it must not`);
    } catch (error) {
      if (!(error instanceof KafkaClientError)) throw error;
      this.#tell(`${TITLE} tries ${OTHER_TOPIC} and is refused: ${error.code}`);
    }
    this.#stay(group);
  }

  /** From now on it reads what somebody produces, also after a restart. */
  #stay(group: string): void {
    const { side } = this.#subscriber;
    const { user, secret } = loginOf(this.#subscriber.market.revealed(this.#subscriber.credential));
    const { traffic } = this.#sandbox.parts;
    const name = `${side} ${TITLE}`;
    traffic.produce({ name, side, topic: TOPIC, perMinute: 30, unevenness: 0.5 });
    traffic.consume({ name, side, group, topics: [TOPIC], application: TITLE, login: { user, secret } });
    this.#tell(`${TITLE} stays and reads what is produced, some 30 messages a minute`);
  }
}
