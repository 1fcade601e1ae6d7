import { emptied, endless, large, truncated } from "./bodies.ts";
import { takeCaller } from "./caller.ts";
import type { MovableClock } from "./clock.ts";
import type { Fault, Faults } from "./faults.ts";
import type { RequestLog } from "./log.ts";
import { targetOf } from "./target.ts";
import type { SandboxService } from "./types.ts";

/** The connection broke. In a process the request's promise rejects with it; the host destroys the socket. */
export class ConnectionReset extends Error {
  override readonly name = "ConnectionReset";
  constructor() {
    super("The connection was reset.");
  }
}

export interface Surroundings {
  readonly clock: MovableClock;
  readonly log: RequestLog;
  readonly faults: Faults;
  /** Told of what a service threw, and of an act completed late that failed: a defect of the sandbox, never part of a scenario. */
  readonly defect: (error: unknown) => void;
}

/** The service with its requests logged and the scenario's faults applied. Its promise rejects with `ConnectionReset` alone. */
export function wrap(
  service: Pick<SandboxService, "name" | "fetch">,
  surroundings: Surroundings,
): (request: Request) => Promise<Response> {
  const { clock, log, faults } = surroundings;
  return async (request) => {
    const entry = log.open({
      at: clock.now(),
      service: service.name,
      method: request.method,
      path: targetOf(request),
    });
    const own = { milliseconds: 0, caller: undefined as string | undefined };
    async function act(): Promise<Response> {
      const started = performance.now();
      const { response, caller } = takeCaller(await asked(service, request, surroundings));
      own.milliseconds = performance.now() - started;
      own.caller = caller;
      return response;
    }
    const verdict = await faults.decide(service.name, request);
    await clock.wait(verdict.delay);
    try {
      const response = await applied(verdict.fault, act, surroundings);
      entry.answered({ status: response.status, ...own });
      return response;
    } catch (error) {
      entry.answered({ status: 0, ...own });
      throw error;
    }
  };
}

async function asked(
  service: Pick<SandboxService, "name" | "fetch">,
  request: Request,
  surroundings: Surroundings,
): Promise<Response> {
  try {
    return await service.fetch(request);
  } catch (error) {
    surroundings.defect(error);
    return new Response(`The sandbox's service ${service.name} failed: ${String(error)}`, { status: 500 });
  }
}

type Act = () => Promise<Response>;

async function applied(fault: Exclude<Fault, { do: "delay" }> | undefined, act: Act, { clock, defect }: Surroundings) {
  switch (fault?.do) {
    case undefined:
      return await act();
    case "answer":
      return answer(fault.status, fault.headers, fault.body);
    case "reset":
      throw new ConnectionReset();
    case "lose-reply":
      await act();
      throw new ConnectionReset();
    case "act-later":
      clock.wait(fault.ms).then(act).catch(defect);
      throw new ConnectionReset();
    case "redirect":
      return answer(fault.status ?? 307, { location: fault.location }, undefined);
    case "endless-body":
      return endless(fault.headers);
    case "large-body":
      return large(fault.megabytes);
    case "empty-list":
      return await emptied(await act());
    case "truncate":
      return await truncated(await act(), fault.bytes);
  }
}

function answer(status: number, headers: Readonly<Record<string, string>> | undefined, body: string | undefined) {
  const bodiless = status === 204 || status === 304;
  return new Response(bodiless ? null : (body ?? ""), { status, headers: headers ?? {} });
}
