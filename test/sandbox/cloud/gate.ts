import { named } from "../core/caller.ts";
import { randomUuid } from "../core/random.ts";
import type { Caller, SandboxContext } from "../core/types.ts";
import { type Failure, failureBody, invalidKey, unauthenticated } from "./failure.ts";
import { callerOf, presentedKey } from "./keys.ts";
import type { ApiKey, Organization } from "./organization.ts";
import type { Allowance } from "./rate-limit.ts";

/** A request that was let in. */
export interface Visit {
  readonly caller: Caller;
  readonly address: URL;
  readonly request: Request;
}

/** An answer that is not 200 with a body; without a body when that is undefined. */
export class Reply {
  readonly status: number;
  readonly body: object | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, body?: object, headers: Readonly<Record<string, string>> = {}) {
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

export type Answer = object | Failure | Reply;

/** api-keys v2 and role bindings v2 tell nothing of their limits, and no time to wait (ccloud-sdk-go-v2 apikeys/v2, mds/v2). */
const silentOfLimits = /^\/iam\/v2\/(api-keys|role-bindings)(\/|$)/;

/** Login, rate limit and the headers that every answer has. */
export class Gate {
  readonly #context: SandboxContext;
  readonly #organization: Organization;
  readonly #take: (key: ApiKey) => Allowance;

  readonly #body: typeof failureBody;

  /** `body` words the failures, as the control plane does when not given. */
  constructor(
    context: SandboxContext,
    organization: Organization,
    take: (key: ApiKey) => Allowance,
    body: typeof failureBody = failureBody,
  ) {
    this.#body = body;
    this.#context = context;
    this.#organization = organization;
    this.#take = take;
  }

  async pass(request: Request, answer: (visit: Visit) => Answer | Promise<Answer>): Promise<Response> {
    const key = presentedKey(this.#organization, request);
    if (key === undefined) return this.#failure(unauthenticated);
    // Keys of one cluster are no Cloud keys: the control plane and the metrics API refuse them (ccloud-sdk-go-v2 apikeys/v2, info).
    if (key.resource.kind !== "Cloud" && key.resource.kind !== "Global") {
      return named(this.#failure(invalidKey), key.id);
    }
    const address = new URL(request.url);
    const taken = this.#take(key);
    const allowance = silentOfLimits.test(address.pathname) ? undefined : taken;
    if (!taken.allowed) return named(this.#tooMany(allowance), key.id);
    const answered = await answer({ caller: callerOf(this.#organization, key), address, request });
    return named(this.#response(answered, allowance), key.id);
  }

  #response(answered: Answer, allowance: Allowance | undefined): Response {
    if (answered instanceof Reply) {
      const { status, body } = answered;
      const headers = { ...this.#headers(allowance), ...answered.headers };
      return body === undefined ? new Response(null, { status, headers }) : Response.json(body, { status, headers });
    }
    if (isFailure(answered)) return this.#failure(answered, allowance);
    return Response.json(answered, { headers: this.#headers(allowance) });
  }

  #headers(allowance?: Allowance): Record<string, string> {
    return {
      "x-request-id": randomUuid(this.#context.random).replaceAll("-", ""),
      ...(allowance === undefined
        ? {}
        : {
            "x-ratelimit-limit": String(allowance.limit),
            "x-ratelimit-remaining": String(allowance.remaining),
            "x-ratelimit-reset": String(allowance.resetSeconds),
          }),
    };
  }

  #failure(failure: Failure, allowance?: Allowance): Response {
    return Response.json(this.#body(failure, this.#context.random), {
      status: failure.status,
      headers: {
        ...this.#headers(allowance),
        ...(failure.location === undefined ? {} : { location: failure.location }),
        ...(failure.status === 401 ? { "www-authenticate": 'Basic realm="Confluent Cloud"' } : {}),
      },
    });
  }

  /** Without a body (ccloud-sdk-go-v2 iam/v2, 429). */
  #tooMany(allowance: Allowance | undefined): Response {
    const wait = allowance === undefined ? {} : { "retry-after": String(allowance.resetSeconds) };
    const headers = { ...this.#headers(allowance), ...wait };
    return new Response(null, { status: 429, headers });
  }
}

function isFailure(answer: Answer): answer is Failure {
  return "status" in answer && typeof answer.status === "number";
}
