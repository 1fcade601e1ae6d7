import { RegistryError, versionNotFound } from "../errors.ts";
import type { SubjectVersion } from "../types.ts";
import { readRegistration } from "./bodies.ts";
import { type Exchange, flag, type Route, requireRight, subjectOf, versionOf } from "./exchange.ts";

/** `/compatibility…` (schema-registry `rest/resources/CompatibilityResource`). */
export const compatibilityRoutes: readonly Route[] = [
  { path: "/compatibility/subjects/:subject/versions", methods: { POST: withAll } },
  { path: "/compatibility/subjects/:subject/versions/:version", methods: { POST: withOne } },
];

function withAll(exchange: Exchange) {
  const subject = subjectOf(exchange);
  return check(exchange, subject, exchange.registry.store.versions(subject));
}

/** With the latest of a subject that does not exist everything is compatible. */
function withOne(exchange: Exchange) {
  const wanted = versionOf(exchange.path.version ?? "");
  const subject = subjectOf(exchange);
  const { store } = exchange.registry;
  const found = wanted === -1 ? store.latest(subject) : store.get(subject, wanted);
  if (wanted !== -1 && (found === undefined || found.deleted)) throw versionNotFound(wanted);
  return check(exchange, subject, found === undefined ? [] : [found]);
}

async function check(exchange: Exchange, subject: string, versions: readonly SubjectVersion[]) {
  const input = await readRegistration(exchange.request, "testCompatibility.request");
  requireRight(exchange, "Read", subject);
  const verbose = flag(exchange, "verbose");
  const messages = compare(exchange, () =>
    exchange.registry.checkCompatibility(subject, exchange.registry.read(subject, input), versions),
  );
  return { is_compatible: messages.length === 0, ...(verbose ? { messages } : {}) };
}

/** What is no schema is told as a message where messages are asked for. */
function compare(exchange: Exchange, run: () => string[]): string[] {
  try {
    return run();
  } catch (error) {
    if (error instanceof RegistryError && error.code === 42201 && flag(exchange, "verbose")) return [error.message];
    throw error;
  }
}
