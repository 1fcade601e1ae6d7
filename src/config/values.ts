import * as v from "valibot";

/** Schemas of single values. Each message says what was expected and repeats nothing of the value. */

const trimmed = v.pipe(v.string(), v.trim());

/** What Go's `strconv.ParseBool` takes. */
export const BooleanValue = v.pipe(
  trimmed,
  v.regex(/^(?:1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/, "expected true or false"),
  v.transform((text) => /^[1tT]/.test(text)),
);

/** One of the words, in any case. */
export function oneOf<const T extends string>(words: readonly T[]) {
  return v.pipe(
    trimmed,
    v.transform((text) => words.find((word) => word.toLowerCase() === text.toLowerCase())),
    v.custom<T>((word) => word !== undefined, `expected ${words.join(", ")}`),
  );
}

/** Comma-separated words, blanks taken off, empty ones left out. */
export const ListValue = v.pipe(
  v.string(),
  v.transform((text) =>
    text
      .split(",")
      .map((word) => word.trim())
      .filter((word) => word !== ""),
  ),
);

/** What may be sent in a header and holds no blank. */
export const WordValue = v.pipe(
  trimmed,
  v.regex(/^[\x21-\x7e]+$/, "expected text without blanks and special characters"),
);

/**
 * A tenant id. Where YAML has made a float of it (`3.15480851843079e+14`) it is made whole again (agent-sdk
 * `EnsureStringIsNotFloat`).
 */
export const OrganizationValue = v.pipe(
  trimmed,
  v.transform((text) => (/^[\d.]+(?:[eE]\+?\d+)?$/.test(text) && !/^\d+$/.test(text) ? Number(text).toFixed(0) : text)),
  v.regex(/^\d{1,20}$/, "expected the organisation's number, as the platform shows it in the organisation's details"),
);

/** A name of a resource of Amplify. */
export const ResourceNameValue = v.pipe(
  trimmed,
  v.regex(
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
    "expected a logical name: lower-case letters, digits, dashes and dots",
  ),
);

const AN_OBJECT = 'expected a JSON object such as {"name":"value"}';
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Those that the request itself decides on. */
const OWN_HEADERS = ["authorization", "connection", "content-length", "content-type", "host", "transfer-encoding"];

/** A JSON object of header names and values (RFC 9110 5.1, 5.5). */
export const HeadersValue = v.pipe(
  v.string(),
  v.parseJson(undefined, AN_OBJECT),
  v.check((json) => !Array.isArray(json), AN_OBJECT),
  v.record(v.string(), v.string("expected text as each header's value"), AN_OBJECT),
  v.check((headers) => Object.keys(headers).every((name) => HEADER_NAME.test(name)), "expected names of headers"),
  v.check(
    (headers) => Object.keys(headers).every((name) => !OWN_HEADERS.includes(name.toLowerCase())),
    `expected none of ${OWN_HEADERS.join(", ")}; a login has variables of its own`,
  ),
  v.check(
    (headers) => Object.values(headers).every((value) => /^[\x20-\x7e\t]*$/.test(value)),
    "expected headers' values in one line of plain characters",
  ),
);

/** One or two tokens, the current and the previous one, separated by a blank. */
export const TokensValue = v.pipe(
  v.string(),
  v.transform((text) => text.split(/\s+/).filter((token) => token !== "")),
  v.check((tokens) => tokens.every((token) => /^[\x21-\x7e]+$/.test(token)), "expected plain characters"),
  v.maxLength(2, "expected at most two values, the current and the previous one, separated by a blank"),
);

const SERVER = /^(?:([A-Z_]+):\/\/)?((?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):\d{1,5})$/;

/** Bootstrap servers: `host:port`, with a security protocol in front if one likes. */
export const ServersValue = v.pipe(
  ListValue,
  v.minLength(1, "expected host:port, separated by commas"),
  v.check(
    (servers) => servers.every((server) => SERVER.test(server)),
    "expected host:port, separated by commas, such as broker-1.example:9092",
  ),
  v.transform((servers) =>
    servers.map((server) => {
      const [, protocol, address = ""] = SERVER.exec(server) ?? [];
      return { protocol, address };
    }),
  ),
);

/** `@Secret.<name>.<key>`; the name ends at the first dot, the key may have dots (agent-sdk `secretResolver.go`). */
export const SecretReferenceValue = v.pipe(
  trimmed,
  v.regex(/^@Secret\.[^.]+\..+$/, "expected @Secret.<name of the secret>.<key>"),
  v.transform((text) => {
    const [, secret = "", key = ""] = /^@Secret\.([^.]+)\.(.+)$/.exec(text) ?? [];
    return { secret, key };
  }),
);
