import * as v from "valibot";
import { resourceLink } from "../amplify/links.ts";
import type { ConnectionConfig, PendingConnection, Problem, SecretReference } from "../config/model.ts";
import { NotYet, UpstreamError } from "../http/errors.ts";
import { mayCall } from "../http/hosts.ts";
import type { Ports } from "../runtime/ports.ts";
import { DISCOVERY_LANE } from "../store/work.ts";
import { type AmplifyFactory, createAmplify } from "./amplify.ts";
import { errorText } from "./backoff.ts";
import { createGate } from "./gate.ts";
import type { Stores } from "./stores.ts";
import type { Outcome } from "./wake.ts";

/** The work item that reads the Secrets. */
export const SECRETS = "secrets";
/** What the item waits for when all is well. */
export const READ_AGAIN = "read again before the values are too old";
/** How long a value is kept and used. */
const KEPT_MS = 60 * 60 * 1000;
/** When it is read again: early enough for some attempts before it is given up. */
const REFRESH_MS = 45 * 60 * 1000;
const KIND = "secret";
const ROW = "values";

/** A configuration that is complete but for the values of its `@Secret` references. */
export interface PendingSource {
  readonly pending: PendingConnection;
  /** Completes the configuration with the values, by the variable that refers to each. */
  readonly resolve: (values: ReadonlyMap<string, string>) => {
    readonly connection: ConnectionConfig | undefined;
    readonly problems: readonly Problem[];
  };
}

export interface SecretOptions extends PendingSource {
  readonly ports: Ports;
  readonly stores: Stores;
  /** Amplify requests a minute that this connection may start. */
  readonly requestsPerMinute: number;
}

export interface Secrets {
  readonly amplify: AmplifyFactory;
  /** Requests since the object was made. */
  readonly requests: () => number;
  /** The values as they are kept, no older than an hour; another row means other values. */
  sealed(): Uint8Array | undefined;
  /** The configuration with kept values; undefined when they do not open, or are not those of all references. */
  open(sealed: Uint8Array): Promise<ConnectionConfig | undefined>;
  /** Reads the Secrets, one request each, and seals the values. Throws with every variable that has no value. */
  read(): Promise<Outcome>;
}

const Values = v.array(v.object({ variable: v.string(), secret: v.string(), key: v.string(), value: v.string() }));
type Values = v.InferOutput<typeof Values>;

const SecretBody = v.looseObject({ spec: v.looseObject({ data: v.nullish(v.record(v.string(), v.unknown())) }) });

/**
 * The values behind `@Secret.<name>.<key>` (agent-sdk pkg/cmd/properties/resolver/secretResolver.go): entries of the
 * Secrets in the connection's Amplify environment. In clear only in memory.
 */
export function createSecrets({ pending, resolve, ports, stores, requestsPerMinute }: SecretOptions): Secrets {
  const { central, auth, references } = pending;
  let requests = 0;
  const configured = [central.url, central.platformUrl, auth.tokenUrl];
  const amplify = createAmplify({
    side: pending,
    allowHost: (url) => mayCall(url, { configured, returned: [] }),
    ports,
    stores,
    requestsPerMinute,
    onRequest: (record) => {
      requests++;
      ports.log.write("debug", "request", { ...record });
    },
  });
  const now = () => ports.clock.now();

  const sealed = () => stores.sealed.get(KIND, ROW, now());

  async function valuesIn(bytes: Uint8Array | undefined): Promise<Values | undefined> {
    const text = bytes && (await (await amplify.seal()).open("sealed", `${KIND}/${ROW}`, bytes));
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Values), text);
    return parsed.success ? parsed.output : undefined;
  }

  async function readSecret(name: string): Promise<Readonly<Record<string, unknown>> | undefined> {
    const { api } = await amplify.for("status");
    try {
      const resource = await api.get(resourceLink(central.environment, "Secret", name));
      if (resource === undefined) return undefined;
      const body = v.safeParse(SecretBody, resource);
      return (body.success && body.output.spec.data) || {};
    } catch (error) {
      if (error instanceof NotYet || !(error instanceof UpstreamError)) throw error;
      const variables = references.filter(({ secret }) => secret === name).map(({ variable }) => variable);
      const message = `${variables.join(", ")}: the Secret ${name} could not be read. ${errorText(error)}`;
      throw new UpstreamError(error.upstream, error.failure, message, { status: error.status });
    }
  }

  return {
    amplify,
    requests: () => requests,
    sealed,
    open: async (bytes) => {
      const values = await valuesIn(bytes);
      if (!values || !fits(values, references)) return undefined;
      return resolve(byVariable(values)).connection;
    },
    read: async () => {
      const secrets = new Map<string, Readonly<Record<string, unknown>> | undefined>();
      for (const { secret } of references) {
        if (!secrets.has(secret)) secrets.set(secret, await readSecret(secret));
      }
      const { values, missing } = pick(references, secrets, central.environment);
      if (missing.length > 0) throw refused(missing);
      const { problems } = resolve(byVariable(values));
      if (problems.length > 0) throw refused(problems.map(({ variable, message }) => `${variable} ${message}`));
      const text = JSON.stringify(values);
      const changed = JSON.stringify(await valuesIn(sealed())) !== text;
      const bytes = await (await amplify.seal()).seal("sealed", `${KIND}/${ROW}`, text);
      ports.sql.transaction(() => {
        stores.sealed.put(KIND, ROW, bytes, now() + KEPT_MS);
        if (changed) takeOver(stores, now());
      });
      return { kind: "again", at: now() + REFRESH_MS, reason: READ_AGAIN };
    },
  };
}

/** What was refused with the old values may be tried with the new ones. */
function takeOver(stores: Stores, now: number): void {
  createGate(stores.known).open();
  stores.work.hint("discovery", DISCOVERY_LANE, now, "the values of Secrets are new");
  stores.journal.audit(now, "worker", "took over the values of Secrets", "", "");
}

function byVariable(values: Values): ReadonlyMap<string, string> {
  return new Map(values.map(({ variable, value }) => [variable, value]));
}

function fits(values: Values, references: readonly SecretReference[]): boolean {
  return references.every(({ variable, secret, key }) =>
    values.some((value) => value.variable === variable && value.secret === secret && value.key === key),
  );
}

function pick(
  references: readonly SecretReference[],
  secrets: ReadonlyMap<string, Readonly<Record<string, unknown>> | undefined>,
  environment: string,
): { values: Values; missing: string[] } {
  const values: Values = [];
  const missing: string[] = [];
  for (const { variable, secret, key } of references) {
    const data = secrets.get(secret);
    // Only members of its own: `constructor` is no key of a Secret.
    const value = data && Object.hasOwn(data, key) ? data[key] : undefined;
    if (typeof value === "string") values.push({ variable, secret, key, value });
    else {
      const what = data ? `the Secret ${secret} has no text under the key ${key}` : `there is no Secret ${secret}`;
      missing.push(`${variable} refers to @Secret.${secret}.${key}, but ${what} in the environment ${environment}`);
    }
  }
  return { values, missing };
}

function refused(messages: readonly string[]): UpstreamError {
  return new UpstreamError("amplify", { kind: "missing" }, `${messages.join("; ")}.`);
}
