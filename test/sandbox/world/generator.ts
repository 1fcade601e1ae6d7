import { seededRandom } from "../core/random.ts";
import { avro, type DemoSubject, type DemoTopic, jsonSchema, protobuf } from "./catalogue/types.ts";

export interface Generated {
  readonly topics: readonly DemoTopic[];
  readonly subjects: readonly DemoSubject[];
}

const domains = ["payments", "orders", "customers", "logistics", "risk", "stock", "pricing", "claims"];
const things = ["account", "invoice", "parcel", "price", "contract", "card", "transfer", "visit"];
const events = ["opened", "changed", "closed", "checked", "sent", "received"];

/**
 * So many topics, and so many subjects: a value of each topic first, then keys, then subjects without a topic. The same seed
 * makes the same world, and a larger world begins with the smaller one's topics.
 */
export function generateWorld(size: { topics: number; subjects: number; seed?: number }): Generated {
  const random = seededRandom(size.seed ?? 1);
  const topics = Array.from({ length: size.topics }, (_, index): DemoTopic => {
    const name = [pick(domains, random.below), pick(things, random.below), pick(events, random.below)].join(".");
    return {
      name: `${name}-${String(index).padStart(5, "0")}`,
      expected: "published",
      partitions: 1 + random.below(12),
      configs: random.below(4) === 0 ? { "cleanup.policy": "compact" } : {},
    };
  });
  const subjects = Array.from({ length: size.subjects }, (_, index): DemoSubject => {
    const round = Math.floor(index / Math.max(1, size.topics));
    const topic = size.topics === 0 ? undefined : topics[index % size.topics];
    if (topic !== undefined && round === 0) return { subject: `${topic.name}-value`, versions: [valueSchema(index)] };
    if (topic !== undefined && round === 1)
      return { subject: `${topic.name}-key`, versions: [avro({ type: "string" })] };
    return { subject: `shared-${String(index).padStart(6, "0")}`, versions: [valueSchema(index)] };
  });
  return { topics, subjects };
}

function pick(words: readonly string[], below: (limit: number) => number): string {
  return words[below(words.length)] ?? "";
}

/** The three formats in turn; each schema differs from every other, so that each gets an id of its own. */
function valueSchema(index: number): DemoSubject["versions"][number] {
  const name = `Event${index}`;
  if (index % 3 === 0) {
    return avro({
      type: "record",
      name,
      namespace: "com.meridian.generated",
      fields: [
        { name: "id", type: "string" },
        { name: "at", type: { type: "long", logicalType: "timestamp-millis" } },
      ],
    });
  }
  if (index % 3 === 1) {
    return jsonSchema({
      $schema: "http://json-schema.org/draft-07/schema#",
      title: name,
      type: "object",
      properties: { id: { type: "string" }, at: { type: "integer" } },
    });
  }
  return protobuf(`syntax = "proto3";
package meridian.generated;

message ${name} {
  string id = 1;
  int64 at = 2;
}
`);
}
