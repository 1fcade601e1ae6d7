import { Hono } from "hono";
import { callerHeader } from "../core/caller.ts";
import type { SandboxContext, SandboxService } from "../core/types.ts";
import { topicLinkOf } from "./address.ts";
import { ApiServer } from "./api-server.ts";
import { type Client, clientOf } from "./clients.ts";
import { EventLog, type EventLogSnapshot, Purged } from "./events.ts";
import { Gate, Limited } from "./gate.ts";
import { type Json, type JsonObject, memberAt } from "./json.ts";
import { kindNamed } from "./kinds.ts";
import { organization, teams } from "./platform.ts";
import { Problem, problemResponse } from "./problem.ts";
import type { RateSnapshot } from "./rate.ts";
import type { Resource } from "./resource.ts";
import { type ChangeListener, Resources } from "./resources.ts";
import type { AmplifySeed, ResourceSeed } from "./seed.ts";
import { Tokens, type TokensSnapshot } from "./tokens.ts";
import { sumUsage, takeUsage, UsageRefused } from "./usage.ts";
import { view } from "./view.ts";

const VERSION = 1;
/** Who a change made in the UI is put down to. */
const PERSON = "6563ef56-bbab-48a9-bc4a-e564cb3fa148";

interface Snapshot {
  readonly version: number;
  readonly resources: readonly Resource[];
  readonly events: EventLogSnapshot;
  readonly tokens: TokensSnapshot;
  readonly rate: RateSnapshot;
  readonly usage: readonly string[];
}

/**
 * Amplify: token endpoint (`/auth`), API server (`/apis`), events (`/events`), teams, organisation and usage (`/api/v1`), on one
 * port. Clients, teams and settings come from the seed and are not part of a snapshot.
 */
export class Amplify implements SandboxService {
  readonly name = "amplify";
  readonly #context: SandboxContext;
  readonly #seed: AmplifySeed;
  readonly #clients: ReadonlyMap<string, Client>;
  readonly #tokens: Tokens;
  readonly #gate: Gate;
  readonly #events: EventLog;
  readonly #resources: Resources;
  readonly #apis: ApiServer;
  readonly #app: Hono;
  readonly #listeners: ChangeListener[] = [];
  #usage: string[] = [];

