import asyncapi from "@asyncapi/specs/schemas/3.0.0.json" with { type: "json" };
import { Ajv, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import { documentOf, type PublishedTopic } from "../published.ts";

let compiled: ValidateFunction | undefined;

/** AsyncAPI's own schema, by another validator than the worker's. */
function validator(): ValidateFunction {
  if (compiled) return compiled;
  const { "http://json-schema.org/draft-07/schema": _builtIn, ...definitions } = asyncapi.definitions;
  const ajv = new Ajv({ strict: false, allErrors: false });
  // Its default export is CommonJS's, which types see as a module.
  (addFormats as unknown as (ajv: Ajv) => void)(ajv);
  compiled = ajv.compile({ ...asyncapi, definitions });
  return compiled;
}

/** What is wrong with a revision's document; `[]` when it is valid. */
export function documentFaults(revision: PublishedTopic["revisions"][number]): string[] {
  if (revision.spec.definition.type !== "asyncapi") return [`its type is ${revision.spec.definition.type}`];
  let document: unknown;
  try {
    document = JSON.parse(documentOf(revision));
  } catch {
    return ["it is not JSON"];
  }
  const validate = validator();
  if (validate(document)) return [];
  const [error] = validate.errors ?? [];
  return [`${error?.instancePath ?? ""}: ${error?.message ?? "invalid"}`];
}
