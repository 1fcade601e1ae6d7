import { isNameOfOurs } from "../amplify/names.ts";
import { type AccessRequest as AccessView, accessRequest } from "../amplify/provisioning/access-request.ts";
import { managedApplication } from "../amplify/provisioning/application.ts";
import { type Credential as CredentialView, credential } from "../amplify/provisioning/credential.ts";
import { isRevoked, type RequestView } from "../amplify/provisioning/request.ts";
import type { Resource } from "../amplify/resource.ts";
import type { AccessRequest, Credential, FinalizerOf, Level, Operations, World } from "./model.ts";
import type { AccessRecord, CredentialRecord, MarksRecord } from "./record.ts";

/** A resource as last read, with what we recorded of it. */
export interface Held<Record> {
  readonly resource: Resource;
  readonly record: Record;
}

export interface WorldInput {
  readonly application: Resource | undefined;
  readonly applicationRecord: MarksRecord;
  readonly access: readonly Held<AccessRecord>[];
  readonly credentials: readonly Held<CredentialRecord>[];
  /** The topic that an instance of ours stands for; undefined for any other. */
  readonly topicOf: (instance: string) => string | undefined;
  /** Subjects of a topic's published document. */
  readonly subjectsOf: (topic: string) => readonly string[];
  /** Name of the credential request definition that we serve. */
  readonly definition: string;
  readonly prefix: string;
  readonly principalPerKey: boolean;
  readonly idempotentWrite: boolean;
  readonly registry: World["registry"];
  readonly stopped: World["stopped"];
  readonly untakable: World["untakable"];
  readonly now: number;
}

/** What the resources of an application say and what was recorded, as one world. */
export function worldOf(input: WorldInput): World {
  const application = input.application && managedApplication(input.application);
  return {
    application: application && {
      ...requested(application, input.applicationRecord.held, {}, input.now),
      ...revocable(application, input.applicationRecord, false),
    },
    access: input.access.map(({ resource, record }) => accessOf(accessRequest(resource), record, input)),
    credentials: input.credentials.map(({ resource, record }) => credentialOf(credential(resource), record, input)),
    prefix: input.prefix,
    principalPerKey: input.principalPerKey,
    idempotentWrite: input.idempotentWrite,
    registry: input.registry,
    stopped: input.stopped,
    untakable: input.untakable,
  };
}

function accessOf(view: AccessView, record: AccessRecord, { topicOf, subjectsOf, now }: WorldInput): AccessRequest {
  const topic = topicOf(view.instance);
  const isOthers = topic === undefined && !isNameOfOurs(view.instance);
  return {
    ...requested(view, record.held || record.dataWritten, record, now, isOthers),
    topic,
    subjects: topic === undefined ? [] : subjectsOf(topic),
    operations: operationsOf(view.asked.operations),
    transactional: view.asked.transactional === "yes" || view.asked.transactional === true,
    dataWritten: record.dataWritten,
    replaces: view.replaces,
  };
}

function credentialOf(view: CredentialView, record: CredentialRecord, input: WorldInput): Credential {
  const { application, applicationRecord, definition, now } = input;
  const isOthers = view.definition !== definition || view.external;
  const isAllRevoked =
    application !== undefined && revocable(managedApplication(application), applicationRecord, false).revoked;
  return {
    ...requested(view, record.held || record.principals.length > 0, record, now, isOthers),
    ...revocable(view, record, isAllRevoked),
    wanted: view.wanted.state === "inactive" ? "inactive" : "active",
    reported: view.state === "active" || view.state === "inactive" ? view.state : undefined,
    rotate: view.wanted.rotate,
    rotatingTo: record.rotatingTo,
    expired: view.wanted.expired,
    wasOurs: view.marked || record.held,
    doubtUntil: record.doubtUntil,
    removed: record.removed,
    principals: record.principals,
    bindings: record.bindings,
    unseen: record.unseen,
    asksForRegistry: asksForRegistry(view.asked),
    roleBindings: record.roleBindings,
    keys: record.keys.map(({ id, principal, state, at, registry }) => ({
      id,
      principal,
      state,
      at,
      registry: registry && { id: registry.id, registry: registry.registry, state: registry.state, at: registry.at },
    })),
    dataOf: record.dataOf,
  };
}

/** What the consumer answered to whether Schema Registry is needed too. */
export function asksForRegistry({ schemaRegistry }: Readonly<Record<string, unknown>>): boolean {
  return schemaRegistry === "yes" || schemaRegistry === true;
}

/** What a person decided last counts, though Amplify may not hold it yet. */
function revocable({ details }: RequestView, { revoked }: MarksRecord, isAllRevoked: boolean) {
  return { revoked: isAllRevoked || (revoked ?? isRevoked(details)), revocation: revoked };
}

function requested(
  view: RequestView,
  known: boolean,
  { retryAt }: { readonly retryAt?: number | undefined },
  now: number,
  isOthers = false,
) {
  const level = levelOf(view.level);
  const isDue = level === "Error" && retryAt !== undefined && retryAt <= now;
  return {
    name: view.name,
    level: isDue ? "Pending" : level,
    retryAt: level === "Error" && !isDue ? retryAt : undefined,
    deleting: view.deleting,
    finalizer: finalizerOf(view, known, isOthers),
  };
}

/**
 * A row of ours proves that an unmarked finalizer is ours: a server may have dropped the mark. What asks for something
 * that we do not offer is another agent's, also while nobody holds it.
 */
function finalizerOf({ hold }: RequestView, known: boolean, isOthers: boolean): FinalizerOf {
  if (hold.kind === "none") return isOthers && !known ? "foreign" : "nobody";
  return hold.kind === "ours" || known ? "us" : "foreign";
}

function levelOf(level: string | undefined): Level | undefined {
  return level === "Pending" || level === "Success" || level === "Error" ? level : undefined;
}

/** The least, where the form was not filled in as it should be. */
function operationsOf(asked: unknown): Operations {
  return asked === "produce" || asked === "both" ? asked : "consume";
}
