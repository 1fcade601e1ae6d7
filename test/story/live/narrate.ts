import type { Sandbox } from "../../sandbox/sandbox.ts";
import type { Side } from "../../sandbox/world/demo.ts";
import { amplifyRequests, confluentRequests } from "../counts.ts";
import type { Operator, ShownOverview, ShownTopic } from "../operator.ts";
import { connectionOf } from "../sides.ts";

/** Follows one connection and says in plain words what it finds and does. */
export class Narrator {
  readonly #side: Side;
  readonly #sandbox: Sandbox;
  readonly #operator: Operator;
  readonly #tell: (line: string) => void;
  /** Place in the sandbox's log up to which requests were told. */
  #toldUntil = 0;
  #lastRun = 0;
  readonly #startedAt: number;
  #published = -1;
  #problems = "";
  #atRest = false;

  constructor(side: Side, sandbox: Sandbox, operator: Operator, tell: (line: string) => void) {
    this.#side = side;
    this.#sandbox = sandbox;
    this.#operator = operator;
    this.#startedAt = sandbox.clock.now();
    this.#tell = (line) => tell(`${connectionOf(side)}: ${line}`);
  }

  /** Looks once, and tells what is new. */
  async look(): Promise<void> {
    const connection = connectionOf(this.#side);
    const overview = await this.#operator.overview(connection);
    this.#tellProblems(overview);
    const [run] = (await this.#operator.runs(connection)).filter(
      ({ kind, endedAt }) => kind === "discovery" && endedAt,
    );
    const isNew = run !== undefined && run.startedAt > this.#lastRun;
    if (isNew && this.#lastRun === 0) await this.#tellTopics(connection, run.startedAt);
    if (isNew) {
      this.#lastRun = run.startedAt;
      this.#atRest = run.startedAt < this.#startedAt;
    }
    if (this.#lastRun > 0) await this.#tellProgress(connection, overview);
  }

  async #tellTopics(connection: string, discoveredAt: number): Promise<void> {
    const topics = await this.#operator.topics(connection);
    if (discoveredAt >= this.#startedAt) for (const line of found(topics)) this.#tell(line);
    else this.#tell(`knows ${topics.length} topics of the last start and looks again every five minutes`);
  }

  async #tellProgress(connection: string, { topics }: ShownOverview): Promise<void> {
    const { published = 0, eligible = 0 } = topics;
    const work = await this.#operator.work(connection);
    const waits = work.some(({ key, dead }) => !dead && /^(topic|badges):/.test(key));
    if (published !== this.#published && waits) this.#tell(`${published} of ${eligible} topics are published`);
    this.#published = published;
    if (waits) this.#atRest = false;
    if (waits || this.#atRest) return;
    this.#atRest = true;
    const requests = this.#sandbox.log.after(this.#toldUntil);
    this.#toldUntil = requests.at(-1)?.sequence ?? this.#toldUntil;
    const amplify = amplifyRequests(requests, this.#side).length;
    const confluent = confluentRequests(requests, this.#side).length;
    const did = amplify === 0 ? "nothing changed" : "done";
    this.#tell(
      `${did}, ${published} of ${eligible} topics are published; it took ${amplify} requests to Amplify and ${confluent} to Confluent`,
    );
  }

  #tellProblems({ problems }: ShownOverview): void {
    const text = problems.map(({ what, message }) => `${what}: ${message}`).join("; ");
    if (text !== this.#problems && text !== "") this.#tell(`problem: ${text}`);
    this.#problems = text;
  }
}

/** What the first look found, and what was left out by which rule. */
function found(topics: readonly ShownTopic[]): string[] {
  const eligible = topics.filter(({ decision }) => decision === "eligible");
  const failed = topics.filter(({ decision }) => decision === "error");
  const left = topics.filter(({ decision }) => decision === "filtered" || decision === "internal");
  const rules = [...new Set(left.map(ruleOf))];
  return [
    `found ${topics.length} topics, ${eligible.length} of them to be published: ${names(eligible)}`,
    ...rules.map((rule) => `left out by ${rule}: ${names(left.filter((topic) => ruleOf(topic) === rule))}`),
    ...failed.map(({ name, error }) => `cannot be published: ${name}, ${error ?? "no reason was given"}`),
  ];
}

function ruleOf({ decision, rule }: ShownTopic): string {
  return decision === "filtered" ? `KAFKA_FILTER, ${rule}` : `the rule ${rule}`;
}

const MOST_NAMES = 8;
const LONGEST_NAME = 60;

function names(topics: readonly ShownTopic[]): string {
  const shown = topics
    .slice(0, MOST_NAMES)
    .map(({ name }) => (name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1)}…` : name));
  const rest = topics.length - shown.length;
  return `${shown.join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}
