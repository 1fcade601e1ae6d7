import * as v from "valibot";
import {
  type Addresses,
  loopbackAddresses,
  portOf,
  realAddresses,
  type ServiceName,
  serviceAt,
  serviceNames,
} from "./addresses.ts";
import type { IngestionBehaviour } from "./amplify/ingestion.ts";
import type { Receiver, WebhookBehaviour } from "./amplify/webhooks.ts";
import type { CloudBehaviour } from "./cloud/behaviour.ts";
import type { MetricsBehaviour } from "./cloud/metrics-behaviour.ts";
import { MovableClock } from "./core/clock.ts";
import { controlService } from "./core/control.ts";
import { Faults } from "./core/faults.ts";
import { type Listening, listen } from "./core/host.ts";
import { RequestLog } from "./core/log.ts";
import { type Observer, observed } from "./core/observe.ts";
import { seededRandom } from "./core/random.ts";
import { readState, stateVersion, writeState } from "./core/state.ts";
import type { SandboxContext, SandboxService } from "./core/types.ts";
import { wrap } from "./core/wrap.ts";
import { type Endpoints, endpointsOf } from "./endpoints.ts";
import { variablesLacking, variablesWrong } from "./lacking.ts";
import { buildParts, type Parts } from "./parts.ts";
import type { PlatformOptions } from "./platform.ts";
import { newSecrets, type Secrets, secretsSchema } from "./secrets.ts";
import { action as actionSchema } from "./traffic/specs.ts";
import type { UserAdminOptions } from "./users/user-admin.ts";
import { bothConnections, type Variables, variablesOf } from "./variables.ts";
import type { DemoSubject, DemoTopic } from "./world/catalogue/types.ts";
import { demoGroup, demoSubjects, demoTopics, type Side, seedCluster, seedRegistry } from "./world/demo.ts";
import type { Permission, WrongCredential } from "./world/permissions.ts";

export interface SandboxOptions {
  /** First of the consecutive ports; 8800 when not given. */
  readonly basePort?: number;
  /** No ports: the services have the real systems' addresses, and `fetch` finds them by origin. */
  readonly inProcess?: boolean;
  readonly seed?: number;
  /** How far the clock runs ahead, ms. */
  readonly clockOffset?: number;
  /** Of each Amplify client, in any 60 s; 25 when not given, `"unlimited"` for none. */
  readonly amplifyRequestsPerMinute?: number | "unlimited";
  readonly platform?: PlatformOptions;
  /** How Confluent Cloud behaves where observations differ; what is left out is as by default. */
  readonly cloud?: Partial<CloudBehaviour>;
  /** How the metrics API and ingestion behave, likewise. */
  readonly metrics?: Partial<MetricsBehaviour>;
  readonly ingestion?: Partial<IngestionBehaviour>;
  /** How the user-admin endpoint is set up. */
  readonly users?: Partial<UserAdminOptions>;
  /** How calls of webhooks go wrong; each once and in order when not given. */
  readonly webhooks?: Partial<WebhookBehaviour>;
  /** The demo world when not given; or the topics and subjects of both sides. */
  readonly world?:
    | "demo"
    | "empty"
    | { readonly topics: readonly DemoTopic[]; readonly subjects: readonly DemoSubject[] };
}

const defaultPort = 8800;
/** What states of before it know nothing of; it begins anew then. */
const addedLater: ReadonlySet<string> = new Set(["users", "marketplace", "traffic"]);
const sides = ["cloud", "platform"] as const;

/** Confluent Cloud, Confluent Platform and Amplify, with one clock, one log and one scenario. */
export class Sandbox {
  readonly clock: MovableClock;
  readonly log = new RequestLog();
  readonly faults = new Faults();
  readonly addresses: Addresses;
  /** What a service threw: defects of the sandbox, which a test should find empty. */
  readonly defects: unknown[] = [];
  readonly #options: SandboxOptions;
  readonly #random;
  readonly #context: SandboxContext;
  readonly #wrapped: ReadonlyMap<ServiceName, (request: Request) => Promise<Response>>;
  #secrets: Secrets;
  #parts: Parts;
  #listening: Listening | undefined;
  #observer: Observer | undefined;
  #receiver: Receiver | undefined;

