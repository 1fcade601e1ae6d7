import * as v from "valibot";
import { isObject, type Json, type JsonObject } from "./json.ts";
import type { Kind } from "./kinds.ts";
import { Problem } from "./problem.ts";
import { isValidName, type Writable } from "./resource.ts";
import { isDefinitionTooLarge, specFaults } from "./specs.ts";

/** A main resource as a client sent it, checked and with null read as empty; sub-resources and unknown members are left behind. */
export interface MainBody extends Writable {
  /** Undefined when the client leaves the name to the server. */
  readonly name: string | undefined;
  /** Undefined when the write overwrites whatever is there. */
  readonly resourceVersion: string | undefined;
}

const text = v.nullish(v.string());

// Not looseObject alone: that takes a list too.
const object = v.custom<unknown>(isObject, "is not an object");

const envelope = v.pipe(
  object,
  v.looseObject({
    group: text,
    apiVersion: v.nullish(v.picklist(["", "v1", "v1alpha1"])),
    kind: text,
    name: text,
    // Title: docs api_server, "maxLength": 350. Tags: agent-sdk pkg/apic/client.go cuts them at 80.
    title: v.nullish(v.pipe(v.string(), v.maxLength(350))),
    attributes: v.nullish(v.pipe(object, v.record(v.string(), v.string()))),
    tags: v.nullish(v.array(v.pipe(v.string(), v.maxLength(80)))),
    finalizers: v.nullish(v.array(v.looseObject({ name: v.pipe(v.string(), v.minLength(1, "is empty")) }))),
    owner: v.nullish(v.looseObject({ type: v.literal("team"), id: v.string() })),
    metadata: v.nullish(v.looseObject({ resourceVersion: text })),
    spec: v.nullish(v.custom<JsonObject>(isObject, "is not an object")),
  }),
);

type Envelope = v.InferOutput<typeof envelope>;

function blankToUndefined(value: string | null | undefined): string | undefined {
  return value === null || value === "" ? undefined : value;
}

/** Group and kind follow from the path; a body that names others was sent to the wrong place. */
function addressFaults(kind: Kind, body: Envelope, nameInPath: string | undefined): string[] {
  const faults: string[] = [];
  const group = blankToUndefined(body.group);
  const name = blankToUndefined(body.name);
  const kindInBody = blankToUndefined(body.kind);
  if (group !== undefined && group !== kind.group) faults.push(`group ${group} does not match the path`);
  if (kindInBody !== undefined && kindInBody !== kind.kind) faults.push(`kind ${kindInBody} does not match the path`);
  if (name !== undefined && !isValidName(name)) faults.push(`name ${name} is not a valid resource name`);
  if (name !== undefined && nameInPath !== undefined && name !== nameInPath) {
    faults.push(`name ${name} does not match the path`);
  }
  return faults;
}

/** Reads a POST (no name in the path) or a PUT of a main resource. Throws a 400 that lists all that is wrong, or a 413. */
export function readMainBody(
  kind: Kind,
  json: Json,
  nameInPath: string | undefined,
  isTeam: (guid: string) => boolean,
): MainBody {
  const parsed = v.safeParse(envelope, json);
  if (!parsed.success) {
    throw new Problem(400, ...parsed.issues.map((issue) => `${v.getDotPath(issue) ?? "body"} ${issue.message}`));
  }
  const body = parsed.output;
  const spec = body.spec ?? {};
  if (isDefinitionTooLarge(spec)) throw new Problem(413, "the definition is larger than 10 MB");
  const owner = body.owner ?? undefined;
  const faults = [...addressFaults(kind, body, nameInPath), ...specFaults(kind.kind, spec)];
  if (owner !== undefined && !isTeam(owner.id)) faults.push(`owner.id: team ${owner.id} does not exist`);
  if (faults.length > 0) throw new Problem(400, ...faults);
  return {
    name: blankToUndefined(body.name),
    resourceVersion: blankToUndefined(body.metadata?.resourceVersion),
    title: body.title ?? "",
    attributes: body.attributes ?? {},
    tags: body.tags ?? [],
    finalizers: (body.finalizers ?? []) as readonly JsonObject[],
    owner: owner as JsonObject | undefined,
    spec,
  };
}

/** Reads the PUT of a sub-resource, `{"<sub>": value}` (agent-sdk pkg/apic/client.go). Throws 400 when the wrapper is missing. */
export function readSubBody(sub: string, json: Json): Json {
  if (!isObject(json)) throw new Problem(400, "the body is not an object");
  const value = json[sub];
  if (value === undefined) throw new Problem(400, `the body has no member ${sub}`);
  return value;
}
