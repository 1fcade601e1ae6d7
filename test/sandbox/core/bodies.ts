import { plainText } from "./text.ts";

/** Bodies as no honest server sends them. */

const megabyte = 2 ** 20;
const piece = 64 * 1024;

/** 200 and an unending JSON array, sent as fast as it is read. */
export function endless(headers: Readonly<Record<string, string>> | undefined): Response {
  const filler = new TextEncoder().encode(`${'{"topic_name":"again"},'.repeat(1024)}`);
  let begun = false;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      controller.enqueue(begun ? filler : new TextEncoder().encode('{"data":['));
      begun = true;
    },
  });
  return new Response(body, { status: 200, headers: { "content-type": "application/json", ...headers } });
}

/** 200 and valid JSON of `megabytes` MB, made while it is read. */
export function large(megabytes: number): Response {
  const head = new TextEncoder().encode('{"data":[],"padding":"');
  const tail = new TextEncoder().encode('"}');
  let left = Math.max(0, Math.round(megabytes * megabyte) - head.length - tail.length);
  let begun = false;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      if (!begun) {
        begun = true;
        controller.enqueue(head);
      } else if (left > 0) {
        const length = Math.min(piece, left);
        left -= length;
        controller.enqueue(new Uint8Array(length).fill(120));
      } else {
        controller.enqueue(tail);
        controller.close();
      }
    },
  });
  return new Response(body, { status: 200, headers: { "content-type": "application/json" } });
}

/** The same answer with no element in its list. An answer that is no list stays as it is. */
export async function emptied(response: Response): Promise<Response> {
  return withText(response, emptiedText(await plainText(response)));
}

function emptiedText(text: string): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return text;
  }
  if (Array.isArray(value)) return "[]";
  if (typeof value === "object" && value !== null && "data" in value && Array.isArray(value.data)) {
    return JSON.stringify({ ...value, data: [] });
  }
  return text;
}

/** The whole length is announced, `bytes` of it (or half) are sent, then the body breaks off. */
export async function truncated(response: Response, bytes: number | undefined): Promise<Response> {
  const whole = new Uint8Array(await response.arrayBuffer());
  const kept = whole.slice(0, Math.min(bytes ?? Math.floor(whole.length / 2), Math.max(0, whole.length - 1)));
  let sent = false;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      if (sent) {
        controller.error(new TypeError("terminated"));
      } else {
        sent = true;
        controller.enqueue(kept);
      }
    },
  });
  const headers = new Headers(response.headers);
  headers.set("content-length", String(whole.length));
  return new Response(body, { status: response.status, headers });
}

function withText(response: Response, text: string): Response {
  const headers = new Headers(response.headers);
  headers.delete("content-length");
  headers.delete("content-encoding");
  return new Response(text, { status: response.status, headers });
}
