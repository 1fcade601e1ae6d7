import type { Sandbox } from "../../sandbox/sandbox.ts";
import type { Side } from "../../sandbox/world/demo.ts";
import type { Operator } from "../operator.ts";
import { publishedTopics } from "../published.ts";
import { connectionOf } from "../sides.ts";

const EVERY_MS = 60_000;

/** Tells now and then what applications have read, how much of it is counted, and how much Amplify has accepted. */
export class Counter {
  readonly #side: Side;
  readonly #sandbox: Sandbox;
  readonly #operator: Operator;
  readonly #tell: (line: string) => void;
  #lookedAt = 0;
  #told = "";

  constructor(side: Side, sandbox: Sandbox, operator: Operator, tell: (line: string) => void) {
    this.#side = side;
    this.#sandbox = sandbox;
    this.#operator = operator;
    this.#tell = (line) => tell(`${connectionOf(side)}: ${line}`);
  }

  /** Looks once a minute, and tells what is new. */
  async look(): Promise<void> {
    if (Date.now() - this.#lookedAt < EVERY_MS) return;
    this.#lookedAt = Date.now();
    const { traffic, ingestion, amplify } = this.#sandbox.parts;
    const read = sum(
      traffic.truth().filter(({ side }) => side === this.#side),
      ({ advanced }) => advanced,
    );
    if (read === 0) return;
    const environment = connectionOf(this.#side);
    const counted = sum(await this.#operator.consumption(environment), ({ messages }) => Number(messages));
    const own = new Set(
      publishedTopics(amplify, environment).map(({ service }) => service["x-agent-details"]?.externalAPIID ?? ""),
    );
    const accepted = sum(
      ingestion.accepted().filter(({ api }) => own.has(api)),
      ({ transactions }) => transactions,
    );
    const line = `applications have read ${read} messages; ${counted} of them are counted, ${accepted} accepted by Amplify`;
    if (line !== this.#told) this.#tell(line);
    this.#told = line;
  }
}

function sum<T>(rows: readonly T[], numberOf: (row: T) => number): number {
  return rows.reduce((all, row) => all + numberOf(row), 0);
}
