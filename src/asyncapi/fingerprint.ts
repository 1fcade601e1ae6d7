import type { RegisteredSchema } from "../confluent/model.ts";
import { sha256Hex } from "../runtime/digest.ts";
import { canonicalAvro } from "./avro.ts";
import { compare, sortedDeep } from "./json.ts";
import { canonicalJsonSchema } from "./json-schema.ts";
import type { BoundSchema, DocumentInput } from "./model.ts";
import { canonicalProtobuf } from "./protobuf.ts";

/**
 * The text of a schema with everything taken out that says nothing: whitespace and key order; in Avro also whether a name is
 * written with its namespace. Documentation, defaults and aliases stay, comments of Protobuf too. A text that cannot be read
 * stands for itself, so that a broken schema is looked at again only when it changes.
 */
export function canonicalSchema(schema: RegisteredSchema): string {
  try {
    switch (schema.schemaType) {
      case "AVRO":
        return canonicalAvro(schema.schema, schema.subject);
      case "JSON":
        return canonicalJsonSchema(schema.schema, schema.subject);
      case "PROTOBUF":
        return canonicalProtobuf(schema.schema, schema.subject);
      default:
        return schema.schema;
    }
  } catch {
    return schema.schema;
  }
}

/**
 * Lower-case hex of SHA-256 over everything that a document is made of, and the major version of its builder. Numbers that a
 * registry hands out (version, id) do not count, nor the subjects of references: the document of a schema that was registered
 * again with the same meaning is kept, and goes on telling the version under which that meaning came first.
 */
export async function inputFingerprint(input: DocumentInput, builderMajor: number): Promise<string> {
  const { topic, cluster, asyncapiVersion } = input;
  const servers = [...new Set(cluster.bootstrapServers)].toSorted(compare);
  const scopes = cluster.oauth && [...new Set(cluster.oauth.scopes)].toSorted(compare);
  const schemas = input.schemas.map(meaning).toSorted(compare);
  const facts = {
    builderMajor,
    asyncapiVersion,
    topic: { ...topic, configs: sortedDeep(topic.configs) },
    cluster: {
      ...cluster,
      bootstrapServers: servers,
      oauth: cluster.oauth && { tokenUrl: cluster.oauth.tokenUrl, scopes },
    },
    schemas,
  };
  return await sha256Hex(JSON.stringify(sortedDeep(JSON.parse(JSON.stringify(facts)))));
}

function meaning(bound: BoundSchema): string {
  const { role, strategy, schema } = bound;
  return JSON.stringify([
    role,
    strategy,
    schema.subject,
    schema.schemaType,
    canonicalSchema(schema),
    references(bound),
  ]);
}

/** Names and meanings of what is referred to, at every level, each version once; a missing one is told as such. */
function references({ schema, references: known }: BoundSchema): unknown[] {
  const told: unknown[] = [];
  const numbers = new Map<string, number>();
  const waiting: (RegisteredSchema | undefined)[] = [schema];
  for (let next = waiting.shift(); next !== undefined || waiting.length > 0; next = waiting.shift()) {
    if (next === undefined) continue;
    for (const { name, subject, version } of next.references) {
      const key = `${subject}/${version}`;
      const referenced = known.get(key);
      const number = numbers.get(key);
      told.push([name, number ?? (referenced === undefined ? null : canonicalSchema(referenced))]);
      if (number !== undefined) continue;
      numbers.set(key, numbers.size);
      waiting.push(referenced);
    }
  }
  return told;
}
