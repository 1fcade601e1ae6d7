import * as v from "valibot";
import { type Mechanism, mechanisms } from "./sasl-users.ts";

/** An answer that is no success: `reason` for programs, `message` for people (tools/user-admin/README.md). */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  readonly reason: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, reason: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.headers = headers;
  }
}

const longestBody = 4096;

export interface NewUser {
  readonly mechanism: Mechanism;
  readonly password: string;
}

const members = {
  mechanism: ["unsupported-mechanism", v.picklist(mechanisms)],
  password: ["invalid-password", v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{16,128}$/))],
  iterations: ["invalid-iterations", v.optional(v.pipe(v.number(), v.integer(), v.minValue(4096), v.maxValue(16_384)))],
} as const;

/** The body of a PUT. Throws a Refusal, which repeats no value. */
export async function newUserOf(request: Request): Promise<NewUser> {
  if (!/^application\/json\s*(;|$)/i.test(request.headers.get("content-type") ?? "")) {
    throw new Refusal(415, "unsupported-media-type", "the body of a PUT is application/json");
  }
  const text = await request.text();
  if (new TextEncoder().encode(text).length > longestBody) {
    throw new Refusal(413, "body-too-large", `a body has at most ${longestBody} bytes`);
  }
  const body = v.safeParse(v.record(v.string(), v.unknown()), json(text));
  if (!body.success || Array.isArray(json(text)))
    throw new Refusal(400, "invalid-body", "the body is not a JSON object");
  for (const [name, [reason, schema]] of Object.entries(members)) {
    if (!v.is(schema, body.output[name])) throw new Refusal(400, reason, `${name} is not one that Kafka can keep`);
  }
  const { mechanism, password } = v.parse(
    v.looseObject({ mechanism: members.mechanism[1], password: members.password[1] }),
    body.output,
  );
  return { mechanism, password };
}

/** The name in a path. Throws a Refusal for one that is not of the endpoint's own form. */
export function nameOf(text: string): string {
  if (/^amp-[a-z0-9-]{8,60}$/.test(text)) return text;
  throw new Refusal(400, "invalid-name", "a name is amp- and 8 to 60 of a-z, 0-9 and -; other users are not touched");
}

export function prefixOf(query: URLSearchParams): string {
  const prefix = query.get("prefix") ?? "";
  if (/^[a-z0-9-]{0,64}$/.test(prefix)) return prefix;
  throw new Refusal(400, "invalid-prefix", "a prefix has at most 64 of a-z, 0-9 and -");
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
