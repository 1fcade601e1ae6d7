import { requestView } from "../amplify/provisioning/request.ts";
import { type Setback, type SetbackWords, setbackWords } from "../amplify/provisioning/setbacks.ts";
import { difference } from "../confluent/acl-binding.ts";
import { subjectPattern } from "../confluent/crn.ts";
import { UpstreamError } from "../http/errors.ts";
import type { GrantKind, GrantRow } from "../store/grants.ts";
import { grantedBindings } from "./acls.ts";
import { type ProvisioningContext, patchRecord, REQUEST_KIND, resourceOf } from "./context.ts";
import { kindOf, report, type Step } from "./execute.ts";
import type { Credential, World } from "./model.ts";
import { takes } from "./next.ts";
import { SetbackError } from "./principals.ts";
import { readRecord, TroubleRecord } from "./record.ts";

/** A request that a person has to mend something for is tried again by itself after this long, then after twice as long. */
const FIRST_RETRY_MS = 60 * 60 * 1000;
const LONGEST_RETRY_MS = 24 * FIRST_RETRY_MS;

/** What failed is left alone this long, then twice as long, and so on. */
const FIRST_REST_MS = 5_000;
const LONGEST_REST_MS = 60 * 60 * 1000;

/**
 * Records why a step failed, and tells the consumer of what trying again does not mend soon. Who waits for the step is
 * told, which is not always the credential whose ACLs it is about. What is no failure of an upstream is thrown on.
 */
export async function tellSetback(
  step: Step,
  error: unknown,
  world: World,
  context: ProvisioningContext,
): Promise<void> {
  const own = context.grants.get(kindOf(step), step.name);
  const setback = setbackOf(error);
  if (!setback) throw error;
  if (own) {
    const { operator } = setbackWords(setback);
    patchRecord(context, own, {
      error: operator,
      ...(setback.kind === "upstream" ? { ...restOf(own, setback, context), untakable: takes(step, world) } : {}),
    });
  }
  for (const { kind, name } of concernedBy(step, world)) {
    const row = context.grants.get(kind, name);
    if (row) await tell(row, setback, context);
  }
}

type UpstreamSetback = Extract<Setback, { readonly kind: "upstream" }>;

function setbackOf(error: unknown): Setback | undefined {
  if (error instanceof SetbackError) return error.setback;
  if (!(error instanceof UpstreamError)) return undefined;
  return { kind: "upstream", upstream: error.upstream, failure: error.failure };
}

/** How long nothing is tried: at least as long as the server asked for, and spread, so that not all come back at once. */
function restOf(row: GrantRow, { failure }: UpstreamSetback, { now, fraction }: ProvisioningContext): object {
  const { failures } = readRecord(TroubleRecord, row.record);
  const grown = Math.min(FIRST_REST_MS * 2 ** Math.min(failures, 20), LONGEST_REST_MS);
  const asked = "retryAfterMs" in failure ? (failure.retryAfterMs ?? 0) : 0;
  return { restsUntil: now() + Math.max(asked, grown / 2 + (grown / 2) * fraction()), failures: failures + 1 };
}

export const NO_FAILURES = { restsUntil: undefined, failures: undefined, untakable: undefined } as const;

/** A step of it went through, or met somebody else's write: then what rests because of that is noted. */
export function forgetFailures(step: Step, world: World, context: ProvisioningContext): void {
  const row = context.grants.get(kindOf(step), step.name);
  if (!row) return;
  const { failures, overtaken } = readRecord(TroubleRecord, row.record);
  if (overtaken > 0) patchRecord(context, row, { untakable: takes(step, world) });
  else if (failures > 0) patchRecord(context, row, NO_FAILURES);
}

