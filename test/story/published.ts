import * as v from "valibot";
import type { Amplify } from "../sandbox/amplify/amplify.ts";

const Details = v.looseObject({ externalAPIID: v.string(), kafkaTopic: v.string() });
const Resource = v.looseObject({
  name: v.string(),
  title: v.string(),
  metadata: v.looseObject({ scope: v.looseObject({ name: v.string() }) }),
  "x-agent-details": v.optional(Details),
  source: v.optional(v.looseObject({ dataplaneType: v.looseObject({ managed: v.string() }) })),
});
const Service = Resource;
const Revision = v.looseObject({
  ...Resource.entries,
  spec: v.looseObject({
    apiService: v.string(),
    definition: v.looseObject({ type: v.string(), value: v.string() }),
  }),
});
const Instance = v.looseObject({ ...Resource.entries, spec: v.looseObject({ apiServiceRevision: v.string() }) });

/** One API service and everything that hangs on it, as Amplify holds it. */
export interface PublishedTopic {
  readonly service: v.InferOutput<typeof Service>;
  readonly revisions: readonly v.InferOutput<typeof Revision>[];
  /** Instances that point to one of its revisions. */
  readonly instances: readonly v.InferOutput<typeof Instance>[];
}

export function publishedTopics(amplify: Amplify, environment: string): readonly PublishedTopic[] {
  const read = <S extends v.GenericSchema<unknown, v.InferOutput<typeof Resource>>>(kind: string, schema: S) =>
    amplify
      .resources(kind)
      .map((resource) => v.parse(schema, resource))
      .filter(({ metadata }) => metadata.scope.name === environment);
  const revisions = read("APIServiceRevision", Revision);
  const instances = read("APIServiceInstance", Instance);
  return read("APIService", Service).map((service) => {
    const own = revisions.filter(({ spec }) => spec.apiService === service.name);
    const names = new Set(own.map(({ name }) => name));
    return {
      service,
      revisions: own,
      instances: instances.filter(({ spec }) => names.has(spec.apiServiceRevision)),
    };
  });
}

/** The AsyncAPI document of a revision, as text. */
export function documentOf(revision: PublishedTopic["revisions"][number]): string {
  return Buffer.from(revision.spec.definition.value, "base64").toString("utf8");
}

/** Whether all that belongs to a topic is there: service, revision and instance, details and badges. */
export function isComplete({ service, revisions, instances }: PublishedTopic): boolean {
  const [instance] = instances;
  return (
    revisions.length === 1 &&
    instances.length === 1 &&
    [service, instance].every(
      (each) => each?.["x-agent-details"] !== undefined && each.source?.dataplaneType.managed === "Kafka",
    )
  );
}
