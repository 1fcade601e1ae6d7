import { targetOf } from "./target.ts";

/**
 * The scenario language: steps in plain JSON, so that a test in the same process and one behind the control service
 * write the same. A step says which requests it means and what becomes of them.
 */
export interface FaultStep {
  /** Shown in lists, and what `remove` takes. */
  readonly name: string;
  readonly when: FaultMatch;
  readonly fault: Fault;
}

interface FaultMatch {
  /** Name of a service; any when absent. */
  readonly service?: string;
  readonly method?: string;
  /**
   * Path pattern, compared with the path as sent: `*` stands for anything but a slash, `**` for anything. It is compared with
   * path and query when it has a `?`, otherwise with the path alone. Any path when absent.
   */
  readonly path?: string;
  /** Regular expression that the body's text must match. */
  readonly body?: string;
  /** Which of the calls that match so far; all of them when absent. Counted from 1 for each step on its own. */
  readonly calls?: { readonly nth: number } | { readonly first: number } | { readonly every: number };
}

export type Fault =
  /** Answers without asking the service. */
  | {
      readonly do: "answer";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** Waits `ms` of the sandbox's clock and goes on; other steps still apply. */
  | { readonly do: "delay"; readonly ms: number }
  /** The service acts, its answer is lost: the connection is reset. */
  | { readonly do: "lose-reply" }
  /** The connection is reset before the service has seen the request. */
  | { readonly do: "reset" }
  /** The connection is reset at once, and the service acts `ms` later (at most 30,000). */
  | { readonly do: "act-later"; readonly ms: number }
  /** 200 and a body that goes on until the client hangs up. */
  | { readonly do: "endless-body"; readonly headers?: Readonly<Record<string, string>> }
  /** The service's answer, cut after `bytes` (half of it when absent) although its length promised more. */
  | { readonly do: "truncate"; readonly bytes?: number }
  /** 200 and a body of that many MB (2^20 bytes): a JSON text with one long string. */
  | { readonly do: "large-body"; readonly megabytes: number }
  /** The service's answer with its list emptied: a bare array, or the member `data`. */
  | { readonly do: "empty-list" }
  | { readonly do: "redirect"; readonly location: string; readonly status?: number };

const latestAct = 30_000;

interface Counting {
  readonly step: FaultStep;
  readonly path: RegExp | undefined;
  readonly body: RegExp | undefined;
  calls: number;
  fired: number;
}

export interface Verdict {
  /** Sum of the delays that apply, ms. */
  readonly delay: number;
  /** The first step in the order of adding that applies, delays apart. */
  readonly fault: Exclude<Fault, { do: "delay" }> | undefined;
}

/** The steps in force. Every step counts every request that it matches, also those that another step answered. */
export class Faults {
  #steps: Counting[] = [];

  /** Throws a RangeError for a step that cannot mean anything, and when the name is taken. */
  add(step: FaultStep): void {
    check(step);
    if (this.#steps.some((counting) => counting.step.name === step.name)) {
      throw new RangeError(`There is a step "${step.name}" already.`);
    }
    this.#steps.push({
      step,
      path: step.when.path === undefined ? undefined : pathPattern(step.when.path),
      body: step.when.body === undefined ? undefined : new RegExp(step.when.body),
      calls: 0,
      fired: 0,
    });
  }

  /** Whether there was a step of that name. */
  remove(name: string): boolean {
    const before = this.#steps.length;
    this.#steps = this.#steps.filter((counting) => counting.step.name !== name);
    return this.#steps.length < before;
  }

  clear(): void {
    this.#steps = [];
  }

  /** With how many calls each step has matched, and on how many of them it was applied. */
  list(): readonly (FaultStep & { calls: number; fired: number })[] {
    return this.#steps.map(({ step, calls, fired }) => ({ ...step, calls, fired }));
  }

  /** What becomes of a request. The body is read, from a copy, only when a step asks for it. */
  async decide(service: string, request: Request): Promise<Verdict> {
    let delay = 0;
    let fault: Verdict["fault"];
    const text = await this.#bodyFor(request);
    for (const counting of this.#steps) {
      if (!matches(counting, service, request, text)) continue;
      counting.calls += 1;
      if (!itsTurn(counting)) continue;
      if (counting.step.fault.do === "delay") {
        counting.fired += 1;
        delay += counting.step.fault.ms;
      } else if (fault === undefined) {
        counting.fired += 1;
        fault = counting.step.fault;
      }
    }
    return { delay, fault };
  }

  async #bodyFor(request: Request): Promise<string> {
    return this.#steps.some((counting) => counting.body !== undefined) ? await request.clone().text() : "";
  }
}

function matches(counting: Counting, service: string, request: Request, body: string): boolean {
  const when = counting.step.when;
  if (when.service !== undefined && when.service !== service) return false;
  if (when.method !== undefined && when.method.toUpperCase() !== request.method) return false;
  if (counting.path !== undefined) {
    const target = targetOf(request);
    const compared = when.path?.includes("?") ? target : (target.split("?")[0] ?? target);
    if (!counting.path.test(compared)) return false;
  }
  return counting.body === undefined || counting.body.test(body);
}

function itsTurn({ step, calls }: Counting): boolean {
  const turn = step.when.calls;
  if (turn === undefined) return true;
  if ("nth" in turn) return calls === turn.nth;
  if ("first" in turn) return calls <= turn.first;
  return calls % turn.every === 0;
}

function pathPattern(pattern: string): RegExp {
  const source = pattern
    .split("**")
    .map((part) => part.split("*").map(escaped).join("[^/?]*"))
    .join(".*");
  return new RegExp(`^${source}$`);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

function check(step: FaultStep): void {
  const turn = step.when.calls;
  const count = turn === undefined ? 1 : "nth" in turn ? turn.nth : "first" in turn ? turn.first : turn.every;
  if (!Number.isInteger(count) || count < 1) throw new RangeError(`Step "${step.name}": calls count from 1.`);
  const { fault } = step;
  if ((fault.do === "delay" || fault.do === "act-later") && !(fault.ms >= 0)) {
    throw new RangeError(`Step "${step.name}": ms must be 0 or more.`);
  }
  if (fault.do === "act-later" && fault.ms > latestAct) {
    throw new RangeError(`Step "${step.name}": an act is completed at most ${latestAct} ms late.`);
  }
}

/** Steps that many tests want, to be put into a step's `fault`. */
export const answers = {
  /** 429; without `Retry-After` when `seconds` is not given, as Kafka REST answers. */
  tooManyRequests: (seconds?: number): Fault => ({
    do: "answer",
    status: 429,
    headers: seconds === undefined ? {} : { "retry-after": String(seconds) },
    body: "",
  }),
  /** What a load balancer says. */
  badGateway: (): Fault => ({
    do: "answer",
    status: 502,
    headers: { "content-type": "text/html" },
    body: "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>",
  }),
  serverError: (): Fault => ({
    do: "answer",
    status: 500,
    headers: { "content-type": "application/json" },
    body: '{"error_code":500,"message":"Internal Server Error"}',
  }),
  unauthorized: (): Fault => ({
    do: "answer",
    status: 401,
    headers: { "content-type": "application/json" },
    body: '{"error_code":401,"message":"Unauthorized"}',
  }),
} as const;