  constructor(options: SandboxOptions = {}) {
    this.#options = options;
    this.clock = new MovableClock(options.clockOffset ?? 0);
    this.#random = seededRandom(options.seed ?? 1);
    this.#context = { clock: this.clock, random: () => this.#random.next() };
    this.addresses = options.inProcess === true ? realAddresses : loopbackAddresses(options.basePort ?? defaultPort);
    if (options.inProcess !== true) this.#receiver = (request) => fetch(request);
    this.#secrets = newSecrets();
    this.#parts = this.#build(this.#secrets);
    this.#seed(this.#parts);
    this.#wrapped = new Map(serviceNames.map((name) => [name, this.#wrap(name)]));
  }

  /** The simulated systems themselves, up to date, for tests that prepare or look at them. They are made anew by `load`. */
  get parts(): Parts {
    this.#parts.traffic.catchUp();
    return this.#parts;
  }

  /** Answers a request by its origin; rejects like an unknown host for one that the sandbox does not play. */
  async fetch(request: Request): Promise<Response> {
    const { origin } = new URL(request.url);
    const name = serviceAt(this.addresses, origin);
    const fetch = name === undefined ? undefined : this.#wrapped.get(name);
    if (fetch === undefined) throw new TypeError(`fetch failed: the sandbox plays no host ${origin}`);
    return await fetch(request);
  }