async function tell(row: GrantRow, setback: Setback, context: ProvisioningContext): Promise<void> {
  const resource = resourceOf(row);
  if (!resource || readRecord(TroubleRecord, row.record).gone) return;
  const isLeaving = resource.metadata.state === "DELETING";
  const removal =
    isLeaving && setback.kind === "upstream" ? ({ ...setback, kind: "removal-failed" } as const) : setback;
  const words = setbackWords(removal);
  patchRecord(context, row, { error: words.operator, ...(isLeaving ? {} : nextTry(row, setback, words, context)) });
  // Nobody can be told while the one who would tell is what failed, and of what passes by itself nobody need be.
  const isUntellable = setback.kind === "upstream" && setback.upstream.startsWith("amplify");
  if (isUntellable || (words.level === "Pending" && words.outlook === "again")) return;
  const { level, reasons } = requestView(REQUEST_KIND[row.kind], resource);
  if (level === words.level && reasons.at(-1)?.detail === words.detail) return;
  await report(row, words.level, words.detail, context);
}

/** Those that a person mends without asking anew; another key, or another secret, is only made on request. */
const RETRIED: ReadonlySet<Setback["kind"]> = new Set([
  ...(["quota", "name-taken", "acls-not-visible", "mechanism-refused", "topic-missing", "encryption"] as const),
]);

function nextTry(row: GrantRow, { kind }: Setback, { level }: SetbackWords, { now }: ProvisioningContext): object {
  if (level !== "Error" || !RETRIED.has(kind)) return { retryAt: undefined };
  const { retries } = readRecord(TroubleRecord, row.record);
  const wait = Math.min(FIRST_RETRY_MS * 2 ** Math.min(retries, 10), LONGEST_RETRY_MS);
  return { retryAt: now() + wait, retries: retries + 1 };
}

interface Concerned {
  readonly kind: GrantKind;
  readonly name: string;
}

/** Whose request cannot go on, or cannot go, because the step failed. */
function concernedBy(step: Step, world: World): readonly Concerned[] {
  const credential = world.credentials.find(({ name }) => name === step.name);
  if (!credential || kindOf(step) !== "credential") return [{ kind: kindOf(step), name: step.name }];
  const own: Concerned[] = [{ kind: "credential", name: credential.name }];
  const isLeaving = credential.deleting || credential.expired;
  switch (step.do) {
    case "add-acls":
    case "read-acls":
      return [...(credential.level === "Pending" ? own : []), ...waitingFor(credential, step, world)];
    case "find-registry":
    case "add-role-bindings":
      return [...(credential.level === "Pending" ? own : []), ...waitingForSubjects(step, world)];
    case "remove-acls":
    case "remove-role-bindings": {
      const leaving = world.access.filter(({ deleting }) => deleting);
      const others = leaving.map(({ name }): Concerned => ({ kind: "access", name }));
      return [...(isLeaving || credential.level === "Pending" ? own : []), ...others];
    }
    default:
      return own;
  }
}

/** Pending access requests that the missing entries are for. */
function waitingFor(credential: Credential, step: Step, world: World): readonly Concerned[] {
  const bindings = step.do === "add-acls" ? step.bindings : (credential.unseen?.bindings ?? []);
  return world.access.flatMap((request) => {
    if (request.level !== "Pending") return [];
    const own = credential.principals.flatMap((principal) =>
      grantedBindings(principal, { ...world, access: [request] }),
    );
    const isConcerned = difference(own, bindings).missing.length < own.length;
    return isConcerned ? [{ kind: "access" as const, name: request.name }] : [];
  });
}

/** Pending access requests for topics whose schemas cannot be opened: of those whose registry is not known, all that have one. */
function waitingForSubjects(step: Step, { access, registry }: World): readonly Concerned[] {
  const crn = typeof registry === "object" ? registry.crn : undefined;
  const patterns = step.do === "add-role-bindings" ? step.bindings.map(({ crnPattern }) => crnPattern) : undefined;
  const isConcerned = (subject: string) => patterns?.includes(subjectPattern(crn ?? "", subject) ?? "") ?? true;
  return access
    .filter(({ level, subjects }) => level === "Pending" && subjects.some(isConcerned))
    .map(({ name }) => ({ kind: "access", name }));
}
