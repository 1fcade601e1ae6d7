import * as v from "valibot";

/** What happened to a resource. `changed-sub`: one of its sub-resources was written. */
export type EventType = "created" | "updated" | "deleted" | "changed-sub" | "unknown";

/** Another resource that an event's resource points to. */
export interface EventReference {
  readonly kind: string;
  readonly name: string;
  readonly id: string | undefined;
}

/** What an event tells of its resource: which one it is. Never its state, not even where a webhook's body has it. */
export interface EventResource {
  readonly kind: string;
  readonly name: string;
  readonly id: string | undefined;
  readonly selfLink: string | undefined;
  /** Kind and name of what it lives in, e.g. the environment. */
  readonly scope: { readonly kind: string; readonly name: string } | undefined;
  /** Only in webhooks. */
  readonly resourceVersion: string | undefined;
  readonly references: readonly EventReference[];
}

export interface ResourceEvent {
  /** int64 in decimal, grows with every event of a topic; undefined in webhooks. */
  readonly sequence: string | undefined;
  readonly type: EventType;
  /** e.g. `status`; undefined for the resource itself. */
  readonly subresource: string | undefined;
  /** Organisation id, as text. */
  readonly organization: string | undefined;
  /** Undefined when the event does not name one. */
  readonly resource: EventResource | undefined;
}

const text = v.fallback(v.optional(v.string()), undefined);
const Scope = v.looseObject({ kind: v.string(), name: v.string() });
const Reference = v.looseObject({ kind: v.string(), name: v.string(), id: text });
const Metadata = v.looseObject({
  id: text,
  selfLink: text,
  scope: v.fallback(v.optional(Scope), undefined),
  resourceVersion: text,
  references: v.fallback(v.array(v.unknown()), []),
});
const Payload = v.looseObject({
  kind: v.string(),
  name: v.string(),
  metadata: v.fallback(Metadata, { references: [] }),
});
/** Digits as text; a number only where it is exact. */
const Sequence = v.union([
  v.pipe(v.string(), v.regex(/^\d{1,19}$/)),
  v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.transform(String)),
]);
const Event = v.looseObject({
  type: text,
  organization: v.fallback(v.looseObject({ id: v.pipe(v.union([v.string(), v.number()]), v.transform(String)) }), {
    id: "",
  }),
  payload: v.fallback(v.optional(Payload), undefined),
  metadata: v.fallback(
    v.looseObject({ sequenceID: v.fallback(v.optional(Sequence), undefined), subresource: text }),
    {},
  ),
});

/**
 * One event of a watch topic, or the body of a webhook, which has the same envelope (agent-sdk
 * pkg/harvester/harvesterevent.go; Amplify docs, integrate-with-watchtopics and webhook). Members that are missing, null
 * or of another type are undefined, so that one odd event never stands in the way of those behind it. Undefined when the
 * value is no object at all.
 */
export function readEvent(value: unknown): ResourceEvent | undefined {
  const parsed = v.safeParse(Event, value);
  if (!parsed.success || Array.isArray(value)) return undefined;
  const { type, organization, payload, metadata } = parsed.output;
  return {
    sequence: metadata.sequenceID,
    type: typeOf(type),
    subresource: metadata.subresource,
    organization: organization.id === "" ? undefined : organization.id,
    resource: payload === undefined ? undefined : resourceOf(payload),
  };
}

/** Whether sequence `a` comes after `b`; both int64 in decimal. */
export function isLater(a: string, b: string): boolean {
  return BigInt(a) > BigInt(b);
}

function resourceOf({ kind, name, metadata }: v.InferOutput<typeof Payload>): EventResource {
  const { id, selfLink, scope, resourceVersion, references } = metadata;
  return {
    kind,
    name,
    id,
    selfLink,
    scope: scope && { kind: scope.kind, name: scope.name },
    resourceVersion,
    references: references.flatMap((reference) => {
      const parsed = v.safeParse(Reference, reference);
      return parsed.success ? [{ kind: parsed.output.kind, name: parsed.output.name, id: parsed.output.id }] : [];
    }),
  };
}

/** `ResourceUpdated` of the events API and `UPDATED` of the stream are the same. */
function typeOf(type: string | undefined): EventType {
  switch (type?.toUpperCase().replace(/^RESOURCE/, "")) {
    case "CREATED":
      return "created";
    case "UPDATED":
      return "updated";
    case "DELETED":
      return "deleted";
    case "SUBRESOURCEUPDATED":
      return "changed-sub";
    default:
      return "unknown";
  }
}
