import { UpstreamError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { cancelBody } from "./exchange.ts";
import { nameOf } from "./names.ts";
import type { Upstream } from "./outlet.ts";

/** The body as text. Past `maxBytes`, announced or seen (unpacked), the rest is not read and the exchange fails as too large. */
export async function readText(
  exchange: Exchange,
  response: Response,
  upstream: Upstream,
  maxBytes: number,
): Promise<string> {
  if (Number(response.headers.get("content-length")) > maxBytes) {
    cancelBody(response);
    throw exchange.fail(tooLarge(upstream, maxBytes));
  }
  if (response.body === null) {
    exchange.end();
    return "";
  }
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const piece = await exchange.read(reader);
    if (piece === undefined) return text + decoder.decode();
    if (exchange.bytes > maxBytes) {
      reader.cancel().catch(() => undefined);
      throw exchange.fail(tooLarge(upstream, maxBytes));
    }
    text += decoder.decode(piece, { stream: true });
  }
}

/** The body as a stream that asks for a piece only when its reader wants one, and ends the exchange with its last byte or when cancelled. */
export function guard(exchange: Exchange, response: Response): ReadableStream<Uint8Array> {
  const reader = response.body?.getReader();
  if (reader === undefined) exchange.end();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const piece = reader === undefined ? undefined : await exchange.read(reader);
        if (piece === undefined) controller.close();
        else controller.enqueue(piece);
      },
      async cancel() {
        exchange.end();
        // A body that already broke has nothing left to cancel.
        await reader?.cancel().catch(() => undefined);
      },
    },
    { highWaterMark: 0 },
  );
}

function tooLarge(upstream: Upstream, limitBytes: number): UpstreamError {
  const message = `${nameOf(upstream)} sent an answer of more than ${limitBytes} bytes, which is not read to its end.`;
  return new UpstreamError(upstream, { kind: "too-large", limitBytes }, message);
}
