const TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  410: "Gone",
  413: "Payload Too Large",
  415: "Unsupported Media Type",
  428: "Precondition Required",
  429: "Too Many Requests",
};

/** A request that the API server refuses; `details` has one line for each thing that is wrong. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly status: number;
  readonly details: readonly string[];

  constructor(status: number, ...details: readonly string[]) {
    super(`${status}: ${details.join("; ")}`);
    this.status = status;
    this.details = details;
  }
}

/** The error body of every Amplify API: `{"errors":[{status,title,detail,meta}]}` (agent-sdk pkg/apic/definitions.go). */
export function problemResponse(problem: Problem, headers: Record<string, string> = {}): Response {
  const errors = problem.details.map((detail) => ({
    status: problem.status,
    title: TITLES[problem.status] ?? "Error",
    detail,
    meta: {},
  }));
  return Response.json({ errors }, { status: problem.status, headers });
}
