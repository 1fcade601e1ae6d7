import { guidOf } from "../guid.ts";
import { schemaTags } from "../schema-tags.ts";
import { DEFAULT_CONTEXT, parseSubject, qualifyWithParent } from "../subject-name.ts";
import type { SubjectVersion } from "../types.ts";
import type { Exchange } from "./exchange.ts";

/** A version as the answers show it: empty members are left out, Cloud gates some. */
export function versionBody(exchange: Exchange, version: SubjectVersion) {
  const { subject, id, guid, schemaType, schema, ts, deleted } = version;
  return {
    subject,
    version: version.version,
    id,
    ...(exchange.tellsAll ? { guid, schemaType } : {}),
    ...extras(version),
    schema,
    ...(exchange.tellsAll ? { ts, deleted } : {}),
  };
}

/** The answer to a registration: Cloud tells the id alone unless asked for more. */
export function registrationBody(exchange: Exchange, version: SubjectVersion) {
  const { id, guid, schemaType, schema } = version;
  if (!exchange.tellsAll) return { id };
  return { id, version: version.version, guid, schemaType, ...extras(version), schema };
}

/** The answer to a look-up of the very content has no times. */
export function lookUpBody(exchange: Exchange, version: SubjectVersion) {
  const { ts: _ts, deleted: _deleted, ...body } = { ts: 0, deleted: false, ...versionBody(exchange, version) };
  return body;
}

/** The answer to an id: without the id, the subject and its version where they are told. */
export function idBody(exchange: Exchange, version: SubjectVersion) {
  const { subject, guid, schemaType, schema, ts, deleted } = version;
  return {
    ...(exchange.tellsAll ? { subject, version: version.version, guid, schemaType } : {}),
    schema,
    ...extras(version),
    ...(exchange.tellsAll ? { ts, deleted } : {}),
  };
}

function extras({ references, metadata, ruleSet }: SubjectVersion) {
  return {
    ...(references.length > 0 ? { references } : {}),
    ...(metadata === undefined ? {} : { metadata }),
    ...(ruleSet === undefined ? {} : { ruleSet }),
  };
}

/** The text in the format asked for; formats that nobody knows, or that the type has not, are ignored. */
export function formatted({ registry, query }: Exchange, version: SubjectVersion): SubjectVersion {
  return query.get("format") === "resolved" ? { ...version, schema: registry.resolved(version) } : version;
}

/** `referenceFormat=qualified`, Platform only: subjects of references with the context, outside the default one. */
export function withQualifiedReferences({ flavour, query }: Exchange, version: SubjectVersion): SubjectVersion {
  const isAsked = flavour === "platform" && query.get("referenceFormat") === "qualified";
  if (!isAsked || parseSubject(version.subject).context === DEFAULT_CONTEXT || version.references.length === 0) {
    return version;
  }
  const references = version.references.map((reference) => ({
    ...reference,
    subject: qualifyWithParent(version.subject, reference.subject),
  }));
  // The server computes the GUID again from what it now shows.
  return { ...version, references, guid: guidOf({ ...version, references }) };
}

/** `findTags=PII`: where a schema carries one of these tags itself. */
export function tagsBody({ query }: Exchange, version: SubjectVersion) {
  const wanted = query.getAll("findTags");
  const found = wanted.length === 0 ? [] : schemaTags(version, wanted);
  return found.length === 0 ? {} : { schemaTags: found };
}
