import { matchesPrefix } from "../subject-name.ts";
import { readRegistration } from "./bodies.ts";
import { type Exchange, flag, mayRead, page, type Route, requireRight, subjectOf, UNLIMITED } from "./exchange.ts";
import { formatted, lookUpBody, versionBody } from "./schema-body.ts";

/** `/subjects` and `/subjects/{s}` (schema-registry `rest/resources/SubjectsResource`). */
export const subjectRoutes: readonly Route[] = [
  { path: "/subjects", methods: { GET: listSubjects } },
  { path: "/subjects/:subject", methods: { POST: lookUp, DELETE: deleteSubject } },
];

/** All contexts unless a prefix says otherwise. */
function listSubjects(exchange: Exchange) {
  const matches = matchesPrefix(exchange.query.get("subjectPrefix") ?? ":*:");
  const subjects = exchange.registry.store
    .subjects({ deleted: flag(exchange, "deleted"), deletedOnly: flag(exchange, "deletedOnly") })
    .filter((subject) => matches(subject) && mayRead(exchange, subject));
  return page(exchange, subjects, UNLIMITED);
}

async function lookUp(exchange: Exchange) {
  const input = await readRegistration(exchange.request, "lookUpSchemaUnderSubject.request");
  const subject = subjectOf(exchange);
  requireRight(exchange, "Read", subject);
  const { version, isSame } = exchange.registry.lookUp(
    subject,
    input,
    flag(exchange, "deleted"),
    flag(exchange, "normalize"),
  );
  requireRight(exchange, "Read", version.subject);
  const found = formatted(exchange, version);
  return isSame ? lookUpBody(exchange, found) : versionBody(exchange, found);
}

function deleteSubject(exchange: Exchange) {
  const subject = subjectOf(exchange);
  requireRight(exchange, "Delete", subject);
  return exchange.registry.deleteSubject(subject, flag(exchange, "permanent"));
}
