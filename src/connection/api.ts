import type { ResourceEvent } from "../amplify/event.ts";
import type { Description } from "../config/describe.ts";
import type { ApplicationStanding } from "../provisioning/access-view.ts";
import type { Difference } from "../provisioning/drift.ts";
import type { AuditEntry, RunEntry } from "../store/journal.ts";
import type { TopicRow } from "../store/topics.ts";
import type { WorkItem } from "../store/work.ts";
import type { ConsumptionEntry } from "../traceability/consumption-entry.ts";
import type { GroupStanding, GroupSummary } from "../traceability/group-standing.ts";
import type { Member } from "./members.ts";

/**
 * What the Worker in front may ask of a connection. Calls cross from one isolate to another: arguments and answers are
 * plain data, nothing is thrown, and the meaning of a call never changes between two versions.
 */
export interface ConnectionApi {
  /** Once a minute. Makes sure that the periodic work is on the list and the alarm is armed. */
  tick(): Promise<Answer<{ readonly waiting: number }>>;
  /**
   * A webhook was called. Nothing of it is believed: at most something is looked at sooner. One that is of no connection's
   * environment may be told to any, which counts it.
   */
  hint(event: ResourceEvent): Promise<Answer<{ readonly outcome: HintOutcome }>>;
  overview(): Promise<Answer<Overview>>;
  /** Starts a discovery now. */
  discover(request: DiscoverRequest): Promise<Answer<{ readonly started: true }>>;
  topics(query: TopicsQuery): Promise<Answer<Page<TopicSummary>>>;
  topic(name: string): Promise<Answer<TopicDetail>>;
  /** What a person decides about one topic. */
  decide(name: string, action: TopicAction): Promise<Answer<{ readonly name: string }>>;
  /** What an import would make: decisions, requests and time. Works in both modes. */
  plan(): Promise<Answer<PlanReport>>;
  runs(query: { readonly limit: number; readonly before?: number }): Promise<Answer<Page<RunEntry>>>;
  work(query: { readonly limit: number; readonly after?: string }): Promise<Answer<Page<WorkItem>>>;
  /** Brings a dead item back. */
  redrive(key: string): Promise<Answer<{ readonly key: string }>>;
  audit(query: { readonly limit: number; readonly before?: number }): Promise<Answer<Page<AuditEntry>>>;
  /** Applications by name, with what was asked for in each and how far it has come. */
  applications(query: { readonly limit: number; readonly after?: string }): Promise<Answer<Page<ApplicationStanding>>>;
  /** The application of this name, or the one that an access request or credential of this name belongs to. */
  access(name: string): Promise<Answer<ApplicationStanding>>;
  /** What a person decides about an application, an access request or a credential. */
  actOnAccess(name: string, action: AccessAction): Promise<Answer<{ readonly name: string }>>;
  /** Compares what is recorded with Confluent. It reads lists there; nothing is changed. */
  drift(): Promise<Answer<DriftReport>>;
  /** Has a plan carried out that `drift` showed. */
  applyDrift(plan: string): Promise<Answer<{ readonly plan: string }>>;
  /** Consumer groups of our applications by name, as they were sampled last. */
  groups(query: GroupsQuery): Promise<Answer<GroupsPage>>;
  group(name: string): Promise<Answer<GroupDetail>>;
  /** What was read, by application, topic and window. */
  consumption(query: ConsumptionQuery): Promise<Answer<ConsumptionPage>>;
  /** What monitoring wants to know; nothing is asked outside and nothing written for it. */
  metrics(): Promise<Answer<readonly MetricFamily[]>>;
  /** What tells us of changes in Amplify (webhook, watch topic): what is there, and what differs. */
  installation(): Promise<Answer<InstallReport>>;
  /** Makes and repairs all of it now, or takes it away until it is asked for again. */
  install(wanted: "installed" | "removed"): Promise<Answer<{ readonly wanted: "installed" | "removed" }>>;
  /** Tests each credential, endpoint and permission by harmless calls. */
  doctor(): Promise<Answer<DoctorReport>>;
  health(): Promise<Answer<HealthReport>>;
}

