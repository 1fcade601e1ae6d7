import * as errors from "./errors.ts";
import type { Settings } from "./settings.ts";
import type { VersionStore } from "./store.ts";
import { contextInMessages } from "./subject-name.ts";
import type { SubjectVersion } from "./types.ts";

/**
 * Deletes one version, -1 for the latest, and returns its number. Soft first, then `permanent`; not while something
 * refers to it (schema-registry `KafkaSchemaRegistry#deleteSchemaVersion`).
 */
export function deleteVersion(
  store: VersionStore,
  settings: Settings,
  subject: string,
  wanted: number,
  permanent: boolean,
): number {
  const found = wanted === -1 ? store.latest(subject) : store.get(subject, wanted);
  if (found === undefined) {
    throw store.has(subject, true) ? errors.versionNotFound(wanted) : errors.subjectNotFound(subject);
  }
  if (found.deleted && !permanent) throw errors.versionSoftDeleted(subject, found.version);
  requireWritable(settings, subject);
  if (store.referrers(subject, found.version, permanent).length > 0) {
    throw errors.referenceExists(subject, found.version);
  }
  if (permanent && !found.deleted) throw errors.versionNotSoftDeleted(subject, found.version);
  remove(store, settings, found, permanent);
  return found.version;
}

/** Deletes a subject's versions and returns their numbers; references from the subject itself do not matter. */
export function deleteSubject(store: VersionStore, settings: Settings, subject: string, permanent: boolean): number[] {
  if (!store.has(subject, true)) throw errors.subjectNotFound(subject);
  if (!permanent && !store.has(subject, false)) throw errors.subjectSoftDeleted(subject);
  requireWritable(settings, subject);
  const versions = store.versions(subject, { deleted: permanent });
  for (const { version, deleted } of versions) {
    const others = store.referrers(subject, version, permanent).filter((other) => other.subject !== subject);
    if (others.length > 0) throw errors.referenceExists(subject, version);
    if (permanent && !deleted) throw errors.subjectNotSoftDeleted(subject);
  }
  for (const version of versions) remove(store, settings, version, permanent);
  return versions.map(({ version }) => version);
}

function requireWritable(settings: Settings, subject: string): void {
  if (settings.isReadOnly(subject)) throw errors.readOnly(subject, contextInMessages(subject));
}

function remove(store: VersionStore, settings: Settings, version: SubjectVersion, permanent: boolean): void {
  if (permanent) store.remove(version.subject, version.version);
  else store.put({ ...version, deleted: true });
  if (store.has(version.subject, true)) return;
  settings.deleteConfig(version.subject);
  settings.deleteMode(version.subject);
}
