import { accessRequest } from "../amplify/provisioning/access-request.ts";
import { credential } from "../amplify/provisioning/credential.ts";
import { isRevoked, type RequestView, requestView } from "../amplify/provisioning/request.ts";
import { inWords } from "../confluent/acl-binding.ts";
import { roleInWords } from "../confluent/role-bindings.ts";
import type { GrantRow } from "../store/grants.ts";
import type { WorkItem } from "../store/work.ts";
import { REQUEST_KIND, resourceOf } from "./context.ts";
import { AccessRecord, CredentialRecord, MarksRecord, readRecord } from "./record.ts";

/** How far something has come. The first nine are passed in this order; the others stand aside. */
export type AccessStep =
  | "requested"
  | "held"
  | "principal"
  | "ACLs"
  | "key"
  | "waiting for the key"
  | "told"
  | "suspended"
  | "leaving"
  /** Provisioned by another agent: never answered until an operator takes it over. */
  | "foreign"
  /** An operator took its rights away. */
  | "revoked"
  | "failed"
  /** It was hinted at, and was not read yet. */
  | "not read yet";

/** What an application, an access request or a credential is at. No secret and no ciphertext is in it. */
interface Standing {
  readonly name: string;
  readonly title: string;
  /** `Pending`, `Success` or `Error`, as Amplify has it; undefined where it has no status. */
  readonly level: string | undefined;
  readonly step: AccessStep;
  /** When it last changed, ms. */
  readonly since: number;
  /** What went wrong last, for who runs this; undefined when it goes well. */
  readonly error: string | undefined;
  /** What was last told to the consumer. */
  readonly told: string | undefined;
  /** Something it waits for, and until when, ms. */
  readonly waits: { readonly for: string; readonly until: number } | undefined;
}

export interface RequestStanding extends Standing {
  readonly topic: string | undefined;
  readonly asked: Readonly<Record<string, unknown>>;
}

export interface KeyStanding {
  /** Key id on Cloud, user name on Platform. */
  readonly id: string;
  readonly principal: string;
  readonly state: "made" | "ready" | "old";
  readonly madeAt: number;
  /** When a new one is looked at next, or an old one goes, ms. */
  readonly at: number | undefined;
  /** Whether it is the one that the consumer is shown. */
  readonly shown: boolean;
  /** The half of it that is for Schema Registry, where one was asked for. */
  readonly registry: { readonly id: string; readonly registry: string; readonly state: "made" | "ready" } | undefined;
}

export interface CredentialStanding extends Standing {
  /** `active` or `inactive`: what is asked for, and what was told. */
  readonly wanted: string;
  readonly reported: string;
  readonly expiresAt: number | undefined;
  readonly principals: readonly string[];
  readonly keys: readonly KeyStanding[];
  /** As recorded, in words. */
  readonly acls: readonly string[];
  /** Those of them that no list has shown yet. */
  readonly unseen: readonly string[];
  /** As recorded, in words; one whose making was not answered is named too. */
  readonly roleBindings: readonly string[];
}

export interface ApplicationStanding extends Standing {
  readonly access: readonly RequestStanding[];
  readonly credentials: readonly CredentialStanding[];
  readonly work: WorkItem | undefined;
}

export interface AccessViewInput {
  readonly application: string;
  /** All rows of the application. */
  readonly rows: readonly GrantRow[];
  readonly work: WorkItem | undefined;
  readonly topicOf: (instance: string) => string | undefined;
}

/** One application with everything that was asked for in it. */
export function applicationStanding({ application, rows, work, topicOf }: AccessViewInput): ApplicationStanding {
  const row = rows.find(({ kind }) => kind === "application");
  return {
    ...(row ? standingOf(row) : unknownStanding(application)),
    access: rows.filter(({ kind }) => kind === "access").map((each) => requestStanding(each, topicOf)),
    credentials: rows
      .filter(({ kind }) => kind === "credential")
      .map((each) => credentialStanding(each, row !== undefined && isRevokedRow(row))),
    work,
  };
}

function unknownStanding(name: string): Standing {
  const nothing = { error: undefined, told: undefined, waits: undefined };
  return { name, title: "", level: undefined, step: "not read yet", since: 0, ...nothing };
}

function requestStanding(row: GrantRow, topicOf: AccessViewInput["topicOf"]): RequestStanding {
  const resource = resourceOf(row);
  const view = resource && accessRequest(resource);
  return { ...standingOf(row), topic: view && topicOf(view.instance), asked: view?.asked ?? {} };
}

