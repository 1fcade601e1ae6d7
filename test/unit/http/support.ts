import { createOutlet, type OutletOptions } from "../../../src/http/create-outlet.ts";
import { UpstreamError } from "../../../src/http/errors.ts";
import type { Call, Outlet } from "../../../src/http/outlet.ts";
import type { Http } from "../../../src/runtime/ports.ts";

export const HOST = "kafka.acme.example:8082";

export function call(more: Partial<Call> = {}): Call {
  return { upstream: "kafka", method: "GET", url: `https://${HOST}/v3/clusters`, timeoutMs: 5000, ...more };
}

export interface World {
  readonly outlet: Outlet;
  /** What the far side saw. */
  readonly requests: Request[];
  /** Moves the clock that the outlet reads. */
  now: number;
}

export function outletOver(http: Http, more: Partial<OutletOptions> = {}): World {
  const requests: Request[] = [];
  const world = { requests, now: 1_000_000 };
  const outlet = createOutlet({
    http: (request) => {
      requests.push(request);
      return http(request);
    },
    clock: { now: () => world.now },
    random: { uuid: () => "", bytes: (length) => new Uint8Array(length), fraction: () => 0.5 },
    allowHost: (url) => url.hostname.endsWith(".example"),
    ...more,
  });
  return Object.assign(world, { outlet });
}

/** The error that a promise ends with; fails when it does not end with one of ours. */
export async function failureFrom(promise: Promise<unknown>): Promise<UpstreamError> {
  try {
    await promise;
  } catch (thrown) {
    if (thrown instanceof UpstreamError) return thrown;
    throw thrown;
  }
  throw new Error("it did not fail");
}

/** A body of the given pieces, made one at a time as they are asked for; `cancelled` is told when the reader gives up. */
export function bodyOf(
  pieces: Iterable<Uint8Array<ArrayBuffer>>,
  cancelled: () => void = () => undefined,
): ReadableStream<Uint8Array> {
  const iterator = pieces[Symbol.iterator]();
  return new ReadableStream(
    {
      pull(controller) {
        const next = iterator.next();
        if (next.done) controller.close();
        else controller.enqueue(next.value);
      },
      cancel: cancelled,
    },
    { highWaterMark: 0 },
  );
}

export function* repeat(piece: Uint8Array<ArrayBuffer>, times: number): Generator<Uint8Array<ArrayBuffer>> {
  for (let i = 0; i < times; i++) yield piece;
}

export function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
