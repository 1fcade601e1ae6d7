import { resourceLink } from "../amplify/links.ts";
import { credential } from "../amplify/provisioning/credential.ts";
import { markDetail, requestView, revocationDetail } from "../amplify/provisioning/request.ts";
import { expiryAfter } from "../amplify/provisioning/status.ts";
import {
  EXPIRY_DETAIL,
  endRotation,
  hold,
  release,
  writeData,
  writeDetails,
  writeExpiry,
  writeState,
  writeStatus,
} from "../amplify/provisioning/writers.ts";
import type { Resource } from "../amplify/resource.ts";
import { AGENT_DETAILS } from "../amplify/resources/details.ts";
import { groupPrefix } from "../confluent/labels.ts";
import type { GrantKind, GrantRow } from "../store/grants.ts";
import { addAcls, readAcls, removeAcls } from "./acl-steps.ts";
import {
  mustHaveRegistry,
  mustRead,
  ownerOf,
  type ProvisioningContext,
  patchRecord,
  REQUEST_KIND,
  resourceOf,
} from "./context.ts";
import { doubting } from "./doubt.ts";
import { makeKey, probeKey, removeKey } from "./key-steps.ts";
import type { Action } from "./next.ts";
import { SetbackError } from "./principals.ts";
import { CredentialRecord, readRecord } from "./record.ts";
import { makeRegistryKey, probeRegistryKey, removeRegistryKey } from "./registry-steps.ts";
import { addRoleBindings, removeRoleBindings } from "./role-binding-steps.ts";
import { successWords } from "./success.ts";
import { recordWrite } from "./written.ts";

export type Step = Exclude<Action, { readonly do: "wait" }>;

/** What the step is about: the kind of the row that `name` names. */
export function kindOf(step: Step): GrantKind {
  if ("of" in step) return step.of;
  return ["write-access-data", "delete-access", "refuse-access"].includes(step.do) ? "access" : "credential";
}

/** Carries out one step and records it. Throws `SetbackError`, `UpstreamError` or `NotYet`. */
export async function execute(
  step: Step,
  application: GrantRow | undefined,
  context: ProvisioningContext,
): Promise<void> {
  const row = context.grants.get(kindOf(step), step.name);
  if (!row) return;
  switch (step.do) {
    case "write-finalizer":
      return writeFinalizer(row, context);
    case "remove-finalizer":
      return removeFinalizer(row, context);
    case "report":
      return succeed(row, context);
    case "refuse-access":
      throw new SetbackError({ kind: "topic-missing", topic: instanceOf(row) });
    case "write-revocation":
      return writeRevocation(row, step.revoked, context);
    case "refuse-credential":
      throw new SetbackError({ kind: "revoked" });
    case "write-access-data":
      return writeAccessData(row, application, context);
    case "delete-access":
      await context.api.remove(resourceLink(context.environment, "AccessRequest", row.name));
      expectDeletion(mustRead(row), context);
      context.audit("deleted access request", row.name, "another took its place");
      return context.grants.remove("access", row.name);
    default:
      return executeForCredential(step, row, application, context);
  }
}

type CredentialStep = Exclude<
  Step,
  {
    readonly do:
      | "write-finalizer"
      | "remove-finalizer"
      | "report"
      | "refuse-access"
      | "write-revocation"
      | "refuse-credential"
      | "write-access-data"
      | "delete-access";
  }
>;

