import * as v from "valibot";
import type { ApiServer } from "../amplify/apiserver.ts";
import { environmentLink, kindLink, resourceLink, type ScopedKind } from "../amplify/links.ts";
import { keepOthers } from "../amplify/merge.ts";
import { type Draft, Resource, subResource } from "../amplify/resource.ts";
import { AGENT_DETAILS, mergedDetails } from "../amplify/resources/details.ts";
import { KAFKA_SOURCE } from "../amplify/resources/service.ts";
import { UpstreamError } from "../http/errors.ts";
import type { DocumentStore } from "../store/documents.ts";
import type { Published, ResourceState, TopicRow, TopicStore } from "../store/topics.ts";
import type { DesiredTopic } from "./desired.ts";
import { isAboutOne } from "./failures.ts";
import { type BadgeStep, isFresh, isToBeWritten, nextBadge, nextStep, type PublishStep } from "./publish-plan.ts";

export interface PublishDependencies {
  readonly api: ApiServer;
  readonly environment: string;
  readonly topics: TopicStore;
  readonly documents: DocumentStore;
  readonly desired: (row: TopicRow) => Promise<DesiredTopic>;
  readonly now: () => number;
  /** Commits what it writes as one. */
  readonly together: (work: () => void) => void;
  readonly audit: (action: string, subject: string, detail: string) => void;
  /** What is published of the topic holds schemas of other subjects than before. Called in the transaction that records it. */
  readonly subjectsChanged: (topic: string) => void;
}

/** `badges`: the topic is published and its badges are still to be written. */
export type PublishOutcome = "done" | "badges" | "held";

/**
 * Brings what Amplify holds of a topic to what is desired, one request at a time; each answer is recorded before the
 * next request, so it may be cut off anywhere. Throws `NotYet` when the request budget is used up half-way.
 */
export async function publishTopic(name: string, dependencies: PublishDependencies): Promise<PublishOutcome> {
  for (;;) {
    const row = dependencies.topics.get(name);
    if (row?.held) return "held";
    if (!row || !isToBeWritten(row)) return "done";
    const desired = await dependencies.desired(row);
    const step = nextStep(row.published, desired.fingerprints);
    if (step === undefined) {
      settle(row, dependencies);
      return nextBadge(row.published) ? "badges" : "done";
    }
    await attempt(step, row, desired, dependencies);
  }
}

/** Performs the step; what cannot be made because a person deleted the service that it belongs to is held. */
async function attempt(
  step: PublishStep,
  row: TopicRow,
  desired: DesiredTopic,
  dependencies: PublishDependencies,
): Promise<void> {
  try {
    await perform(step, row, desired, dependencies);
  } catch (error) {
    const { service } = row.published;
    const isPart = step === "create-revision" || step === "create-instance";
    if (!service || !isPart || !isAboutOne(error, ["invalid", "missing", "conflict"])) throw error;
    const { api, environment } = dependencies;
    if (await api.get(resourceLink(environment, KIND.service, service.name))) throw error;
    await holdDeleted("service", row, service, dependencies);
  }
}

/** Writes the badges that are still missing: they show the data plane in Amplify's pages, so they go last. */
export async function writeBadges(name: string, dependencies: PublishDependencies): Promise<"done"> {
  for (;;) {
    const row = dependencies.topics.get(name);
    const badge = row && !row.held ? nextBadge(row.published) : undefined;
    if (!row || badge === undefined) return "done";
    await writeBadge(badge, row, dependencies);
  }
}

function settle(row: TopicRow, dependencies: PublishDependencies): void {
  const { topics, documents, together, now, subjectsChanged } = dependencies;
  const { wanted, published } = row;
  if (!wanted || row.flagged || JSON.stringify(published.wanted) === JSON.stringify(wanted)) return;
  together(() => {
    topics.put({ ...row, published: { ...published, wanted, at: now() } });
    documents.promote(row.name);
    if (JSON.stringify(published.wanted?.subjects) !== JSON.stringify(wanted.subjects)) subjectsChanged(row.name);
  });
}

