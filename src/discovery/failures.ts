import { type Failure, UpstreamError } from "../http/errors.ts";

/** Failures that concern the one thing that was asked about, and say nothing of the others. */
export function isAboutOne(error: unknown, kinds: readonly Failure["kind"][]): error is UpstreamError {
  return error instanceof UpstreamError && kinds.includes(error.failure.kind);
}