async function executeForCredential(
  step: CredentialStep,
  row: GrantRow,
  application: GrantRow | undefined,
  context: ProvisioningContext,
): Promise<void> {
  const record = readRecord(CredentialRecord, row.record);
  switch (step.do) {
    case "make-principal": {
      const make = () => context.principals.next(ownerOf(row, context), record.principals);
      const principal = await doubting(row, context, make);
      context.audit("made principal", row.name, principal);
      return patchRecord(context, row, { principals: [...record.principals, principal] });
    }
    case "find-principals": {
      const found = await context.principals.find(ownerOf(row, context));
      const principals = [...new Set([...record.principals, ...found])];
      return patchRecord(context, row, { principals, doubtUntil: undefined });
    }
    case "add-acls":
      return addAcls(row, step.bindings, context);
    case "read-acls":
      return readAcls(row, context);
    case "remove-acls":
      return removeAcls(row, step.bindings, context);
    case "find-registry":
      return mustHaveRegistry(context).find();
    case "add-role-bindings":
      return addRoleBindings(row, step.bindings, context);
    case "remove-role-bindings":
      return removeRoleBindings(row, step.bindings, context);
    case "make-registry-key":
      return makeRegistryKey(row, record, step, application, context);
    case "probe-registry-key":
      return probeRegistryKey(row, record, step, context);
    case "remove-registry-key":
      return removeRegistryKey(row, record, step.key, context);
    case "make-key":
      return makeKey(row, record, application, context);
    case "probe-key":
      return probeKey(row, record, step.key, context);
    case "write-credential-data":
      return writeCredentialData(row, record, step.key, context);
    case "end-rotation":
      return endOfRotation(row, context);
    case "write-state":
      recordWrite(context, row, await writeState(context.api, mustRead(row), step.state), "state");
      return context.audit(`told ${step.state}`, row.name, row.kind);
    case "retire-key": {
      const at = context.now() + context.overlapMs;
      return patchRecord(context, row, {
        keys: record.keys.map((key) => (key.id === step.key ? { ...key, state: "old", at } : key)),
      });
    }
    case "remove-key":
      return removeKey(row, record, step.key, context);
    case "remove-principal":
      await context.principals.remove(ownerOf(row, context), step.principal);
      // A SASL user's, kept before it was sent: what it was for may never have been recorded as a key.
      context.secrets.drop(step.principal.replace(/^User:/, ""));
      context.audit("removed principal", row.name, step.principal);
      return patchRecord(context, row, {
        principals: record.principals.filter((principal) => principal !== step.principal),
      });
  }
}

async function writeFinalizer(row: GrantRow, context: ProvisioningContext): Promise<void> {
  const written = await hold(context.api, REQUEST_KIND[row.kind], mustRead(row), undefined);
  recordWrite(context, row, written, "");
  if (written.kind !== "saved") return;
  patchRecord(context, row, { held: true });
  context.audit("held", row.name, row.kind);
  await markElsewhere(row, context);
}

/** For a server that keeps no descriptions of finalizers; there is no other request for it where they are kept. */
export async function markElsewhere(row: GrantRow, context: ProvisioningContext): Promise<void> {
  const current = mustRead(context.grants.get(row.kind, row.name) ?? row);
  if (requestView(REQUEST_KIND[row.kind], current).hold.kind !== "unmarked") return;
  recordWrite(context, row, await writeDetails(context.api, current, markDetail(undefined)), AGENT_DETAILS);
  context.audit("marked", row.name, row.kind);
}

async function writeRevocation(row: GrantRow, revoked: boolean, context: ProvisioningContext): Promise<void> {
  const written = await writeDetails(context.api, mustRead(row), revocationDetail(revoked));
  recordWrite(context, row, written, AGENT_DETAILS);
  if (written.kind !== "saved") return;
  patchRecord(context, row, { revoked: undefined });
  context.audit(revoked ? "noted as revoked" : "noted as enabled", row.name, row.kind);
}

/** The last of a request: when its resource was only waiting for us, its row goes too. */
async function removeFinalizer(row: GrantRow, context: ProvisioningContext): Promise<void> {
  const resource = mustRead(row);
  const isGone = row.kind !== "application" && readRecord(CredentialRecord, row.record).gone;
  const isLeaving = resource.metadata.state === "DELETING";
  if (!isGone) {
    const written = await release(context.api, REQUEST_KIND[row.kind], resource);
    if (written.kind === "stale") return recordWrite(context, row, written, "");
    if (!isLeaving) recordWrite(context, row, written, "");
    else expectDeletion(resource, context);
  }
  context.audit("released", row.name, row.kind);
  if (isGone || isLeaving) context.grants.remove(row.kind, row.name);
}

