import * as v from "valibot";
import { isObject, type JsonObject } from "./json.ts";

const optionalText = v.nullish(v.string());
// Not looseObject: that takes a list too.
const object = v.custom<unknown>(isObject, "is not an object");
const schemaHolder = v.looseObject({ schema: object });

/** Types of definition that the registry takes (agent-sdk pkg/apic/definitions.go). */
const DEFINITION_TYPES = [
  ...["asyncapi", "oas2", "oas3", "wsdl", "protobuf", "graphql-sdl", "mcp", "a2a", "RAML", "unstructured"],
];

const base64 = v.pipe(
  v.string(),
  v.minLength(1, "is empty"),
  v.check((text) => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text), "is not base64"),
);

const icon = v.nullish(v.pipe(object, v.looseObject({ contentType: optionalText, data: optionalText })));

const endpoint = v.looseObject({
  host: v.pipe(v.string(), v.minLength(1, "is empty")),
  port: v.nullish(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535))),
  protocol: v.pipe(v.string(), v.minLength(1, "is empty")),
  routing: v.nullish(
    v.pipe(
      object,
      v.looseObject({
        basePath: v.nullish(v.pipe(v.string(), v.startsWith("/", "must start with /"))),
        details: v.nullish(object),
      }),
    ),
  ),
});

const watchFilter = v.looseObject({
  group: v.string(),
  kind: v.string(),
  name: v.string(),
  type: v.pipe(v.array(v.picklist(["created", "updated", "deleted"])), v.minLength(1)),
  scope: v.nullish(v.looseObject({ kind: v.string(), name: v.string() })),
});

const agent = v.looseObject({ dataplaneType: v.pipe(v.string(), v.minLength(1, "is empty")) });

/**
 * What the server demands of the specs that are written here (agent-sdk models/management/v1, pkg/apic/servicebuilder.go for
 * the lengths, pkg/util/util.go for the version). A kind that is not listed takes any object.
 */
const SPECS: Readonly<Record<string, v.GenericSchema>> = {
  Environment: v.looseObject({ description: optionalText, icon }),
  APIService: v.looseObject({ description: v.nullish(v.pipe(v.string(), v.maxLength(350))), icon }),
  APIServiceRevision: v.looseObject({
    definition: v.looseObject({
      type: v.picklist(DEFINITION_TYPES),
      value: base64,
      contentType: optionalText,
      version: v.nullish(v.pipe(v.string(), v.maxLength(30))),
    }),
  }),
  APIServiceInstance: v.looseObject({
    endpoint: v.nullish(v.array(endpoint)),
    accessRequestDefinition: optionalText,
    credentialRequestDefinitions: v.nullish(v.array(v.string())),
  }),
  AccessRequestDefinition: v.looseObject({ schema: object, provision: v.nullish(schemaHolder) }),
  CredentialRequestDefinition: v.looseObject({ type: optionalText, schema: object, provision: schemaHolder }),
  ApplicationProfileDefinition: schemaHolder,
  ManagedApplication: v.looseObject({ security: v.nullish(object) }),
  AccessRequest: v.looseObject({ data: v.nullish(object), quota: v.nullish(object) }),
  Credential: v.looseObject({
    data: v.nullish(object),
    state: v.nullish(v.looseObject({ name: v.nullish(v.picklist(["active", "inactive"])) })),
  }),
  DiscoveryAgent: agent,
  TraceabilityAgent: agent,
  WatchTopic: v.looseObject({ filters: v.pipe(v.array(watchFilter), v.minLength(1, "is empty")) }),
  Secret: v.looseObject({ data: v.pipe(object, v.record(v.string(), v.string())) }),
  Webhook: v.looseObject({ enabled: v.nullish(v.boolean()), url: v.pipe(v.string(), v.url()) }),
  ResourceHook: v.looseObject({ triggers: v.array(watchFilter), webhooks: v.array(v.string()) }),
  AccessControlList: v.looseObject({ rules: v.array(object), subjects: v.array(object) }),
};

/** One line for each thing that is wrong with a spec; `[]` when it is right. */
export function specFaults(kind: string, spec: JsonObject): string[] {
  const schema = SPECS[kind];
  if (schema === undefined) return [];
  const result = v.safeParse(schema, spec);
  if (result.success) return [];
  return result.issues.map((issue) => `spec.${v.getDotPath(issue) ?? ""} ${issue.message}`);
}

/** 10 MB: the limit of the server's front proxy on a definition, counted before base64 (agent-sdk pkg/apic/service.go). */
const DEFINITION_BYTES = 10_485_760;

export function isDefinitionTooLarge(spec: JsonObject): boolean {
  const definition = spec.definition;
  if (typeof definition !== "object" || definition === null || !("value" in definition)) return false;
  const { value } = definition;
  if (typeof value !== "string") return false;
  const padding = value.endsWith("==") ? 2 : value.endsWith("=") ? 1 : 0;
  return (value.length / 4) * 3 - padding >= DEFINITION_BYTES;
}