export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      readonly reason: "not-found" | "conflict" | "invalid" | "unavailable";
      readonly message: string;
    };

export type HintOutcome =
  /** Of another organisation or environment. */
  | "foreign"
  /** Nothing follows from it, or it is known already. */
  | "dropped"
  /** Something will be looked at sooner for it. */
  | "taken";

export interface Page<T> {
  readonly items: readonly T[];
  /** What to ask for next; undefined on the last page. */
  readonly next: string | undefined;
}

export interface DiscoverRequest {
  /** The topics that vanished in the run that stopped are really gone. */
  readonly acceptLoss?: boolean;
  /** Documents are made anew even where only our builder changed. */
  readonly rebuild?: boolean;
  /** All topics that are held because of a likely twin are published. */
  readonly acceptTwins?: boolean;
}

export type TopicAction =
  /** Publish it although a likely twin exists, or although a person deleted it in Amplify. */
  | "publish"
  /** Look at it again now. */
  | "refresh";

export type AccessAction =
  /** What failed or waits is tried again now. */
  | "retry"
  /** The rights of an application's credentials, or of one, go at once and stay away. */
  | "revoke"
  /** They come back. */
  | "enable"
  /** What another agent provisioned becomes ours, and is provisioned anew. */
  | "takeover";

export interface TopicsQuery {
  readonly limit: number;
  readonly after?: string;
  readonly decision?: string;
}

export interface TopicSummary {
  readonly name: string;
  /** eligible, filtered, internal, error or missing. */
  readonly decision: TopicRow["decision"];
  readonly rule: string;
  readonly error: string | undefined;
  /** `published`, `waiting`, `held`, `out of sync`, or undefined for topics that are none of our business. */
  readonly state: "published" | "waiting" | "held" | "out of sync" | undefined;
  readonly held: TopicRow["held"];
  readonly subjects: TopicRow["subjects"];
  readonly partitions: number;
  readonly replication: number;
  readonly service: string | undefined;
  readonly revision: string | undefined;
  readonly instance: string | undefined;
  /** SHA-256 of the document that is published. */
  readonly sha256: string | undefined;
  readonly changedAt: number;
}

export interface TopicDetail extends TopicSummary {
  readonly configs: TopicRow["configs"];
  /** The document that is published, or that waits when none is. */
  readonly document: string | undefined;
  readonly waitingDocument: string | undefined;
  readonly work: WorkItem | undefined;
}

export interface GroupsQuery {
  readonly limit: number;
  readonly after?: string;
  /** Only groups that read this topic. */
  readonly topic?: string;
}

export interface GroupsPage extends Page<GroupSummary> {
  /** What there is to know beyond single groups, in sentences. */
  readonly notes: readonly string[];
}

export interface GroupDetail extends GroupStanding {
  /** Who owned partitions in the last sample; undefined where nobody did, or the cluster does not tell. */
  readonly members: readonly Member[] | undefined;
}

export interface ConsumptionQuery {
  readonly limit: number;
  /** Id of the last window of the page before. */
  readonly after?: number;
  readonly application?: string;
  readonly topic?: string;
  /** Windows that reach into the time from `from` to before `to`, ms. */
  readonly from?: number;
  readonly to?: number;
}

/** Newest first. */
export interface ConsumptionPage extends Page<ConsumptionEntry> {
  /** Of the same page: what no access request explains. */
  readonly unattributed: readonly ConsumptionEntry[];
}

/** All samples of one metric (prometheus.io/docs/instrumenting/exposition_formats). */
export interface MetricFamily {
  readonly name: string;
  readonly type: "gauge" | "counter";
  readonly help: string;
  readonly samples: readonly MetricSample[];
}

export interface MetricSample {
  readonly labels: Readonly<Record<string, string>>;
  /** In decimal: offsets are wider than a double. */
  readonly value: string;
}

