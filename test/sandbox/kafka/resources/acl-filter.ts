import { type AclFilter, OPERATIONS, PATTERN_TYPES, PERMISSIONS, RESOURCE_TYPES } from "../acl.ts";
import type { Exchange } from "../exchange.ts";
import { badRequest, notFound } from "../kafka-error.ts";

/** Conditions of `GET /acls`: every one may be absent. Throws 404 for an unknown value and 400 for UNKNOWN (kafka-rest AclsResource.searchAcls). */
export const readSearch = (exchange: Exchange): AclFilter => known(read(exchange, "ANY"), "cannot be UNKNOWN");

/** Conditions of `DELETE /acls`: those that are enums have to be there, so that nobody empties a cluster by leaving them out. */
export const readDeletion = (exchange: Exchange): AclFilter =>
  known(read(exchange, "UNKNOWN"), "cannot be unspecified or UNKNOWN");

function read({ query }: Exchange, absent: "ANY" | "UNKNOWN"): AclFilter {
  const text = (name: string): string => query.get(name) ?? "";
  const oneOf = <T extends string>(name: string, className: string, values: readonly T[]): T | typeof absent => {
    const asked = query.get(name);
    if (asked === null) return absent;
    const value = values.find((each) => each === asked.toUpperCase());
    if (value === undefined) throw notFound(`The valid values for ${className} do not include '${asked}'`);
    return value;
  };
  return {
    resourceType: oneOf("resource_type", "ResourceType", RESOURCE_TYPES),
    resourceName: text("resource_name"),
    patternType: oneOf("pattern_type", "PatternType", PATTERN_TYPES),
    principal: text("principal"),
    host: text("host"),
    operation: oneOf("operation", "Operation", OPERATIONS),
    permission: oneOf("permission", "Permission", PERMISSIONS),
  };
}

function known(filter: AclFilter, complaint: string): AclFilter {
  const { resourceType, patternType, operation, permission } = filter;
  const enums = { resource_type: resourceType, pattern_type: patternType, operation, permission };
  const unknown = Object.entries(enums).find(([, value]) => value === "UNKNOWN");
  if (unknown !== undefined) throw badRequest(`${unknown[0]} ${complaint}`);
  return filter;
}
