import { randomText } from "../core/random.ts";

/** One error as the control plane words it (ccloud-sdk-go-v2 iam/v2, schema `Error`). `status` is a string there. */
export interface Failure {
  readonly status: 400 | 401 | 403 | 404 | 405 | 429;
  readonly code?: string;
  readonly title?: string;
  readonly detail?: string;
  readonly parameter?: string;
}

export const unauthenticated: Failure = { status: 401, detail: "Unauthorized" };

/** What a deleted, a foreign and an unknown resource answer alike (terraform-provider-confluent, fixture `kafka/read_deleted_kafka.json`). */
export const forbidden: Failure = {
  status: 403,
  code: "forbidden_access",
  title: "Forbidden Access",
  detail: "Forbidden Access",
};

export const invalidKey: Failure = { status: 401, detail: "invalid API key" };

export function notFound(code: string, detail: string): Failure {
  return { status: 404, code, title: "Not Found", detail };
}

export function missingParameter(parameter: string): Failure {
  return {
    status: 400,
    code: "invalid_filter",
    title: "Invalid Filter",
    detail: `The parameter '${parameter}' is required`,
    parameter,
  };
}

/** The metrics API's errors have no `source` (ccloud-sdk-go-v2 metrics/v2, `ErrorResponse`). */
export function metricsFailureBody(failure: Failure, random: () => number): object {
  const { status, code, detail } = failure;
  const id = randomText(random, 32, "0123456789abcdef");
  return { errors: [{ id, status: String(status), ...(code === undefined ? {} : { code }), detail }] };
}

export function failureBody(failure: Failure, random: () => number): object {
  const { status, parameter, ...words } = failure;
  return {
    errors: [
      {
        id: randomText(random, 32, "0123456789abcdef"),
        status: String(status),
        ...words,
        source: parameter === undefined ? {} : { parameter },
      },
    ],
  };
}
