import { type Acl, OPERATIONS, PATTERN_TYPES, PERMISSIONS, RESOURCE_TYPES } from "../acl.ts";
import { type Json, JsonObject } from "../jackson.ts";
import { badRequest, type KafkaError, payloadError } from "../kafka-error.ts";

/** `POST /acls` (kafka-rest CreateAclRequest). Throws what Jackson or the resource says of a body that does not fit. */
export function readAcl(body: Json | undefined): Acl {
  return concrete(readRequest(requireInput(body)));
}

/** `POST /acls:batch`: all entries are read and validated before the first is sent (kafka-rest CreateAclBatchAction). */
export function readAclBatch(body: Json | undefined): readonly Acl[] {
  const batch = new JsonObject(requireInput(body), "CreateAclBatchRequestData").only("data");
  const entries = batch.list("data", "CreateAclRequest>");
  if (entries === undefined) throw payloadError("Empty input provided. Data is required.");
  return entries.map(readRequest).map(concrete);
}

function requireInput(body: Json | undefined): Json {
  if (body === undefined || body === null) throw payloadError("Null input provided. Data is required.");
  return body;
}

type AclRequest = ReturnType<typeof readRequest>;

function readRequest(json: Json) {
  const request = new JsonObject(json, "CreateAclRequest").only(
    "resource_type",
    "resource_name",
    "pattern_type",
    "principal",
    "host",
    "operation",
    "permission",
  );
  const required = <T>(value: T | undefined, property: string): T => {
    if (value === undefined) throw request.missing(property);
    return value;
  };
  // All enums are looked at before anything is found missing: the parser reads them, the builder misses the rest.
  const resourceType = request.oneOf("resource_type", "ResourceType", RESOURCE_TYPES);
  const patternType = request.oneOf("pattern_type", "PatternType", PATTERN_TYPES);
  const operation = request.oneOf("operation", "Operation", OPERATIONS);
  const permission = request.oneOf("permission", "Permission", PERMISSIONS);
  return {
    resourceType: required(resourceType, "resourceType"),
    resourceName: required(request.text("resource_name"), "resourceName"),
    patternType: required(patternType, "patternType"),
    principal: required(request.text("principal"), "principal"),
    host: required(request.text("host"), "host"),
    operation: required(operation, "operation"),
    permission: required(permission, "permission"),
  };
}

/** Filters' values are no entries'. Whatever the value was, three of the four texts say ANY (kafka-rest AclManagerImpl). */
function concrete({ resourceType, patternType, operation, permission, ...rest }: AclRequest): Acl {
  if (resourceType === "ANY" || resourceType === "UNKNOWN") throw cannotBe("resource_type", "ANY");
  if (patternType === "ANY" || patternType === "MATCH" || patternType === "UNKNOWN") {
    throw cannotBe("pattern_type", patternType);
  }
  if (operation === "ANY" || operation === "UNKNOWN") throw cannotBe("operation", "ANY");
  if (permission === "ANY" || permission === "UNKNOWN") throw cannotBe("permission", "ANY");
  return { ...rest, resourceType, patternType, operation, permission };
}

const cannotBe = (member: string, value: string): KafkaError => badRequest(`${member} cannot be ${value}`);
