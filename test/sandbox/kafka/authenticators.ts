import { basicLogin } from "../core/basic.ts";
import type { Authenticate, Caller } from "../core/types.ts";
import { bytes, jettyError } from "./jetty.ts";

/** Where logins are found; a Map is one, and so is anything that looks them up in state of its own. */
export interface Directory<T> {
  get(name: string): T | undefined;
}

export interface User {
  readonly password: string;
  readonly may: Caller["may"];
  /** The password is right, but no role of the user is in `authentication.roles`. */
  readonly hasNoRole?: boolean;
}

export interface TokenOwner {
  /** As the request log shows the caller. */
  readonly name: string;
  readonly may: Caller["may"];
}

export interface ApiKey {
  readonly secret: string;
  readonly may: Caller["may"];
}

/** `authentication.method=NONE`: everybody is the proxy's own principal, which may do `may`. */
export const anyone =
  (may: Caller["may"] = () => true): Authenticate =>
  () => ({ name: "anonymous", may });

/** `authentication.method=BASIC` of rest-utils: 401, 403 `!authorized`, and 500 for credentials that are not Base64. */
export function basicUsers(users: Directory<User>, realm = "KafkaRest"): Authenticate {
  return (request) => {
    const credentials = basicLogin(request);
    if (credentials === "undecodable") return jettyError(request, 500, "Server Error");
    const user = credentials && users.get(credentials.user);
    if (credentials === undefined || user === undefined || user.password !== credentials.password) {
      return jettyError(request, 401, "Unauthorized", { "www-authenticate": `Basic realm="${realm}"` });
    }
    if (user.hasNoRole === true) return jettyError(request, 403, "!authorized");
    return { name: credentials.user, may: user.may };
  };
}

/** `authentication.method=BEARER`, tokens issued by MDS or an identity provider. */
export function bearerTokens(tokens: Directory<TokenOwner>, realm = "KafkaRest"): Authenticate {
  return (request) => {
    const token = /^Bearer +(\S+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
    const owner = token === undefined ? undefined : tokens.get(token);
    if (owner === undefined) {
      return jettyError(request, 401, "Unauthorized", { "www-authenticate": `Bearer realm="${realm}"` });
    }
    return { name: owner.name, may: owner.may };
  };
}

/**
 * A tunnel in front of the server that lets nobody through without exactly these headers, such as the two of an access
 * service token; it answers with a page of its own, not the server's.
 */
export function requiredHeaders(headers: Readonly<Record<string, string>>, behind: Authenticate): Authenticate {
  return (request) => {
    const isLetThrough = Object.entries(headers).every(([name, value]) => request.headers.get(name) === value);
    return isLetThrough ? behind(request) : tunnelPage(request);
  };
}

function tunnelPage(request: Request): Response {
  const { host } = new URL(request.url);
  const text = `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Forbidden</title></head>
<body><h1>Forbidden</h1><p>You don't have permission to view this. Please contact the administrator of ${host}.</p></body>
</html>
`;
  return new Response(bytes(text), { status: 403, headers: { "content-type": "text/html; charset=utf-8" } });
}

/** Confluent Cloud: Basic with a key and its secret. Whatever is wrong, and whatever is accepted, the answer is a page. */
export function cloudApiKeys(keys: Directory<ApiKey>): Authenticate {
  return (request) => {
    const credentials = basicLogin(request);
    if (credentials === undefined || credentials === "undecodable") return cloudUnauthorized(request);
    const key = keys.get(credentials.user);
    if (key === undefined || key.secret !== credentials.password) return cloudUnauthorized(request);
    return { name: credentials.user, may: key.may };
  };
}

/** The page that terraform-provider-confluent's tests hold for a key that is not known yet (read_list_topics_401.html). */
export function cloudUnauthorized(request: Request): Response {
  const text = `<html>
<head>
<meta http-equiv="Content-Type" content="text/html;charset=utf-8"/>
<title>Error 401 Unauthorized</title>
</head>
<body><h2>HTTP ERROR 401 Unauthorized</h2>
<table>
<tr><th>URI:</th><td>${new URL(request.url).pathname.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</td></tr>
<tr><th>STATUS:</th><td>401</td></tr>
<tr><th>MESSAGE:</th><td>Unauthorized</td></tr>
<tr><th>SERVLET:</th><td>default</td></tr>
</table>

</body>
</html>
`;
  return new Response(bytes(text), { status: 401, headers: { "content-type": "text/html;charset=utf-8" } });
}
