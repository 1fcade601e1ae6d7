import { targetOf } from "./target.ts";
import { plainText } from "./text.ts";

/** One exchange as it went over the wire, for judges; logins are left out. */
export interface Observed {
  readonly service: string;
  readonly request: {
    readonly method: string;
    /** Path and query as sent. */
    readonly target: string;
    readonly headers: Headers;
    readonly body: string;
  };
  readonly response: {
    readonly status: number;
    readonly headers: Headers;
    /** Uncompressed. */
    readonly body: string;
  };
}

export type Observer = (observed: Observed) => void;

/** The service with everything it is asked and answers told to an observer; bodies are copied while somebody looks, and only then. */
export function observed(
  service: string,
  fetch: (request: Request) => Promise<Response>,
  observer: () => Observer | undefined,
): (request: Request) => Promise<Response> {
  return async (request) => {
    const look = observer();
    if (look === undefined) return await fetch(request);
    const headers = new Headers(request.headers);
    headers.delete("authorization");
    const asked = { method: request.method, target: targetOf(request), headers, body: await request.clone().text() };
    const response = await fetch(request);
    const body = await plainText(response.clone());
    look({
      service,
      request: asked,
      response: { status: response.status, headers: new Headers(response.headers), body },
    });
    return response;
  };
}
