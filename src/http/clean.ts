const MOST_LOOKED_AT = 8192;
const MOST_SHOWN = 300;
const HIDDEN = "[…]";
const ADDRESS = "[address]";

/**
 * What a server said, made fit for an operator's eyes: one line of at most 300 characters, an HTML page reduced to its
 * title, and nothing in it that an outsider should not read: addresses inside the customer's network (a real 403 of
 * Kafka REST carries the broker's, in a dump of its request), sessions, credentials. Undefined when nothing is left.
 */
export function cleanDetail(text: string): string | undefined {
  let line = cutRequestDumps(titleOf(text.slice(0, MOST_LOOKED_AT)));
  for (const [pattern, replacement] of RULES) line = line.replace(pattern, replacement);
  line = line.replace(/\s+/g, " ").trim();
  if (line.length > MOST_SHOWN) line = `${line.slice(0, MOST_SHOWN - 1)}…`;
  line = line.toWellFormed();
  return line === "" ? undefined : line;
}

/** In this order: what a later rule would tear apart comes first. Each pattern is linear in the length of the text. */
const RULES: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]+-----[\s\S]*?(?:-----END [A-Z ]+-----|$)/g, HIDDEN],
  // Control characters and those that turn the direction of text.
  [/[\p{Cc}\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]/gu, " "],
  [/\b[a-z][a-z0-9+.-]{1,15}:\/\/[^\s"'<>,)\]]+/gi, ADDRESS],
  [/\b(?:Basic|Bearer|Digest|Negotiate)\s+[\w+/=.~-]{6,}/gi, HIDDEN],
  [/\beyJ[\w-]{8,}\.[\w.-]+/g, HIDDEN],
  [
    /(?<![A-Za-z])((?:[A-Za-z]{1,20}[_.-])?(?:password|passwd|passphrase|pwd|secret|token|authorization|api[_-]?key|credentials?|jaas\.config))(["']?\s*[:=]\s*)(?!\[)(?:"[^"]*"|'[^']*'|[^\s,;&)}\]]+)/gi,
    `$1$2${HIDDEN}`,
  ],
  [/\b(?:session|connectionId|clientAddress|principal)=[^\s,)\]]+/gi, HIDDEN],
  // IPv4, with the host name that Java puts before it, and the port behind it.
  [/(?:(?<![\w.-])[\w.-]+\/|(?<![\d.]))\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?(?![\d.]*\d)/g, ADDRESS],
  // IPv6, in brackets or bare.
  [/\[[0-9a-f.]*:[0-9a-f.]*:[0-9a-f:.]*(?:%\w+)?\](?::\d{1,5})?/gi, ADDRESS],
  [/(?<![\w:])(?:[0-9a-f]{1,4}:){3,7}(?::?[0-9a-f]{1,4})(?![\w:])/gi, ADDRESS],
  [/(?<![0-9a-z:])(?:[0-9a-f]{0,4}:){1,6}:[0-9a-f]{1,4}(?![\w:])/gi, ADDRESS],
  // host:port, but not the hour and minute of a date.
  [/(?<![\w.-])(?!\d{4}-\d\d-\d\dT)(?=[\w.-]*[A-Za-z])[\w.-]+:\d{2,5}(?!\d)/g, ADDRESS],
  // A long run of mixed letters and digits, as the secret of an API key is.
  [/(?<![A-Za-z0-9+/=])(?=[A-Za-z+/]*\d)(?=[a-z\d+/]*[A-Z])(?=[A-Z\d+/]*[a-z])[A-Za-z0-9+/=]{32,}/g, HIDDEN],
];

function titleOf(text: string): string {
  if (!/^\s*(?:<!doctype|<html|<head|<body|<\?xml)/i.test(text)) return text;
  const title = /<title[^>]*>([^<]*)/i.exec(text)?.[1];
  return title ?? "an HTML page without a title";
}

/** `Request Request(processor=…, envelope=Some(Request(…))) needs ALTER permission.`: the parentheses are nested. */
function cutRequestDumps(text: string): string {
  let rest = text;
  let kept = "";
  for (;;) {
    const start = rest.search(/(?:Request )?\bRequest\(/);
    if (start < 0) return kept + rest;
    kept += `${rest.slice(0, start)}The request`;
    rest = rest.slice(closingOf(rest, rest.indexOf("(", start)) + 1);
  }
}

/** Position of the parenthesis that closes the one at `open`; the end of the text when it was cut off before. */
function closingOf(text: string, open: number): number {
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === "(") depth++;
    if (text[i] === ")" && --depth === 0) return i;
  }
  return text.length;
}