export interface PlanReport {
  readonly mode: "publish" | "plan";
  readonly topics: readonly {
    readonly name: string;
    readonly decision: TopicRow["decision"];
    readonly rule: string;
    readonly requests: number;
    readonly held: TopicRow["held"];
  }[];
  /** Requests to Amplify that an import makes, by what they are for. */
  readonly requests: {
    readonly agents: number;
    readonly definitions: number;
    /** The watch topic, and the first look at applications, access requests and credentials. */
    readonly events: number;
    readonly topics: number;
    readonly total: number;
  };
  readonly hours: number;
}

export interface Overview {
  readonly connection: string;
  readonly mode: "publish" | "plan";
  readonly cluster: { readonly clusterId: string; readonly type: string } | undefined;
  readonly topics: Readonly<Record<string, number>>;
  readonly work: { readonly waiting: number; readonly dead: number; readonly nextDue: number | undefined };
  readonly budget: { readonly requestsPerMinute: number; readonly used: number };
  readonly webhook: WebhookCalls;
  readonly lastRun: RunEntry | undefined;
  readonly problems: readonly Problem[];
  readonly loss: { readonly topics: readonly string[]; readonly allowed: number } | undefined;
  readonly settings: readonly Description[];
}

/** Calls of the webhook since the database was made. */
export interface WebhookCalls {
  readonly received: number;
  /** Of those, from another organisation or environment: ignored. */
  readonly foreign: number;
  /** Of those, without consequence: repeated, late, or an echo of what we wrote ourselves. */
  readonly dropped: number;
  /** ms; undefined when there was none. */
  readonly lastAt: number | undefined;
}

/** Something a person should know, in words. */
export interface Problem {
  /** The work that fails, or the system that refuses. */
  readonly what: string;
  readonly message: string;
  /** When it is tried again, ms; undefined when it waits for a person. */
  readonly until: number | undefined;
}

export interface InstallReport {
  /** What a person decided; `installed` when nobody did. */
  readonly wanted: "installed" | "removed";
  /** Address that Amplify is to call; undefined where no webhook is wanted. */
  readonly url: string | undefined;
  readonly noWebhookBecause: string | undefined;
  readonly resources: readonly InstalledResource[];
  /** When the installation is looked at next, ms, and what went wrong the last time. */
  readonly work: { readonly due: number; readonly reason: string; readonly error: string | undefined } | undefined;
}

export interface InstalledResource {
  readonly kind: string;
  /** `absent`: not there, and not wanted; `unwanted`: there, and not wanted. */
  readonly state: "right" | "changed" | "missing" | "absent" | "unwanted";
}

export interface DriftReport {
  /** Stands for exactly these differences, to be approved. */
  readonly plan: string;
  /** ms */
  readonly readAt: number;
  readonly differences: readonly Omit<Difference, "binding" | "role" | "registry">[];
  /** Credentials of which nothing is said, because something of them is under way. */
  readonly unsettled: number;
}

export interface DoctorReport {
  readonly checks: readonly DoctorCheck[];
  /** False when something is missing for certain. */
  readonly ok: boolean;
  /** False when the request budget did not suffice: asked again, the doctor goes on where it stopped. */
  readonly complete: boolean;
  /** When the rest may be asked, ms; undefined when nothing has to wait. */
  readonly again: number | undefined;
}

export interface DoctorCheck {
  readonly check: string;
  /** Undefined when it could not be told, e.g. because an earlier check failed. */
  readonly ok: boolean | undefined;
  /** False where what was seen has another explanation than a missing permission, or nothing was seen. */
  readonly certain: boolean;
  /** The permission tested, as an administrator grants it; undefined for an open question. */
  readonly permission: string | undefined;
  /** The variable that holds the credential tested. */
  readonly variable: string;
  readonly message: string;
  /** What was found out about how this system behaves. */
  readonly answer: string | undefined;
}

export interface HealthReport {
  readonly healthy: boolean;
  readonly connection: string;
  /** Ages in seconds; undefined when it never happened. */
  readonly discoveryAge: number | undefined;
  readonly oldestWorkAge: number | undefined;
  readonly dead: number;
  readonly problems: readonly Problem[];
}