  /** Serves every service on its port; twice is once. Throws an Error that names a port which is in use. */
  async listen(): Promise<void> {
    if (this.#listening !== undefined) return;
    const basePort = this.#options.basePort ?? defaultPort;
    const hosted = [...this.#wrapped].map(([name, fetch]) => ({ name, port: portOf(basePort, name), fetch }));
    this.#listening = await listen(hosted, this.clock);
  }

  /** Ends all connections and lets everything that waits on the clock go. Twice is once. */
  async close(): Promise<void> {
    this.clock.release();
    await this.#listening?.close();
    this.#listening = undefined;
  }

  /** Tells every exchange with a simulated system to `observer`, until another one or undefined is given. Answers that a scenario made up are no exchange. */
  observe(observer: Observer | undefined): void {
    this.#observer = observer;
  }

  /** Who is called by Amplify's webhooks, whatever their host; undefined for nobody. On ports they are called over the network when nothing is said. */
  receiveWebhooks(receiver: Receiver | undefined): void {
    this.#receiver = receiver;
  }

  endpoints(): Endpoints {
    return endpointsOf(this.#parts, this.addresses, this.#secrets);
  }

  /** Variables of one connection; with `lacking` or `wrong`, logged in with a credential that lacks exactly that, or is wrong. */
  environmentVariables(
    side: Side,
    instead: { readonly lacking?: Permission; readonly wrong?: WrongCredential } = {},
  ): Variables {
    const { organization } = this.#parts;
    const { lacking, wrong } = instead;
    return {
      ...variablesOf(side, this.endpoints(), this.#secrets, this.#options.platform),
      ...(lacking === undefined ? {} : variablesLacking(side, lacking, this.#secrets, organization)),
      ...(wrong === undefined ? {} : variablesWrong(wrong, organization)),
    };
  }

  /** Both connections: Cloud's, and Platform's with the suffix `_2`. */
  allEnvironmentVariables(): Variables {
    return bothConnections(this.environmentVariables("cloud"), this.environmentVariables("platform"));
  }

  /** State of all services by name. */
  snapshot(): Readonly<Record<string, unknown>> {
    this.#parts.traffic.catchUp();
    return Object.fromEntries([...this.#states(this.#parts)].map(([name, state]) => [name, state.snapshot()]));
  }

  /** All services as they were at a `snapshot` of this sandbox. The clock, the log and the place in the random sequence stay. */
  restore(snapshot: Readonly<Record<string, unknown>>): void {
    for (const [name, service] of this.#states(this.#parts)) service.restore(snapshot[name]);
  }

  async save(file: string): Promise<void> {
    await writeState(file, {
      version: stateVersion,
      savedAt: new Date(this.clock.now()).toISOString(),
      clockOffset: this.clock.offset(),
      random: this.#random.state(),
      secrets: this.#secrets,
      services: this.snapshot(),
    });
  }

  /**
   * Goes on with a saved state: all services, logins, the clock's offset and the place in the random sequence; log and scenario stay.
   * False when there is no such file, then nothing changes. Throws an Error when it cannot be read.
   */
  async load(file: string): Promise<boolean> {
    const state = await readState(file);
    if (state === undefined) return false;
    const secrets = v.parse(secretsSchema, state.secrets);
    const parts = this.#build(secrets);
    for (const [name, service] of this.#states(parts)) {
      if (!(name in state.services) && addedLater.has(name)) continue;
      if (!(name in state.services)) throw new Error(`${file} holds no state of ${name}.`);
      service.restore(state.services[name]);
    }
    this.#random.resume(state.random);
    this.clock.advance(Math.max(0, state.clockOffset - this.clock.offset()));
    this.#secrets = secrets;
    this.#parts = parts;
    return true;
  }

  /** The services, and what has no port of its own. */
  #states(parts: Parts): ReadonlyMap<string, Pick<SandboxService, "snapshot" | "restore">> {
    return new Map<string, Pick<SandboxService, "snapshot" | "restore">>([
      ...parts.services,
      ["marketplace", parts.marketplace],
      ["traffic", parts.traffic],
    ]);
  }

  #build(secrets: Secrets): Parts {
    const { amplifyRequestsPerMinute = 25 } = this.#options;
    return buildParts(this.#context, {
      addresses: this.addresses,
      secrets,
      platform: this.#options.platform ?? {},
      cloud: this.#options.cloud ?? {},
      metrics: this.#options.metrics ?? {},
      ingestion: this.#options.ingestion ?? {},
      users: this.#options.users ?? {},
      seed: this.#options.seed ?? 1,
      webhooks: {
        receiver: () => this.#receiver,
        wait: async (ms) => await this.clock.wait(ms),
        behaviour: this.#options.webhooks ?? {},
      },
      amplifyRequestsPerMinute: amplifyRequestsPerMinute === "unlimited" ? undefined : amplifyRequestsPerMinute,
    });
  }

  #seed(parts: Parts): void {
    const { world = "demo" } = this.#options;
    if (world === "empty") return;
    for (const side of sides) {
      seedCluster(parts.clusters[side], world === "demo" ? demoTopics(side) : world.topics);
      if (world === "demo") parts.clusters[side].addGroup(demoGroup);
      seedRegistry(parts.registries[side], world === "demo" ? demoSubjects() : world.subjects);
    }
  }

  /** The control service is neither logged nor part of a scenario. */
  #wrap(name: ServiceName): (request: Request) => Promise<Response> {
    if (name === "control") {
      const { clock, log, faults } = this;
      const app = controlService({
        clock,
        log,
        faults,
        endpoints: () => this.endpoints(),
        state: () => this.snapshot(),
        truth: () => this.#truth(),
        act: (action, at) => this.#act(action, at),
      });
      return async (request) => await app.fetch(request);
    }
    const fetch = observed(
      name,
      async (request) => await this.#service(name).fetch(request),
      () => this.#observer,
    );
    return wrap(
      { name, fetch },
      { clock: this.clock, log: this.log, faults: this.faults, defect: (error) => this.defects.push(error) },
    );
  }

  #truth(): object {
    const { traffic, ingestion, amplify } = this.#parts;
    return {
      consumed: traffic.truth(),
      produced: traffic.produced(),
      accepted: ingestion.accepted(),
      usage: Object.fromEntries(amplify.usage()),
    };
  }

  #act(action: unknown, at: number | undefined): void {
    const { traffic } = this.#parts;
    const parsed = v.parse(actionSchema, action);
    if (at === undefined) traffic.act(parsed);
    else traffic.schedule(at, parsed);
  }

  #service(name: ServiceName) {
    const service = this.#parts.services.get(name);
    if (service === undefined) throw new Error(`The sandbox has no service ${name}.`);
    this.#parts.traffic.catchUp();
    return service;
  }
}

export function createSandbox(options: SandboxOptions = {}): Sandbox {
  return new Sandbox(options);
}
