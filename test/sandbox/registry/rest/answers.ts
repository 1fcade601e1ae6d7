import { RegistryError } from "../errors.ts";

/** The default answer type; asked for in the two others, it is given in those. */
export const MEDIA_TYPES = [
  "application/vnd.schemaregistry.v1+json",
  "application/vnd.schemaregistry+json",
  "application/json",
] as const;
const REQUEST_TYPES: readonly string[] = [...MEDIA_TYPES, "application/octet-stream"];

/** An answer of the HTTP layer. Those before a resource was found carry no Content-Type. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly status: number;
  readonly isBeforeResource: boolean;

  constructor(status: number, message: string, isBeforeResource = false) {
    super(message);
    this.status = status;
    this.isBeforeResource = isBeforeResource;
  }
}

/** An unknown path. */
export const noSuchPath = () => new HttpError(404, "HTTP 404 Not Found", true);
/** A known path with text where a number belongs. */
export const notANumber = () => new HttpError(404, "HTTP 404 Not Found");
export const wrongMethod = () => new HttpError(405, "HTTP 405 Method Not Allowed", true);
export const notAcceptable = () => new HttpError(406, "HTTP 406 Not Acceptable", true);
export const unsupportedType = () => new HttpError(415, "HTTP 415 Unsupported Media Type");

/** The type to answer in, by the `Accept` header; undefined when none of ours will do. */
export function negotiate(accept: string | null): string | undefined {
  if (accept === null || accept.trim() === "") return MEDIA_TYPES[0];
  const ranges = accept.split(",").map(parseRange);
  const scored = MEDIA_TYPES.map((type) => ({
    type,
    quality: Math.max(0, ...ranges.map((range) => range.qualityOf(type))),
  }));
  // Of equally welcome ones the first, which is the server's own preference.
  const best = scored.reduce((a, b) => (b.quality > a.quality ? b : a));
  return best.quality > 0 ? best.type : undefined;
}

function parseRange(text: string): { qualityOf(type: string): number } {
  const [range = "", ...parameters] = text.split(";").map((part) => part.trim().toLowerCase());
  const q = parameters.find((parameter) => parameter.startsWith("q="));
  const quality = q === undefined ? 1 : Number(q.slice(2)) || 0;
  const matches = (type: string) => range === "*/*" || range === "application/*" || range === type;
  return { qualityOf: (type) => (matches(type) ? quality : 0) };
}

/** A body without a Content-Type is taken. */
export function acceptsBody(contentType: string | null): boolean {
  const type = contentType?.split(";")[0]?.trim().toLowerCase() ?? "";
  return type === "" || REQUEST_TYPES.includes(type);
}

const encoder = new TextEncoder();

/** Text goes out as it is, everything else as JSON. */
export function answer(status: number, type: string | undefined, body: unknown): Response {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  // Bytes, since a string would get a Content-Type of its own.
  const bytes = encoder.encode(text);
  const headers = new Headers({ "content-length": String(bytes.length) });
  if (type !== undefined) headers.set("content-type", type);
  return new Response(bytes, { status, headers });
}

/** An array that is written while it is sent, element by element. */
export function streamed(type: string, items: Iterable<unknown>): Response {
  const iterator = items[Symbol.iterator]();
  let written = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const next = iterator.next();
      if (next.done !== true) {
        controller.enqueue(encoder.encode(`${written++ === 0 ? "[" : ","}${JSON.stringify(next.value)}`));
        return;
      }
      controller.enqueue(encoder.encode(written === 0 ? "[]" : "]"));
      controller.close();
    },
  });
  return new Response(body, { headers: { "content-type": type } });
}

/** `{error_code, message}`; an error of none of the known kinds is thrown on. */
export function answerError(error: unknown, type: string): Response {
  if (error instanceof RegistryError)
    return answer(error.status, type, { error_code: error.code, message: error.message });
  if (error instanceof HttpError) {
    return answer(error.status, error.isBeforeResource ? undefined : type, {
      error_code: error.status,
      message: error.message,
    });
  }
  throw error;
}
