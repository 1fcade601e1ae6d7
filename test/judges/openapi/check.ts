import { type Document, isNode, member, type Node } from "./document.ts";
import { undocumented } from "./members.ts";
import { findOperation, type Operation } from "./operations.ts";
import { SchemaChecker } from "./schema.ts";
import { type ConfluentService, documentFor } from "./specs.ts";

/** What was sent. */
export interface JudgedRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly target: string;
  readonly headers: Headers;
  /** Empty when there was none. */
  readonly body: string;
}

export interface JudgedResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** Where an exchange leaves the official file. */
export interface Finding {
  readonly service: ConfluentService;
  readonly side: "request" | "response";
  readonly kind: "path" | "method" | "query" | "body" | "member" | "status" | "content-type" | "header";
  /** Method and path as the file writes it, or as it was sent when the file has none. */
  readonly operation: string;
  readonly status: number;
  /** Place in a body, or name of a parameter or header. */
  readonly place: string;
  readonly message: string;
}

type Observation = Pick<Finding, "side" | "kind" | "place" | "message">;

const checkers = new WeakMap<Document, SchemaChecker>();

function checkerOf(document: Document): SchemaChecker {
  const checker = checkers.get(document) ?? new SchemaChecker(document);
  checkers.set(document, checker);
  return checker;
}

/** Everything in which one exchange leaves Confluent's OpenAPI file for its service, known deviations of the real servers included. */
export function checkExchange(
  service: ConfluentService,
  request: JudgedRequest,
  response: JudgedResponse,
): readonly Finding[] {
  const [path = "", query = ""] = request.target.split(/\?(.*)/s);
  const document = documentFor(service, path);
  const found = document === undefined ? "no path" : findOperation(document, request.method, path);
  const finding = (operation: string, observation: Observation): Finding => ({
    service,
    operation,
    status: response.status,
    ...observation,
  });
  if (document === undefined || typeof found === "string") {
    const kind = found === "no method" ? "method" : "path";
    return [finding(`${request.method} ${path}`, { side: "request", kind, place: "", message: "not in the file" })];
  }
  const operation = `${request.method} ${document.prefix}${found.template}`;
  return [
    ...queryFaults(document, found, query),
    ...requestBodyFaults(document, found, request),
    ...responseFaults(document, found, response),
  ].map((observation) => finding(operation, observation));
}

function queryFaults(document: Document, { parameters }: Operation, query: string): Observation[] {
  const known = new Map(
    parameters.filter((parameter) => parameter.in === "query").map((parameter) => [String(parameter.name), parameter]),
  );
  const sent = new URLSearchParams(query);
  const faults: Observation[] = [];
  const fault = (place: string, message: string) => faults.push({ side: "request", kind: "query", place, message });
  for (const [name, parameter] of known) {
    if (parameter.required === true && !sent.has(name)) fault(name, "is required");
  }
  for (const [name, text] of sent) {
    const parameter = known.get(name);
    if (parameter === undefined) {
      fault(name, "is not documented");
      continue;
    }
    const schema = document.resolve(member(parameter, "schema"));
    for (const { message } of checkerOf(document).check(itemSchema(schema), queryValue(text, schema)))
      fault(name, message);
  }
  return faults;
}

/** A list in a query is a repeated parameter: each value is one item. */
function itemSchema(schema: Node): Node {
  return schema.type === "array" ? member(schema, "items") : schema;
}

/** Text of a query as the type that its schema names. */
function queryValue(text: string, { type }: Node): unknown {
  if ((type === "integer" || type === "number") && /^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  if (type === "boolean" && (text === "true" || text === "false")) return text === "true";
  return text;
}

function requestBodyFaults(document: Document, { operation }: Operation, request: JudgedRequest): Observation[] {
  const described = operation.requestBody;
  const side = "request";
  if (!isNode(described)) {
    return request.body === "" ? [] : [{ side, kind: "body", place: "", message: "no body is documented" }];
  }
  const body = document.resolve(described);
  if (request.body === "") {
    return body.required === true ? [{ side, kind: "body", place: "", message: "is required" }] : [];
  }
  const content = contentOf(body, request.headers.get("content-type") ?? "application/json");
  if (content === undefined) return [{ side, kind: "content-type", place: "", message: "is not documented" }];
  return bodyFaults(document, content, request.body, side);
}

function responseFaults(document: Document, { operation }: Operation, response: JudgedResponse): Observation[] {
  const side = "response";
  const described = responseOf(member(operation, "responses"), response.status);
  if (described === undefined) {
    return [{ side, kind: "status", place: String(response.status), message: "is not documented" }];
  }
  const answer = document.resolve(described);
  const faults = headerFaults(document, answer, response.headers);
  if (response.body === "") return faults;
  if (Object.keys(member(answer, "content")).length === 0) {
    return [...faults, { side, kind: "body", place: "", message: "no body is documented" }];
  }
  const type = response.headers.get("content-type");
  const content = type === null ? undefined : contentOf(answer, type);
  if (content === undefined) {
    return [...faults, { side, kind: "content-type", place: type ?? "none", message: "is not documented" }];
  }
  return [...faults, ...bodyFaults(document, content, response.body, side)];
}

function responseOf(responses: Node, status: number): Node | undefined {
  const range = `${Math.floor(status / 100)}XX`;
  const found = responses[String(status)] ?? responses[range] ?? responses[range.toLowerCase()] ?? responses.default;
  return isNode(found) ? found : undefined;
}

function headerFaults(document: Document, answer: Node, sent: Headers): Observation[] {
  return Object.entries(member(answer, "headers")).flatMap(([name, described]) => {
    const schema = isNode(described) ? document.resolve(member(document.resolve(described), "schema")) : {};
    const text = sent.get(name);
    const fault = (message: string): Observation => ({ side: "response", kind: "header", place: name, message });
    if (text === null) return [fault("is missing")];
    return checkerOf(document)
      .check(schema, queryValue(text, schema))
      .map(({ message }) => fault(message));
  });
}

/** The description for a media type, parameters such as `charset` and `qs` apart. */
function contentOf(holder: Node, type: string): Node | undefined {
  const bare = (text: string) => (text.split(";")[0] ?? "").trim().toLowerCase();
  const entry = Object.entries(member(holder, "content")).find(([name]) => bare(name) === bare(type));
  return entry !== undefined && isNode(entry[1]) ? entry[1] : undefined;
}

function bodyFaults(document: Document, content: Node, text: string, side: "request" | "response"): Observation[] {
  const { schema } = content;
  if (!isNode(schema)) return [];
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // A schema of a plain text describes a text.
    value = text;
  }
  return [
    ...checkerOf(document)
      .check(schema, value)
      .map(
        ({ place, keyword, message }): Observation => ({
          side,
          kind: "body",
          place,
          message: `${keyword}: ${message}`,
        }),
      ),
    ...undocumented(document, schema, value).map(
      (place): Observation => ({ side, kind: "member", place, message: "is not documented" }),
    ),
  ];
}
