import { createHash } from "node:crypto";
import { compareText } from "./subject-name.ts";
import type { RuleSet, SchemaMetadata, SchemaReference } from "./types.ts";

interface Content {
  readonly schema: string;
  readonly references: readonly SchemaReference[];
  readonly metadata?: SchemaMetadata | undefined;
  readonly ruleSet?: RuleSet | undefined;
}

/**
 * A schema's GUID: MD5 over its text, its references (name, subject, version as four bytes) and, each after a byte 1,
 * its metadata and its rules, printed as a UUID (schema-registry `client/rest/entities/Schema#updateHash`). How rules
 * go in was not observed; here it is their JSON.
 */
export function guidOf({ schema, references, metadata, ruleSet }: Content): string {
  const hash = createHash("md5").update(schema);
  for (const { name, subject, version } of references) {
    const four = new Uint8Array(4);
    new DataView(four.buffer).setInt32(0, version);
    hash.update(name).update(subject).update(four);
  }
  if (metadata !== undefined) {
    hash.update(Uint8Array.of(1));
    for (const text of metadataTexts(metadata)) hash.update(text);
  }
  if (ruleSet !== undefined) hash.update(Uint8Array.of(1)).update(JSON.stringify(ruleSet));
  return hash.digest("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function metadataTexts({ tags = {}, properties = {}, sensitive = [] }: SchemaMetadata): string[] {
  const sorted = <Value>(members: Readonly<Record<string, Value>>) =>
    Object.entries(members).sort(([a], [b]) => compareText(a, b));
  return [
    ...sorted(tags).flatMap(([path, names]) => [path, ...[...names].sort(compareText)]),
    ...sorted(properties).flat(),
    ...[...sensitive].sort(compareText),
  ];
}
