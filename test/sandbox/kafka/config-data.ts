import type { ConfigEntry } from "./configs.ts";

/** A config entry in the wire form, members in the order of the server; `owner` is what it belongs to. */
export function configData(
  kind: string,
  metadata: { readonly self: string; readonly resource_name: string },
  clusterId: string,
  entry: ConfigEntry,
  owner: Readonly<Record<string, unknown>>,
): object {
  return {
    kind,
    metadata,
    cluster_id: clusterId,
    name: entry.name,
    value: entry.value,
    is_read_only: entry.isReadOnly,
    is_sensitive: entry.isSensitive,
    source: entry.source,
    synonyms: entry.synonyms,
    ...owner,
    is_default: entry.isDefault,
  };
}
