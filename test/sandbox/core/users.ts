import { basicLogin } from "./basic.ts";
import { permits, type Rights } from "./permissions.ts";
import type { Authenticate } from "./types.ts";

/** Somebody who may log in to a Confluent Platform service. */
export interface PlatformUser {
  readonly name: string;
  readonly password: string;
  /** A Bearer token that means the same user, as MDS or an identity provider would have issued. */
  readonly token?: string;
  /** False: logs in, but holds none of `authentication.roles`. */
  readonly role: boolean;
  readonly rights: Rights;
}

export interface PlatformLogin {
  /** `KafkaRest` and `SchemaRegistry-Props` in Confluent's own configurations. */
  readonly realm: string;
  /** REST Proxy answers in Jetty's shape, by `Accept`; Schema Registry with an `error_code`. */
  readonly answers: "jetty" | "registry";
  /** Headers that a tunnel in front of the service asks for; it redirects to its login page without them. */
  readonly tunnel?: Readonly<Record<string, string>>;
  readonly users: () => Iterable<PlatformUser>;
}

/** BASIC (and BEARER) of rest-utils as REST Proxy and Schema Registry 8.5 answer it. */
export function platformLogin(login: PlatformLogin): Authenticate {
  return (request) => {
    if (!throughTunnel(login, request)) {
      return new Response(null, { status: 302, headers: { location: "https://login.tunnel.example/" } });
    }
    const user = loggedIn(login, request);
    if (user === "undecodable") return refused(login, request, 500, "Server Error");
    if (user === undefined) return refused(login, request, 401, "Unauthorized");
    if (!user.role) return refused(login, request, 403, "!authorized");
    return { name: user.name, may: (operation, resource) => permits(user.rights, operation, resource) };
  };
}

function loggedIn({ users }: PlatformLogin, request: Request): PlatformUser | "undecodable" | undefined {
  const basic = basicLogin(request);
  if (basic === "undecodable") return basic;
  const token = /^bearer (.+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  const known = (user: PlatformUser) =>
    basic === undefined ? token !== undefined && token === user.token : fits(user, basic);
  return [...users()].find(known);
}

function fits(user: PlatformUser, basic: { user: string; password: string }): boolean {
  return user.name === basic.user && user.password === basic.password;
}

function throughTunnel({ tunnel = {} }: PlatformLogin, request: Request): boolean {
  return Object.entries(tunnel).every(([name, value]) => request.headers.get(name) === value);
}

function refused(login: PlatformLogin, request: Request, status: 401 | 403 | 500, message: string): Response {
  const headers = {
    ...(status === 401 ? { "www-authenticate": `Basic realm="${login.realm}"` } : {}),
    "cache-control": "must-revalidate,no-cache,no-store",
  };
  if (login.answers === "registry") {
    return Response.json({ error_code: status, message }, { status, headers });
  }
  if ((request.headers.get("accept") ?? "").includes("application/json")) {
    return Response.json({ message, url: request.url, status: String(status) }, { status, headers });
  }
  const page = jettyPage(status, message, request.url);
  return new Response(page, { status, headers: { ...headers, "content-type": "text/html;charset=iso-8859-1" } });
}

/** The error page of Jetty, as REST Proxy 8.5 sends it to a client without `Accept: application/json`. */
function jettyPage(status: number, message: string, uri: string): string {
  const row = (name: string, value: string) => `<tr><th>${name}:</th><td>${escaped(value)}</td></tr>`;
  return [
    "<html>",
    "<head>",
    '<meta http-equiv="Content-Type" content="text/html;charset=ISO-8859-1"/>',
    `<title>Error ${status} ${escaped(message)}</title>`,
    "</head>",
    "<body>",
    `<h2>HTTP ERROR ${status} ${escaped(message)}</h2>`,
    "<table>",
    row("URI", uri),
    row("STATUS", String(status)),
    row("MESSAGE", message),
    "</table>",
    "",
    "</body>",
    "</html>",
    "",
  ].join("\n");
}

function escaped(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}
