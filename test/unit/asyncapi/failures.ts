import { type BuildFailure, DocumentError } from "../../../src/asyncapi/failure.ts";

/** The tagged failure that `work` throws; anything else it throws, or its success, fails the test. */
export async function failureOf(work: () => unknown): Promise<BuildFailure> {
  try {
    await work();
  } catch (error) {
    if (error instanceof DocumentError) return error.failure;
    throw error;
  }
  throw new Error("expected a DocumentError");
}
