import { invalidMode, modeNotConfigured, notPermitted, subjectNotFound } from "../errors.ts";
import { GLOBAL, modeOf } from "../settings.ts";
import { matchesPrefix, normalizeSubject } from "../subject-name.ts";
import { readMode } from "./bodies.ts";
import { type Exchange, flag, type Route, requireRight } from "./exchange.ts";

/** `/mode…` (schema-registry `rest/resources/ModeResource`). */
export const modeRoutes: readonly Route[] = [
  { path: "/mode", methods: { GET: getMode, PUT: setMode, DELETE: deleteMode } },
  { path: "/mode/:subject", methods: { GET: getMode, PUT: setMode, DELETE: deleteMode } },
];

function named({ path }: Exchange): string {
  return normalizeSubject(path.subject ?? GLOBAL);
}

function getMode(exchange: Exchange) {
  const subject = named(exchange);
  if (subject !== GLOBAL) requireRight(exchange, "Read", subject);
  const { settings } = exchange.registry;
  const mode = flag(exchange, "defaultToGlobal") ? settings.modeInScope(subject) : settings.mode(subject);
  if (mode === undefined) throw modeNotConfigured(subject);
  return { mode };
}

async function setMode(exchange: Exchange) {
  const mode = modeOf(await readMode(exchange.request));
  const subject = named(exchange);
  requireRight(exchange, "Write", subject);
  if (mode === undefined) throw invalidMode();
  const { settings } = exchange.registry;
  const isNewImport = mode === "IMPORT" && settings.modeInScope(subject) !== "IMPORT" && !flag(exchange, "force");
  if (isNewImport && hasSchemas(exchange, subject)) throw notPermitted("Cannot import since found existing subjects");
  settings.setMode(subject, mode);
  return { mode };
}

/** Under the subject, or anywhere in the context or registry when one of these is meant. */
function hasSchemas({ registry }: Exchange, subject: string): boolean {
  const isScope = subject === GLOBAL || subject.endsWith(":");
  return isScope ? registry.store.subjects().some(matchesPrefix(subject)) : registry.store.has(subject, false);
}

function deleteMode(exchange: Exchange) {
  const subject = named(exchange);
  requireRight(exchange, "Write", subject);
  const mode = exchange.registry.settings.deleteMode(subject);
  if (mode === undefined) throw subjectNotFound(subject);
  return { mode };
}
