import { denied, schemaNotFound } from "../errors.ts";
import { SCHEMA_TYPES } from "../formats.ts";
import { DEFAULT_CONTEXT, matchesPrefix, parseSubject, qualifyWithParent } from "../subject-name.ts";
import type { SubjectVersion } from "../types.ts";
import { streamed } from "./answers.ts";
import { type Exchange, flag, integerOf, MOST_SCHEMAS, mayRead, page, type Route, UNLIMITED } from "./exchange.ts";
import { formatted, idBody, tagsBody, versionBody, withQualifiedReferences } from "./schema-body.ts";

/** `/schemas…` (schema-registry `rest/resources/SchemasResource`). */
export const schemaRoutes: readonly Route[] = [
  { path: "/schemas", methods: { GET: listSchemas } },
  { path: "/schemas/types", methods: { GET: () => SCHEMA_TYPES } },
  { path: "/schemas/ids/:id", methods: { GET: getById } },
  { path: "/schemas/ids/:id/schema", methods: { GET: getTextById } },
  { path: "/schemas/ids/:id/subjects", methods: { GET: listSubjectsOfId } },
  { path: "/schemas/ids/:id/versions", methods: { GET: listVersionsOfId } },
  { path: "/schemas/guids/:guid", methods: { GET: getByGuid } },
  { path: "/schemas/guids/:guid/ids", methods: { GET: listIdsOfGuid } },
];

/** By subject, then version; without a prefix the default context only. */
function listSchemas(exchange: Exchange) {
  const { registry, query } = exchange;
  const matches = matchesPrefix(query.get("subjectPrefix") ?? "");
  const filter = { deleted: flag(exchange, "deleted") };
  const latestOnly = flag(exchange, "latestOnly");
  const ruleType = query.get("ruleType");
  const aliases = flag(exchange, "aliases") ? aliasesBySubject(exchange) : new Map<string, string[]>();
  const found = registry.store
    .subjects(filter)
    .filter((subject) => (matches(subject) || aliases.get(subject)?.some(matches)) && mayRead(exchange, subject))
    .flatMap((subject) => registry.store.versions(subject, filter).slice(latestOnly ? -1 : 0))
    .filter((version) => ruleType === null || hasRule(version, ruleType));
  const wanted = page(exchange, found, MOST_SCHEMAS);
  return streamed(exchange.mediaType, bodies(exchange, wanted, aliases));
}

function* bodies(exchange: Exchange, versions: readonly SubjectVersion[], aliases: ReadonlyMap<string, string[]>) {
  for (const version of versions) {
    const names = aliases.get(version.subject);
    yield { ...versionBody(exchange, version), ...(names === undefined ? {} : { aliases: names }) };
  }
}

/** A subject to the subjects that stand for it. */
function aliasesBySubject({ registry }: Exchange): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [subject, alias] of registry.settings.aliases()) {
    const target = qualifyWithParent(subject, alias);
    found.set(target, [...(found.get(target) ?? []), subject]);
  }
  return found;
}

function hasRule({ ruleSet = {} }: SubjectVersion, ruleType: string): boolean {
  return Object.values(ruleSet)
    .flat()
    .some((rule) => typeof rule === "object" && rule !== null && "type" in rule && rule.type === ruleType);
}

/** The users of the id that the caller may see; 40403 when nobody has it, 40301 when all are out of reach. */
function usersOf(exchange: Exchange, notFound: (id: number) => Error): SubjectVersion[] {
  const { registry, path, query } = exchange;
  const id = integerOf(path.id ?? "");
  const users = registry.usersOfId(id, registry.withoutAlias(query.get("subject") ?? ""));
  const [first] = users;
  if (first === undefined) throw notFound(id);
  const visible = users.filter(({ subject }) => mayRead(exchange, subject));
  if (visible.length === 0) throw denied("Read", first.subject);
  return visible;
}

function firstUser(exchange: Exchange): SubjectVersion {
  const [first] = usersOf(exchange, schemaNotFound);
  if (first === undefined) throw schemaNotFound();
  return first;
}

function getById(exchange: Exchange) {
  const user = firstUser(exchange);
  const shown = { ...withQualifiedReferences(exchange, formatted(exchange, user)), guid: user.guid };
  const { context } = parseSubject(user.subject);
  const maxId = exchange.registry.store.highestId(context);
  return {
    ...idBody(exchange, shown),
    ...tagsBody(exchange, user),
    ...(flag(exchange, "fetchMaxId") ? { maxId } : {}),
  };
}

function getTextById(exchange: Exchange) {
  return formatted(exchange, firstUser(exchange)).schema;
}

function listVersionsOfId(exchange: Exchange) {
  const users = usersOf(exchange, () => schemaNotFound())
    .filter(({ deleted }) => !deleted || flag(exchange, "deleted"))
    .map(({ subject, version }) => ({ subject, version }));
  return page(exchange, users, UNLIMITED);
}

function listSubjectsOfId(exchange: Exchange) {
  return listVersionsOfId(exchange).map(({ subject }) => subject);
}

/** Each context's own id of a content, the default context first. */
function idsOfGuid({ registry, path }: Exchange): { context: string; id: number }[] {
  return [DEFAULT_CONTEXT, ...registry.store.contexts()].flatMap((context) => {
    const id = registry.store.idOf(context, path.guid ?? "");
    return id === undefined ? [] : [{ context, id }];
  });
}

function getByGuid(exchange: Exchange) {
  const [found] = idsOfGuid(exchange);
  const users = found === undefined ? [] : exchange.registry.store.usersOf(found.context, found.id);
  const [first] = users;
  if (first === undefined) throw schemaNotFound(exchange.path.guid ?? "");
  const visible = users.find(({ subject }) => mayRead(exchange, subject));
  if (visible === undefined) throw denied("Read", first.subject);
  const {
    subject: _subject,
    version: _version,
    ...body
  } = { subject: "", version: 0, ...idBody(exchange, formatted(exchange, visible)) };
  return body;
}

function listIdsOfGuid(exchange: Exchange) {
  return idsOfGuid(exchange);
}