function credentialStanding(row: GrantRow, isAllRevoked: boolean): CredentialStanding {
  const resource = resourceOf(row);
  const view = resource && credential(resource);
  const record = readRecord(CredentialRecord, row.record);
  const standing = standingOf(row);
  return {
    ...standing,
    step: credentialStep(standing.step, record, isAllRevoked),
    waits: standing.waits ?? waitOf(record),
    wanted: view?.wanted.state ?? "",
    reported: view?.state ?? "",
    expiresAt: view?.expiresAt,
    principals: record.principals,
    keys: record.keys.map(({ id, principal, state, madeAt, at, registry: half }) => {
      const registry = half && { id: half.id, registry: half.registry, state: half.state };
      return { id, principal, state, madeAt, at, shown: id === record.dataOf, registry };
    }),
    acls: record.bindings.map(inWords),
    unseen: record.unseen?.bindings.map(inWords) ?? [],
    roleBindings: record.roleBindings.map(roleInWords),
  };
}

/** Provisioned by another agent: neither our mark nor a row of ours says that it is ours. */
export function isForeign(row: GrantRow): boolean {
  const resource = resourceOf(row);
  if (!resource || requestView(REQUEST_KIND[row.kind], resource).hold.kind !== "unmarked") return false;
  const { held } = readRecord(MarksRecord, row.record);
  return !held && !hasRecorded(row);
}

function hasRecorded(row: GrantRow): boolean {
  if (row.kind === "access") return readRecord(AccessRecord, row.record).dataWritten;
  return row.kind === "credential" && readRecord(CredentialRecord, row.record).principals.length > 0;
}

/** As an operator decided last, of an application or a credential by itself. */
export function isRevokedRow(row: GrantRow): boolean {
  const resource = resourceOf(row);
  const { revoked } = readRecord(MarksRecord, row.record);
  return revoked ?? (resource !== undefined && isRevoked(requestView(REQUEST_KIND[row.kind], resource).details));
}

function standingOf(row: GrantRow): Standing {
  const resource = resourceOf(row);
  const record = readRecord(MarksRecord, row.record);
  const base = { name: row.name, since: row.changedAt, error: record.error };
  if (!resource) return { ...unknownStanding(row.name), ...base };
  const view = requestView(REQUEST_KIND[row.kind], resource);
  return {
    ...base,
    title: resource.title ?? "",
    level: view.level,
    step: stepOf(row, view),
    told: view.reasons.at(-1)?.detail,
    waits: record.retryAt === undefined ? undefined : { for: "the next try", until: record.retryAt },
  };
}

function stepOf(row: GrantRow, view: RequestView): AccessStep {
  if (isForeign(row)) return "foreign";
  if (view.deleting) return "leaving";
  if (isRevokedRow(row)) return "revoked";
  if (row.kind === "credential") {
    const { wanted } = credential(view.resource);
    if (wanted.expired) return "leaving";
    if (view.level === "Success" && wanted.state === "inactive") return "suspended";
  }
  if (view.level === "Success") return "told";
  if (view.level === "Error") return "failed";
  return view.hold.kind === "none" ? "requested" : "held";
}

function credentialStep(step: AccessStep, record: CredentialRecord, isAllRevoked: boolean): AccessStep {
  if (isAllRevoked && step !== "foreign" && step !== "leaving") return "revoked";
  return step === "held" ? equipped(record) : step;
}

/** Of a credential that we hold and have not answered yet: the last that was made for it. */
function equipped({ principals, bindings, unseen, keys }: CredentialRecord): AccessStep {
  const newest = keys.findLast(({ state }) => state !== "old");
  if (newest) return newest.state === "made" || newest.registry?.state === "made" ? "waiting for the key" : "key";
  if (bindings.length > 0 && unseen === undefined) return "ACLs";
  return principals.length > 0 ? "principal" : "held";
}

function waitOf({ keys, unseen }: CredentialRecord): Standing["waits"] {
  const halves = keys.flatMap((key) => (key.registry ? [key, key.registry] : [key]));
  const made = halves.find(({ state, at }) => state === "made" && at !== undefined);
  if (made?.at !== undefined) return { for: "the new key to work", until: made.at };
  if (unseen) return { for: "the ACLs to be seen", until: unseen.at };
  const old = keys.find(({ state, at }) => state === "old" && at !== undefined);
  return old?.at === undefined ? undefined : { for: "the end of the old key's overlap", until: old.at };
}
