import type { Context } from "hono";
import * as v from "valibot";
import type { Answer, ConnectionApi } from "../src/connection/api.ts";
import { failure } from "./access.ts";
import type { Connections } from "./connections.ts";

const STATUS = { "not-found": 404, conflict: 409, invalid: 422, unavailable: 503 } as const;

export const Limit = v.optional(
  v.pipe(
    v.string(),
    v.regex(/^\d{1,4}$/, "a number from 1 to 1000"),
    v.transform(Number),
    v.minValue(1),
    v.maxValue(1000),
  ),
  "100",
);
/** Of a list by name. */
export const ByKey = v.object({ limit: Limit, after: v.optional(v.string()) });

/** What the connection that the path names answers, or why there is no answer. */
export async function answer<T>(
  context: Context,
  connections: Connections,
  call: (connection: ConnectionApi) => Promise<Answer<T>>,
  success: 200 | 202 = 200,
): Promise<Response> {
  const name = context.req.param("connection") ?? "";
  const connection = connections.get(name);
  if (!connection) {
    const problems = connections.entries.find((entry) => entry.name === name)?.problems ?? [];
    return problems.length > 0
      ? failure(context, 503, "misconfigured", problems.join("; "))
      : failure(context, 404, "not-found", `there is no connection ${JSON.stringify(name)}`);
  }
  const result = await call(connection);
  if (!result.ok) return failure(context, STATUS[result.reason], result.reason, result.message);
  return context.json(result.value as object, success);
}

/** A body of JSON, at most 10 kB; none is `{}`. */
export async function withBody<S extends v.GenericSchema>(
  context: Context,
  schema: S,
  use: (input: v.InferOutput<S>) => Promise<Response>,
): Promise<Response> {
  const text = await context.req.text();
  if (text.length > 10_000) return failure(context, 413, "too-large", "the body is larger than 10 kB");
  try {
    return await withInput(context, schema, text === "" ? {} : JSON.parse(text), use);
  } catch (error) {
    if (error instanceof SyntaxError) return failure(context, 400, "invalid", "the body is not JSON");
    throw error;
  }
}

export function withInput<S extends v.GenericSchema>(
  context: Context,
  schema: S,
  input: unknown,
  use: (input: v.InferOutput<S>) => Promise<Response>,
): Promise<Response> | Response {
  const parsed = v.safeParse(schema, input);
  if (parsed.success) return use(parsed.output);
  const faults = parsed.issues.map((issue) => `${v.getDotPath(issue) ?? "body"}: ${faultOf(issue)}`);
  return failure(context, 422, "invalid", faults.join("; "));
}

function faultOf({ message, type, expected }: v.BaseIssue<unknown>): string {
  if (type === "strict_object") return expected === "never" ? "not known here" : "missing";
  return message;
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** Without the members that are undefined: they do not cross to the object as such. */
export function defined<T extends object>(input: T): Defined<T> {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)) as Defined<T>;
}
