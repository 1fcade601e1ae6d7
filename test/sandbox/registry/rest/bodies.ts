import * as v from "valibot";
import type { ConfigUpdate } from "../settings.ts";
import type { SchemaInput, SchemaMetadata } from "../types.ts";
import { HttpError } from "./answers.ts";

/** As Jackson takes a scalar for a text. */
const text = v.pipe(v.union([v.string(), v.number(), v.boolean()]), v.transform(String));

const metadata = v.looseObject({
  tags: v.nullish(v.record(v.string(), v.array(v.string()))),
  properties: v.nullish(v.record(v.string(), text)),
  sensitive: v.nullish(v.array(v.string())),
});
const rules = v.record(v.string(), v.unknown());

const registration = v.looseObject({
  schemaType: v.nullish(text),
  schema: v.nullish(text),
  references: v.nullish(
    v.array(v.looseObject({ name: v.string(), subject: v.string(), version: v.pipe(v.number(), v.integer()) })),
  ),
  metadata: v.nullish(metadata),
  ruleSet: v.nullish(rules),
});

const config = v.looseObject({
  alias: v.nullish(text),
  normalize: v.nullish(v.boolean()),
  compatibility: v.nullish(text),
  compatibilityGroup: v.nullish(text),
  defaultMetadata: v.nullish(metadata),
  overrideMetadata: v.nullish(metadata),
  defaultRuleSet: v.nullish(rules),
  overrideRuleSet: v.nullish(rules),
});

const mode = v.looseObject({ mode: v.nullish(text) });

const association = v.looseObject({
  resourceName: v.string(),
  resourceNamespace: v.string(),
  resourceId: v.string(),
  resourceType: v.optional(v.string(), "topic"),
  associations: v.array(
    v.looseObject({
      subject: v.string(),
      associationType: v.optional(v.string(), "value"),
      lifecycle: v.optional(v.picklist(["STRONG", "WEAK"]), "STRONG"),
    }),
  ),
});

/**
 * The body of a registration or look-up; members that nobody knows are left out. 400 for what is no JSON or of another
 * shape, 422 for none.
 * @param parameter how the server's message calls what is missing, e.g. `register.request`
 */
export async function readRegistration(request: Request, parameter: string): Promise<SchemaInput> {
  const body = await read(request, registration, parameter);
  return {
    ...(body.schemaType ? { schemaType: body.schemaType } : {}),
    ...(body.schema ? { schema: body.schema } : {}),
    references: (body.references ?? []).map(({ name, subject, version }) => ({ name, subject, version })),
    ...(body.metadata ? { metadata: metadataOf(body.metadata) } : {}),
    ...(body.ruleSet ? { ruleSet: body.ruleSet } : {}),
  };
}

export async function readConfig(request: Request): Promise<ConfigUpdate> {
  const body = await read(request, config, "updateConfig.request");
  const { alias, normalize, compatibility, compatibilityGroup, defaultRuleSet, overrideRuleSet } = body;
  return {
    ...(typeof alias === "string" ? { alias } : {}),
    ...(typeof normalize === "boolean" ? { normalize } : {}),
    ...(typeof compatibility === "string" ? { compatibility } : {}),
    ...(typeof compatibilityGroup === "string" ? { compatibilityGroup } : {}),
    ...(body.defaultMetadata ? { defaultMetadata: metadataOf(body.defaultMetadata) } : {}),
    ...(body.overrideMetadata ? { overrideMetadata: metadataOf(body.overrideMetadata) } : {}),
    ...(defaultRuleSet ? { defaultRuleSet } : {}),
    ...(overrideRuleSet ? { overrideRuleSet } : {}),
  };
}

/** The word that was sent, whatever it is; "" for none. */
export async function readMode(request: Request): Promise<string> {
  return (await read(request, mode, "updateMode.request")).mode ?? "";
}

export async function readAssociation(request: Request) {
  const { resourceName, resourceNamespace, resourceId, resourceType, associations } = await read(
    request,
    association,
    "createAssociation.request",
  );
  return {
    resourceName,
    resourceNamespace,
    resourceId,
    resourceType,
    associations: associations.map(({ subject, associationType, lifecycle }) => ({
      subject,
      associationType,
      lifecycle,
    })),
  };
}

function metadataOf({ tags, properties, sensitive }: v.InferOutput<typeof metadata>): SchemaMetadata {
  return { ...(tags ? { tags } : {}), ...(properties ? { properties } : {}), ...(sensitive ? { sensitive } : {}) };
}

async function read<Schema extends v.GenericSchema>(
  request: Request,
  schema: Schema,
  parameter: string,
): Promise<v.InferOutput<Schema>> {
  const body = await request.text();
  if (body.trim() === "") throw new HttpError(422, `${parameter} must not be null (was null)`);
  const json = parse(body);
  if (json === null) throw new HttpError(422, `${parameter} must not be null (was null)`);
  if (Array.isArray(json))
    throw new HttpError(400, "Cannot deserialize value from Array value (token `JsonToken.START_ARRAY`)");
  const result = v.safeParse(schema, json);
  if (result.success) return result.output;
  const [{ message }] = result.issues;
  throw new HttpError(400, `Cannot deserialize value: ${message}`);
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new HttpError(400, error instanceof Error ? error.message : "Unexpected end-of-input");
  }
}