/** That it has gone is our own doing and needs no read. */
function expectDeletion({ metadata: { selfLink } }: Resource, { echoes, now }: ProvisioningContext): void {
  if (selfLink !== undefined) echoes.expect(selfLink, "deleted", "", now());
}

async function succeed(row: GrantRow, context: ProvisioningContext): Promise<void> {
  if (await report(row, "Success", successWords(row, context), context))
    patchRecord(context, row, { error: undefined, retryAt: undefined, retries: undefined });
}

/** False when the resource changed or went meanwhile: then nothing was told. */
export async function report(
  row: GrantRow,
  level: "Success" | "Error" | "Pending",
  detail: string,
  context: ProvisioningContext,
): Promise<boolean> {
  const written = await writeStatus(context.api, REQUEST_KIND[row.kind], mustRead(row), level, detail, context.now());
  recordWrite(context, row, written, "status");
  if (written.kind !== "saved") return false;
  context.audit(`told ${level}`, row.name, row.kind);
  return true;
}

function instanceOf(row: GrantRow): string {
  const instance = mustRead(row).spec.apiServiceInstance;
  return typeof instance === "string" ? instance : "";
}

async function writeAccessData(
  row: GrantRow,
  application: GrantRow | undefined,
  context: ProvisioningContext,
): Promise<void> {
  const resource = mustRead(row);
  const data = {
    bootstrapServers: context.told.bootstrapServers,
    groupPrefix: await prefixOf(application),
    mechanism: context.told.mechanism,
    topic: context.topicOf(instanceOf(row)) ?? "",
  };
  const written = await writeData(context.api, resource, data);
  recordWrite(context, row, written, "data");
  if (written.kind !== "saved") return;
  patchRecord(context, row, { dataWritten: true });
  context.audit("told data", row.name, data.topic);
}

async function writeCredentialData(
  row: GrantRow,
  record: CredentialRecord,
  id: string,
  context: ProvisioningContext,
): Promise<void> {
  const key = record.keys.find((each) => each.id === id);
  if (!key) return;
  await writePeriod(row, record, id, context);
  const current = context.grants.get(row.kind, row.name) ?? row;
  const written = await writeData(context.api, mustRead(current), { ...key.data, ...key.registry?.data });
  recordWrite(context, row, written, "data");
  if (written.kind !== "saved") return;
  patchRecord(context, row, { dataOf: id });
  context.audit("told data", row.name, `key ${id}`);
}

/** Once a key, so that suspending and enabling do not make a credential live longer. */
async function writePeriod(
  row: GrantRow,
  record: CredentialRecord,
  key: string,
  context: ProvisioningContext,
): Promise<void> {
  const { api, told, now } = context;
  const { expiresAt: before, details } = credential(mustRead(row));
  const expiresAt = expiryAfter(now(), told.expiryDays);
  if (record.periodOf === key || (expiresAt === undefined && before === undefined)) return;
  const isAsked = expiresAt !== undefined && told.deprovisionExpired;
  if (isAsked && details.handleExpiry !== EXPIRY_DETAIL.handleExpiry)
    recordWrite(context, row, await writeDetails(api, mustRead(row), EXPIRY_DETAIL), AGENT_DETAILS);
  const current = context.grants.get(row.kind, row.name) ?? row;
  const written = await writeExpiry(api, mustRead(current), expiresAt);
  recordWrite(context, row, written, "policies");
  if (written.kind !== "saved") return;
  patchRecord(context, row, { periodOf: key });
  context.audit("told expiry", row.name, expiresAt === undefined ? "never" : new Date(expiresAt).toISOString());
}

async function endOfRotation(row: GrantRow, context: ProvisioningContext): Promise<void> {
  const written = await endRotation(context.api, mustRead(row));
  recordWrite(context, row, written, "");
  if (written.kind === "saved") context.audit("ended rotation", row.name, row.kind);
}

async function prefixOf(application: GrantRow | undefined): Promise<string> {
  const resource = application && resourceOf(application);
  return groupPrefix(resource?.metadata.id ?? "");
}
