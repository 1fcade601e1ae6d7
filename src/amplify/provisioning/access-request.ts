import * as v from "valibot";
import { referenceId } from "../references.ts";
import type { Resource } from "../resource.ts";
import type { RequestView } from "./request.ts";
import { requestView } from "./request.ts";

/** An application's request to use one topic. */
export interface AccessRequest extends RequestView {
  /** Names of the instance that it is for and of the application that it is of; empty when the spec does not say. */
  readonly instance: string;
  readonly instanceId: string | undefined;
  readonly application: string;
  readonly applicationId: string | undefined;
  /** Name of the access request that this one takes the place of, when a subscription moves to another plan. */
  readonly replaces: string | undefined;
  /** What the consumer filled in; unchecked. */
  readonly asked: Readonly<Record<string, unknown>>;
  /** What was given, as it is stored: not empty once `data` has been written. */
  readonly given: Readonly<Record<string, unknown>>;
}

const text = v.fallback(v.string(), "");
const members = v.fallback(v.record(v.string(), v.unknown()), {});
const Spec = v.looseObject({ apiServiceInstance: text, managedApplication: text, accessRequest: text, data: members });

/** An access request as far as we need it (agent-sdk models/management/v1 AccessRequest). */
export function accessRequest(resource: Resource): AccessRequest {
  const spec = v.parse(Spec, resource.spec);
  return {
    ...requestView("AccessRequest", resource),
    instance: spec.apiServiceInstance,
    instanceId: referenceId(resource, "APIServiceInstance"),
    application: spec.managedApplication,
    applicationId: referenceId(resource, "ManagedApplication"),
    replaces: spec.accessRequest === "" ? undefined : spec.accessRequest,
    asked: spec.data,
    given: v.parse(members, resource.data),
  };
}
