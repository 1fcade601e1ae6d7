import type { Call, Outlet, Reply } from "../../../src/http/outlet.ts";
import type { Clock, Random } from "../../../src/runtime/ports.ts";

type Answer = Reply | Error | ((call: Call) => Reply | Error | Promise<Reply>);

/** An outlet that records every call and gives the answers in their order; one call too many is an error. */
export class StubOutlet implements Outlet {
  readonly calls: Call[] = [];
  readonly #answers: Answer[];

  constructor(...answers: Answer[]) {
    this.#answers = answers;
  }

  async send(call: Call): Promise<Reply> {
    this.calls.push(call);
    const answer = this.#answers.shift();
    if (answer === undefined) throw new Error(`Not expected: ${call.method} ${call.url}`);
    const reply = typeof answer === "function" ? await answer(call) : answer;
    if (reply instanceof Error) throw reply;
    return reply;
  }

  stream(): never {
    throw new Error("Not expected: a stream");
  }

  /** Method and address of each call so far. */
  get lines(): string[] {
    return this.calls.map((call) => `${call.method} ${call.url}`);
  }

  /** Body of the call at `index`, parsed. */
  bodyOf(index: number): unknown {
    const body = this.calls[index]?.body;
    return typeof body === "string" ? JSON.parse(body) : undefined;
  }
}

export function reply(status: number, body: unknown = "", headers: Record<string, string> = {}): Reply {
  return { status, headers: new Headers(headers), text: typeof body === "string" ? body : JSON.stringify(body) };
}

export class TestClock implements Clock {
  time: number;

  constructor(time = Date.UTC(2026, 10, 23, 9, 0, 0)) {
    this.time = time;
  }

  now(): number {
    return this.time;
  }
}

export function countingRandom(): Random {
  let count = 0;
  return {
    uuid: () => `00000000-0000-4000-8000-${String(++count).padStart(12, "0")}`,
    bytes: (length) => new Uint8Array(length).fill(++count),
    fraction: () => 0.5,
  };
}
