import type { Authenticate, Caller } from "../core/types.ts";

/** The ways in which a Schema Registry recognises who calls. */

const REALM = "SchemaRegistryRealm";

/** Someone who may do everything. */
export function everythingAllowed(name: string): Caller {
  return { name, may: () => true };
}

/** A registry without login: everyone is `anonymous` and may do everything. */
export function noLogin(): Authenticate {
  return () => everythingAllowed("anonymous");
}

export interface RegistryUser {
  readonly password: string;
  /** Whether the user has a role that the server admits; true unless told. */
  readonly admitted?: boolean;
  /** Everything unless told. */
  readonly may?: Caller["may"];
}

/** HTTP Basic as Platform does it (rest-utils, `authentication.method=BASIC`): 401, and 403 for a user without a role. */
export function basicLogin(users: ReadonlyMap<string, RegistryUser>, realm = REALM): Authenticate {
  return (request) => {
    const given = basicCredentials(request);
    const user = given === undefined ? undefined : users.get(given.name);
    if (given === undefined || user === undefined || user.password !== given.password)
      return unauthorized(`Basic realm="${realm}"`);
    if (user.admitted === false) return refusal(403, "!authorized");
    return { name: given.name, may: user.may ?? (() => true) };
  };
}

/**
 * A Bearer token (MDS, OAuth).
 * @param recognise who a token belongs to; undefined for one that is unknown or has expired
 */
export function bearerLogin(
  recognise: (token: string, request: Request) => Caller | undefined,
  realm = REALM,
): Authenticate {
  return (request) => {
    const token = /^Bearer +(.+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
    const caller = token === undefined ? undefined : recognise(token.trim(), request);
    return caller ?? unauthorized(`Bearer realm="${realm}"`);
  };
}

/**
 * A Schema Registry or global API key of Confluent Cloud, as Basic user and password.
 * @param recognise who a key belongs to; undefined for one that is unknown, revoked or not yet known here
 */
export function cloudKeyLogin(recognise: (key: string, secret: string) => Caller | undefined): Authenticate {
  return (request) => {
    const given = basicCredentials(request);
    const caller = given === undefined ? undefined : recognise(given.name, given.password);
    return caller ?? refusal(401, "Unauthorized");
  };
}

/** The first that recognises the caller; else the answer of the first. At least one is needed. */
export function anyLogin(first: Authenticate, ...others: readonly Authenticate[]): Authenticate {
  return (request) => {
    const answer = first(request);
    if (!(answer instanceof Response)) return answer;
    for (const login of others) {
      const other = login(request);
      if (!(other instanceof Response)) return other;
    }
    return answer;
  };
}

/** A tunnel in front that lets through only what carries these headers; all else gets its own 403, which is no JSON. */
export function behindTunnel(required: Readonly<Record<string, string>>, inner: Authenticate): Authenticate {
  return (request) => {
    const admitted = Object.entries(required).every(([name, value]) => request.headers.get(name) === value);
    if (admitted) return inner(request);
    return new Response("<html><body>Forbidden</body></html>", {
      status: 403,
      headers: { "content-type": "text/html" },
    });
  };
}

function basicCredentials(request: Request): { readonly name: string; readonly password: string } | undefined {
  const encoded = /^Basic +(\S+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  if (encoded === undefined) return undefined;
  try {
    const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
    const [, name, password] = /^([^:]*):(.*)$/s.exec(new TextDecoder().decode(bytes)) ?? [];
    return name === undefined || password === undefined ? undefined : { name, password };
  } catch {
    return undefined;
  }
}

function unauthorized(challenge: string): Response {
  const response = refusal(401, "Unauthorized");
  response.headers.set("www-authenticate", challenge);
  return response;
}

/** JSON whatever the Accept header says. */
function refusal(status: number, message: string): Response {
  return new Response(JSON.stringify({ error_code: status, message }), {
    status,
    headers: { "cache-control": "must-revalidate,no-cache,no-store", "content-type": "application/json" },
  });
}
