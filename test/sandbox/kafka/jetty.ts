/** Answers of the HTTP server in front of the application: its error pages, and what it refuses before any routing (Jetty 12). */

const CACHE = { "cache-control": "must-revalidate,no-cache,no-store" };

interface Page {
  readonly status: number;
  /** Reason as the server words it, e.g. `Unauthorized`, `!authorized`. */
  readonly message: string;
  readonly uri: string;
}

/**
 * An error of the HTTP layer. With `Accept: application/json` it is an object whose `status` is text and that has no
 * `error_code`; any other client gets a page.
 */
export function jettyError(
  request: Request,
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const uri = request.url;
  if (!(request.headers.get("accept") ?? "").includes("application/json")) {
    return htmlError({ status, message, uri }, headers);
  }
  return new Response(bytes(JSON.stringify({ message, url: uri, status: String(status) })), {
    status,
    headers: { ...CACHE, ...headers, "content-type": "application/json" },
  });
}

/** The same as a page, whatever the client accepts. */
function htmlError(page: Page, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(bytes(html(page)), {
    status: page.status,
    headers: { ...CACHE, ...headers, "content-type": "text/html;charset=iso-8859-1" },
  });
}

function html({ status, message, uri }: Page): string {
  const reason = escaped(message);
  return [
    "<html>",
    "<head>",
    '<meta http-equiv="Content-Type" content="text/html;charset=ISO-8859-1"/>',
    `<title>Error ${status} ${reason}</title>`,
    "</head>",
    "<body>",
    `<h2>HTTP ERROR ${status} ${reason}</h2>`,
    "<table>",
    `<tr><th>URI:</th><td>${escaped(uri)}</td></tr>`,
    `<tr><th>STATUS:</th><td>${status}</td></tr>`,
    `<tr><th>MESSAGE:</th><td>${reason}</td></tr>`,
    "</table>",
    "",
    "</body>",
    "</html>",
    "",
  ].join("\n");
}

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** Bytes in place of text: a text body would be given a Content-Type, and some answers have none. */
export const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

/** `requestHeaderSize`, bytes. */
const MOST_HEADER_BYTES = 8192;

/** What is refused by the look of the request line and headers alone; undefined for a request that may go on. */
export function refusedBeforeRouting(path: string, query: string, headers: Headers): Response | undefined {
  if (path.length + query.length > MOST_HEADER_BYTES) return badMessage(414, "URI Too Long");
  if (!isDecodable(path)) return badMessage(400, "Bad Request");
  if (/\/\/|^\/;/.test(path)) {
    return htmlError({ status: 400, message: "Ambiguous URI empty segment", uri: "/badURI" }, { connection: "close" });
  }
  if (headerBytes(headers) + path.length + query.length > MOST_HEADER_BYTES) {
    return htmlError({ status: 431, message: "Request Header Fields Too Large", uri: path }, { connection: "close" });
  }
  return undefined;
}

const badMessage = (status: number, message: string): Response => htmlError({ status, message, uri: "/badMessage" });

function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

function headerBytes(headers: Headers): number {
  let sum = 0;
  for (const [name, value] of headers) sum += name.length + value.length + 4;
  return sum;
}
