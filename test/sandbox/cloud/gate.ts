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
export type Answer = object | Failure;
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
    const allowance = this.#take(key);
    if (!allowance.allowed) return named(this.#tooMany(allowance), key.id);
    const address = new URL(request.url);
    const answered = await answer({ caller: callerOf(this.#organization, key), address, request });
    const response = isFailure(answered)
      ? this.#failure(answered, allowance)
      : Response.json(answered, { headers: this.#headers(allowance) });
    return named(response, key.id);
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
        ...(failure.status === 401 ? { "www-authenticate": 'Basic realm="Confluent Cloud"' } : {}),
      },
    });
  }

  /** Without a body (ccloud-sdk-go-v2 iam/v2, 429). */
  #tooMany(allowance: Allowance): Response {
    const headers = { ...this.#headers(allowance), "retry-after": String(allowance.resetSeconds) };
    return new Response(null, { status: 429, headers });
  }
}

function isFailure(answer: Answer): answer is Failure {
  return "status" in answer && typeof answer.status === "number";
}
