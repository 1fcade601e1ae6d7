import { subjectNotFound } from "../errors.ts";
import type { SubjectVersion } from "../types.ts";
import { readRegistration } from "./bodies.ts";
import {
  type Exchange,
  flag,
  MOST_SCHEMAS,
  page,
  type Route,
  requireRight,
  subjectOf,
  UNLIMITED,
  versionOf,
} from "./exchange.ts";
import { formatted, registrationBody, tagsBody, versionBody, withQualifiedReferences } from "./schema-body.ts";

/** `/subjects/{s}/versions…` (schema-registry `rest/resources/SubjectVersionsResource`). */
export const versionRoutes: readonly Route[] = [
  { path: "/subjects/:subject/versions", methods: { GET: listVersions, POST: register } },
  { path: "/subjects/:subject/versions/:version", methods: { GET: getVersion, DELETE: deleteVersion } },
  { path: "/subjects/:subject/versions/:version/schema", methods: { GET: getText } },
  { path: "/subjects/:subject/versions/:version/referencedby", methods: { GET: referencedBy } },
];

/** Unlike one version, the list is looked for under the subject as named only. */
function listVersions(exchange: Exchange) {
  const subject = subjectOf(exchange);
  requireRight(exchange, "Read", subject);
  const filter = { deleted: flag(exchange, "deleted"), deletedOnly: flag(exchange, "deletedOnly") };
  const { store } = exchange.registry;
  if (!store.has(subject, filter.deleted || filter.deletedOnly)) throw subjectNotFound(subject);
  const numbers = store.versions(subject, filter).map(({ version }) => version);
  return page(exchange, numbers, UNLIMITED);
}

async function register(exchange: Exchange) {
  const input = await readRegistration(exchange.request, "register.request");
  const subject = subjectOf(exchange);
  requireRight(exchange, "Write", subject);
  return registrationBody(
    exchange,
    formatted(exchange, exchange.registry.register(subject, input, flag(exchange, "normalize"))),
  );
}

function find(exchange: Exchange): SubjectVersion {
  const wanted = versionOf(exchange.path.version ?? "");
  const subject = subjectOf(exchange);
  requireRight(exchange, "Read", subject);
  const found = exchange.registry.version(subject, wanted, flag(exchange, "deleted"));
  requireRight(exchange, "Read", found.subject);
  return found;
}

function getVersion(exchange: Exchange) {
  const found = withQualifiedReferences(exchange, formatted(exchange, find(exchange)));
  return { ...versionBody(exchange, found), ...tagsBody(exchange, found) };
}

function getText(exchange: Exchange) {
  return formatted(exchange, find(exchange)).schema;
}

function referencedBy(exchange: Exchange) {
  const { subject, version } = find(exchange);
  const ids = exchange.registry.store.referrers(subject, version, flag(exchange, "deleted")).map(({ id }) => id);
  return page(
    exchange,
    [...new Set(ids)].sort((a, b) => a - b),
    MOST_SCHEMAS,
  );
}

function deleteVersion(exchange: Exchange) {
  const wanted = versionOf(exchange.path.version ?? "");
  const subject = subjectOf(exchange);
  requireRight(exchange, "Delete", subject);
  return exchange.registry.deleteVersion(subject, wanted, flag(exchange, "permanent"));
}