async function perform(
  step: PublishStep,
  row: TopicRow,
  desired: DesiredTopic,
  dependencies: PublishDependencies,
): Promise<void> {
  const { fingerprints } = desired;
  const state = { service: row.published.service, instance: row.published.instance };
  switch (step) {
    case "create-service":
      return createMain("service", row, desired.service, fingerprints.service, dependencies);
    case "create-instance":
      return createMain("instance", row, desired.instance, fingerprints.instance, dependencies);
    case "write-service-details":
      return writeDetails(
        "service",
        row,
        state.service,
        desired.serviceDetails,
        fingerprints.serviceDetails,
        dependencies,
      );
    case "write-instance-details":
      return writeDetails(
        "instance",
        row,
        state.instance,
        desired.instanceDetails,
        fingerprints.instanceDetails,
        dependencies,
      );
    case "replace-service":
      return replaceMain("service", row, state.service, desired.service, fingerprints.service, dependencies);
    case "replace-instance":
      return replaceMain("instance", row, state.instance, desired.instance, fingerprints.instance, dependencies);
    case "create-revision":
      return createRevision(row, desired, dependencies);
  }
}

type Part = "service" | "instance";
const KIND: Readonly<Record<Part, ScopedKind>> = { service: "APIService", instance: "APIServiceInstance" };
const WORDS: Readonly<Record<Part, string>> = { service: "API service", instance: "API service instance" };

/** The name says whose it is, so one that exists already is an earlier request of ours whose answer was lost. */
async function createMain(
  part: Part,
  row: TopicRow,
  draft: Draft,
  fingerprint: string,
  dependencies: PublishDependencies,
) {
  const { api, environment } = dependencies;
  const created = await api.create(kindLink(environment, KIND[part]), draft);
  if (created.kind === "created") {
    dependencies.audit(`created ${WORDS[part]}`, row.name, draft.name);
    return record(row.name, dependencies, (published) => ({
      ...published,
      [part]: {
        name: created.resource.name,
        ...idOf(created.resource),
        version: versionOf(created.resource),
        body: fingerprint,
        madeAt: dependencies.now(),
      },
    }));
  }
  const found = await api.get(resourceLink(environment, KIND[part], draft.name), { isFollowUp: true });
  if (!found)
    throw new UpstreamError(
      "amplify",
      { kind: "conflict" },
      `The ${WORDS[part]} ${draft.name} exists and cannot be read`,
    );
  dependencies.audit(`adopted ${WORDS[part]}`, row.name, draft.name);
  // Without fingerprints: what it holds is unknown, so what differs is written again.
  record(row.name, dependencies, (published) => ({
    ...published,
    [part]: {
      name: found.name,
      ...idOf(found),
      version: versionOf(found),
      madeAt: dependencies.now(),
      ...(subResource(found, "source") ? { source: true } : {}),
    },
  }));
}

async function createRevision(row: TopicRow, desired: DesiredTopic, dependencies: PublishDependencies): Promise<void> {
  const { api, environment, documents, now } = dependencies;
  const text = (await documents.get(row.name, "waiting")) ?? (await documents.get(row.name, "published"));
  if (text === undefined) throw new Error(`there is no document of topic ${row.name}`);
  const count = (row.published.revision?.count ?? 0) + 1;
  const draft = desired.revision(text, count, now());
  const created = await api.create(kindLink(environment, "APIServiceRevision"), draft);
  // The name holds the document's hash: one that exists already holds this very document.
  dependencies.audit(
    created.kind === "created" ? "created API service revision" : "adopted API service revision",
    row.name,
    draft.name,
  );
  record(row.name, dependencies, (published) => ({ ...published, revision: { name: draft.name, count } }));
}

async function writeDetails(
  part: Part,
  row: TopicRow,
  state: ResourceState | undefined,
  details: Readonly<Record<string, string>>,
  fingerprint: string,
  dependencies: PublishDependencies,
): Promise<void> {
  if (!state) return;
  const link = resourceLink(dependencies.environment, KIND[part], state.name);
  const saved = await dependencies.api.putSub(
    link,
    AGENT_DETAILS,
    await withOthersDetails(link, state, details, dependencies),
  );
  if (saved.kind === "missing") return holdDeleted(part, row, state, dependencies);
  const version = versionOf(saved.resource);
  record(row.name, dependencies, (published) => ({
    ...published,
    [part]: { ...state, ...published[part], version, details: fingerprint },
  }));
}

