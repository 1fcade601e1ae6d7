import type { Authenticate } from "./types.ts";

/**
 * How a service tells the request log who called: by this response header, which the sandbox removes before the answer
 * leaves. It is one for all services, whatever they are written with.
 */
export const callerHeader = "x-sandbox-caller";

/**
 * For services that are handed their `authenticate`: remembers whom it recognised in a request, and puts the name on the
 * answer. Returns the two to be used instead of the originals.
 */
export function reportingCaller(authenticate: Authenticate): {
  authenticate: Authenticate;
  report(request: Request, response: Response): Response;
} {
  const callers = new WeakMap<Request, string>();
  return {
    authenticate: (request) => {
      const caller = authenticate(request);
      if (!(caller instanceof Response)) callers.set(request, caller.name);
      return caller;
    },
    report: (request, response) => {
      const name = callers.get(request);
      return name === undefined ? response : named(response, name);
    },
  };
}

/** The answer with its caller's name. Names are encoded, for a user may have any characters. */
export function named(response: Response, caller: string): Response {
  const headers = new Headers(response.headers);
  headers.set(callerHeader, encodeURIComponent(caller));
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}

/** Takes the name off an answer. */
export function takeCaller(response: Response): { response: Response; caller: string | undefined } {
  const encoded = response.headers.get(callerHeader);
  if (encoded === null) return { response, caller: undefined };
  const headers = new Headers(response.headers);
  headers.delete(callerHeader);
  return {
    response: new Response(response.body, { status: response.status, statusText: response.statusText, headers }),
    caller: decoded(encoded),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
