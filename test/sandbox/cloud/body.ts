import * as v from "valibot";
import { type Failure, invalid, malformed } from "./failure.ts";

/** The body of a request by its schema; a 400 when it is no JSON, a 422 with a pointer to the first member that is wrong. */
export async function bodyOf<const S extends v.GenericSchema>(
  request: Request,
  schema: S,
): Promise<{ readonly value: v.InferOutput<S> } | { readonly failure: Failure }> {
  let json: unknown;
  try {
    json = await request.json();
  } catch {
    return { failure: malformed };
  }
  const parsed = v.safeParse(schema, json);
  if (parsed.success) return { value: parsed.output };
  const [issue] = parsed.issues;
  const pointer = `/${(v.getDotPath(issue) ?? "").replaceAll(".", "/")}`;
  return { failure: invalid(pointer, `${pointer.slice(1)}: ${issue.message}`) };
}
