import type { RegisteredSchema } from "../../src/confluent/model.ts";
import type { TopicSummary } from "../../src/connection/api.ts";
import type { SubjectVersion } from "../sandbox/registry/types.ts";
import { Rig, type RigOptions, unwrap } from "../support/rig.ts";

/** A topic as it is published: read from the sandbox's Amplify, not from the connection. */
export interface PublishedTopic {
  readonly topic: TopicSummary;
  /** The document of the revision that the topic's instance shows. */
  readonly document: string;
}

/** The demo world, imported whole. */
export interface Imported {
  readonly rig: Rig;
  readonly topics: readonly TopicSummary[];
  readonly published: readonly PublishedTopic[];
}

export async function importDemoWorld(
  options: RigOptions,
  watch: (rig: Rig) => void = () => undefined,
): Promise<Imported> {
  const rig = new Rig(options);
  watch(rig);
  await rig.settle();
  const topics = unwrap(await rig.actor.topics({ limit: 1_000 })).items;
  const eligible = topics.filter(({ decision }) => decision === "eligible");
  return { rig, topics, published: eligible.map((topic) => ({ topic, document: shownDocument(rig, topic) })) };
}

function shownDocument(rig: Rig, topic: TopicSummary): string {
  const base = `/management/v1/environments/${rig.config.central.environment}`;
  const instance = rig.sandbox.parts.amplify.get(`${base}/apiserviceinstances/${topic.instance}`) as unknown as {
    spec: { apiServiceRevision: string };
  };
  const revision = rig.sandbox.parts.amplify.get(
    `${base}/apiservicerevisions/${instance.spec.apiServiceRevision}`,
  ) as unknown as {
    spec: { definition: { value: string } };
  };
  return Buffer.from(revision.spec.definition.value, "base64").toString("utf8");
}

/** A version as the sandbox's registry stores it, and everything that it refers to, keyed `subject/version`. */
export function registered(rig: Rig, side: "cloud" | "platform", subject: string, version: number) {
  const registry = rig.sandbox.parts.registries[side];
  const references = new Map<string, RegisteredSchema>();
  const schema = qualified(registry.version(subject, version, true));
  const open = [...schema.references];
  for (let next = open.pop(); next; next = open.pop()) {
    const key = `${next.subject}/${next.version}`;
    if (references.has(key)) continue;
    const found = qualified(registry.version(next.subject, next.version, true));
    references.set(key, found);
    open.push(...found.references);
  }
  return { schema, references };
}

/** A reference without a context is in that of the schema that refers (schema-registry QualifiedSubject). */
function qualified({ subject, version, id, schemaType, schema, references }: SubjectVersion): RegisteredSchema {
  const context = /^:\.[^:]*:/.exec(subject)?.[0] ?? "";
  return {
    subject,
    version,
    id,
    schemaType,
    schema,
    references: references.map((each) => ({
      ...each,
      subject: each.subject.startsWith(":") ? each.subject : context + each.subject,
    })),
  };
}