  constructor(context: SandboxContext, seed: AmplifySeed) {
    this.#context = context;
    this.#seed = seed;
    this.#clients = new Map(seed.clients.map((client) => [client.id, clientOf(client)]));
    const { organizationGuid, skewSeconds = 30, tokenSeconds = 1800 } = seed;
    this.#tokens = new Tokens(context, { organizationGuid, skewSeconds, tokenSeconds }, this.#clients);
    this.#gate = new Gate(this.#tokens, seed.organization, context.clock);
    this.#events = new EventLog(context, seed.organization);
    const isTeam = (guid: string): boolean => seed.teams.some((team) => team.guid === guid);
    this.#resources = new Resources(context, isTeam, (change, resource, sub) => {
      this.#events.record(change, resource, sub);
      for (const listener of this.#listeners) listener(change, resource, sub);
    });
    this.#apis = new ApiServer(this.#resources);
    this.#app = this.#routes();
    this.#plant();
  }

  async fetch(request: Request): Promise<Response> {
    const response = await this.#app.fetch(request);
    // Its own clock, which may be ahead of the machine's: a client that corrects its clock by the server's reads this.
    response.headers.set("Date", new Date(this.#context.clock.now()).toUTCString());
    const caller = this.caller(request);
    if (caller !== undefined) response.headers.set(callerHeader, encodeURIComponent(caller));
    return response;
  }

  /** The client id that a request's token was issued to; undefined when it is not one of ours. */
  caller(request: Request): string | undefined {
    return this.#tokens.bearer(request.headers.get("authorization"))?.id;
  }

  /** The client that a request's token was issued to, for services that take Amplify's tokens; throws a 401. */
  authenticate(request: Request): Client {
    return this.#gate.authenticated(request);
  }

  /** Tells every change from now on, after the watch topics have heard of it. */
  listen(listener: ChangeListener): void {
    this.#listeners.push(listener);
  }

  get organization(): string {
    return this.#seed.organization;
  }

  get organizationGuid(): string {
    return this.#seed.organizationGuid;
  }

  /** Its settings may be changed, as an administrator would. Throws for an id that is not in the seed. */
  client(id: string): Client {
    const client = this.#clients.get(id);
    if (client === undefined) throw new Error(`no such client: ${id}`);
    return client;
  }

  /** All resources of a kind, in order of creation, as v1 answers them. */
  resources(kind: string): JsonObject[] {
    return [...this.#resources.store.list(kind)].map((resource) => view(resource, "v1"));
  }

  /** One resource as v1 answers it; undefined when there is none. */
  get(selfLink: string): JsonObject | undefined {
    const resource = this.#resources.store.get(selfLink);
    return resource && view(resource, "v1");
  }

  /** Makes a resource, as a person or the marketplace would; returns it. Throws a `Problem` when the server would refuse. */
  create(seed: ResourceSeed): JsonObject {
    const kind = kindNamed(seed.kind);
    const scope = seed.scope && this.#named(seed.scope.kind, seed.scope.name);
    let resource = this.#resources.create(kind, scope, seed.body, PERSON, seed.given);
    for (const [sub, value] of Object.entries(seed.subs ?? {})) {
      resource = this.#resources.putSub(resource, sub, { [sub]: value }, PERSON);
    }
    return view(resource, "v1");
  }

  /** Changes title, tags, attributes, owner, finalizers or spec, as a person would; what `changes` leaves out stays. */
  edit(selfLink: string, changes: JsonObject): JsonObject {
    const resource = this.#present(selfLink);
    const { title, tags, attributes, owner, finalizers, spec } = view(resource, "v1");
    const before = { title, tags, attributes, owner: owner ?? null, finalizers, spec };
    return view(this.#resources.replace(resource, { ...before, ...changes } as Json, PERSON), "v1");
  }

  /** Replaces a sub-resource, as a person or the platform itself would; null takes it away. */
  editSub(selfLink: string, sub: string, value: Json): JsonObject {
    return view(this.#resources.putSub(this.#present(selfLink), sub, { [sub]: value }, PERSON), "v1");
  }

  /** Deletes a resource, as a person would: with finalizers it only begins to go. */
  remove(selfLink: string): void {
    this.#resources.remove(this.#present(selfLink), PERSON);
  }

  /** The usage reports accepted so far, as text. */
  usageReports(): readonly string[] {
    return this.#usage;
  }

  /** What they add up to, by Environment id and unit. */
  usage(): ReadonlyMap<string, Readonly<Record<string, number>>> {
    return sumUsage(this.#usage);
  }

  snapshot(): unknown {
    const snapshot: Snapshot = {
      version: VERSION,
      resources: [...this.#resources.store.all()],
      events: this.#events.snapshot(),
      tokens: this.#tokens.snapshot(),
      rate: this.#gate.snapshot(),
      usage: [...this.#usage],
    };
    return snapshot;
  }

  restore(snapshot: unknown): void {
    const state = snapshot as Partial<Snapshot> | null;
    if (state?.version !== VERSION) throw new Error(`this is no snapshot of Amplify in version ${VERSION}`);
    const { resources, events, tokens, rate, usage: reports } = state as Snapshot;
    this.#resources.store.clear();
    for (const resource of resources) this.#resources.store.put(resource);
    this.#events.restore(events);
    this.#tokens.restore(tokens);
    this.#gate.restore(rate);
    this.#usage = [...reports];
  }

  #routes(): Hono {
    const app = new Hono();
    app.post("/auth/realms/:realm/protocol/openid-connect/token", async (c) => {
      const realm = c.req.param("realm");
      if (realm !== "Broker") return c.json({ error: "Realm does not exist" }, 404);
      return this.#tokens.issue(c.req.raw, `${new URL(c.req.url).origin}/auth/realms/${realm}`);
    });
    app.all("/apis/*", (c) => this.#apis.answer(c.req.raw, this.#gate.metered(c.req.raw)));
    app.get("/events/*", (c) => this.#eventsPage(c.req.raw));
    app.get("/api/v1/platformTeams", (c) =>
      teams(this.#seed.teams, new URL(c.req.url).searchParams, this.#gate.metered(c.req.raw)),
    );
    app.get("/api/v1/org/:id", (c) =>
      organization(c.req.param("id"), this.#seed.organization, this.#gate.authenticated(c.req.raw)),
    );
    app.post("/api/v1/usage", async (c) => {
      const client = this.#gate.authenticated(c.req.raw);
      const isKnown = (id: string) =>
        this.resources("Environment").some((each) => memberAt(each, ["metadata", "id"]) === id);
      this.#usage.push(await takeUsage(c.req.raw, client, this.#seed.organizationGuid, isKnown));
      return c.json({ success: true, description: "", code: 202 }, 202);
    });
    app.notFound((c) => problemResponse(new Problem(404, `there is nothing at ${c.req.path}`)));
    app.onError(errorResponse);
    return app;
  }

  #eventsPage(request: Request): Response {
    const client = this.#gate.metered(request);
    if (!client.rights.has("watchtopics:read")) throw new Problem(403, "the account may not read watch topics");
    const url = new URL(request.url);
    const topic = topicLinkOf(url.pathname.slice("/events".length));
    return Response.json(this.#events.page(topic, url.searchParams));
  }

  #named(kind: string, name: string): Resource {
    return this.#present(`/${kindNamed(kind).group}/v1/${kindNamed(kind).plural}/${name}`);
  }

  #present(selfLink: string): Resource {
    const resource = this.#resources.store.get(selfLink);
    if (resource === undefined) throw new Error(`no such resource: ${selfLink}`);
    return resource;
  }

  #plant(): void {
    const { environments, secrets = [], resources = [] } = this.#seed;
    for (const name of environments) {
      this.create({
        kind: "Environment",
        body: { name, title: name, spec: { axwayManaged: false, production: false } },
      });
    }
    for (const resource of resources) this.create(resource);
    for (const { scope, name, data } of secrets) this.create({ kind: "Secret", scope, body: { name, spec: { data } } });
  }
}

/** Anything that is not a refusal is a defect of the sandbox and thrown on. */
function errorResponse(error: Error): Response {
  if (error instanceof Purged) {
    const headers = { "X-Axway-Max-Sequence-Id": String(error.resumeAt) };
    return problemResponse(new Problem(410, error.message), headers);
  }
  if (error instanceof Limited) return problemResponse(error, { "Retry-After": String(error.seconds) });
  if (error instanceof UsageRefused) return error.response();
  if (error instanceof Problem) return problemResponse(error);
  throw error;
}

/** Amplify as one service of the sandbox. */
export function amplifyService(context: SandboxContext, seed: AmplifySeed): Amplify {
  return new Amplify(context, seed);
}
