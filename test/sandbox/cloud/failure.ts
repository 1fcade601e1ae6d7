import { randomText } from "../core/random.ts";

/** One error as the control plane words it (ccloud-sdk-go-v2 iam/v2, schema `Error`). `status` is a string there. */
export interface Failure {
  readonly status: 400 | 401 | 402 | 403 | 404 | 405 | 409 | 422 | 429;
  readonly code?: string;
  readonly title?: string;
  readonly detail?: string;
  readonly parameter?: string;
  /** JSON pointer to the member of the body that is wrong. */
  readonly pointer?: string;
  /** Of a 409: where the resource is that stands in the way. */
  readonly location?: string;
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

/** Something is wrong with a member of the body; `pointer` as `/display_name`. */
export function invalid(pointer: string, detail: string): Failure {
  return { status: 422, code: "invalid_request", title: "Invalid Request", detail, pointer };
}

export const malformed: Failure = {
  status: 400,
  code: "bad_request",
  title: "Bad Request",
  detail: "The request body is not valid JSON",
};

export const methodNotAllowed: Failure = { status: 405, title: "Method Not Allowed", detail: "Method Not Allowed" };

/** `location` is the address of the resource that is there already (ccloud-sdk-go-v2 iam/v2, 409). */
export function alreadyExists(detail: string, location: string): Failure {
  return { status: 409, code: "resource_already_exists", title: "Resource Already Exists", detail, location };
}

export function quotaExceeded(quota: string, limit: number): Failure {
  const detail = `The quota ${quota} of ${limit} is used up`;
  return { status: 402, code: "quota_exceeded", title: "Quota Exceeded", detail };
}

/** The metrics API's errors have no `source` (ccloud-sdk-go-v2 metrics/v2, `ErrorResponse`). */
export function metricsFailureBody(failure: Failure, random: () => number): object {
  const { status, code, detail } = failure;
  const id = randomText(random, 32, "0123456789abcdef");
  return { errors: [{ id, status: String(status), ...(code === undefined ? {} : { code }), detail }] };
}

export function failureBody(failure: Failure, random: () => number): object {
  const { status, parameter, pointer, location: _location, ...words } = failure;
  return {
    errors: [
      {
        id: randomText(random, 32, "0123456789abcdef"),
        status: String(status),
        ...words,
        source: { ...(parameter === undefined ? {} : { parameter }), ...(pointer === undefined ? {} : { pointer }) },
      },
    ],
  };
}