/** What we have just made nobody else has written to; of everything else the keys of others are kept. */
async function withOthersDetails(
  link: string,
  state: ResourceState,
  details: Readonly<Record<string, string>>,
  { api }: PublishDependencies,
): Promise<Readonly<Record<string, unknown>>> {
  if (isFresh(state)) return details;
  const current = await api.get(link);
  return mergedDetails(current && subResource(current, AGENT_DETAILS), details);
}

async function writeBadge(badge: BadgeStep, row: TopicRow, dependencies: PublishDependencies): Promise<void> {
  const part: Part = badge === "service-badge" ? "service" : "instance";
  const state = row.published[part];
  if (!state) return;
  const link = resourceLink(dependencies.environment, KIND[part], state.name);
  const saved = await dependencies.api.putSub(link, "source", KAFKA_SOURCE);
  if (saved.kind === "missing") return holdDeleted(part, row, state, dependencies);
  const version = versionOf(saved.resource);
  record(row.name, dependencies, (published) => ({
    ...published,
    [part]: { ...state, ...published[part], version, source: true },
  }));
}

async function replaceMain(
  part: Part,
  row: TopicRow,
  state: ResourceState | undefined,
  draft: Draft,
  fingerprint: string,
  dependencies: PublishDependencies,
): Promise<void> {
  if (!state) return;
  const { api, environment } = dependencies;
  const selfLink = resourceLink(environment, KIND[part], state.name);
  let shared = state.shared === true;
  let saved: Awaited<ReturnType<ApiServer["replace"]>> = { kind: "stale" };
  if (!shared) saved = await api.replace(drafted(draft, selfLink, state.version));
  if (saved.kind === "stale") {
    const current = await api.get(selfLink, { isFollowUp: true });
    saved = current ? await api.replace(keepOthers(current, draft), { isFollowUp: true }) : { kind: "missing" };
    shared = true;
  }
  if (saved.kind === "missing") return holdDeleted(part, row, state, dependencies);
  if (saved.kind === "stale")
    throw new UpstreamError("amplify", { kind: "stale" }, `The ${WORDS[part]} ${state.name} keeps changing`);
  dependencies.audit(`changed ${WORDS[part]}`, row.name, state.name);
  const version = versionOf(saved.resource);
  record(row.name, dependencies, (published) => ({
    ...published,
    [part]: { ...state, ...published[part], version, body: fingerprint, ...(shared ? { shared } : {}) },
  }));
}

/** Somebody deleted it in Amplify: it is left alone and shown, never made again by itself. */
async function holdDeleted(
  part: Part,
  row: TopicRow,
  state: ResourceState,
  { api, environment, topics, audit, together }: PublishDependencies,
): Promise<void> {
  if (!(await api.get(environmentLink(environment)))) {
    const message = `The environment ${environment} is gone, or the service account may no longer see it, and everything in it with it.`;
    throw new UpstreamError("amplify", { kind: "missing" }, message, { status: 404 });
  }
  together(() => {
    const current = topics.get(row.name);
    if (current) topics.put({ ...current, held: { kind: "deleted", what: `${WORDS[part]} ${state.name}` } });
    audit(`found ${WORDS[part]} deleted`, row.name, state.name);
  });
}

function record(name: string, { topics }: PublishDependencies, change: (published: Published) => Published): void {
  const current = topics.get(name);
  if (current) topics.put({ ...current, published: change(current.published) });
}

function idOf({ metadata }: Resource): Pick<ResourceState, "id"> {
  return metadata.id === undefined ? {} : { id: metadata.id };
}

function versionOf(resource: Resource): string {
  return resource.metadata.resourceVersion ?? "";
}

/** A draft in the form of a resource that was read: what a full PUT is made of. */
function drafted(draft: Draft, selfLink: string, resourceVersion: string): Resource {
  return v.parse(Resource, { ...draft, metadata: { selfLink, resourceVersion } });
}
