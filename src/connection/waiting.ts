import { migrate } from "../store/schema.ts";
import type { Lane, WorkItem, WorkStore } from "../store/work.ts";
import type { Answer, ConnectionApi, HealthReport } from "./api.ts";
import { errorText } from "./backoff.ts";
import { waitingDoctor } from "./doctor.ts";
import { type Actor, arm, createReadyActor, newerSchema, type ReadyOptions } from "./ready.ts";
import { isPeriodic } from "./reconcile.ts";
import { createSecrets, READ_AGAIN, SECRETS, type SecretOptions } from "./secrets.ts";
import { openStores } from "./stores.ts";
import { wake } from "./wake.ts";

/**
 * The actor of a connection whose configuration refers to Secrets of its Amplify environment. Until their values are
 * there it does nothing but read them, and answers with the reason; then it is an actor like any other. The values are
 * those that are sealed in the database, so an object that was dropped goes on with them without a request.
 */
export function createWaitingActor(options: Omit<SecretOptions, "stores"> & Pick<ReadyOptions, "webhook">): Actor {
  const { pending, ports, requestsPerMinute, webhook } = options;
  const newer = newerSchema(migrate(ports.sql));
  const stores = openStores(ports.sql);
  const secrets = createSecrets({ ...options, stores });
  const only = onlySecrets(stores.work);
  const variables = pending.references.map(({ variable }) => variable).join(", ");
  const reason = (): string => {
    const item = only.item();
    const waits = item && item.reason !== "" ? ` (${item.reason})` : "";
    return newer ?? item?.error ?? `the Secrets that ${variables} refer to were not read yet${waits}`;
  };
  let made: { readonly actor: Actor; readonly sealed: Uint8Array } | undefined;

  /** The actor with the values of now; undefined while there are none. */
  async function ready(): Promise<Actor | undefined> {
    const sealed = secrets.sealed();
    if (sealed && made && isSame(made.sealed, sealed)) return made.actor;
    const config = sealed && (await secrets.open(sealed));
    made = sealed && config && { sealed, actor: createReadyActor({ config, ports, requestsPerMinute, webhook }) };
    return made?.actor;
  }

  /** Answers with the ready actor, or else; never throws. */
  async function ask<T>(
    call: (actor: Actor) => Promise<Answer<T>>,
    otherwise: () => Answer<T> | Promise<Answer<T>> = () => unavailable(reason()),
  ): Promise<Answer<T>> {
    try {
      const actor = await ready();
      return actor ? await call(actor) : await otherwise();
    } catch (error) {
      ports.log.write("error", "a call failed", { error: errorText(error) });
      return unavailable(errorText(error));
    }
  }

  async function tick(): Promise<void> {
    if (newer !== undefined) return;
    const now = ports.clock.now();
    stores.sealed.prune(now);
    only.ensure(SECRETS, "status", now, "start");
    // Read well, and yet there is nothing to use: a new deployment refers to other Secrets, or nothing rang in time.
    if (only.item()?.reason === READ_AGAIN && !(await ready()))
      only.hint(SECRETS, "status", now, "the values are missing");
    await arm({ ports, work: only });
  }

  /** A person who mended a Secret does not wait for the next time that it is read. */
  async function readNow(): Promise<void> {
    if (newer !== undefined) return;
    only.hint(SECRETS, "status", ports.clock.now(), "asked for by a person");
    await arm({ ports, work: only });
  }

  /** On its own and before all other work, which then uses the values that were read last. */
  async function readIfDue(): Promise<void> {
    if (!isDue(only.item(), ports.clock.now())) return;
    const { requests, read } = secrets;
    await wake({ ports, work: only, reconcile: read, periodic: isPeriodic, requests });
  }

  const health = (): HealthReport => ({
    healthy: false,
    connection: pending.name,
    discoveryAge: undefined,
    oldestWorkAge: undefined,
    dead: 0,
    problems: [{ what: SECRETS, message: reason(), until: only.item()?.due }],
  });
  const api: ConnectionApi = {
    tick: async () => {
      const own: Answer<{ waiting: number }> = await answered(ports.log, async () => {
        await tick();
        return { waiting: stores.work.counts().waiting };
      });
      return own.ok
        ? ask(
            (actor) => actor.tick(),
            () => own,
          )
        : own;
    },
    hint: (event) => ask((actor) => actor.hint(event)),
    overview: () => ask((actor) => actor.overview()),
    health: () =>
      ask(
        (actor) => actor.health(),
        () => ({ ok: true, value: health() }),
      ),
    discover: async (request) => {
      const own = await answered(ports.log, readNow);
      return own.ok ? ask((actor) => actor.discover(request)) : own;
    },
    topics: (query) => ask((actor) => actor.topics(query)),
    topic: (name) => ask((actor) => actor.topic(name)),
    decide: (name, action) => ask((actor) => actor.decide(name, action)),
    plan: () => ask((actor) => actor.plan()),
    runs: (query) => ask((actor) => actor.runs(query)),
    work: (query) => ask((actor) => actor.work(query)),
    redrive: (key) => ask((actor) => actor.redrive(key)),
    audit: (query) => ask((actor) => actor.audit(query)),
    applications: (query) => ask((actor) => actor.applications(query)),
    access: (name) => ask((actor) => actor.access(name)),
    actOnAccess: (name, action) => ask((actor) => actor.actOnAccess(name, action)),
    drift: () => ask((actor) => actor.drift()),
    applyDrift: (plan) => ask((actor) => actor.applyDrift(plan)),
    groups: (query) => ask((actor) => actor.groups(query)),
    group: (name) => ask((actor) => actor.group(name)),
    consumption: (query) => ask((actor) => actor.consumption(query)),
    metrics: () => ask((actor) => actor.metrics()),
    installation: () => ask((actor) => actor.installation()),
    install: (wanted) => ask((actor) => actor.install(wanted)),
    doctor: () =>
      ask(
        (actor) => actor.doctor(),
        () =>
          answered(ports.log, async () =>
            waitingDoctor(pending, await secrets.amplify.fresh(), reason(), only.item()?.error !== undefined),
          ),
      ),
  };
  return {
    ...api,
    wake: async () => {
      if (newer !== undefined) return;
      await answered(ports.log, readIfDue);
      await ask(
        async (actor) => {
          await actor.tick();
          await actor.wake();
          return { ok: true, value: undefined };
        },
        async () => {
          await arm({ ports, work: only });
          return { ok: true, value: undefined };
        },
      );
    },
  };
}

/** The work list as if nothing but the Secrets were on it. */
function onlySecrets(work: WorkStore): WorkStore & { readonly item: () => WorkItem | undefined } {
  const item = () => work.get(SECRETS);
  return {
    ...work,
    item,
    next: (now: number, open: readonly Lane[]) => {
      const found = item();
      return found && open.includes(found.lane) && isDue(found, now) ? found : undefined;
    },
    nextDue: (lanes: readonly Lane[]) => {
      const found = item();
      return found && lanes.includes(found.lane) ? found.due : undefined;
    },
  };
}

function isDue(item: WorkItem | undefined, now: number): boolean {
  return item !== undefined && item.due <= now;
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

async function answered<T>(log: SecretOptions["ports"]["log"], work: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    log.write("error", "a call failed", { error: errorText(error) });
    return unavailable(errorText(error));
  }
}

function unavailable<T>(message: string): Answer<T> {
  return { ok: false, reason: "unavailable", message };
}
