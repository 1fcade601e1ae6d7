import type { Failure } from "./errors.ts";
import { UpstreamError } from "./errors.ts";
import { networkFailure } from "./failures.ts";
import { nameOf } from "./names.ts";
import type { Upstream } from "./outlet.ts";

/** How one exchange ended: with its whole body, given up by the reader, or failed. */
export interface Ending {
  readonly bytes: number;
  readonly failure?: Failure["kind"] | undefined;
}

/**
 * One request under way: its clock runs from the start of the request to the last byte of the body, and `ended` is told
 * exactly once, whatever happens: body read, body cancelled, failure, time over though nobody reads.
 */
export class Exchange {
  readonly signal: AbortSignal;
  readonly #upstream: Upstream;
  readonly #host: string;
  readonly #timeoutMs: number;
  readonly #ended: (ending: Ending) => void;
  readonly #abort = new AbortController();
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #late: Promise<never>;
  #isOver = false;
  #bytes = 0;

  constructor(upstream: Upstream, host: string, timeoutMs: number, ended: (ending: Ending) => void) {
    this.#upstream = upstream;
    this.#host = host;
    this.#timeoutMs = timeoutMs;
    this.#ended = ended;
    this.signal = this.#abort.signal;
    const { promise, reject } = Promise.withResolvers<never>();
    this.#late = promise;
    // Nobody may be waiting when the time is over.
    promise.catch(() => undefined);
    this.#timer = setTimeout(() => reject(this.fail(this.#timedOut())), Math.min(timeoutMs, 2 ** 31 - 1));
  }

  /** The answer's head. An answer that comes too late is dropped with its body. */
  async head(answer: Promise<Response>): Promise<Response> {
    try {
      const response = await Promise.race([answer, this.#late]);
      return response;
    } catch (thrown) {
      answer.then(cancelBody, () => undefined);
      throw this.#explain(thrown);
    }
  }

  /** The next piece of the body, undefined at its end. */
  async read(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array | undefined> {
    try {
      const piece = await Promise.race([reader.read(), this.#late]);
      if (piece.done) {
        this.end();
        return undefined;
      }
      this.#bytes += piece.value.byteLength;
      return piece.value;
    } catch (thrown) {
      const failure = this.#explain(thrown);
      reader.cancel().catch(() => undefined);
      throw failure;
    }
  }

  /** The exchange went as far as it was wanted. */
  end(): void {
    this.#close(undefined);
  }

  /** Ends the exchange with a failure, which closes the connection, and returns it. */
  fail(failure: UpstreamError): UpstreamError {
    this.#close(failure.failure.kind);
    this.#abort.abort(failure);
    return failure;
  }

  get bytes(): number {
    return this.#bytes;
  }

  #explain(thrown: unknown): UpstreamError {
    return thrown instanceof UpstreamError ? thrown : this.fail(networkFailure(this.#upstream, this.#host, thrown));
  }

  #timedOut(): UpstreamError {
    const message = `${nameOf(this.#upstream)} at ${this.#host} had not answered wholly after ${this.#timeoutMs} ms.`;
    return new UpstreamError(this.#upstream, { kind: "timeout" }, message);
  }

  #close(failure: Failure["kind"] | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#ended({ bytes: this.#bytes, failure });
  }
}

/** Tells the other side that nothing more of this answer is wanted, so that its connection is free again. */
export function cancelBody(response: Response): void {
  response.body?.cancel().catch(() => undefined);
}
