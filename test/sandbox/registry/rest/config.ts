import { compatibilityNotConfigured, readOnly, subjectNotFound } from "../errors.ts";
import { GLOBAL, type SubjectConfig } from "../settings.ts";
import { contextInMessages, normalizeSubject } from "../subject-name.ts";
import { readConfig } from "./bodies.ts";
import { type Exchange, flag, type Route, requireRight } from "./exchange.ts";

/** `/config…` (schema-registry `rest/resources/ConfigResource`). */
export const configRoutes: readonly Route[] = [
  { path: "/config", methods: { GET: getConfig, PUT: updateConfig, DELETE: deleteConfig } },
  { path: "/config/:subject", methods: { GET: getConfig, PUT: updateConfig, DELETE: deleteConfig } },
];

/** Settings are read and written by the name that was given: an alias is one of them. */
function named({ path }: Exchange): string {
  return normalizeSubject(path.subject ?? GLOBAL);
}

/** The level has another name in answers than in requests. */
function body({ compatibility, ...rest }: SubjectConfig) {
  const { alias, normalize, ...others } = rest;
  return {
    ...(alias === undefined ? {} : { alias }),
    ...(normalize === undefined ? {} : { normalize }),
    ...(compatibility === undefined ? {} : { compatibilityLevel: compatibility }),
    ...others,
  };
}

function getConfig(exchange: Exchange) {
  const subject = named(exchange);
  if (subject !== GLOBAL) requireRight(exchange, "Read", subject);
  const { settings } = exchange.registry;
  const config = flag(exchange, "defaultToGlobal") ? settings.configInScope(subject) : settings.config(subject);
  if (config === undefined) throw compatibilityNotConfigured(subject);
  return body(config);
}

async function updateConfig(exchange: Exchange) {
  const update = await readConfig(exchange.request);
  const subject = named(exchange);
  requireRight(exchange, "Write", subject);
  requireWritable(exchange, subject);
  return exchange.registry.settings.updateConfig(subject, update);
}

function deleteConfig(exchange: Exchange) {
  const subject = named(exchange);
  requireRight(exchange, "Write", subject);
  requireWritable(exchange, subject);
  const config = exchange.registry.settings.deleteConfig(subject);
  if (config === undefined) throw subjectNotFound(subject);
  return body(config);
}

function requireWritable({ registry }: Exchange, subject: string): void {
  if (registry.settings.isReadOnly(subject)) throw readOnly(subject, contextInMessages(subject));
}
